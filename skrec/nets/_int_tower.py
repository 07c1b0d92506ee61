"""IntTower: two towers that meet in every layer of the user's."""

from dataclasses import replace
from itertools import pairwise
from typing import Any

import torch
from torch import Tensor, nn

from skrec._inputs import Inputs
from skrec.nets.layers import Block, FieldEmbedding, Linear, MLPSpec, SideLookup, look_up_sides, unit_length


class LightSE(Block):
    r"""Light squeeze-excitation: :math:`v_i + a_i v_i` with :math:`a = \mathrm{softmax}(W z + c)`, z the fields' means.

    Parameters
    ----------
    n_fields : int
        Fields F.
    generator : torch.Generator, optional
        Source of the initial values.
    """

    def __init__(self, n_fields: int, *, generator: torch.Generator | None = None) -> None:
        super().__init__()
        self.excite = Linear(n_fields, n_fields, generator=generator)

    def forward(self, vectors: Tensor) -> Tensor:
        """Return the vectors (B, F, D), each at one to two times its length."""
        return vectors * (1 + self.excite(vectors.mean(2)).softmax(1))[:, :, None]


class LayeredTower(SideLookup):
    """Columns of a side through layers each of which is an output; parameters as in `Tower`."""

    def __init__(
        self, fields: Any, side: Any, embedding_dim: int, mlp: Any, *, generator: torch.Generator | None = None
    ) -> None:
        super().__init__(fields, side)
        self.gate = LightSE(self.n_looked_up, generator=generator)
        widths = [self.n_looked_up * embedding_dim + len(side.numeric), *mlp.hidden_layer_sizes]
        self.layers = nn.ModuleList(
            replace(mlp, hidden_layer_sizes=(n_out,)).build(n_in, generator=generator)
            for n_in, n_out in pairwise(widths)
        )

    def forward(self, vectors: Tensor, inputs: Inputs) -> list[Tensor]:
        """Return the output of every layer, (B, its width), of what `look_up_sides` gives."""
        x = torch.cat([self.gate(vectors).flatten(1), inputs.numeric], 1)
        outputs = []
        for layer in self.layers:
            x = layer(x)
            outputs.append(x)
        return outputs


class IntTower(Block):
    r"""Two towers of which every layer of the user's meets the last one of the item's, head by head.

    .. math:: \hat y = b + \frac{1}{\tau} \sum_{l=1}^{L} \sum_{m=1}^{M} \max_{n=1}^{M} \langle u_{lm}, i_n \rangle

    with :math:`u_{lm}` head m of a projection of the user's layer l, :math:`i_n` head n of one of the item's last, each
    brought to length one.

    Parameters
    ----------
    fields : Fields
        The columns.
    user, item : Side
        Which of them are the user's and which the item's.
    embedding_dim : int, default=16
        Width D of a column's vector.
    mlp : MLPSpec, default=MLPSpec()
        The L layers of each tower.
    n_heads : int, default=4
        Heads M.
    head_dim : int, default=16
        Width of a head.
    normalize : bool, default=True
        Bring the heads to length one, which the paper does not.
    temperature : float, default=0.5
        The divisor tau.
    init_scale : float, default=0.05
        Standard deviation of the initial vectors.
    generator : torch.Generator, optional
        Source of the initial values.

    References
    ----------
    Li et al. (2022), IntTower: the Next Generation of Two-Tower Model for Pre-Ranking System, section 3.

    Notes
    -----
    Numbers go past the squeeze-excitation, which is of vectors.
    """

    def __init__(
        self,
        fields: Any,
        *,
        user: Any,
        item: Any,
        embedding_dim: int = 16,
        mlp: Any = MLPSpec(),
        n_heads: int = 4,
        head_dim: int = 16,
        normalize: bool = True,
        temperature: float = 0.5,
        init_scale: float = 0.05,
        generator: torch.Generator | None = None,
    ) -> None:
        super().__init__()
        self.n_heads, self.head_dim, self.normalize, self.temperature = n_heads, head_dim, normalize, temperature
        self.embedding = FieldEmbedding(
            fields, embedding_dim, init_scale=init_scale, numeric_vectors=False, generator=generator
        )
        self.user, self.item = (
            LayeredTower(fields, side, embedding_dim, mlp, generator=generator) for side in (user, item)
        )
        width = n_heads * head_dim
        self.user_heads = nn.ModuleList(Linear(n_in, width, generator=generator) for n_in in mlp.hidden_layer_sizes)
        self.item_heads = Linear(mlp.hidden_layer_sizes[-1], width, generator=generator)
        self.bias = nn.Parameter(torch.zeros(1))

    def forward(self, inputs: Inputs) -> Tensor:
        """Return logits (B, 1); in training behind them the last layers of user and item, (B, 1 + 2 W)."""
        of_user, of_item = self.user.side.take(inputs), self.item.side.take(inputs)
        vectors = look_up_sides(self.embedding, [(self.user, of_user), (self.item, of_item)])
        users, items = self.user(vectors[0], of_user), self.item(vectors[1], of_item)
        logits = self.bias + self.match(self._heads_of_users(users), self._heads_of_items(items))[:, None]
        return torch.cat([logits, users[-1], items[-1]], 1) if self.training else logits

    def match(self, users: Tensor, items: Tensor) -> Tensor:
        """Return the scores (B,) of representations, (B, L * M * head_dim) and (B, M * head_dim)."""
        users = users.unflatten(1, (-1, self.head_dim))  # (B, L * M, head_dim)
        items = items.unflatten(1, (self.n_heads, self.head_dim))
        return (users @ items.transpose(1, 2)).amax(2).sum(1)

    def embed_users(self, inputs: Inputs) -> Tensor:
        """Return the heads of all layers over tau, (B, L * M * head_dim), from the columns of the user alone."""
        [vectors] = look_up_sides(self.embedding, [(self.user, inputs)])
        return self._heads_of_users(self.user(vectors, inputs))

    def embed_items(self, inputs: Inputs) -> Tensor:
        """Return the heads of the last layer, (B, M * head_dim), from the columns of the item alone."""
        [vectors] = look_up_sides(self.embedding, [(self.item, inputs)])
        return self._heads_of_items(self.item(vectors, inputs))

    def _heads_of_users(self, layers):
        heads = torch.cat([heads(layer) for heads, layer in zip(self.user_heads, layers, strict=True)], 1)
        return self._scaled(heads) / self.temperature

    def _heads_of_items(self, layers):
        return self._scaled(self.item_heads(layers[-1]))

    def _scaled(self, heads):
        return unit_length(heads.view(-1, self.head_dim)).view_as(heads) if self.normalize else heads
