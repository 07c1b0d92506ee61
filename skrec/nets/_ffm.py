"""Field-aware factorization machine."""

from typing import Any

import torch
from torch import Tensor, nn

from skrec._inputs import Inputs
from skrec._memory import check_memory
from skrec.nets.layers import Block, ClosedForm, FieldEmbedding, Linear
from skrec.nets.layers._pair_strengths import strengths_of
from skrec.ops import field_aware_interaction


class FFM(Block):
    r"""Field-aware factorization machine: every value has one vector for each field that it meets.

    .. math:: \hat y(x) = b + \sum_i w_i x_i + \sum_{i<j} \langle v_{i,f_j}, v_{j,f_i} \rangle x_i x_j

    Parameters
    ----------
    fields : Fields
        The columns, at least two.
    n_outputs : int, default=1
        Logits C. With more than one, the interaction vector is projected to C logits instead of summed.
    embedding_dim : int, default=8
        Width D of a vector.
    init_scale : float, default=0.01
        Standard deviation of the initial vectors.
    generator : torch.Generator, optional
        Source of the initial values.

    Raises
    ------
    ValueError
        For a single field.
    MemoryError
        If the table and its moments do not fit into memory; nothing has been allocated then.

    References
    ----------
    Juan et al. (2016), Field-aware Factorization Machines for CTR Prediction, eq. 4.

    Notes
    -----
    A table row holds F vectors of width D, against categorical, list and numeric fields in this order: F times the
    memory of an FM of the same D. The vector against the own field meets another
    only where a list column shares the vocabulary; else it is not used. The paper leaves out the linear part and
    the bias, which LIBFFM too has not.
    """

    def __init__(
        self,
        fields: Any,
        n_outputs: int = 1,
        *,
        embedding_dim: int = 8,
        init_scale: float = 0.01,
        generator: torch.Generator | None = None,
    ) -> None:
        super().__init__()
        if len(fields) < 2:
            raise ValueError(f"FFM needs at least two fields to interact, got {len(fields)}; use LR for one")
        n_rows, width = sum(fields.vocabulary_sizes) + fields.n_numeric, len(fields) * embedding_dim
        check_memory(
            n_rows * (width + n_outputs),
            f"an FFM of {n_rows} values, {len(fields)} fields and embedding_dim={embedding_dim}",
            "lower embedding_dim, drop or hash columns of many values, or use an FM, which needs one vector a value",
        )
        self.embedding = FieldEmbedding(fields, width, n_outputs, init_scale=init_scale, generator=generator)
        self.project = Linear(embedding_dim, n_outputs, bias=False, generator=generator) if n_outputs > 1 else None
        self.bias = nn.Parameter(torch.zeros(n_outputs))

    def forward(self, inputs: Inputs) -> Tensor:
        """Return logits of shape (B, n_outputs)."""
        layer = self.embedding
        numeric = inputs.numeric[:, : len(layer.factors)]
        pairs, linear = field_aware_interaction(layer.look_up(inputs), numeric, layer.factors, layer.n_linear)  # (B, D)
        return self.bias + linear + (pairs.sum(1, keepdim=True) if self.project is None else self.project(pairs))

    def pair_strengths(self, inputs: Inputs) -> Tensor:
        r"""Return :math:`|\langle v_{i,f_j}, v_{j,f_i} \rangle x_i x_j|` of all pairs of fields i < j, (B, P)."""
        vectors, _ = self.embedding.split(self.embedding(inputs))
        n_fields = vectors.shape[1]
        against = vectors.unflatten(2, (n_fields, -1))  # (B, F, F, D): at [b, i, j] that of i against j
        i, j = torch.triu_indices(n_fields, n_fields, 1)
        return strengths_of(against[:, i, j] * against[:, j, i], self.project)

    def closed_form(self) -> ClosedForm | None:
        """Return the parts of which a training step needs to know, of a single output."""
        layer = self.embedding
        if type(self) is not FFM or self.project is not None or not layer.numbers_are_closed:
            return None
        return ClosedForm("field_aware", layer, layer.factors, self.bias, numbers=layer.numbers)
