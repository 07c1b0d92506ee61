"""Matrix factorization."""

import torch
from torch import Tensor, nn

from skrec.engine import Inputs
from skrec.nets._blocks import Linear
from skrec.nets._embedding import FieldEmbedding


class MF(nn.Module):
    r"""Matrix factorization with biases.

    .. math:: \hat r_{ui} = \mu + b_u + b_i + \langle p_u, q_i \rangle

    Parameters
    ----------
    fields : Fields
        Two categorical columns, the user and the item.
    n_outputs : int, default=1
        Outputs C. With more than one, the product p * q is projected to C outputs instead of summed.
    embedding_dim : int, default=64
        Width D of the vectors.
    init : {"normal", "truncated_normal"}, default="normal"
        How the vectors start; truncated means within two standard deviations.
    init_scale : float, default=0.03
        Standard deviation of the initial vectors.
    y_range : pair of float, optional
        Squash the outputs into this range by a sigmoid.
    generator : torch.Generator, optional
        Source of the initial values.

    References
    ----------
    Koren, Bell, Volinsky (2009), Matrix Factorization Techniques for Recommender Systems, eq. 4.
    """

    def __init__(
        self,
        fields,
        n_outputs=1,
        *,
        embedding_dim=64,
        init="normal",
        init_scale=0.03,
        y_range=None,
        generator=None,
    ):
        super().__init__()
        self.y_range = y_range
        self.embedding = FieldEmbedding(
            fields,
            embedding_dim,
            n_outputs,
            init_scale=init_scale,
            truncated=init == "truncated_normal",
            generator=generator,
        )
        self.project = Linear(embedding_dim, n_outputs, bias=False, generator=generator) if n_outputs > 1 else None
        self.bias = nn.Parameter(torch.zeros(n_outputs))

    def forward(self, inputs: Inputs) -> Tensor:
        """Return outputs of shape (B, n_outputs)."""
        vectors, biases = self.embedding.split(self.embedding.look_up(inputs))
        product = vectors[:, 0] * vectors[:, 1]
        outputs = self.bias + biases + (product.sum(1, keepdim=True) if self.project is None else self.project(product))
        if self.y_range is None:
            return outputs
        low, high = self.y_range
        return low + (high - low) * torch.sigmoid(outputs)
