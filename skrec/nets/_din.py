"""DIN."""

from typing import Any

import torch
from torch import Tensor, nn

from skrec._inputs import Inputs
from skrec.nets.layers import Block, HistoryEmbedding, MLPSpec, TargetAttention
from skrec.ops import full_precision, jagged_weighted_sum


class DIN(Block):
    r"""Deep interest network: of a history counts what resembles the candidate.

    .. math::

        \hat y = b + \mathrm{MLP}([v_1, \dots, v_F, u, u \odot q, x_{num}]), \quad u = \sum_l \alpha_l h_l

        a_l = \mathrm{MLP}_a([h_l, q, h_l - q, h_l \odot q]), \quad \alpha = \mathrm{softmax}(a)

    with the steps :math:`h_l` of a history and the candidate :math:`q`, and a u for each history.

    Parameters
    ----------
    fields : Fields
        The columns.
    n_outputs : int, default=1
        Logits C.
    histories : sequence of sequences of pairs (int, int), default=()
        For each history the list columns that its steps are made of, each with the categorical column of the
        candidate that it goes with; see `HistoryEmbedding`. Other list columns are pooled.
    embedding_dim : int, default=16
        Width D of the vectors.
    attention : {"softmax", "raw", "mean"}, default="softmax"
        The weights: softmax of a, a itself as in the paper, or equal.
    attention_hidden_layer_sizes : sequence of int, default=(32,)
        Units of the hidden layers of a history's attention.
    history_product : bool, default=True
        Whether the MLP reads u * q.
    mlp : MLPSpec, default=MLPSpec(activation="prelu")
        The hidden layers; their units are those of the attention's hidden layers too.
    init_scale : float, default=0.05
        Standard deviation of the initial vectors.
    generator : torch.Generator, optional
        Source of the initial values.

    References
    ----------
    Zhou et al. (2018), Deep Interest Network for Click-Through Rate Prediction, eq. 3-4.

    Notes
    -----
    Differs from the paper: the softmax, the difference and the plain (not outer) product in the attention, as in
    the authors' code, and u * q in the MLP. A row without history has u = 0.
    """

    def __init__(
        self,
        fields: Any,
        n_outputs: int = 1,
        *,
        histories: Any = (),
        embedding_dim: int = 16,
        attention: str = "softmax",
        attention_hidden_layer_sizes: Any = (32,),
        history_product: bool = True,
        mlp: Any = MLPSpec(activation="prelu"),
        init_scale: float = 0.05,
        generator: torch.Generator | None = None,
    ) -> None:
        super().__init__()
        self.history_product = history_product
        self.embedding = HistoryEmbedding(fields, embedding_dim, histories, init_scale=init_scale, generator=generator)
        widths = self.embedding.widths
        self.attention = nn.ModuleList(
            TargetAttention(
                width, attention_hidden_layer_sizes, attention, activation=mlp.activation, generator=generator
            )
            for width in widths
        )
        # a history is as wide as its lists would be if they were pooled
        n_in = self.embedding.n_concatenated + sum(widths) * history_product
        self.mlp = mlp.build(n_in, n_outputs, generator=generator)
        self.bias = nn.Parameter(torch.zeros(n_outputs))

    def forward(self, inputs: Inputs) -> Tensor:
        """Return logits of shape (B, n_outputs)."""
        looked_up, histories = self._look_up(inputs)
        parts = [self.embedding.concatenate(looked_up, inputs)]
        for steps, candidate, weight, layout in histories:
            interest = jagged_weighted_sum(steps, weight, layout)  # (B, k D)
            parts += [interest, interest * candidate] if self.history_product else [interest]
        return self.bias + self.mlp(torch.cat(parts, 1) if len(parts) > 1 else parts[0])

    def _look_up(self, inputs):
        """Return the vectors (B, F, D), and of each history steps (T, k D), candidate, weights (T,) and layout."""
        layouts = self.embedding.layouts(inputs)
        looked_up, steps = self.embedding.look_up_all(inputs, layouts)
        candidates = [self.embedding.candidate(looked_up, history) for history in range(len(steps))]  # (B, k D)
        with full_precision(looked_up):  # many short vectors: casting costs what is saved
            weights = [attend(*of) for attend, *of in zip(self.attention, steps, candidates, layouts, strict=True)]
        return looked_up, list(zip(steps, candidates, weights, layouts, strict=True))

    def attend(self, inputs: Inputs) -> list[Tensor]:
        """Return the weights of each history's steps, (T,) each, the rows one behind the other."""
        return [weight for _, _, weight, _ in self._look_up(inputs)[1]]
