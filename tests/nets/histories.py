"""Rows of a history with attributes and of an item, and what every net of them promises."""

import torch

from skrec._inputs import Pairs
from skrec.nets import Fields, Side
from tests.nets.literal import field_vectors, make_bag, make_inputs, mlp

# items of 6 codes and kinds of 4; the user's group, and a further list of kinds
FIELDS = Fields(categorical=(0, 1, 2), vocabulary_sizes=(6, 4, 3), sequences=(0, 1, 1), n_numeric=2)
USER, ITEM = Side((2,), (0, 1, 2), (0,)), Side((0, 1), (), (1,))
HISTORY = [(0, 0), (1, 1)]
SHAPE = {"user": USER, "item": ITEM, "history": HISTORY, "embedding_dim": 4}
CELLS = [[], [1, 1, 2], [3], [5, 0, 2, 4], [2, 1], [4, 4, 4, 1, 5]]


def rows(cells=CELLS):
    """Return the Inputs of histories `cells`, with attributes, and further columns."""
    inputs = make_inputs(FIELDS, len(cells))
    kinds = [[(item + 1) % 4 for item in cell] for cell in cells]
    return inputs._replace(lists=(make_bag(cells), make_bag(kinds), inputs.lists[2]))


def steps_of(net, inputs, b, newest):
    """Return the vectors of row b's steps, lists of scalars, times the root of their width."""
    layer = net.embedding
    start = [sum(FIELDS.vocabulary_sizes[:v]) for v in range(3)]
    first, last = (int(inputs.lists[0].offsets[b + end]) for end in (0, 1))
    steps = []
    for t in range(max(first, last - newest), last):
        ids = [start[v] + int(inputs.lists[place].codes[t]) for place, v in ((0, 0), (1, 1))]
        steps.append([sum(layer.table[row, d] for row in ids) * layer.embedding_dim**0.5 for d in range(4)])
    return steps


def user_beside(net, inputs, b):
    """Return what row b's user adds beside the history."""
    vectors = field_vectors(net.embedding, inputs, b)  # three categories, then three lists
    numbers = mlp(net.user.mlp, [inputs.numeric[b, 0]])
    return [vectors[2][d] + vectors[5][d] + numbers[d] for d in range(4)]


def item_vector(net, inputs, b):
    vectors, numbers = field_vectors(net.embedding, inputs, b), mlp(net.item.mlp, [inputs.numeric[b, 1]])
    return [vectors[0][d] + vectors[1][d] + numbers[d] for d in range(4)]


def logit(net, inputs, b, states, newest):
    """Return row b's logit, with the states of its steps by ``states(steps)``."""
    steps = steps_of(net, inputs, b, newest)
    state = states(steps)[-1] if steps else net.nothing
    beside, item = user_beside(net, inputs, b), item_vector(net, inputs, b)
    return net.bias[0] + sum((state[d] + beside[d]) * item[d] for d in range(4))


def after_each_step(net, inputs):
    """Return the users' vectors after each step of whole sequences, (S, D), and whose they are."""
    whose = torch.repeat_interleave(inputs.lists[0].offsets.diff())
    following = ITEM.take(inputs).take(whose)
    return net.contrast(Pairs(inputs, None, following=following, whose=whose)).users, whose


def assert_is_causal(net):
    """Hold that a step's vector is that of the history which ends with it, whatever comes later or is in the batch."""
    inputs = rows()
    users, whose = after_each_step(net, inputs)
    for step, b in enumerate(whose.tolist()):
        length = step - int(inputs.lists[0].offsets[b]) + 1
        cut = rows([CELLS[b][:length] if row == b else cell for row, cell in enumerate(CELLS)])
        alone = net.embed_users(USER.take(cut.take(slice(b, b + 1))))[0]
        torch.testing.assert_close(users[step], alone, rtol=1e-9, atol=1e-9)


def assert_later_items_change_nothing_before(net):
    inputs = rows()
    users, _ = after_each_step(net, inputs)
    cells = [cell[:-1] + [(cell[-1] + 1) % 6] if cell else cell for cell in CELLS]
    others, _ = after_each_step(net, rows(cells))
    ends = inputs.lists[0].offsets[1:][inputs.lists[0].offsets.diff() > 0] - 1
    before = torch.ones(len(users), dtype=torch.bool).index_fill(0, ends, False)
    assert torch.equal(users[before], others[before])
    assert not torch.isclose(users[~before], others[~before]).all(1).any()
