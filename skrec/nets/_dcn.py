"""Deep & Cross Network."""

from typing import Any

import torch
from torch import Tensor, nn

from skrec._inputs import Inputs
from skrec.nets.layers import Block, FieldEmbedding, Linear, MLPSpec, VectorCross


class DCN(Block):
    r"""Cross network and deep network side by side over the same embeddings.

    .. math::

        x_{l+1} = x_0 (x_l \cdot w_l) + b_l + x_l, \quad x_0 = [v_1, \dots, v_F, x_{num}]

        \hat y = b + \langle w, x_L \rangle + \mathrm{MLP}(x_0)

    Parameters
    ----------
    fields : Fields
        The columns.
    n_outputs : int, default=1
        Logits C.
    embedding_dim : int, default=16
        Width D of the vectors.
    n_cross_layers : int, default=3
        Cross layers L; the interactions have up to L + 1 factors.
    mlp : MLPSpec, default=MLPSpec()
        The hidden layers of the deep network.
    init_scale : float, default=0.01
        Standard deviation of the initial vectors.
    generator : torch.Generator, optional
        Source of the initial values.

    References
    ----------
    Wang et al. (2017), Deep & Cross Network for Ad Click Predictions, eq. 3.

    Notes
    -----
    The paper chooses the width of each column's vector by the size of its vocabulary; here all have the same.
    """

    def __init__(
        self,
        fields: Any,
        n_outputs: int = 1,
        *,
        embedding_dim: int = 16,
        n_cross_layers: int = 3,
        mlp: Any = MLPSpec(),
        init_scale: float = 0.01,
        generator: torch.Generator | None = None,
    ) -> None:
        super().__init__()
        self.embedding = FieldEmbedding(
            fields, embedding_dim, numeric_vectors=False, init_scale=init_scale, generator=generator
        )
        width = self.embedding.n_concatenated
        self.cross = VectorCross(width, n_cross_layers, generator=generator)
        self.read_out = Linear(width, n_outputs, bias=False, generator=generator)
        self.mlp = mlp.build(width, n_outputs, generator=generator)
        self.bias = nn.Parameter(torch.zeros(n_outputs))

    def forward(self, inputs: Inputs) -> Tensor:
        """Return logits of shape (B, n_outputs)."""
        x = self.embedding.concatenate(self.embedding.look_up(inputs), inputs)  # (B, d)
        return self.bias + self.read_out(self.cross(x)) + self.mlp(x)
