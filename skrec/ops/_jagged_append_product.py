"""The product of each step with its row's vector, behind the step; shape letters as in `_jagged`."""

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from skrec.ops._dispatch import is_traced, with_kernel
from skrec.ops._empty import empty
from skrec.ops._jagged import JaggedLayout, sum_rows

__all__ = ["jagged_append_product"]


def jagged_append_product(steps: Tensor, x: Tensor, layout: JaggedLayout) -> Tensor:
    """Return each step, and behind it its product with its row's vector, elementwise.

    Parameters
    ----------
    steps : Tensor of shape (T, W), floating
    x : Tensor of shape (B, W), floating
    layout : JaggedLayout

    Returns
    -------
    Tensor of shape (T, 2 * W)
    """
    if is_traced():
        return reference(steps, x, layout)
    return _JaggedAppendProduct.apply(steps, x, layout)


def reference(steps, x, layout):
    """Return what `jagged_append_product` does."""
    return torch.cat([steps, steps * x[layout.rows]], 1)


class _JaggedAppendProduct(torch.autograd.Function):
    @staticmethod
    def forward(ctx, steps, x, layout):
        ctx.save_for_backward(steps, x)
        ctx.layout = layout
        appended = empty((len(steps), 2 * steps.shape[1]), steps)
        _forward(steps, x, *layout, appended)
        return appended

    @staticmethod
    @once_differentiable
    def backward(ctx, gradient):
        steps, x = ctx.saved_tensors
        grad_steps, grad_x = empty(steps.shape, steps), torch.empty_like(x)
        _backward(gradient, steps, x, *ctx.layout, grad_steps, grad_x)
        return grad_steps, grad_x, None


@with_kernel()
def _forward(steps, x, offsets, rows, appended):
    """Fill (T, 2 W) with the steps and the products."""
    width = steps.shape[1]
    appended[:, :width] = steps
    torch.mul(steps, x.index_select(0, rows), out=appended[:, width:])


@with_kernel()
def _backward(gradient, steps, x, offsets, rows, grad_steps, grad_x):
    """Fill the gradients of steps (T, W) and vectors (B, W), given that of what `_forward` filled."""
    of_steps, of_products = gradient.chunk(2, 1)  # (T, W) each
    torch.addcmul(of_steps, of_products, x.index_select(0, rows), out=grad_steps)
    grad_x.copy_(sum_rows(of_products * steps, offsets, rows))
