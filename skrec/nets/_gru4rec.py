"""GRU4Rec."""

from collections.abc import Sequence

import torch

from skrec.nets._next_item import NextItem
from skrec.nets.layers import CausalGRU, Fields, Side


class GRU4Rec(NextItem):
    r"""Gated recurrent units over a history, whose state meets the item.

    .. math:: \hat y = b + \langle u, v \rangle, \quad
        u = W \, \mathrm{GRU}(\sqrt{D} h_1, \dots, \sqrt{D} h_n)_n + g(x_{user})

    with the steps :math:`h_l` of a history, each the sum of its attributes' vectors; v adds up the vectors of the
    item's columns, its id's the one that the history has.

    Parameters
    ----------
    fields : Fields
        The columns.
    user, item : Side
        Which of them are the user's and which the item's.
    history : sequence of pairs (int, int), default=()
        Its k attributes: a list column's place among the lists, and that of the item's categorical column.
    embedding_dim : int, default=64
        Width D of the vectors.
    n_units : int, default=128
        Units of a state.
    n_layers : int, default=1
        Layers of units.
    max_length : int, default=50
        Newest steps of a history that are read.
    dropout : float, default=0.0
        Share of the numbers that a training step drops.
    cosine : bool, default=False
        Bring u and v to length one.
    init_scale : float, default=0.02
        Standard deviation of the initial vectors.
    generator : torch.Generator, optional
        Source of the initial values.

    References
    ----------
    Hidasi et al. (2016), Session-based Recommendations with Recurrent Neural Networks, section 3.
    Hidasi, Karatzoglou (2018), Recurrent Neural Networks with Top-k Gains for Session-based Recommendations.

    Notes
    -----
    Differs from the paper: items have the same vectors as input and as output, to whose width W brings the state.
    """

    def __init__(
        self,
        fields: Fields,
        *,
        user: Side,
        item: Side,
        history: Sequence[tuple[int, int]] = (),
        embedding_dim: int = 64,
        n_units: int = 128,
        n_layers: int = 1,
        max_length: int = 50,
        dropout: float = 0.0,
        cosine: bool = False,
        init_scale: float = 0.02,
        generator: torch.Generator | None = None,
    ) -> None:
        def encoder(generator):
            return CausalGRU(embedding_dim, n_units=n_units, n_layers=n_layers, dropout=dropout, generator=generator)

        super().__init__(
            fields,
            user=user,
            item=item,
            history=history,
            embedding_dim=embedding_dim,
            encoder=encoder,
            max_length=max_length,
            cosine=cosine,
            init_scale=init_scale,
            generator=generator,
        )
