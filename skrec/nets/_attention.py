"""Attention between the fields of a row."""

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable

from skrec.engine import empty
from skrec.nets._blocks import Linear
from skrec.nets._pieces import pieces

SAFE = 60  # between -60 and 60 exponentials and their sums are numbers of float32, without a maximum taken off


class FieldAttention(nn.Module):
    r"""Each field becomes a mixture of all fields, weighted by how well they match, in several ways at once.

    .. math::

        \alpha^h_{mk} = \mathrm{softmax}_k \langle W^h_Q e_m, W^h_K e_k \rangle, \quad
        \tilde e_m = [\textstyle\sum_k \alpha^h_{mk} W^h_V e_k]_h, \quad
        e'_m = \mathrm{ReLU}(\tilde e_m + W_{res} e_m)

    Parameters
    ----------
    n_in : int
        Width of a field's vector.
    width : int
        Width A of the result, all heads together.
    n_heads : int
        Heads H, each A / H wide.
    residual : bool, default=True
        Whether the field itself is added.
    generator : torch.Generator, optional
        Source of the initial values.
    """

    def __init__(self, n_in, width, n_heads, *, residual=True, generator=None):
        super().__init__()
        if width % n_heads:
            raise ValueError(f"n_heads must divide width, however: {n_heads=}, {width=}")
        self.n_heads, self.residual = n_heads, residual
        self.project = Linear(n_in, (4 if residual else 3) * width, bias=False, generator=generator)

    def forward(self, x: Tensor) -> Tensor:
        """Return (B, F, A) from (B, F, n_in)."""
        with torch.autocast(x.device.type, enabled=False):  # products this short gain nothing from bfloat16
            return _Attend.apply(x, self.project.weight, self.n_heads, self.residual)


class _Attend(torch.autograd.Function):
    """The layer in closed form, a piece of the batch at a time; a softmax is divided by its sum after the mixing."""

    @staticmethod
    def forward(ctx, x, weight, n_heads, residual):
        out = empty((*x.shape[:2], len(weight) // (4 if residual else 3)), x)
        for piece in _pieces(x, weight, n_heads):
            query, key, value, rest = _project(x[piece], weight, n_heads, out.shape[2])
            match, total = _match(query, key)
            mixed = _join((match @ value).div_(total))
            out[piece] = torch.relu_(mixed if rest is None else mixed.add_(rest))
        ctx.save_for_backward(x, weight, out)
        ctx.n_heads = n_heads
        return out

    @staticmethod
    @once_differentiable
    def backward(ctx, grad):
        x, weight, out = ctx.saved_tensors
        grad_x, grad_weight = empty(x.shape, x), torch.zeros_like(weight)
        for piece in _pieces(x, weight, ctx.n_heads):
            some, towards = x[piece], grad[piece] * (out[piece] > 0)  # (n, F, A)
            query, key, value, rest = _project(some, weight, ctx.n_heads, out.shape[2])
            match, total = _match(query, key)
            own = _split(towards, ctx.n_heads) / total  # (n, H, F, A / H)
            mixed = (
                out[piece] if rest is None else out[piece] - rest
            )  # where the ReLU is open, and there alone it counts
            shift = (own * _split(mixed, ctx.n_heads)).sum(3, keepdim=True)  # what a softmax takes off
            grad_value = match.transpose(2, 3) @ own
            match *= (own @ value.transpose(2, 3)).sub_(shift)
            gradients = [_join(match @ key), _join(match.transpose(2, 3) @ query), _join(grad_value)]
            parts = torch.cat(gradients if rest is None else [*gradients, towards], 2).flatten(0, 1)  # (n * F, 4 A)
            grad_x[piece] = (parts @ weight).view_as(some)
            grad_weight += parts.T @ some.flatten(0, 1)
        return grad_x, grad_weight, None, None


def _pieces(x, weight, n_heads):
    n_rows, n_fields, _ = x.shape
    return pieces(n_rows, n_fields * (n_fields * n_heads + len(weight)), x.device)


def _project(x, weight, n_heads, width):
    """Return queries, keys, values, (n, H, F, A / H) each, and the residual (n, F, A) or None."""
    query, key, value, *rest = (x @ weight.T).split(width, 2)
    return *(_split(part, n_heads) for part in (query, key, value)), rest[0] if rest else None


def _match(query, key):
    """Return the weights of a softmax before its division, (n, H, F, F), and their sums, (n, H, F, 1)."""
    match = query @ key.transpose(2, 3)
    low, high = match.aminmax()
    if not -SAFE < low <= high < SAFE:
        match -= match.amax(3, keepdim=True)
    match.exp_()
    return match, match.sum(3, keepdim=True)


def _split(x, n_heads):
    return x.unflatten(2, (n_heads, -1)).transpose(1, 2).contiguous()  # (n, F, A) to (n, H, F, A / H)


def _join(x):
    return x.transpose(1, 2).flatten(2)  # (n, H, F, A / H) to (n, F, A)
