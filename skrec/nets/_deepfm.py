"""DeepFM."""

from typing import Any

from torch import Tensor, nn

from skrec._inputs import Inputs
from skrec.nets._fm import FM
from skrec.nets.layers import MLPSpec
from skrec.ops import bi_interaction_with_fields


class DeepFM(FM):
    r"""Factorization machine and deep network over the same embeddings, summed.

    .. math:: \hat y = y_{FM} + \mathrm{MLP}([v_1, \dots, v_F, x_{num}])

    Parameters
    ----------
    fields : Fields
        The columns.
    n_outputs : int, default=1
        Logits C.
    embedding_dim : int, default=16
        Width D of the vectors.
    mlp : MLPSpec, default=MLPSpec()
        The hidden layers of the deep network.
    init_scale : float, default=0.01
        Standard deviation of the initial vectors.
    generator : torch.Generator, optional
        Source of the initial values.

    References
    ----------
    Guo et al. (2017), DeepFM: A Factorization-Machine based Neural Network for CTR Prediction, eq. 1-4.

    Notes
    -----
    Numeric fields have vectors in the FM; the MLP reads their plain values.
    """

    def __init__(
        self,
        fields: Any,
        n_outputs: int = 1,
        *,
        embedding_dim: int = 16,
        mlp: Any = MLPSpec(),
        init_scale: float = 0.01,
        generator: Any = None,
    ) -> None:
        super().__init__(fields, n_outputs, embedding_dim=embedding_dim, init_scale=init_scale, generator=generator)
        self.mlp = mlp.build(self.embedding.n_concatenated, n_outputs, generator=generator)

    def forward(self, inputs: Inputs) -> Tensor:
        """Return logits of shape (B, n_outputs)."""
        layer = self.embedding
        looked_up, numeric = layer.look_up(inputs), layer.plain(inputs)
        pairs, linear, fields = bi_interaction_with_fields(looked_up, numeric, layer.factors, layer.n_linear)
        return self.add_up(pairs, linear) + self.mlp(fields)

    def fold(self) -> nn.Module:
        """Return the net itself: the MLP reads the vectors that a folded FM does not hold."""
        return self
