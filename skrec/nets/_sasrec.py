"""SASRec."""

from collections.abc import Sequence

import torch
from torch import Tensor

from skrec._inputs import Inputs
from skrec.nets._next_item import NextItem
from skrec.nets.layers import CausalTransformer, Fields, Side


class SASRec(NextItem):
    r"""Self-attentive sequential recommendation: what matters of a history is read by causal attention.

    .. math:: \hat y = b + \langle u, v \rangle, \quad
        u = \mathrm{LN}(\mathrm{TRM}(\sqrt{D} h_1 + p_1, \dots, \sqrt{D} h_n + p_n)_n) + g(x_{user})

    with TRM blocks of causal self-attention and a layer over each step, the steps :math:`h_l` of a history, each the
    sum of its attributes' vectors, and a vector :math:`p_l` for each position from the oldest that is read; v adds up
    the vectors of the item's columns, its id's the one that the history has.

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
    n_blocks : int, default=2
        Blocks of attention and layer.
    n_heads : int, default=2
        Heads of the attention; they divide D.
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
    Kang, McAuley (2018), Self-Attentive Sequential Recommendation, section III.

    Notes
    -----
    Differs from the paper: queries, keys and values are all of normalised steps, the layer over a step is four times as
    wide and has a GELU, attention weights are not dropped, and positions count from the oldest step that is read, so
    that a step's vector is the same whatever comes behind it.
    """

    def __init__(
        self,
        fields: Fields,
        *,
        user: Side,
        item: Side,
        history: Sequence[tuple[int, int]] = (),
        embedding_dim: int = 64,
        n_blocks: int = 2,
        n_heads: int = 2,
        max_length: int = 50,
        dropout: float = 0.0,
        cosine: bool = False,
        init_scale: float = 0.02,
        generator: torch.Generator | None = None,
    ) -> None:
        def encoder(generator):
            return CausalTransformer(
                embedding_dim,
                n_blocks=n_blocks,
                n_heads=n_heads,
                max_length=max_length,
                dropout=dropout,
                init_scale=init_scale * embedding_dim**0.5,
                generator=generator,
            )

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

    def attend(self, inputs: Inputs) -> list[Tensor]:
        """Return what the last step of each row's history gives to each of its steps, (T,), if there is a history.

        That is the attention of the last block, its mean over heads; steps that are too old to be read have 0.
        """
        if not self.followed:
            return []
        users = self.user_side.take(inputs)
        ids, layout = self._steps(users)
        vectors = self.embedding.gather_all([ids], [])[0].sum(1) * self.embedding.embedding_dim**0.5
        whole = users.lists[self.followed[0]]
        places = torch.arange(len(ids), device=ids.device)
        places += (whole.offsets[1:] - layout.offsets[1:]).index_select(0, layout.rows)
        weights = self.encoder.attend(vectors, layout)
        return [weights.new_zeros(len(whole.codes)).index_copy(0, places, weights)]
