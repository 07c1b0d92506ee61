"""DIEN."""

from typing import Any

import torch
from torch import Tensor, nn

from skrec._inputs import Inputs
from skrec.nets.layers import Block, HistoryEmbedding, InterestEvolution, MLPSpec, NextStep
from skrec.ops import full_precision


class DIEN(Block):
    r"""Deep interest evolution network: where a history leads, in view of the candidate.

    .. math:: \hat y = b + \mathrm{MLP}([v_1, \dots, v_F, u_n, u_n \odot q, x_{num}])

    with the last state :math:`u_n` of `InterestEvolution` over the steps of a history and the candidate q, one for each
    history.

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
    history_product : bool, default=True
        Whether the MLP reads u * q.
    max_length : int, default=50
        Newest steps of a history that are read.
    auxiliary : bool, default=True
        Whether outputs in training have behind the logits the auxiliary loss of each row, see `NextStep`.
    mlp : MLPSpec, default=MLPSpec(activation="prelu")
        The hidden layers.
    init_scale : float, default=0.05
        Standard deviation of the initial vectors.
    generator : torch.Generator, optional
        Source of the initial values.

    References
    ----------
    Zhou et al. (2019), Deep Interest Evolution Network for Click-Through Rate Prediction.

    Notes
    -----
    Differs from the paper: u * q in the MLP, as in `DIN`; negatives of the auxiliary loss are steps of the batch, so
    that an item comes up as often as in histories. A row without history has u = 0.
    """

    def __init__(
        self,
        fields: Any,
        n_outputs: int = 1,
        *,
        histories: Any = (),
        embedding_dim: int = 16,
        history_product: bool = True,
        max_length: int = 50,
        auxiliary: bool = True,
        mlp: Any = MLPSpec(activation="prelu"),
        init_scale: float = 0.05,
        generator: torch.Generator | None = None,
    ) -> None:
        super().__init__()
        self.history_product = history_product
        self.embedding = HistoryEmbedding(fields, embedding_dim, histories, init_scale=init_scale, generator=generator)
        widths = self.embedding.widths
        self.evolution: Any = nn.ModuleList(
            InterestEvolution(width, max_length=max_length, generator=generator) for width in widths
        )
        self.next_step: Any = NextStep() if auxiliary and widths else None
        n_in = self.embedding.n_concatenated + sum(widths) * history_product
        self.mlp = mlp.build(n_in, n_outputs, generator=generator)
        self.bias = nn.Parameter(torch.zeros(n_outputs))

    def forward(self, inputs: Inputs) -> Tensor:
        """Return logits (B, n_outputs); in training behind them the auxiliary loss of each row, if there is one."""
        looked_up, histories = self._read(inputs)
        parts = [self.embedding.concatenate(looked_up, inputs)]
        for history, (state, *_) in enumerate(histories):
            candidate = self.embedding.candidate(looked_up, history)
            parts += [state, state * candidate] if self.history_product else [state]
        logits = self.bias + self.mlp(torch.cat(parts, 1))
        if not self.training or self.next_step is None:
            return logits
        with full_precision(looked_up):
            losses = [self.next_step(*of) for _, _, *of in histories]
        return torch.cat([logits, torch.stack(losses).sum(0)[:, None].to(logits.dtype)], 1)

    def attend(self, inputs: Inputs) -> list[Tensor]:
        """Return the weights of each history's steps, (T,) each, the rows one behind the other; 0 of those not read."""
        found = []
        for _, weights, _, steps, _, place, there in self._read(inputs)[1]:
            found.append(weights.new_zeros(len(steps)).index_copy(0, place[there], weights[there]))
        return found

    def _read(self, inputs):
        """Return the vectors (B, F, D), and of each history the state (B, W), weights, and what `NextStep` takes."""
        layouts = self.embedding.layouts(inputs)
        looked_up, steps = self.embedding.look_up_all(inputs, layouts)
        histories = []
        with full_precision(looked_up):  # recurrent sums
            for place, (evolution, of_steps, layout) in enumerate(zip(self.evolution, steps, layouts, strict=True)):
                at, there = evolution.places(layout)
                candidate = self.embedding.candidate(looked_up, place)
                state, weights, interests = evolution(of_steps, candidate, at, there)
                ids = inputs.lists[self.embedding.histories[place][0][0]].codes
                histories.append((state, weights, interests, of_steps, ids, at, there))
        return looked_up, histories
