"""The maps of a layer of a compressed interaction network.

Shape letters: F fields, H maps that come in, K maps that go out, n numbers of a map, those of all rows side by side.
"""

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from skrec.ops._dispatch import is_traced
from skrec.ops._pieces import pieces
from skrec.ops._precision import full_precision, mixed_dtype

__all__ = ["compressed_interaction"]


def compressed_interaction(maps: Tensor | None, x: Tensor, weight: Tensor) -> Tensor:
    """Return sum_{ij} weight_{k,ij} maps_i * x_j.

    Parameters
    ----------
    maps : Tensor of shape (H, n), floating, or None
        None for x itself, where one product serves for ij and ji.
    x : Tensor of shape (F, n), floating
    weight : Tensor of shape (K, H * F), floating

    Returns
    -------
    Tensor of shape (K, n)
        Computed in the dtype of a mixed precision, and returned in that of `x`.

    References
    ----------
    Lian et al. (2018), xDeepFM: Combining Explicit and Implicit Feature Interactions for Recommender Systems, eq. 6.

    Notes
    -----
    The H F n products are never held at once: both directions make them anew, a piece that fits in the cache at a
    time. The gradient towards the maps is a compression as well, of the products of gradient and x.
    """
    if is_traced():
        return reference(maps, x, weight)
    dtype = mixed_dtype(x)
    with full_precision(x):
        cube = weight.unflatten(1, (-1, len(x)))  # (K, H, F)
        own = None if maps is None else maps.to(dtype)
        return _CompressedInteraction.apply(own, x.to(dtype), cube.to(dtype)).to(x.dtype)


def reference(maps, x, weight):
    """Return what `compressed_interaction` does, from all products."""
    cube = weight.unflatten(1, (-1, len(x)))  # (K, H, F)
    return torch.einsum("khf,hn,fn->kn", cube, x if maps is None else maps, x)


class _CompressedInteraction(torch.autograd.Function):
    @staticmethod
    def forward(ctx, maps, x, weight):
        ctx.save_for_backward(maps, x, weight)
        flat, out = _fold(weight, maps is None), x.new_empty(len(weight), x.shape[1])
        for piece in _pieces(maps, x, weight):
            out[:, piece] = flat @ _products(None if maps is None else maps[:, piece], x[:, piece])
        return out

    @staticmethod
    @once_differentiable
    def backward(ctx, grad):
        maps, x, weight = ctx.saved_tensors
        grad_maps, grad_x = torch.empty_like(x if maps is None else maps), torch.empty_like(x)
        grad_flat = torch.zeros_like(_fold(weight, maps is None), dtype=torch.promote_types(x.dtype, torch.float32))
        to_maps = weight.transpose(0, 1).flatten(1)  # (H, K * F)
        to_x = weight.permute(2, 0, 1).flatten(1)  # (F, K * H)
        for piece in _pieces(maps, x, weight):
            own, some, towards = None if maps is None else maps[:, piece], x[:, piece], grad[:, piece]
            grad_flat += towards @ _products(own, some).T
            if own is None:
                grad_x[:, piece] = (to_maps + to_x) @ _products(towards, some)
            else:
                grad_maps[:, piece] = to_maps @ _products(towards, some)
                grad_x[:, piece] = to_x @ _products(towards, own)
        grad_weight = _unfold(grad_flat, weight, maps is None).to(weight.dtype)
        return None if maps is None else grad_maps, grad_x, grad_weight


def _pieces(maps, x, weight):
    n_products = max(len(x) * len(weight), weight[0].numel())
    return pieces(x.shape[1], n_products, x.device)


def _products(maps, x):
    """Products of all pairs, (H * F, n); without maps those of x with itself, each pair once."""
    if maps is None:
        return torch.cat([x[i] * x[i:] for i in range(len(x))])  # (F * (F + 1) / 2, n)
    return (maps[:, None] * x).flatten(0, 1)


def _fold(weight, symmetric):
    """Weights (K, H, F) as (K, products), those of ij and ji summed where one product serves for both."""
    if not symmetric:
        return weight.flatten(1)
    rows, columns = torch.triu_indices(*weight.shape[1:], device=weight.device)
    return weight[:, rows, columns] + torch.where(rows == columns, 0, weight[:, columns, rows])


def _unfold(grad_flat, weight, symmetric):
    """Gradients of the folded weights as those of the weights, (K, H, F)."""
    if not symmetric:
        return grad_flat.view_as(weight)
    rows, columns = torch.triu_indices(*weight.shape[1:], device=weight.device)
    gradient = grad_flat.new_empty(weight.shape)
    gradient[:, rows, columns] = gradient[:, columns, rows] = grad_flat
    return gradient
