"""The net that `_build_net` returns, held to what an estimator needs of it: it may be anybody's."""

import torch
from torch import nn

from skrec._text import quoted
from skrec._warn import warn

FEW_ROWS = 2


def build_net(estimator, fields, n_outputs, generator):
    """Return the net that an estimator builds.

    Parameters
    ----------
    estimator : NetEstimator
    fields : Fields
    n_outputs : int
    generator : torch.Generator or None

    Raises
    ------
    TypeError
        If it is no torch module, or has no parameter `bias` of shape (n_outputs,).
    """
    net = estimator._build_net(fields, n_outputs, generator)
    where = f"{type(estimator).__name__}._build_net"
    if not isinstance(net, nn.Module):
        raise TypeError(f"{where}: expected a torch.nn.Module, got {quoted(net)}; return the net, untrained")
    bias = getattr(net, "bias", None)
    if not isinstance(bias, nn.Parameter) or bias.shape != (n_outputs,):
        got = quoted(bias)
        if isinstance(bias, torch.Tensor):
            kind = "one" if isinstance(bias, nn.Parameter) else "a tensor that is no Parameter,"
            got = f"{kind} of shape {tuple(bias.shape)}"
        raise TypeError(
            f"{where}: expected a {type(net).__name__} with a parameter bias of shape ({n_outputs},), the output for a "
            f"row of which nothing is known, got {got}; in its __init__ write self.bias = "
            "torch.nn.Parameter(torch.zeros(n_outputs)), and add it up in forward"
        )
    return net


def draw_net(estimator, fields, n_outputs, seed):
    """Return the net that an estimator builds from a seed, and warn of one that draws from elsewhere too."""

    def draw():
        return build_net(estimator, fields, n_outputs, torch.Generator().manual_seed(seed))

    before = torch.get_rng_state()
    net = draw()
    if not torch.equal(torch.get_rng_state(), before):  # it may have been another thread
        pairs = zip(net.parameters(), draw().parameters(), strict=True)
        if not all(torch.equal(one, other) for one, other in pairs):
            name = type(estimator).__name__
            warn(
                f"{name}._build_net draws from torch's global generator, so that {name}(random_state="
                f"{quoted(estimator.random_state)}) learns something else each time; hand its `generator` to all that "
                "draws: layers of skrec.nets.layers and functions of torch.nn.init take one"
            )
    return net


def try_net(estimator, net, inputs, n_outputs):
    """Raise ValueError if a net does not answer rows as it must; their first ones alone are tried.

    Parameters
    ----------
    estimator : NetEstimator
    net : torch.nn.Module
    inputs : Inputs
    n_outputs : int
    """
    few = inputs.take(slice(0, FEW_ROWS))
    net.eval()
    with torch.no_grad():
        outputs = net(few)
    net.train()
    expected = (len(few.codes), n_outputs)
    if not isinstance(outputs, torch.Tensor) or outputs.shape != expected:
        name = f"{type(net).__name__}.forward of {type(estimator).__name__}"
        got = f"shape {tuple(outputs.shape)}" if isinstance(outputs, torch.Tensor) else quoted(outputs)
        raise ValueError(
            f"{name}: expected outputs of shape (n_rows, n_outputs), "
            f"here {expected}, got {got}; make the last layer n_outputs wide, and keep its axis"
        )
