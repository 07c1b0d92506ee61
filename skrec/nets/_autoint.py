"""AutoInt."""

from itertools import chain, repeat
from typing import Any, cast

import torch
from torch import Tensor, nn

from skrec._inputs import Inputs
from skrec.nets.layers import Block, FieldAttention, FieldEmbedding, Linear


class AutoInt(Block):
    r"""Self-attention between the fields: each layer lets every field look for those that it goes with.

    .. math:: \hat y = b + \langle w, [e^L_1, \dots, e^L_F] \rangle, \quad e^0_i = v_i

    with :math:`e^{l+1}` from :math:`e^l` by multi-head self-attention, a residual and a ReLU.

    Parameters
    ----------
    fields : Fields
        The columns.
    n_outputs : int, default=1
        Logits C.
    embedding_dim : int, default=16
        Width D of the vectors.
    n_attention_layers : int, default=3
        Layers L.
    n_heads : int, default=2
        Heads of each layer.
    attention_dim : int, default=32
        Width A of a layer's output, all heads together.
    residual : bool, default=True
        Whether a layer adds its input, projected, to its output.
    mlp : MLPSpec, optional
        The hidden layers of an MLP beside the attention, AutoInt+; without it there is none.
    init_scale : float, default=0.01
        Standard deviation of the initial vectors.
    generator : torch.Generator, optional
        Source of the initial values.

    References
    ----------
    Song et al. (2019), AutoInt: Automatic Feature Interaction Learning via Self-Attentive Neural Networks, eq. 5-9.

    Notes
    -----
    Numeric fields have vectors in the attention, as in the paper; the MLP reads their plain values.
    """

    def __init__(
        self,
        fields: Any,
        n_outputs: int = 1,
        *,
        embedding_dim: int = 16,
        n_attention_layers: int = 3,
        n_heads: int = 2,
        attention_dim: int = 32,
        residual: bool = True,
        mlp: Any = None,
        init_scale: float = 0.01,
        generator: torch.Generator | None = None,
    ) -> None:
        super().__init__()
        self.embedding = FieldEmbedding(fields, embedding_dim, init_scale=init_scale, generator=generator)
        self.attention = nn.Sequential(
            *(
                FieldAttention(n_in, attention_dim, n_heads, residual=residual, generator=generator)
                for n_in in chain([embedding_dim], repeat(attention_dim, n_attention_layers - 1))
            )
        )
        self.read_out = Linear(len(fields) * attention_dim, n_outputs, bias=False, generator=generator)
        self.mlp = None
        if mlp is not None:
            self.mlp = mlp.build(self.embedding.n_concatenated, n_outputs, generator=generator)
        self.bias = nn.Parameter(torch.zeros(n_outputs))

    def forward(self, inputs: Inputs) -> Tensor:
        """Return logits of shape (B, n_outputs)."""
        looked_up = self.embedding.look_up(inputs)
        vectors = self.embedding.append_numeric(looked_up, inputs)  # (B, F, D)
        logits = self.bias + self.read_out(self.attention(vectors).flatten(1))
        return logits if self.mlp is None else logits + self.mlp(self.embedding.concatenate(looked_up, inputs))

    def pair_strengths(self, inputs: Inputs) -> Tensor:
        """Return how much the fields of each pair i < j look at each other in the first layer, (B, P).

        The mean of the two directions, and of the heads: further layers look at mixtures of fields.
        """
        weights = cast(FieldAttention, self.attention[0]).weights(self.embedding(inputs))  # (B, H, F, F)
        n_fields = weights.shape[2]
        i, j = torch.triu_indices(n_fields, n_fields, 1)
        mutual = (weights + weights.mT).mean(1) / 2
        return mutual[:, i, j]
