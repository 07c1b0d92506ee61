"""Attention between the fields of a row."""

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable

from skrec.engine import as_arrays, empty, suits_kernel
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
        ctx.save_for_backward(x, weight, out)
        ctx.n_heads, ctx.residual = n_heads, residual
        if _suits_kernel(x, weight):
            from skrec.engine._kernels.attention import attend

            attend(torch.get_num_threads(), n_heads, *as_arrays(x, weight, out))
            return out
        for piece in _pieces(x, weight, n_heads):
            some = x[piece].flatten(0, 1)  # (n * F, n_in)
            query, key, value = _project(some, weight, n_heads, *out.shape[1:])
            match, total = _match(query, key)
            mixed = (match @ value).div_(total).view(n_heads, len(some), -1).transpose(0, 1).flatten(1)  # (n * F, A)
            if residual:
                mixed.addmm_(some, weight[3 * out.shape[2] :].T)
            out[piece] = torch.relu_(mixed).view_as(out[piece])
        return out

    @staticmethod
    @once_differentiable
    def backward(ctx, grad):
        x, weight, out = ctx.saved_tensors
        _, n_fields, width = out.shape
        grad_x, grad_weight = empty(x.shape, x), torch.zeros_like(weight)
        if _suits_kernel(x, weight):
            from skrec.engine._kernels.attention import attend_backward, n_blocks

            blocks = x.new_empty(n_blocks(len(x)), *weight.shape)
            of_layer = as_arrays(x, weight, out, grad.contiguous(), grad_x, blocks)
            attend_backward(torch.get_num_threads(), ctx.n_heads, *of_layer)
            return grad_x, blocks.sum(0), None, None
        for piece in _pieces(x, weight, ctx.n_heads):
            some = x[piece].flatten(0, 1)
            towards = (grad[piece] * (out[piece] > 0)).flatten(0, 1)  # (n * F, A)
            query, key, value = _project(some, weight, ctx.n_heads, n_fields, width)
            match, total = _match(query, key)
            own = towards.unflatten(1, (ctx.n_heads, -1)).transpose(0, 1).reshape(value.shape) / total
            shift = (own * (match @ value).div_(total)).sum(2, keepdim=True)  # what a softmax takes off
            gradients = value.new_empty(3, *value.shape)
            torch.bmm(match.mT, own, out=gradients[2])
            match *= torch.bmm(own, value.mT).sub_(shift)
            torch.bmm(match, key, out=gradients[0])
            torch.bmm(match.mT, query, out=gradients[1])
            parts = gradients.view(3 * ctx.n_heads, len(some), -1).transpose(0, 1).flatten(1)  # (n * F, 3 A)
            into = parts @ weight[: 3 * width]
            grad_weight[: 3 * width] += parts.T @ some
            if ctx.residual:
                into.addmm_(towards, weight[3 * width :])
                grad_weight[3 * width :] += towards.T @ some
            grad_x[piece] = into.view_as(x[piece])
        return grad_x, grad_weight, None, None


def _suits_kernel(x, weight):
    return suits_kernel(x, weight, dtypes=(torch.float32,))


def _pieces(x, weight, n_heads):
    n_rows, n_fields, _ = x.shape
    return pieces(n_rows, n_fields * (n_fields * n_heads + len(weight)), x.device)


def _project(x, weight, n_heads, n_fields, width):
    """Return queries, keys and values of (n * F, n_in), (H * n, F, A / H) each: a head's rows lie together."""
    heads = weight[: 3 * width].unflatten(0, (3 * n_heads, -1))  # (3 H, A / H, n_in)
    return (x @ heads.mT).view(3, -1, n_fields, width // n_heads).unbind()


def _match(query, key):
    """Return the weights of a softmax before its division, (H * n, F, F), and their sums, (H * n, F, 1)."""
    match = torch.bmm(query, key.mT)
    if not (match.is_cpu and _safe(match)):  # a GPU would wait for the answer
        match -= match.amax(2, keepdim=True)
    match.exp_()
    return match, match.sum(2, keepdim=True)


def _safe(match):
    low, high = match.aminmax()
    return -SAFE < low <= high < SAFE
