import torch

from skrec.nets.layers import MLP
from tests.nets.literal import randomize


def test_one_row_is_that_of_prediction():
    """The last batch of an epoch may have a single row."""
    net, x = randomize(MLP(3, (4,), 2, batch_norm=True)), torch.randn(5, 3, dtype=torch.float64)
    net(x)
    before = net[1].running_mean.clone()
    outputs = net(x[:1])
    assert torch.equal(net[1].running_mean, before)
    torch.testing.assert_close(outputs, net.eval()(x[:1]))
    outputs.sum().backward()
    assert net[0].weight.grad.any()
