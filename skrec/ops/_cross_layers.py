"""Cross layers with full matrices: each multiplies by the first input again.

Shape letters: B rows, d width, L layers.
"""

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable
from torch.nn import functional

from skrec.ops._precision import full_precision, mixed_dtype

__all__ = ["cross_layers"]


def cross_layers(x: Tensor, weights: Sequence[Tensor], biases: Sequence[Tensor]) -> Tensor:
    """Return x_L of x_{l+1} = x_0 * (W_l x_l + b_l) + x_l.

    Parameters
    ----------
    x : Tensor of shape (B, d), floating
        x_0.
    weights, biases : L tensors of shape (d, d) and (d,), floating

    Returns
    -------
    Tensor of shape (B, d)
        In the dtype of a mixed precision.

    References
    ----------
    Wang et al. (2021), DCN V2: Improved Deep & Cross Network and Practical Lessons for Web-scale Learning to Rank
    Systems, eq. 1.

    Notes
    -----
    With h_l = W_l x_l + b_l the gradients towards h_l, x_l and x_0 are g * x_0, g + (g * x_0) W_l and the sum of
    g * h_l, for g that towards x_{l+1}. All is in one dtype, a product or a sum a pass.
    """
    x = x.to(mixed_dtype(x))
    with full_precision(x):
        pairs = zip(weights, biases, strict=True)
        return _CrossLayers.apply(x, *(parameter.to(x.dtype) for pair in pairs for parameter in pair))


def reference(x, weights, biases):
    """Return what `cross_layers` does, layer by layer."""
    crossed = x
    for weight, bias in zip(weights, biases, strict=True):
        crossed = x * (crossed @ weight.T + bias) + crossed
    return crossed


class _CrossLayers(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, *parameters):
        crossed, hidden = [x], []
        for weight, bias in zip(parameters[::2], parameters[1::2], strict=True):
            hidden.append(functional.linear(crossed[-1], weight, bias))
            crossed.append(torch.addcmul(crossed[-1], x, hidden[-1]))
        ctx.save_for_backward(*parameters[::2], *crossed[:-1], *hidden)
        return crossed[-1]

    @staticmethod
    @once_differentiable
    def backward(ctx, grad):
        n_layers = len(ctx.saved_tensors) // 3
        weights, crossed, hidden = (ctx.saved_tensors[i * n_layers : (i + 1) * n_layers] for i in range(3))
        x, gradients = crossed[0], []
        grad_x = torch.zeros_like(x)
        grad = grad.clone()
        for weight, own, product in zip(weights[::-1], crossed[::-1], hidden[::-1], strict=True):
            towards = grad * x  # (B, d)
            gradients += [towards.sum(0), towards.T @ own]
            grad_x.addcmul_(grad, product)
            grad.addmm_(towards, weight)
        return grad_x + grad, *gradients[::-1]
