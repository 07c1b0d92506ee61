"""Row weights in every estimator."""

import numpy as np
from sklearn.base import is_classifier

from tests.contract.cases import every
from tests.data import mixed, outputs, small, target

# Weights. With at most 64 rows the default batch holds all, so that both ways take the same steps; by plain
# descent, as Adam makes a step of what is rounding where a gradient is zero (the bias's, at the start).
DESCENT = {"optimizer": "sgd", "lr": 0.3}


@every
def test_a_weight_of_two_is_the_row_twice(cls):
    frame = mixed(40)
    y = target(cls(), frame)
    weight = np.where(np.arange(40) % 2, 2.0, 1.0)
    twice = np.repeat(np.arange(40), weight.astype(int))
    weighted = small(cls, **DESCENT).fit(frame, y, sample_weight=weight)
    repeated = small(cls, **DESCENT).fit(frame.iloc[twice], y[twice])
    plain = small(cls, **DESCENT).fit(frame, y)
    np.testing.assert_allclose(outputs(weighted, frame), outputs(repeated, frame), atol=1e-4)
    assert not np.allclose(outputs(weighted, frame), outputs(plain, frame), atol=1e-3)


@every
def test_a_weight_of_zero_is_the_row_absent(cls):
    frame = mixed(60)
    y = target(cls(), frame)
    keep = (frame["user"] != "a").to_numpy()
    weighted = small(cls, **DESCENT).fit(frame, y, sample_weight=keep.astype(float))
    absent = small(cls, **DESCENT).fit(frame[keep], y[keep])
    np.testing.assert_array_equal(outputs(weighted, frame), outputs(absent, frame))
    assert "a" not in weighted.embedding("user").index


@every
def test_zero_weights_may_hide_what_would_be_refused(cls):
    """The rows are dropped before anything is learnt, a class of its own and an infinite age among them."""
    frame = mixed(60)
    y = target(cls(), frame).astype(object)
    weight = np.r_[0.0, np.ones(59)]
    frame.loc[0, "age"] = np.inf
    y[0] = "perhaps" if is_classifier(cls()) else 1e6
    weighted = small(cls, **DESCENT).fit(frame, y if is_classifier(cls()) else y.astype(float), sample_weight=weight)
    absent = small(cls, **DESCENT).fit(frame[1:], y[1:] if is_classifier(cls()) else y[1:].astype(float))
    np.testing.assert_array_equal(outputs(weighted, frame[1:]), outputs(absent, frame[1:]))


@every
def test_the_scale_of_all_weights_changes_nothing(cls):
    frame = mixed(60)
    y = target(cls(), frame)
    one = small(cls, **DESCENT).fit(frame, y, sample_weight=np.full(60, 1e-3))
    other = small(cls, **DESCENT).fit(frame, y)
    np.testing.assert_allclose(outputs(one, frame), outputs(other, frame), atol=1e-4)
