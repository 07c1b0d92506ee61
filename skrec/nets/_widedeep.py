"""Wide & Deep."""

from typing import Any

import torch
from torch import Tensor, nn

from skrec._inputs import Inputs
from skrec.nets.layers import Block, FieldEmbedding, Fields, MLPSpec


class WideDeep(Block):
    r"""Linear model that memorises, crossed columns included, and an MLP that generalises, summed.

    .. math:: \hat y = b + \sum_i w_i x_i + \sum_k w_{\phi_k(x)} + \mathrm{MLP}([v_1, \dots, v_F, x_{num}])

    Parameters
    ----------
    fields : Fields
        The columns.
    n_outputs : int, default=1
        Logits C.
    embedding_dim : int, default=16
        Width D of the vectors.
    cross_sizes : sequence of int, default=()
        Codes of each crossed column, the unknown code 0 included. Their codes stand in ``inputs.codes`` behind those
        of the categorical columns; they have linear weights, no vectors.
    mlp : MLPSpec, default=MLPSpec()
        The hidden layers of the deep part.
    init_scale : float, default=0.01
        Standard deviation of the initial vectors.
    generator : torch.Generator, optional
        Source of the initial values.

    References
    ----------
    Cheng et al. (2016), Wide & Deep Learning for Recommender Systems, eq. 3.

    Notes
    -----
    One optimizer moves both parts; the paper has FTRL for the wide one. The wide part has a weight for every column,
    in the paper for chosen ones.
    """

    def __init__(
        self,
        fields: Any,
        n_outputs: int = 1,
        *,
        embedding_dim: int = 16,
        cross_sizes: Any = (),
        mlp: Any = MLPSpec(),
        init_scale: float = 0.01,
        generator: torch.Generator | None = None,
    ) -> None:
        super().__init__()
        self.embedding = PartialEmbedding(
            0, fields, embedding_dim, n_outputs, init_scale=init_scale, generator=generator
        )
        crosses = Fields(tuple(range(len(cross_sizes))), tuple(cross_sizes))
        self.crosses = PartialEmbedding(len(fields.categorical), crosses, 0, n_outputs) if cross_sizes else None
        self.slopes = nn.Parameter(torch.zeros(fields.n_plain, n_outputs))
        self.mlp = mlp.build(self.embedding.n_concatenated, n_outputs, generator=generator)
        self.bias = nn.Parameter(torch.zeros(n_outputs))

    def forward(self, inputs: Inputs) -> Tensor:
        """Return logits of shape (B, n_outputs)."""
        looked_up = self.embedding.look_up(inputs)  # (B, F - n_plain, D + n_outputs)
        wide = self.bias + self.embedding.split(looked_up)[1] + self.embedding.plain(inputs) @ self.slopes
        if self.crosses is not None:
            wide = wide + self.crosses.look_up(inputs).sum(1)
        return wide + self.mlp(self.embedding.concatenate(looked_up, inputs))


class PartialEmbedding(FieldEmbedding):
    """Embedding of some of the columns: of a stretch of the codes, and of the lists if its fields have any.

    Parameters
    ----------
    first : int
        Where the stretch begins.
    fields, embedding_dim, n_linear, init_scale, generator
        As in `FieldEmbedding`.
    """

    def __init__(
        self,
        first: int,
        fields: Any,
        embedding_dim: int,
        n_linear: int,
        *,
        init_scale: float = 0.01,
        generator: torch.Generator | None = None,
    ) -> None:
        super().__init__(fields, embedding_dim, n_linear, numeric_vectors=False, generator=generator)
        self.first = first

    def look_up(self, inputs: Any) -> Any:
        return super().look_up(self._own(inputs))

    def rows_of(self, inputs: Any) -> Any:
        return super().rows_of(self._own(inputs))

    def learn_l2_scale(self, parts: Any, total: Any = None) -> None:
        super().learn_l2_scale(((self._own(inputs), weight) for inputs, weight in parts), total)

    def _own(self, inputs):
        codes = inputs.codes[:, self.first : self.first + len(self.starts)]
        return inputs._replace(codes=codes, lists=inputs.lists if self.fields.sequences else ())
