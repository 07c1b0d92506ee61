"""Several targets to codes and back, with what is missing."""

import numpy as np
import pytest

from skrec.data import Classes, Numbers, Targets, naming_target, side_by_side

pytestmark = pytest.mark.fast

LABELS = Targets((Classes(np.array([0, 1])), Classes(np.array(["a", "b", "c"]))), np.ones(2), ("click", "kind"))
Y = np.array([[1, "a"], [0, None], [None, "c"]], object)


def test_labels_to_codes_and_back():
    codes, weight = LABELS.encode(Y, np.ones(3), np.float32)
    assert (codes.tolist(), weight.tolist()) == ([[1, 0], [0, -1], [-1, 2]], [1, 1, 1])
    assert LABELS.targets(codes).tolist() == Y.tolist()
    assert (LABELS.sizes, LABELS.kind) == ((1, 3), "classifier")


def test_numbers_to_standardised_ones_and_back():
    targets = Targets((Numbers(1.0, 2.0), Numbers(-3.0, 0.5)), np.ones(2))
    y = np.array([[3.0, np.nan], [np.nan, -3.0]])
    scaled, _ = targets.encode(y, np.ones(2), np.float32)
    np.testing.assert_array_equal(scaled, [[1, np.nan], [np.nan, 0]])
    np.testing.assert_array_equal(targets.targets(scaled), y)
    np.testing.assert_array_equal(targets.predictions(np.array([[1.0, 2.0]])), [[3.0, -2.0]])


def test_outputs_are_those_of_each_target_alone():
    outputs = np.random.default_rng(0).normal(size=(5, 4))
    first, second = LABELS.probabilities(outputs)
    np.testing.assert_array_equal(first, LABELS.parts[0].probabilities(outputs[:, :1]))
    np.testing.assert_array_equal(second, LABELS.parts[1].probabilities(outputs[:, 1:]))
    predicted = LABELS.predictions(outputs)
    assert predicted[:, 0].tolist() == LABELS.parts[0].predictions(outputs[:, :1]).tolist()
    assert predicted[:, 1].tolist() == LABELS.parts[1].predictions(outputs[:, 1:]).tolist()


def test_behind_a_negative_label_of_a_chain_a_missing_one_is_negative():
    binary = Classes(np.array([0, 1]))
    chain = Targets((binary,) * 3, np.ones(3), chained=True)
    y = np.array([[0, np.nan, np.nan], [1, np.nan, np.nan], [1, 0, np.nan], [np.nan, 0, 1]])
    codes, _ = chain.encode(y, np.ones(4), np.float32)
    assert codes.tolist() == [[0, 0, 0], [1, -1, -1], [1, 0, 0], [-1, 0, 1]]


@pytest.mark.parametrize(
    ("columns", "dtype"),
    [
        ([np.array([0, 1]), np.array([1, 1])], np.int64),
        ([np.array([0, 1]), np.array([0.5, 1])], np.float64),
        ([np.array([True, False]), np.array([1, 2])], object),
        ([np.array(["a", "b"]), np.array(["long", "b"])], np.dtype("U4")),
        ([np.array(["a", "b"]), np.array([1, 2])], object),
    ],
)
def test_columns_side_by_side_keep_what_they_are(columns, dtype):
    together = side_by_side(columns)
    assert together.dtype == dtype
    assert together.tolist() == [list(row) for row in zip(*(column.tolist() for column in columns), strict=True)]


def test_errors_name_the_target():
    with pytest.raises(ValueError, match=r"Target 'kind': Expected labels among \['a', 'b', 'c'\], got \['d'\] in y"):
        LABELS.encode(np.array([[1, "d"]], object), np.ones(1), np.float32)
    with pytest.raises(TypeError, match="Target 1: what"), naming_target(1, None):
        raise TypeError("what")
