"""FinalMLP."""

from typing import Any

import torch
from torch import Tensor, nn

from skrec._inputs import Inputs
from skrec.nets.layers import Block, FeatureGate, FieldEmbedding, Linear, MLPSpec


class BilinearFusion(Block):
    r"""Two vectors to logits: linear in each, and in their products within heads.

    .. math:: y = \langle w_1, o_1 \rangle + \langle w_2, o_2 \rangle + \sum_h o_1^{h\top} W_h \, o_2^h

    where :math:`o^h` is the h-th of H equal parts of `o`.

    Parameters
    ----------
    n_first, n_second : int
        Widths of the vectors.
    n_outputs : int
        Logits C, each with its own weights.
    n_heads : int, default=1
        Parts H.
    generator : torch.Generator, optional
        Source of the initial values.
    """

    def __init__(
        self, n_first: int, n_second: int, n_outputs: int, n_heads: int = 1, *, generator: torch.Generator | None = None
    ) -> None:
        super().__init__()
        if n_first % n_heads or n_second % n_heads:
            raise ValueError(f"n_heads must divide both widths, however: {n_heads=}, {n_first=}, {n_second=}")
        self.n_heads, self.n_outputs = n_heads, n_outputs
        self.first = Linear(n_first, n_outputs, bias=False, generator=generator)
        self.second = Linear(n_second, n_outputs, bias=False, generator=generator)
        width, bound = n_second // n_heads, (n_first * n_second / n_heads) ** -0.5
        weight = torch.empty(n_heads, n_first // n_heads, n_outputs * width)
        self.weight = nn.Parameter(weight.uniform_(-bound, bound, generator=generator))

    def forward(self, first: Tensor, second: Tensor) -> Tensor:
        """Return logits (B, C) of vectors (B, n_first) and (B, n_second)."""
        linear = self.first(first) + self.second(second)  # (B, C)
        left = first.unflatten(1, (self.n_heads, -1)).transpose(0, 1)  # (H, B, n_first / H)
        left = (left @ self.weight).transpose(0, 1).unflatten(2, (self.n_outputs, -1))  # (B, H, C, n_second / H)
        right = second.unflatten(1, (self.n_heads, 1, -1))  # (B, H, 1, n_second / H)
        return linear + (left * right).sum((1, 3))


class FinalMLP(Block):
    r"""Two MLPs that see the features through different gates, and a bilinear map of what they make of them.

    .. math::

        \hat y = b + \langle w_1, o_1 \rangle + \langle w_2, o_2 \rangle + \sum_h o_1^{h\top} W_h \, o_2^h

        o_k = \mathrm{MLP}_k(x \odot 2 \sigma(\mathrm{gate}_k)), \quad x = [v_1, \dots, v_F, x_{num}]

    Parameters
    ----------
    fields : Fields
        The columns.
    n_outputs : int, default=1
        Logits C.
    embedding_dim : int, default=16
        Width D of the vectors.
    mlp : MLPSpec, default=MLPSpec()
        The first stream's hidden layers, the last of which is o_1.
    second_mlp : MLPSpec, optional
        The second stream's; without it both have the same.
    n_heads : int, default=1
        Parts of o_1 and o_2 that are multiplied with each other.
    gating : bool, default=True
        Whether the features are gated.
    contexts : pair of sequences of int, default=((), ())
        The fields that the first and the second gate read, counted as categorical, then list, then numeric columns.
        A gate without any has a learnt vector instead, the same for all rows.
    init_scale : float, default=0.01
        Standard deviation of the initial vectors.
    generator : torch.Generator, optional
        Source of the initial values.

    References
    ----------
    Mao et al. (2023), FinalMLP: An Enhanced Two-Stream MLP Model for CTR Prediction, eq. 4-8.

    Notes
    -----
    The gates read the vectors that the MLPs read, where the authors' code learns further ones for them.
    """

    def __init__(
        self,
        fields: Any,
        n_outputs: int = 1,
        *,
        embedding_dim: int = 16,
        mlp: Any = MLPSpec(),
        second_mlp: Any = None,
        n_heads: int = 1,
        gating: bool = True,
        contexts: Any = ((), ()),
        init_scale: float = 0.01,
        generator: torch.Generator | None = None,
    ) -> None:
        super().__init__()
        if not gating and any(contexts):
            raise ValueError(f"contexts are of gates, however: {gating=}, {contexts=}")
        self.embedding = FieldEmbedding(
            fields, embedding_dim, numeric_vectors=False, init_scale=init_scale, generator=generator
        )
        width = self.embedding.n_concatenated
        columns = [[column for field in context for column in self._columns(field)] for context in contexts]
        self.contexts = columns
        self.gates = nn.ModuleList(FeatureGate(width, len(c), generator=generator) for c in columns if gating)
        first, second = (spec.build(width, generator=generator) for spec in (mlp, second_mlp or mlp))
        self.mlps = nn.ModuleList([first, second])
        self.fusion = BilinearFusion(first.n_out, second.n_out, n_outputs, n_heads, generator=generator)
        self.bias = nn.Parameter(torch.zeros(n_outputs))

    def forward(self, inputs: Inputs) -> Tensor:
        """Return logits of shape (B, n_outputs)."""
        x = self.embedding.concatenate(self.embedding.look_up(inputs), inputs)  # (B, d)
        streams = [x, x]
        if self.gates:
            contexts = [x[:, columns] if columns else None for columns in self.contexts]
            streams = [gate(x, context) for gate, context in zip(self.gates, contexts, strict=True)]
        first, second = (mlp(stream) for mlp, stream in zip(self.mlps, streams, strict=True))
        return self.bias + self.fusion(first, second)

    def _columns(self, field):
        """Return which columns of the concatenation are a field's."""
        fields, width = self.embedding.fields, self.embedding.embedding_dim
        n_looked_up = len(fields) - fields.n_plain
        if field < n_looked_up:
            return range(field * width, (field + 1) * width)
        return [n_looked_up * width + field - n_looked_up]
