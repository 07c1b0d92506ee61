"""Blocks that nets are built from: tensors in and out, initial values drawn from a generator.

Examples
--------
A net of one's own, which says of itself what it has:

>>> import torch
>>> from skrec.nets import Inputs
>>> from skrec.nets.layers import Block, FieldEmbedding, Fields, MLPSpec
>>> class Mine(Block):
...     def __init__(self, fields, mlp, generator=None):
...         super().__init__()
...         self.embedding = FieldEmbedding(fields, 4, generator=generator)
...         self.mlp = mlp.build(4, 1, generator=generator)
...
...     def forward(self, inputs):
...         return self.mlp(self.embedding(inputs).sum(1))  # (B, F, D) to (B, 1)
>>> net = Mine(Fields(categorical=(0, 1), vocabulary_sizes=(300, 20)), MLPSpec((8,), dropout=0.1))
>>> net
Mine(
  1,329 parameters
  (embedding): FieldEmbedding(320 rows x 4; 2 categorical columns; 1,280 parameters)
  (mlp): MLP(4 -> 8 -> 1, ReLU, Dropout(p=0.1); 49 parameters)
)
>>> codes = torch.tensor([[7, 3], [0, 19]], dtype=torch.int32)  # 0 for unknown
>>> net.eval()(Inputs(codes, torch.zeros(2, 0))).shape
torch.Size([2, 1])
"""

from skrec.nets.layers._activations import Dice, PReLU, make_activation
from skrec.nets.layers._batch_norm import BatchNorm
from skrec.nets.layers._bilinear import Bilinear
from skrec.nets.layers._block import Block
from skrec.nets.layers._causal_gru import CausalGRU
from skrec.nets.layers._causal_transformer import CausalTransformer
from skrec.nets.layers._closed_form import ClosedForm
from skrec.nets.layers._cross import LowRankMixture, MatrixCross, VectorCross
from skrec.nets.layers._dropout import Dropout
from skrec.nets.layers._dynamic_routing import DynamicRouting
from skrec.nets.layers._field_attention import FieldAttention
from skrec.nets.layers._field_embedding import FieldEmbedding
from skrec.nets.layers._fields import Fields
from skrec.nets.layers._gates import FeatureGate
from skrec.nets.layers._history_embedding import HistoryEmbedding, newest_steps
from skrec.nets.layers._interest_evolution import InterestEvolution, NextStep
from skrec.nets.layers._linear import Linear
from skrec.nets.layers._members import Members, MembersMean
from skrec.nets.layers._mlp import MLP, MLPSpec
from skrec.nets.layers._numeric_embedding import NumericEmbedding
from skrec.nets.layers._parallel_mlp import GroupedLinear, ParallelMLP
from skrec.nets.layers._side_sum import SideSum
from skrec.nets.layers._sides import Side, SideLookup, look_up_sides
from skrec.nets.layers._squeeze_excitation import SqueezeExcitation
from skrec.nets.layers._target_attention import TargetAttention
from skrec.nets.layers._target_towers import TargetTowers, sizes_of
from skrec.nets.layers._towers import Tower
from skrec.nets.layers._transformer import TransformerBlock
from skrec.nets.layers._unit_length import unit_length

__all__ = [
    "MLP",
    "BatchNorm",
    "Bilinear",
    "Block",
    "CausalGRU",
    "CausalTransformer",
    "ClosedForm",
    "Dice",
    "Dropout",
    "DynamicRouting",
    "FeatureGate",
    "FieldAttention",
    "FieldEmbedding",
    "Fields",
    "GroupedLinear",
    "HistoryEmbedding",
    "InterestEvolution",
    "Linear",
    "LowRankMixture",
    "MLPSpec",
    "MatrixCross",
    "Members",
    "MembersMean",
    "NextStep",
    "NumericEmbedding",
    "PReLU",
    "ParallelMLP",
    "Side",
    "SideLookup",
    "SideSum",
    "SqueezeExcitation",
    "TargetAttention",
    "TargetTowers",
    "Tower",
    "TransformerBlock",
    "VectorCross",
    "look_up_sides",
    "make_activation",
    "newest_steps",
    "sizes_of",
    "unit_length",
]
