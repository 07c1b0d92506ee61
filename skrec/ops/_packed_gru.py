"""Gated recurrent units over rows of different lengths, packed step by step.

Shape letters: T steps of all rows together, U units. The rows' first steps come first, then the second ones, and so on,
each time those of the longest rows first, as torch packs them: of step t the `sizes[t]` first rows go on.
"""

from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from skrec.ops._empty import empty
from skrec.ops._precision import full_precision

__all__ = ["packed_gru"]


def packed_gru(inputs: Tensor, weight: Tensor, bias: Tensor, sizes: Sequence[int]) -> Tensor:
    r"""Return the states of gated recurrent units, which begin at zero.

    .. math:: h_t = (1 - z) \tanh(x_n + r (W_n h_{t-1} + b_n)) + z h_{t-1}, \quad
        r = \sigma(x_r + W_r h_{t-1} + b_r), \; z = \sigma(x_z + W_z h_{t-1} + b_z)

    Parameters
    ----------
    inputs : Tensor of shape (T, 3 U), floating
        The x of reset, update and candidate, in this order, torch's.
    weight, bias : Tensor of shape (3 U, U) and (3 U,), floating
    sizes : sequence of int
        Rows that have each step, not growing; their sum is T.

    Returns
    -------
    Tensor of shape (T, U)
        In the dtype of `weight`.

    Notes
    -----
    One product gives the gradient of all steps' weights, where torch adds one up for each step, and writes a gradient
    of the size of all inputs for each.
    """
    with full_precision(inputs):
        return _PackedGRU.apply(inputs.to(weight.dtype), weight, bias, list(sizes))


def reference(inputs, weight, bias, sizes):
    """Return the states, step by step."""
    state, states = inputs.new_zeros(sizes[0] if len(sizes) else 0, weight.shape[1]), [inputs[:0, : weight.shape[1]]]
    for x in inputs.split(list(sizes)):
        before = state[: len(x)]
        of_x, of_state = x.chunk(3, 1), (before @ weight.T + bias).chunk(3, 1)
        reset, update = (of_x[0] + of_state[0]).sigmoid(), (of_x[1] + of_state[1]).sigmoid()
        state = (1 - update) * (of_x[2] + reset * of_state[2]).tanh() + update * before
        states.append(state)
    return torch.cat(states)


class _PackedGRU(torch.autograd.Function):
    @staticmethod
    def forward(ctx, inputs, weight, bias, sizes):
        n_units = weight.shape[1]
        states, gates, candidates, hidden = (
            empty((len(inputs), width), inputs) for width in (n_units, 2 * n_units, n_units, n_units)
        )
        before, start = inputs.new_zeros(sizes[0] if sizes else 0, n_units), 0
        for size in sizes:
            rows = slice(start, start + size)
            x, gate, candidate, state = inputs[rows], gates[rows], candidates[rows], states[rows]
            of_state = torch.addmm(bias, before[:size], weight.T)  # (n, 3 U)
            torch.add(x[:, : 2 * n_units], of_state[:, : 2 * n_units], out=gate).sigmoid_()
            hidden[rows] = of_state[:, 2 * n_units :]
            torch.addcmul(x[:, 2 * n_units :], gate[:, :n_units], hidden[rows], out=candidate).tanh_()
            torch.lerp(candidate, before[:size], gate[:, n_units:], out=state)
            before, start = state, start + size
        ctx.sizes = sizes
        ctx.save_for_backward(states, gates, candidates, hidden, weight)
        return states

    @staticmethod
    @once_differentiable
    def backward(ctx, gradient):
        states, gates, candidates, hidden, weight = ctx.saved_tensors
        n_units = weight.shape[1]
        previous = _previous(states, ctx.sizes)
        reset, update = gates.split(n_units, 1)
        # what a gradient towards a state is multiplied by on its way to each gate, (T, U) each, of all steps at once
        to_candidate = (1 - update) * (1 - candidates.square())
        to_reset, to_update = (
            to_candidate * hidden * reset * (1 - reset),
            (previous - candidates) * update * (1 - update),
        )
        of_inputs = empty((len(states), 3 * n_units), states)
        of_state = empty((len(states), 3 * n_units), states)
        further, start = states.new_zeros(ctx.sizes[0] if ctx.sizes else 0, n_units), len(states)
        for size in reversed(ctx.sizes):
            rows, start = slice(start - size, start), start - size
            own = gradient[rows] + further[:size]  # (n, U), towards the state
            out = of_inputs[rows]
            torch.mul(own, to_reset[rows], out=out[:, :n_units])
            torch.mul(own, to_update[rows], out=out[:, n_units : 2 * n_units])
            torch.mul(own, to_candidate[rows], out=out[:, 2 * n_units :])
            of_state[rows] = out
            of_state[rows, 2 * n_units :] *= reset[rows]
            torch.addmm(own.mul_(update[rows]), of_state[rows], weight, out=further[:size])
        return of_inputs, of_state.T @ previous, of_state.sum(0), None


def _previous(states, sizes):
    """Return of each step the state before it, (T, U)."""
    previous = empty(states.shape, states)
    previous[: sizes[0] if sizes else 0] = 0
    start = 0
    for before, size in pairwise(sizes):
        previous[start + before : start + before + size] = states[start : start + size]
        start += before
    return previous
