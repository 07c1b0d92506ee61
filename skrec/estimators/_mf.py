"""Matrix factorization over user and item ids."""

from math import isfinite
from numbers import Integral, Real
from typing import Any

import numpy as np
from scipy.special import logit

from skrec import nets
from skrec._text import quoted
from skrec.estimators._classifier import NetClassifier
from skrec.estimators._ids import IdModel
from skrec.estimators._negatives import NegativeSampling
from skrec.estimators._parameters import at_least_zero, one_of, parameter, positive
from skrec.estimators._regressor import NetRegressor
from skrec.estimators._sampled import SampledLoss
from skrec.estimators._vectors import SideVectors

SMALLEST_SHARE = 1e-6  # of a range, for the spread of the targets in it


class _MF(IdModel):
    _bilinear = True

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


class MFClassifier(_MF, SideVectors, SampledLoss, NegativeSampling, NetClassifier):
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

    n_negatives: int = parameter(
        0,
        "int",
        """Above 0, learn from positives alone, rows of the class 1, True or the last of two, and ignore the rest.
        With ``loss="bce"`` their users' negatives, so many a positive, are drawn anew each epoch from the items that
        the user has in none of the training rows, and 0 takes all rows as they are. Validation rows of both classes
        are taken as they are; positives alone get negatives that are drawn once. Probabilities are those of a world
        with so many negatives. With "softmax" and "ccl" so many items are drawn once a batch for all of its rows, and
        0 takes those of the batch's other rows; with "bpr" so many for each row, at least one.""",
        at_least_zero(Integral),
    )

    @property
    def _cosine(self):  # type: ignore[override]  # a constant in the base
        return self.loss == "ccl"

    def _side_names(self):
        return tuple([field.name] for field in self.schema_.fields)


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

    def _learn_target(self, y, weight, classes):
        bias = super()._learn_target(y, weight, classes)
        if self.y_range is None:
            return bias
        low, high = self._y_range()
        if not low < y.min() <= y.max() < high:
            raise ValueError(
                f"Expected targets within y_range={tuple(self.y_range)}, got {y.min():g} to {y.max():g}; "
                "a sigmoid never reaches its ends, so make the range a little wider than the targets"
            )
        self._y_scale_ = max(self._y_scale_, SMALLEST_SHARE * (high - low))  # in units of it the range stays finite
        return np.array([logit((self._y_mean_ - low) / (high - low))])

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
            return tuple((end - self._y_mean_) / self._y_scale_ for end in self._y_range())
