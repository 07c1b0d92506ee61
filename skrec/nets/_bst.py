"""BST."""

import torch
from torch import Tensor, nn
from torch.nn import functional

from skrec._inputs import Inputs
from skrec.nets._activations import ACTIVATIONS
from skrec.nets._blocks import MLP, Dropout, Linear
from skrec.nets._histories import HistoryEmbedding, newest


class TransformerBlock(nn.Module):
    """Self-attention between the places of a row and a layer over each, both with residual and layer norm.

    Parameters
    ----------
    width : int
        Width W of a place.
    n_heads : int
        Heads H, each W / H wide.
    dropout : float, default=0.0
        Share of the numbers that a training step drops, of either result before it is added.
    generator : torch.Generator, optional
        Source of the initial values.
    """

    def __init__(self, width, n_heads, *, dropout=0.0, generator=None):
        super().__init__()
        if width % n_heads:
            raise ValueError(f"n_heads must divide width, however: {n_heads=}, {width=}")
        self.n_heads = n_heads
        self.project = Linear(width, 3 * width, bias=False, generator=generator)
        self.mix = Linear(width, width, bias=False, generator=generator)
        self.rise, self.fall = (Linear(n, m, generator=generator) for n, m in ((width, 4 * width), (4 * width, width)))
        self.norms = nn.ModuleList(nn.LayerNorm(width) for _ in range(2))
        self.dropout = Dropout(dropout)

    def forward(self, x: Tensor, there: Tensor) -> Tensor:
        """Return (B, L, W) from (B, L, W); `there` (B, L) says which places are of the row."""
        query, key, value = (
            part.unflatten(-1, (self.n_heads, -1)).transpose(1, 2) for part in self.project(x).chunk(3, -1)
        )  # (B, H, L, W / H) each
        score = query @ key.transpose(2, 3) * (key.shape[-1] ** -0.5)
        weight = score.masked_fill(~there[:, None, None], -torch.inf).softmax(3)  # (B, H, L, L)
        x = self.norms[0](x + self.dropout(self.mix((weight @ value).transpose(1, 2).flatten(2))))
        return self.norms[1](x + self.dropout(self.fall(functional.leaky_relu(self.rise(x)))))


class BST(nn.Module):
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
    hidden_layer_sizes : sequence of int, default=(128, 64)
        Units of the MLP's hidden layers.
    activation : {"relu", "prelu", "dice"}, default="prelu"
        Units of the MLP's hidden layers.
    dropout : float, default=0.0
        Share that a training step drops, of the MLP's hidden units and in the transformer.
    batch_norm : bool, default=False
        Normalise the MLP's hidden layers over the batch.
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
        fields,
        n_outputs=1,
        *,
        histories=(),
        embedding_dim=16,
        n_heads=2,
        max_length=20,
        hidden_layer_sizes=(128, 64),
        activation="prelu",
        dropout=0.0,
        batch_norm=False,
        init_scale=0.05,
        generator=None,
    ):
        super().__init__()
        self.max_length = max_length
        self.embedding = HistoryEmbedding(
            fields,
            embedding_dim,
            histories,
            init_scale=init_scale,
            numeric_vectors=False,
            generator=generator,
        )
        widths = self.embedding.widths
        self.ages = nn.ParameterList(
            torch.empty(max_length + 1, width).normal_(0, init_scale, generator=generator) for width in widths
        )
        self.blocks = nn.ModuleList(
            TransformerBlock(width, n_heads, dropout=dropout, generator=generator) for width in widths
        )
        self.mlp = MLP(
            # n_concatenated counts a history as wide as a step
            self.embedding.n_concatenated + sum(widths) * max_length,
            hidden_layer_sizes,
            n_outputs,
            dropout=dropout,
            batch_norm=batch_norm,
            activation=ACTIVATIONS[activation],
            generator=generator,
        )
        self.bias = nn.Parameter(torch.zeros(n_outputs))

    def forward(self, inputs: Inputs) -> Tensor:
        """Return logits of shape (B, n_outputs)."""
        followed = {column for lists, _ in self.embedding.histories for column in lists}
        lists = (newest(bag, self.max_length) if j in followed else bag for j, bag in enumerate(inputs.lists))
        inputs = inputs._replace(lists=tuple(lists))
        layouts = self.embedding.layouts(inputs)
        looked_up, steps = self.embedding.look_up_all(inputs, layouts)
        parts = [self.embedding.concatenate(looked_up, inputs)]
        for history, (block, ages) in enumerate(zip(self.blocks, self.ages, strict=True)):
            candidate = self.embedding.candidate(looked_up, history)
            x, there = _sequence(steps[history], layouts[history], candidate, ages)
            x = block(x, there) * there[:, :, None]
            # from the right, as long in every batch
            parts.append(functional.pad(x, (0, 0, self.max_length + 1 - x.shape[1], 0)).flatten(1))
        return self.bias + self.mlp(torch.cat(parts, 1) if len(parts) > 1 else parts[0])


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
