"""FiBiNET."""

from typing import Any, cast

import torch
from torch import Tensor, nn
from torch.nn import functional

from skrec._inputs import Inputs
from skrec.nets.layers import Bilinear, Block, FieldEmbedding, Linear, MLPSpec, SqueezeExcitation


class FiBiNET(Block):
    r"""Bilinear interactions of the fields, and of the fields weighed by what counts in a row, into an MLP.

    .. math:: \hat y = b + \sum_i w_i x_i + \mathrm{MLP}([p_{12}, \dots, p_{F-1,F}, q_{12}, \dots, x_{num}])

    with :math:`p_{ij} = (v_i W) \odot v_j`, and q the same of the vectors after squeeze-excitation, with its own
    matrices.

    Parameters
    ----------
    fields : Fields
        The columns, at least two.
    n_outputs : int, default=1
        Logits C.
    embedding_dim : int, default=16
        Width D of the vectors.
    bilinear_type : {"all", "each", "interaction"}, default="interaction"
        Whose own the matrix W is: one of all pairs, one of each left field i, one of each pair.
    reduction_ratio : int, default=3
        Squeeze-excitation passes through F / reduction_ratio units.
    mlp : MLPSpec, default=MLPSpec()
        The hidden layers.
    init_scale : float, default=0.1
        Standard deviation of the initial vectors.
    generator : torch.Generator, optional
        Source of the initial values.

    References
    ----------
    Huang et al. (2019), FiBiNET: Combining Feature Importance and Bilinear feature Interaction for Click-Through
    Rate Prediction, eq. 1-9.

    Notes
    -----
    The MLP reads the plain numbers beside the pairs; in the paper it reads the pairs alone.
    Squeeze-excitation starts with the weight one of every field: see its own notes.
    """

    def __init__(
        self,
        fields: Any,
        n_outputs: int = 1,
        *,
        embedding_dim: int = 16,
        bilinear_type: str = "interaction",
        reduction_ratio: int = 3,
        mlp: Any = MLPSpec(),
        init_scale: float = 0.1,
        generator: torch.Generator | None = None,
    ) -> None:
        super().__init__()
        self.embedding = FieldEmbedding(fields, embedding_dim, n_outputs, init_scale=init_scale, generator=generator)
        self.squeeze = SqueezeExcitation(len(fields), reduction_ratio, generator=generator)
        self.original = Bilinear(len(fields), embedding_dim, bilinear_type, generator=generator)
        self.weighed = Bilinear(len(fields), embedding_dim, bilinear_type, generator=generator)
        self.mlp = mlp.build(2 * self.original.n_pairs * embedding_dim + fields.n_plain, n_outputs, generator=generator)
        self.bias = nn.Parameter(torch.zeros(n_outputs))

    def forward(self, inputs: Inputs) -> Tensor:
        """Return logits of shape (B, n_outputs)."""
        vectors, linear = self.embedding.split(self.embedding(inputs))  # (B, F, D) and (B, n_outputs)
        first, *rest = self.mlp
        first = cast(Linear, first)
        plain, n_pairs = self.embedding.plain(inputs), self.original.n_pairs * self.embedding.embedding_dim
        of_original, of_weighed, of_plain = first.weight.split([n_pairs, n_pairs, plain.shape[1]], 1)
        # the pairs, a hundred times as many numbers as the row, go into the first layer without lying side by side
        hidden = functional.linear(plain, of_plain, first.bias) + self.original.project(vectors, of_original)
        hidden = hidden + self.weighed.project(self.squeeze(vectors), of_weighed)  # (B, H)
        for layer in rest:
            hidden = layer(hidden)
        return self.bias + linear + hidden
