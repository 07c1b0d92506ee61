"""What is exchanged in a step, against the sums in loops."""

import numpy as np
import pytest
import torch

from skrec.engine._group._channel import Channel
from skrec.engine._group._gradients import Gradients
from skrec.engine._optimizers import is_table

N_ROWS, WIDTH = 50, 4


def parameters_of(rank, dtype, n_lookups):
    """Return a table, a dense parameter, one that nobody looks at, and the weights of a process's rows."""
    generator = torch.Generator().manual_seed(rank)
    table, dense, unused, own = (torch.nn.Parameter(torch.zeros(N_ROWS, WIDTH, dtype=dtype)) for _ in range(4))
    if n_lookups:
        ids = torch.randint(N_ROWS, (1, n_lookups), generator=generator)
        values = torch.randn(n_lookups, WIDTH, dtype=dtype, generator=generator)
        table.grad = torch.sparse_coo_tensor(ids, values, table.shape, check_invariants=False)
        dense.grad = torch.randn(N_ROWS, WIDTH, dtype=dtype, generator=generator)
        own.grad = dense.grad * 2 if rank else None
    return [table, dense, unused, own], torch.rand(n_lookups // 5, dtype=dtype, generator=generator)


def reduced(rank, dtype, n_lookups):
    """Return the gradients after an exchange, and how many bytes the message of tables had."""
    parameters, weight = parameters_of(rank, dtype, n_lookups[rank])
    gradients, sent = Gradients(Channel()), []
    spread = gradients.channel.spread
    gradients.channel.spread = lambda message, *sizes: (
        sent.append(message.numel() * message.element_size()) or spread(message, *sizes)
    )
    gradients.reduce(parameters, weight)
    sparse = [is_table(p) for p in parameters]
    return [None if p.grad is None else p.grad.to_dense().numpy() for p in parameters], sparse, sent[-1]


@pytest.mark.parametrize("n_lookups", [(200, 100), (200, 0), (0, 100), (0, 0)])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_sums(two, dtype, n_lookups):
    found = two.run(reduced, dtype, n_lookups)
    parts = [parameters_of(rank, dtype, n_lookups[rank]) for rank in range(2)]
    total = sum(float(weight.double().sum()) for _, weight in parts)
    for place in range(4):
        expected = np.zeros((N_ROWS, WIDTH))
        size = np.zeros((N_ROWS, WIDTH))
        for parameters, weight in parts:
            if parameters[place].grad is not None:
                part = parameters[place].grad.to_dense().double().numpy() * float(weight.double().sum()) / total
                expected, size = expected + part, size + abs(part)
        for gradients, *_ in found:
            if gradients[place] is None:
                assert not size.any()
            else:
                assert (abs(gradients[place] - expected) <= (1e-5 if dtype == torch.float32 else 1e-14) * size).all()
    (one, sparse, n_bytes), (other, *_) = found
    for a, b in zip(one, other, strict=True):
        np.testing.assert_array_equal(a, b)
    assert one[2] is None
    assert sparse[0] == any(n_lookups)
    distinct = len(np.unique(parts[0][0][0].grad._indices())) if n_lookups[0] else 0
    item = 4 if dtype == torch.float32 else 8
    assert n_bytes <= 1.1 * distinct * item * (1 + WIDTH) + 2 * item
