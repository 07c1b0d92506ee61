"""Matrix factorization over user and item ids."""

from math import isfinite
from numbers import Integral, Real
from typing import Any

from skrec import nets
from skrec._text import quoted
from skrec.estimators._base import (
    IdParameters,
    NegativeParameters,
    NetClassifier,
    NetEstimator,
    NetRegressor,
    RankingParameters,
    one_of,
    parameter,
    positive,
)
from skrec.estimators._base._objectives import POSITIVES_ALONE, ranking, ranking_loss, with_negatives
from skrec.estimators._columns import IdColumns
from skrec.estimators._vectors import SideVectors
from skrec.objectives import Classification, Regression


class _MF(IdParameters, NetEstimator):
    _bilinear = True
    _minimum_columns = 2
    _auto_stops = False  # every row held out is a user's or an item's own

    embedding_dim: int = parameter(64, "int", "Width D of the vectors.", positive(Integral))
    init: str = parameter(
        "normal",
        '{"normal", "truncated_normal"}',
        "How the vectors start; truncated means within two standard deviations.",
        one_of("normal", "truncated_normal"),
    )
    init_scale: float = parameter(0.03, "float", "Standard deviation of the initial vectors.", positive(Real))
    optimizer: str = "adagrad"
    lr: float = 0.04
    embedding_l2: float = 0.02

    _cosine = False  # whether vectors meet in a cosine

    def _columns(self):
        return IdColumns(user=self.user, item=self.item)

    def _output_range(self):
        """Return the range that the net squashes its outputs into, or None."""
        return None

    def _build_net(self, fields, n_outputs, generator):
        return nets.MF(
            fields,
            n_outputs,
            embedding_dim=self.embedding_dim,
            init=self.init,
            init_scale=self.init_scale,
            y_range=self._output_range(),
            cosine=self._cosine,
            generator=generator,
        )


class MFClassifier(_MF, SideVectors, RankingParameters, NegativeParameters, NetClassifier):
    r"""Matrix factorization for likes: a user and an item that point the same way match.

    .. math:: s_{ui} = \mu + b_u + b_i + \langle p_u, q_i \rangle

    is the log odds; with more than two classes the product :math:`p_u q_i` is projected to one logit a class.
    With ``loss="ccl"`` the score is the cosine of the two vectors alone.

    {parameters}

    {attributes}

    References
    ----------
    Koren, Bell, Volinsky (2009), Matrix Factorization Techniques for Recommender Systems, eq. 4.
    Rendle et al. (2009), BPR: Bayesian Personalized Ranking from Implicit Feedback.
    Mao et al. (2021), SimpleX: A Simple and Strong Baseline for Collaborative Filtering.
    """

    @property
    def _cosine(self):  # type: ignore[override]  # a constant in the base
        loss = ranking_loss(self)
        return loss is not None and loss.of_cosines

    def _objective(self):
        labels, loss = Classification(type(self).__name__, self.class_weight, remedy=self._remedy()), ranking_loss(self)
        return with_negatives(self, labels) if loss is None else ranking(self, labels, loss)

    def _remedy(self):
        return "" if self.n_negatives else POSITIVES_ALONE


class MFRegressor(_MF, NetRegressor):
    r"""Matrix factorization for ratings: means of users and items, and how well their tastes match.

    .. math:: \hat r_{ui} = \mu + b_u + b_i + \langle p_u, q_i \rangle

    A user that training did not have is rated :math:`\mu + b_i`.

    {parameters}

    {attributes}

    References
    ----------
    Koren, Bell, Volinsky (2009), Matrix Factorization Techniques for Recommender Systems, eq. 4.

    Examples
    --------
    >>> import pandas as pd
    >>> from skrec import MFRegressor
    >>> df = pd.DataFrame({"user": [1, 1, 2, 2, 3, 3], "item": ["a", "b"] * 3})
    >>> model = MFRegressor(max_epochs=100, embedding_l2=0, random_state=0).fit(df, [5, 1, 5, 1, 4, 2])
    >>> model.predict(df).round(1)
    array([5., 1., 5., 1., 4., 2.])
    """

    embedding_l2: float = 0.1
    y_range: Any = parameter(
        None,
        "pair of float or None",
        "Squash predictions into this range by a sigmoid; a little wider than the ratings, (0.5, 5.5) for 1 to 5.",
        tuple,
        list,
        None,
    )

    def _objective(self):
        if self.y_range is not None:
            self._y_range()  # is refused here
        return Regression(None if self.y_range is None else tuple(self.y_range))

    def _y_range(self):
        numbers = [float(end) for end in self.y_range if isinstance(end, Real) and isfinite(end)]
        if not len(numbers) == len(self.y_range) == 2 or not numbers[0] < numbers[1]:
            raise ValueError(
                f"The 'y_range' parameter of {type(self).__name__} must be a pair of floats, the lower one first. "
                f"Got {quoted(self.y_range)} instead."
            )
        return tuple(numbers)

    def _of_nothing(self, module):
        return module.squash(module.bias)

    def _output_range(self):
        if self.y_range is not None:
            return tuple((end - self._target_.mean) / self._target_.scale for end in self._y_range())
