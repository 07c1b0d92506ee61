"""Units with learnt slopes, for the hidden layers of an MLP."""

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable
from torch.nn import functional

from skrec.engine import as_arrays, empty, suits_kernel
from skrec.nets._blocks import BatchNorm


class PReLU(nn.Module):
    r"""Rectifier with a learnt slope a on the negative side: :math:`\max(x, 0) + a \min(x, 0)`.

    Parameters
    ----------
    width : int
        Units, each with a slope, which starts at 0.25.

    Notes
    -----
    Written with a ReLU, whose gradient is quick: torch's own layer takes twice as long.
    """

    def __init__(self, width):
        super().__init__()
        self.weight = nn.Parameter(torch.full((width,), 0.25))

    def forward(self, x: Tensor) -> Tensor:
        """Return (n, width) from (n, width)."""
        return torch.addcmul(x, functional.relu(-x), 1 - self.weight.to(x.dtype))


class Dice(nn.Module):
    r"""Rectifier that bends where the data are: a smooth switch at their mean between x and a learnt share of it.

    .. math:: p x + (1 - p) a x, \quad p = \sigma((x - E[x]) / \sqrt{\mathrm{Var}[x] + \epsilon})

    with mean and variance of the batch in training, their running averages in prediction.

    Parameters
    ----------
    width : int
        Units, each with a share a, which starts at 0.

    References
    ----------
    Zhou et al. (2018), Deep Interest Network for Click-Through Rate Prediction, eq. 4.
    """

    def __init__(self, width):
        super().__init__()
        self.norm = BatchNorm(width, eps=1e-8, affine=False)
        self.weight = nn.Parameter(torch.zeros(width))

    def forward(self, x: Tensor) -> Tensor:
        """Return (n, width) from (n, width)."""
        if self.training and len(x) > 1:
            return _Dice.apply(x, self.weight, self.norm)
        share = self.weight.to(x.dtype)
        return x * (share + (1 - share) * self.norm(x).sigmoid())


class _Dice(torch.autograd.Function):
    """`Dice` over a batch, its gradient closed: a fifth quicker than torch's own, which writes more of it down.

    In float32 it may run compiled, a third of that; so do halves, whose steps are then in float32.
    """

    @staticmethod
    def forward(ctx, x, share, norm):
        ctx.eps, ctx.compiled = norm.eps, suits_kernel(share, dtypes=(torch.float32,))
        if ctx.compiled:
            return _compiled(ctx, x, share, norm)
        scaled, mean, inverse = torch.native_batch_norm(
            x, None, None, norm.running_mean, norm.running_var, True, norm.momentum, norm.eps
        )
        share, p = share.to(x.dtype), scaled.sigmoid_()
        ctx.save_for_backward(x, share, p, mean, inverse)
        return torch.addcmul(share, p, 1 - share).mul_(x)

    @staticmethod
    @once_differentiable
    def backward(ctx, gradient):
        if ctx.compiled:
            return _compiled_backward(ctx, gradient)
        x, share, p, mean, inverse = ctx.saved_tensors
        of_gate = gradient * x
        grad_share = of_gate.sum(0)
        of_gate *= p
        grad_share -= of_gate.sum(0)
        of_gate.addcmul_(of_gate, p, value=-1)  # times p (1 - p), the slope of the sigmoid
        through, _, _ = torch.ops.aten.native_batch_norm_backward(
            of_gate, x, None, None, None, mean, inverse, True, ctx.eps, [True, False, False]
        )
        direct = torch.addcmul(share, p, 1 - share).mul_(gradient)
        return direct.addcmul_(through, 1 - share), grad_share, None


def _compiled(ctx, x, share, norm):
    from skrec.engine._kernels.dice import dice

    dtype, x = x.dtype, x.float().contiguous()
    units = empty(x.shape, x)
    values, shares, filled = as_arrays(x, share, units)
    ctx.moments = mean, variance = dice(torch.get_num_threads(), values, shares, filled, ctx.eps)
    for running, new in (norm.running_mean, mean), (norm.running_var, variance * len(x) / (len(x) - 1)):
        running.lerp_(torch.from_numpy(new).to(running.dtype), norm.momentum)
    ctx.save_for_backward(x, share)
    return units.to(dtype)


def _compiled_backward(ctx, gradient):
    from skrec.engine._kernels.dice import dice_backward

    x, share = ctx.saved_tensors
    of_x = empty(x.shape, x)
    of_units, values, shares, filled = as_arrays(gradient.float().contiguous(), x, share, of_x)
    mean, variance = ctx.moments
    of_share = dice_backward(torch.get_num_threads(), of_units, values, shares, filled, mean, variance, ctx.eps)
    return of_x.to(gradient.dtype), torch.from_numpy(of_share).to(share.dtype), None


ACTIVATIONS = {"relu": lambda width: nn.ReLU(), "prelu": PReLU, "dice": Dice}
