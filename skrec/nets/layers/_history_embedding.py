"""Histories of a candidate: list columns whose values stay apart, each of them one step."""

from typing import Any

import torch
from torch import Tensor

from skrec._inputs import Inputs, Jagged
from skrec.nets.layers._field_embedding import FieldEmbedding
from skrec.ops import JaggedLayout


class HistoryEmbedding(FieldEmbedding):
    """Vectors of all fields, the lists of the histories step by step instead of pooled.

    Parameters
    ----------
    fields : Fields
    embedding_dim : int
        Width D of a field's vector.
    histories : sequence of sequences of pairs (int, int)
        For each history its k attributes: a list column's place among the lists, and that of the candidate's
        categorical column among those, which has the same vocabulary. A row's lists are of equal lengths.
    init_scale : float, default=0.05
        Standard deviation of the initial vectors.
    generator : torch.Generator, optional
        Source of the initial values.

    Attributes
    ----------
    widths : list of int
        Width k D of each history's steps.
    """

    def __init__(
        self,
        fields: Any,
        embedding_dim: int,
        histories: Any = (),
        *,
        init_scale: float = 0.05,
        generator: torch.Generator | None = None,
    ) -> None:
        super().__init__(fields, embedding_dim, init_scale=init_scale, numeric_vectors=False, generator=generator)
        self.histories = [list(zip(*history, strict=True)) for history in histories]
        followed = {column for lists, _ in self.histories for column in lists}
        self.pooled = [column for column in self.pooled if column not in followed]
        self.widths = [len(lists) * embedding_dim for lists, _ in self.histories]

    def layouts(self, inputs: Inputs) -> list[JaggedLayout]:
        """Return for each history which steps are whose."""
        first_lists = [inputs.lists[lists[0]] for lists, _ in self.histories]
        return [JaggedLayout.of(jagged.offsets, jagged.codes.shape[0]) for jagged in first_lists]

    def look_up_all(self, inputs: Inputs, layouts: list[JaggedLayout]) -> tuple[Tensor, list[Tensor]]:
        """Return what `look_up` does, and the vectors of each history's steps, of all rows together, (T, k D)."""
        ids, penalty = [inputs.codes + self.starts], inputs.decay
        decays = [] if penalty is None else [penalty]
        for (lists, _), layout in zip(self.histories, layouts, strict=True):
            ids.append(torch.stack([inputs.lists[column].codes + self.sequence_starts[column] for column in lists], 1))
            if penalty is not None:  # a list counts as one use, shared by its steps
                decays.append((penalty / layout.lengths.clamp(min=1)).index_select(0, layout.rows))
        own, *steps = self.gather_all(ids, decays)
        beside = self.gather(inputs.codes[:, :0], *self._beside(inputs))
        looked_up = torch.cat([own, beside], 1) if beside.shape[1] else own
        return looked_up, [of_history.flatten(1) for of_history in steps]

    def candidate(self, looked_up: Tensor, history: int) -> Tensor:
        """Return the candidate's vectors as the steps of a history have them, (B, k D), of the looked-up ones."""
        _, categorical = self.histories[history]
        return looked_up[:, list(categorical), : self.embedding_dim].flatten(1)


def newest_steps(jagged: Jagged, n: int) -> Jagged:
    """Return the last `n` codes of each list, or all that it has."""
    return jagged.newest(n)
