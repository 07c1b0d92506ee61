"""Bilinear field-aware factorization machine."""

from typing import Any

import torch
from torch import Tensor, nn

from skrec._inputs import Inputs
from skrec.nets.layers import Bilinear, Block, FieldEmbedding, Linear
from skrec.nets.layers._pair_strengths import strengths_of


class BilinearFFM(Block):
    r"""Factorization machine whose vectors meet through a learnt matrix: field-aware at the memory of an FM.

    .. math:: \hat y(x) = b + \sum_i w_i x_i + \sum_{i<j} \langle v_i W, v_j \rangle x_i x_j

    Parameters
    ----------
    fields : Fields
        The columns, at least two.
    n_outputs : int, default=1
        Logits C. With more than one, the interaction vector :math:`\sum_{i<j} v_i W \odot v_j` is projected to C
        logits instead of summed.
    embedding_dim : int, default=16
        Width D of the vectors.
    bilinear_type : {"all", "each", "interaction"}, default="interaction"
        Whose own the matrix W is: one of all pairs, one of each left field i, one of each pair.
    layer_norm : bool, default=False
        Normalise the interaction vector of a row over its D numbers, and project it even to a single logit, for
        their plain sum would be zero.
    init_scale : float, default=0.01
        Standard deviation of the initial vectors.
    generator : torch.Generator, optional
        Source of the initial values.

    References
    ----------
    Zhang et al. (2019), Bi-FFM; Huang et al. (2019), FiBiNET: Combining Feature Importance and Bilinear feature
    Interaction for Click-Through Rate Prediction, section 3.4.
    """

    def __init__(
        self,
        fields: Any,
        n_outputs: int = 1,
        *,
        embedding_dim: int = 16,
        bilinear_type: str = "interaction",
        layer_norm: bool = False,
        init_scale: float = 0.01,
        generator: torch.Generator | None = None,
    ) -> None:
        super().__init__()
        if layer_norm and embedding_dim < 2:
            raise ValueError(f"layer_norm=True leaves nothing of a single number; raise {embedding_dim=}")
        self.embedding = FieldEmbedding(fields, embedding_dim, n_outputs, init_scale=init_scale, generator=generator)
        self.bilinear = Bilinear(len(fields), embedding_dim, bilinear_type, generator=generator)
        self.norm = nn.LayerNorm(embedding_dim) if layer_norm else nn.Identity()
        projected = layer_norm or n_outputs > 1
        self.project = Linear(embedding_dim, n_outputs, bias=False, generator=generator) if projected else None
        self.bias = nn.Parameter(torch.zeros(n_outputs))

    def forward(self, inputs: Inputs) -> Tensor:
        """Return logits of shape (B, n_outputs)."""
        vectors, linear = self.embedding.split(self.embedding(inputs))
        pairs = self.norm(self.bilinear.total(vectors))  # (B, D)
        return self.bias + linear + (pairs.sum(1, keepdim=True) if self.project is None else self.project(pairs))

    def pair_strengths(self, inputs: Inputs) -> Tensor | None:
        r"""Return :math:`|\langle v_i W, v_j \rangle|` of all pairs i < j, (B, P); None where a norm mixes them."""
        vectors, _ = self.embedding.split(self.embedding(inputs))
        return strengths_of(self.bilinear(vectors), self.project) if isinstance(self.norm, nn.Identity) else None
