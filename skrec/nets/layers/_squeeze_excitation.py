"""Squeeze-excitation: how much each field counts in a row."""

from typing import Any

from torch import Tensor

from skrec.nets.layers._block import Block
from skrec.nets.layers._linear import Linear


class SqueezeExcitation(Block):
    r"""Weigh the fields of a row by what the row holds, :math:`a_i v_i` with

    .. math:: a = \mathrm{ReLU}(1 + \mathrm{ReLU}(z W_1) W_2 + b), \quad z_i = \tfrac{1}{D} \sum_d v_{id}

    Parameters
    ----------
    n_fields : int
        Fields F.
    reduction_ratio : int, default=3
        The layer between has F / reduction_ratio units, at least one.
    generator : torch.Generator, optional
        Source of the initial values.

    References
    ----------
    Huang et al. (2019), FiBiNET, section 3.3, eq. 2-4.

    Notes
    -----
    The paper has neither the one nor the bias b. Weights then start as small as the vectors, half of them at zero:
    on a made problem of two useful fields among six, weights of useful fields ended between 0 and .07 in twelve
    fits, without order; as it is here between 1.17 and 1.31, and useless ones between .70 and 1.08.
    """

    def __init__(self, n_fields: int, reduction_ratio: int = 3, *, generator: Any = None) -> None:
        super().__init__()
        n_hidden = max(1, n_fields // reduction_ratio)
        self.squeeze = Linear(n_fields, n_hidden, bias=False, generator=generator)
        self.excite = Linear(n_hidden, n_fields, generator=generator)

    def forward(self, vectors: Tensor) -> Tensor:
        """Return the vectors (B, F, D), each times the weight of its field."""
        return vectors * self.weigh(vectors)[:, :, None]

    def weigh(self, vectors: Tensor) -> Tensor:
        """Return the weights of the fields, (B, F), none below zero."""
        return (1 + self.excite(self.squeeze(vectors.mean(2)).relu())).relu()
