"""Row weights in every estimator."""

import numpy as np
import pyarrow as pa
import pyarrow.dataset as ds
import pytest
from sklearn.base import is_classifier

from tests.contract.cases import ESTIMATORS, every
from tests.discovery import case, cases
from tests.samples import mixed, outputs, small, target

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
    """A power of two, so that float32 rounds the same and what differs is the scale's doing."""
    frame = mixed(60)
    y = target(cls(), frame)
    one = small(cls, **DESCENT).fit(frame, y, sample_weight=np.full(60, 2.0**-10))
    other = small(cls, **DESCENT).fit(frame, y)
    np.testing.assert_allclose(outputs(one, frame), outputs(other, frame), atol=1e-4)


@every
@pytest.mark.parametrize("weight", [5e-324, 1e-46, 1e300])
def test_equal_weights_of_any_size_are_none(cls, weight):
    frame = mixed(60)
    y, weights = target(cls(), frame), np.full(60, weight)
    one = small(cls, **DESCENT).fit(frame, y, X_val=frame, y_val=y)
    other = small(cls, **DESCENT).fit(frame, y, sample_weight=weights, X_val=frame, y_val=y, sample_weight_val=weights)
    np.testing.assert_allclose(outputs(other, frame), outputs(one, frame), atol=1e-4)
    np.testing.assert_allclose(other.history_["valid_loss"], one.history_["valid_loss"], rtol=1e-4)
    first = {"classes": ["no", "yes"]} if is_classifier(one) else {}
    one, other = small(cls, **DESCENT).partial_fit(frame, y, **first), small(cls, **DESCENT)
    other.partial_fit(frame, y, sample_weight=weights, **first)
    np.testing.assert_allclose(outputs(other, frame), outputs(one, frame), atol=1e-4)


@every
def test_a_power_of_four_on_all_weights_changes_no_bit(cls):
    frame = mixed(60)
    y, weight = target(cls(), frame), np.random.default_rng(0).uniform(0.1, 1.2, 60)
    one, other = (small(cls).fit(frame, y, sample_weight=weight * scale) for scale in (1, 2.0**-500))
    np.testing.assert_array_equal(outputs(one, frame), outputs(other, frame))


def losses():
    """Yield every estimator, and with it each way to learn from positives alone."""
    for cls in ESTIMATORS:
        names = cls().get_params()
        for loss in ("bce", "softmax", "bpr", "ccl") if "loss" in names else (None,):
            yield case(cls, {} if loss is None else {"loss": loss}, id=f"{cls.__name__}-{loss}")
        if "n_negatives" in names and ("loss" not in names or "init" in names):
            yield case(cls, {"n_negatives": 1}, id=f"{cls.__name__}-negatives")


@pytest.mark.parametrize(("cls", "options"), list(losses()))
def test_weights_that_fade_away(cls, options):
    """Batches come whose rows have hardly any weight."""
    frame = mixed(100)
    y = target(cls(), frame)
    y = y == "yes" if is_classifier(cls()) else y
    for half_life in (0.2, 5):
        weight = 0.5 ** (np.arange(100) / half_life)
        estimator = small(cls, batch_size=2, **options).fit(
            frame, y, sample_weight=weight, X_val=frame, y_val=y, sample_weight_val=weight[::-1]
        )
        assert np.isfinite(estimator.history_).all().all()
        assert np.isfinite(outputs(estimator, frame)).all()


@every
def test_weights_of_any_size_in_a_dataset(cls):
    frame = mixed(60)
    y, weight = target(cls(), frame), np.random.default_rng(0).uniform(0.1, 1.2, 60)
    weight[:20] *= 1e-60  # nothing beside the others
    table = pa.Table.from_pandas(frame.assign(y=y, w=weight * 1e300), preserve_index=False)
    read = small(cls, **DESCENT).fit(ds.dataset(table), "y", "w")
    absent = small(cls, **DESCENT).fit(frame[20:], y[20:], sample_weight=weight[20:])
    np.testing.assert_allclose(outputs(read, frame), outputs(absent, frame), atol=1e-4)


@pytest.mark.parametrize("cls", cases(cls for cls in ESTIMATORS if is_classifier(cls())))
def test_class_weights_of_any_size(cls):
    frame = mixed(60)
    y = target(cls(), frame)
    one = small(cls, class_weight={"no": 1, "yes": 3}).fit(frame, y)
    for scale in (1e-300, 1e300):
        other = small(cls, class_weight={"no": scale, "yes": 3 * scale}).fit(frame, y)
        np.testing.assert_allclose(outputs(other, frame), outputs(one, frame), atol=1e-4)
    uneven = small(cls, class_weight={"no": 1e-300, "yes": 1e300}, batch_size=2).fit(frame, y)
    assert np.isfinite(uneven.history_).all().all()


@every
def test_held_out_rows_may_have_the_largest_weights(cls):
    """Or those that are nothing beside them."""
    frame = mixed(60)
    y = target(cls(), frame)
    for row in (0, 30):
        weight = np.full(60, 1e-40)
        weight[row] = 1.0
        estimator = small(cls, early_stopping=True).fit(frame, y, sample_weight=weight)
        assert np.isfinite(estimator.history_).all().all()
        assert estimator.history_["valid_loss"].min() > 1e-6  # not that of rows without weight
