"""Multi-head self-attention between the fields of a row.

Shape letters: B rows, F fields, I width of a field's vector, H heads, A width of the result, all heads together,
C columns of the projection: queries, keys, values and perhaps the field itself, A each.
"""

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from skrec.ops._dispatch import is_traced, with_kernel
from skrec.ops._empty import empty
from skrec.ops._pieces import pieces
from skrec.ops._precision import full_precision

__all__ = ["field_attention"]

SAFE = 60  # between -60 and 60 exponentials and their sums are numbers of float32, without a maximum taken off


def field_attention(x: Tensor, weight: Tensor, n_heads: int, residual: bool = True) -> Tensor:
    r"""Return each field as a mixture of all fields, weighted by how well they match, in several ways at once.

    .. math::

        \alpha^h_{mk} = \mathrm{softmax}_k \langle W^h_Q e_m, W^h_K e_k \rangle, \quad
        e'_m = \mathrm{ReLU}([\textstyle\sum_k \alpha^h_{mk} W^h_V e_k]_h + W_{res} e_m)

    Parameters
    ----------
    x : Tensor of shape (B, F, I), floating
        The fields e.
    weight : Tensor of shape (4 * A, I), or (3 * A, I) without residual, floating
        W_Q, W_K, W_V and W_res below each other, each head by head.
    n_heads : int
        Heads H, each A / H wide.
    residual : bool, default=True
        Whether the field itself is added.

    Returns
    -------
    Tensor of shape (B, F, A)

    References
    ----------
    Song et al. (2019), AutoInt: Automatic Feature Interaction Learning via Self-Attentive Neural Networks, eq. 5-8.

    Notes
    -----
    Both directions go a piece of the batch at a time; a softmax is divided by its sum after the mixing.
    """
    if is_traced():
        return reference(x, weight, n_heads, residual)
    with full_precision(x):  # products this short gain nothing from bfloat16
        return _FieldAttention.apply(x, weight, n_heads, len(weight) // (4 if residual else 3))


def reference(x, weight, n_heads, residual=True):
    """Return what `field_attention` does, with torch's softmax."""
    query, key, value, *itself = (x @ weight.T).chunk(4 if residual else 3, 2)  # (B, F, A) each
    query, key, value = (of.unflatten(2, (n_heads, -1)).transpose(1, 2) for of in (query, key, value))
    mixed = (query @ key.mT).softmax(3) @ value  # (B, H, F, A / H)
    return (mixed.transpose(1, 2).flatten(2) + sum(itself)).relu()


class _FieldAttention(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, weight, n_heads, width):
        out = empty((*x.shape[:2], width), x)
        ctx.save_for_backward(x, weight, out)
        ctx.n_heads = n_heads
        _forward(n_heads, x, weight, out)
        return out

    @staticmethod
    @once_differentiable
    def backward(ctx, grad):
        x, weight, out = ctx.saved_tensors
        grad_x = empty(x.shape, x)
        (parts,) = _backward(ctx.n_heads, x, weight, out, grad.contiguous(), grad_x)
        return grad_x, parts.sum(0), None, None


@with_kernel([torch.float32])
def _forward(n_heads, x, weight, out):
    """Fill `out` (B, F, A)."""
    width = out.shape[2]
    for piece in _pieces(x, weight, n_heads):
        some = x[piece].flatten(0, 1)  # (n * F, I)
        query, key, value = _project(some, weight, n_heads, *out.shape[1:])
        match, total = _match(query, key)
        mixed = (match @ value).div_(total).view(n_heads, len(some), -1).transpose(0, 1).flatten(1)  # (n * F, A)
        if len(weight) > 3 * width:
            mixed.addmm_(some, weight[3 * width :].T)
        out[piece] = torch.relu_(mixed).view_as(out[piece])


@with_kernel([torch.float32])
def _backward(n_heads, x, weight, out, grad, grad_x):
    """Fill the gradient of `x`, and return that of the weights in parts (n, C, I) that add up to it."""
    _, n_fields, width = out.shape
    grad_weight = torch.zeros_like(weight)
    for piece in _pieces(x, weight, n_heads):
        some = x[piece].flatten(0, 1)
        towards = (grad[piece] * (out[piece] > 0)).flatten(0, 1)  # (n * F, A)
        query, key, value = _project(some, weight, n_heads, n_fields, width)
        match, total = _match(query, key)
        own = towards.unflatten(1, (n_heads, -1)).transpose(0, 1).reshape(value.shape) / total
        shift = (own * (match @ value).div_(total)).sum(2, keepdim=True)  # what a softmax takes off
        gradients = value.new_empty(3, *value.shape)
        torch.bmm(match.mT, own, out=gradients[2])
        match *= torch.bmm(own, value.mT).sub_(shift)
        torch.bmm(match, key, out=gradients[0])
        torch.bmm(match.mT, query, out=gradients[1])
        parts = gradients.view(3 * n_heads, len(some), -1).transpose(0, 1).flatten(1)  # (n * F, 3 A)
        into = parts @ weight[: 3 * width]
        grad_weight[: 3 * width] += parts.T @ some
        if len(weight) > 3 * width:
            into.addmm_(towards, weight[3 * width :])
            grad_weight[3 * width :] += towards.T @ some
        grad_x[piece] = into.view_as(x[piece])
    return (grad_weight[None],)


def _pieces(x, weight, n_heads):
    n_rows, n_fields, _ = x.shape
    return pieces(n_rows, n_fields * (n_fields * n_heads + len(weight)), x.device)


def _project(x, weight, n_heads, n_fields, width):
    """Return queries, keys and values of (n * F, I), (H * n, F, A / H) each: a head's rows lie together."""
    heads = weight[: 3 * width].unflatten(0, (3 * n_heads, -1))  # (3 H, A / H, I)
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
