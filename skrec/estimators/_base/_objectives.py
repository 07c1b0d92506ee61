"""What parameters say is learnt from a row, where there is a choice."""

from collections.abc import Callable
from typing import Any

from skrec._text import quoted
from skrec.estimators._base._training import batch_size
from skrec.losses import RankingLoss, ranking_losses
from skrec.objectives import Ranking, SampledCandidates, SampledNegatives
from skrec.objectives.samplers import AllItems, NegativeSampling, UniformSampling, negative_samplings

*_OTHERS, _LAST = map(repr, ranking_losses())
ANY_LOSS = f"loss={', '.join(_OTHERS)} or {_LAST}"
POSITIVES_ALONE = f"; positives alone need {ANY_LOSS}"  # of one class


def with_negatives(settings: Any, labels: Any) -> Any:
    """Return the objective of a model of ids: its labels, or positives with negatives.

    Parameters
    ----------
    settings : NegativeParameters
    labels : Classification
    """
    return SampledNegatives(labels, settings.n_negatives) if settings.n_negatives else labels


def with_candidates(settings: Any, labels: Any) -> Any:
    """Return the objective of a model of histories: its labels, or positives with other candidates.

    Parameters
    ----------
    settings : NegativeParameters, HistoryParameters and UserColumnParameters
    labels : Classification
    """
    if not settings.n_negatives:
        return labels
    if not settings.sequence_features:
        raise ValueError(
            f"n_negatives={settings.n_negatives} draws other candidates for a history, got sequence_features="
            f"{quoted(settings.sequence_features)}; name the list columns and the candidate's, or set n_negatives=0"
        )
    return SampledCandidates(labels, settings.n_negatives, settings.user)


def ranking_loss(settings: Any) -> Any:
    """Return the RankingLoss that the parameter `loss` asks for, None for labels."""
    if isinstance(settings.loss, RankingLoss):
        return settings.loss
    return None if settings.loss in ("auto", "bce") else ranking_losses()[settings.loss].of(settings)


def ranking(
    settings: Any, labels: Any, loss: Any, user: str | int | None = None, objective: Callable[..., Any] = Ranking
) -> Any:
    """Return the objective of a model whose users and items meet in an inner product.

    Parameters
    ----------
    settings : RankingParameters and NegativeParameters
    labels : Classification
    loss : RankingLoss
    user : str or int, optional
        The user-id column, where it is no feature.
    objective : callable
        What makes it, of the arguments of `Ranking`.
    """
    asked = f"loss={quoted(loss.name)}"
    if settings.class_weight is not None:
        raise ValueError(
            f"class_weight={quoted(settings.class_weight)} does not go with {asked}, which sees "
            "positives alone; set class_weight=None, or weigh rows by sample_weight"
        )
    if settings.train_scores:
        raise ValueError(
            f"train_scores=True does not go with {asked}, whose training rows are positives "
            "alone; set train_scores=False, and score validation rows of both classes, X_val"
        )
    return objective(
        labels,
        loss,
        n_negatives=settings.n_negatives,
        negatives=_negative_sampling(settings, loss),
        logq_correction=settings.logq_correction,
        embedding_dim=settings.embedding_dim,
        batch_size=lambda n_rows: batch_size(settings.batch_size, n_rows),
        user=user,
    )


def _negative_sampling(settings, loss):
    """Return the NegativeSampling that the parameter `negatives` asks for."""
    if isinstance(settings.negatives, NegativeSampling):
        return settings.negatives
    if settings.negatives == "auto":
        return UniformSampling() if loss.per_row or settings.n_negatives else AllItems()
    return negative_samplings()[settings.negatives]()
