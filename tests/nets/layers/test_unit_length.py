import torch

from skrec.nets.layers import unit_length


def test_vectors_keep_their_direction_and_have_length_one():
    vectors = torch.tensor([[3.0, 4.0], [0.0, -50.0]], dtype=torch.float64)
    torch.testing.assert_close(unit_length(vectors), vectors / torch.tensor([[5.0], [50.0]]), rtol=1e-6, atol=0)


def test_a_vector_of_zeros_stays_one_and_its_gradient_finite():
    zeros = torch.zeros(1, 3, requires_grad=True)
    unit = unit_length(zeros)
    unit.sum().backward()
    assert not unit.any()
    assert zeros.grad.isfinite().all()
