"""Deep & Cross Network."""

import torch
from torch import Tensor, nn

from skrec._inputs import Inputs
from skrec.nets._blocks import MLP, Linear
from skrec.nets._cross import VectorCross
from skrec.nets._embedding import FieldEmbedding


class DCN(nn.Module):
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
    hidden_layer_sizes : sequence of int, default=(128, 64)
        Units of the MLP's hidden layers.
    dropout : float, default=0.0
        Share of hidden units that a training step drops.
    batch_norm : bool, default=False
        Normalise the hidden layers over the batch.
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
        fields,
        n_outputs=1,
        *,
        embedding_dim=16,
        n_cross_layers=3,
        hidden_layer_sizes=(128, 64),
        dropout=0.0,
        batch_norm=False,
        generator=None,
    ):
        super().__init__()
        self.embedding = FieldEmbedding(fields, embedding_dim, numeric_vectors=False, generator=generator)
        width = self.embedding.n_concatenated
        self.cross = VectorCross(width, n_cross_layers, generator=generator)
        self.read_out = Linear(width, n_outputs, bias=False, generator=generator)
        self.mlp = MLP(
            width, hidden_layer_sizes, n_outputs, dropout=dropout, batch_norm=batch_norm, generator=generator
        )
        self.bias = nn.Parameter(torch.zeros(n_outputs))

    def forward(self, inputs: Inputs) -> Tensor:
        """Return logits of shape (B, n_outputs)."""
        x = self.embedding.concatenate(self.embedding.look_up(inputs), inputs)  # (B, d)
        return self.bias + self.read_out(self.cross(x)) + self.mlp(x)
