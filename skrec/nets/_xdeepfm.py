"""xDeepFM."""

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from skrec._inputs import Inputs
from skrec.nets.layers import Block, FieldEmbedding, Linear, MLPSpec
from skrec.ops import compressed_interaction


class CIN(Block):
    r"""Compressed interaction network: maps of products of fields, each layer one degree higher.

    .. math::

        x^{k+1}_h = \sum_{i,j} W^{k,h}_{ij} \, (x^k_i \odot x^0_j), \quad x^0_j = v_j

    Each map is then summed over the D dimensions.

    Parameters
    ----------
    n_fields : int
        Fields F.
    layer_sizes : sequence of int
        Maps H_k of each layer.
    split_half : bool, default=False
        Give half of a layer's maps to the sum and the other half to the next layer, instead of all to both. The last
        layer gives all to the sum.
    generator : torch.Generator, optional
        Source of the initial values.
    """

    def __init__(
        self, n_fields: int, layer_sizes: Any, *, split_half: bool = False, generator: torch.Generator | None = None
    ) -> None:
        super().__init__()
        *inner, last = layer_sizes
        if split_half and any(size % 2 for size in inner):
            raise ValueError(f"split_half halves all layers but the last, however: {layer_sizes=}")
        passed = [size // 2 if split_half else size for size in inner]
        self.layers = nn.ModuleList(
            Linear(n_maps * n_fields, size, bias=False, generator=generator)
            for n_maps, size in zip([n_fields, *passed], layer_sizes, strict=True)
        )
        self.passed, self.split_half = [*passed, 0], split_half
        self.n_out = last + sum(size // 2 if split_half else size for size in inner)

    def forward(self, x: Tensor) -> Tensor:
        """Return the summed maps (B, n_out) of vectors (B, F, D)."""
        n_rows, _, width = x.shape
        wide = x.transpose(0, 1).flatten(1)  # (F, B * D): a row of the batch is D columns
        maps, maps_wide, summed = x, None, []
        for layer, n_passed in zip(self.layers, self.passed, strict=True):
            weight = layer.get_parameter("weight")
            if n_passed < len(weight):  # a sum over dimensions is linear in inner products: D times less work
                inner = (maps @ x.transpose(1, 2)).flatten(1)  # (B, H * F)
                summed.append(functional.linear(inner, weight[n_passed:]))
            if n_passed:
                maps_wide = compressed_interaction(maps_wide, wide, weight[:n_passed])  # (H', B * D)
                maps = maps_wide.unflatten(1, (n_rows, width)).transpose(0, 1)  # (B, H', D)
                if not self.split_half:
                    summed.append(maps.sum(2))
        return torch.cat(summed, 1)


class XDeepFM(Block):
    r"""Linear part, compressed interaction network and deep network over the same embeddings, summed.

    .. math:: \hat y = b + \sum_i w_i x_i + \langle w, \mathrm{CIN}(v_1, \dots, v_F) \rangle
        + \mathrm{MLP}([v_1, \dots, v_F, x_{num}])

    Parameters
    ----------
    fields : Fields
        The columns.
    n_outputs : int, default=1
        Logits C.
    embedding_dim : int, default=16
        Width D of the vectors.
    cin_layer_sizes : sequence of int, default=(32, 32)
        Maps of each layer of the compressed interaction network.
    split_half : bool, default=False
        Give half of the maps of a layer to the output and half to the next layer, instead of all to both.
    mlp : MLPSpec, default=MLPSpec()
        The hidden layers of the deep network.
    init_scale : float, default=0.01
        Standard deviation of the initial vectors.
    generator : torch.Generator, optional
        Source of the initial values.

    References
    ----------
    Lian et al. (2018), xDeepFM: Combining Explicit and Implicit Feature Interactions for Recommender Systems, eq. 6-9.

    Notes
    -----
    Numeric fields have vectors in the compressed interaction network; the MLP reads their plain values. The maps have
    no activation, with which the paper found no gain.
    """

    def __init__(
        self,
        fields: Any,
        n_outputs: int = 1,
        *,
        embedding_dim: int = 16,
        cin_layer_sizes: Any = (32, 32),
        split_half: bool = False,
        mlp: Any = MLPSpec(),
        init_scale: float = 0.01,
        generator: torch.Generator | None = None,
    ) -> None:
        super().__init__()
        self.embedding = FieldEmbedding(fields, embedding_dim, n_outputs, init_scale=init_scale, generator=generator)
        self.cin = CIN(len(fields), cin_layer_sizes, split_half=split_half, generator=generator)
        self.read_out = Linear(self.cin.n_out, n_outputs, bias=False, generator=generator)
        self.mlp = mlp.build(self.embedding.n_concatenated, n_outputs, generator=generator)
        self.bias = nn.Parameter(torch.zeros(n_outputs))

    def forward(self, inputs: Inputs) -> Tensor:
        """Return logits of shape (B, n_outputs)."""
        looked_up = self.embedding.look_up(inputs)
        vectors, linear = self.embedding.split(self.embedding.append_numeric(looked_up, inputs))  # (B, F, D), (B, C)
        deep = self.mlp(self.embedding.concatenate(looked_up, inputs))
        return self.bias + linear + self.read_out(self.cin(vectors)) + deep
