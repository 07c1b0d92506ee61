from skrec.nets.layers import newest_steps
from tests.nets.literal import make_bag


def test_newest_steps():
    bag = newest_steps(make_bag([[], [1, 2, 3], [4], [5, 6]]), 2)
    assert bag.codes.tolist() == [2, 3, 4, 5, 6]
    assert bag.offsets.tolist() == [0, 0, 2, 3, 5]
