"""BST."""

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from skrec._inputs import Inputs
from skrec.nets.layers import Block, HistoryEmbedding, MLPSpec, TransformerBlock, newest_steps
from skrec.ops import is_traced


class BST(Block):
    r"""Behaviour sequence transformer: history and candidate read as one sequence.

    .. math:: \hat y = b + \mathrm{MLP}([v_1, \dots, v_F, \mathrm{TRM}(h_1 + p_n, \dots, h_n + p_1, q + p_0), x_{num}])

    with TRM a transformer block, the steps :math:`h_l` of a history, the candidate :math:`q` and a vector :math:`p_k`
    for each age.

    Parameters
    ----------
    fields : Fields
        The columns.
    n_outputs : int, default=1
        Logits C.
    histories : sequence of sequences of pairs (int, int), default=()
        As in `DIN`.
    embedding_dim : int, default=16
        Width D of the vectors.
    n_heads : int, default=2
        Heads of the attention; they divide the width k D of a step.
    max_length : int, default=20
        Newest steps of a history that are read.
    mlp : MLPSpec, default=MLPSpec(activation="prelu")
        The hidden layers; its share of dropout holds in the transformer too.
    init_scale : float, default=0.05
        Standard deviation of the initial vectors.
    generator : torch.Generator, optional
        Source of the initial values.

    References
    ----------
    Chen et al. (2019), Behavior Sequence Transformer for E-commerce Recommendation in Alibaba, eq. 1-5.

    Notes
    -----
    Differs from the paper: a step's age is how many came after it, not a time, and its vector is added.
    """

    def __init__(
        self,
        fields: Any,
        n_outputs: int = 1,
        *,
        histories: Any = (),
        embedding_dim: int = 16,
        n_heads: int = 2,
        max_length: int = 20,
        mlp: Any = MLPSpec(activation="prelu"),
        init_scale: float = 0.05,
        generator: torch.Generator | None = None,
    ) -> None:
        super().__init__()
        self.max_length = max_length
        self.embedding = HistoryEmbedding(fields, embedding_dim, histories, init_scale=init_scale, generator=generator)
        widths = self.embedding.widths
        self.ages = nn.ParameterList(
            torch.empty(max_length + 1, width).normal_(0, init_scale, generator=generator) for width in widths
        )
        self.blocks = nn.ModuleList(
            TransformerBlock(width, n_heads, dropout=mlp.dropout, generator=generator) for width in widths
        )
        # n_concatenated counts a history as wide as a step
        self.mlp = mlp.build(self.embedding.n_concatenated + sum(widths) * max_length, n_outputs, generator=generator)
        self.bias = nn.Parameter(torch.zeros(n_outputs))

    def forward(self, inputs: Inputs) -> Tensor:
        """Return logits of shape (B, n_outputs)."""
        inputs = inputs if is_traced() else self._newest(inputs)
        layouts = self.embedding.layouts(inputs)
        looked_up, steps = self.embedding.look_up_all(inputs, layouts)
        parts = [self.embedding.concatenate(looked_up, inputs)]
        for history, (block, ages) in enumerate(zip(self.blocks, self.ages, strict=True)):
            candidate = self.embedding.candidate(looked_up, history)
            sequence = _traced_sequence if is_traced() else _sequence
            x, there = sequence(steps[history], layouts[history], candidate, ages)
            x = block(x, there) * there[:, :, None]
            # from the right, as long in every batch
            parts.append(functional.pad(x, (0, 0, self.max_length + 1 - x.shape[1], 0)).flatten(1))
        return self.bias + self.mlp(torch.cat(parts, 1) if len(parts) > 1 else parts[0])

    def _newest(self, inputs):
        """Return the inputs, of each history the steps alone that are read."""
        followed = {column for lists, _ in self.embedding.histories for column in lists}
        lists = (
            newest_steps(jagged, self.max_length) if j in followed else jagged for j, jagged in enumerate(inputs.lists)
        )
        return inputs._replace(lists=tuple(lists))


def _sequence(steps, layout, candidate, ages):
    """Return steps (T, W) and candidate side by side, the candidate last, (B, L, W), and which are there, (B, L)."""
    n_rows, width = candidate.shape
    longest = int(layout.lengths.max()) if n_rows else 0
    age = layout.offsets[1:].index_select(0, layout.rows) - torch.arange(len(steps), device=steps.device)
    place = layout.rows * longest + longest - age  # (T,)
    grid = steps.new_zeros(n_rows * longest, width).index_copy(0, place, steps).view(n_rows, longest, width)
    there = torch.zeros(n_rows * longest, dtype=torch.bool, device=steps.device).index_fill_(0, place, True)
    x = torch.cat([grid, candidate[:, None]], 1) + ages[: longest + 1].flip(0)
    return x, functional.pad(there.view(n_rows, longest), (0, 1), value=True)


def _traced_sequence(steps, layout, candidate, ages):
    """Return what `_sequence` does, as long for all rows and from lists of any length."""
    length = ages.shape[0] - 1
    begin, end = layout.offsets[:-1, None], layout.offsets[1:, None]  # (B, 1)
    place = end - length + torch.arange(length, device=steps.device)  # (B, L), before `begin` where there is no step
    there = place >= begin
    none = steps.new_zeros(1, steps.shape[1])  # stands for such a place, in a batch without any step too
    grid = torch.cat([none, steps])[torch.where(there, place + 1, 0)]  # (B, L, W)
    x = torch.cat([grid, candidate[:, None]], 1) + ages.flip(0)
    return x, functional.pad(there, (0, 1), value=True)
