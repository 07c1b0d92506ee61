"""Blocks that nets are built from: tensors in and out, initial values drawn from a generator."""

from skrec.nets.layers._activations import Dice, PReLU, make_activation
from skrec.nets.layers._batch_norm import BatchNorm
from skrec.nets.layers._bilinear import Bilinear
from skrec.nets.layers._block import Block
from skrec.nets.layers._cross import LowRankMixture, MatrixCross, VectorCross
from skrec.nets.layers._dropout import Dropout
from skrec.nets.layers._field_attention import FieldAttention
from skrec.nets.layers._field_embedding import FieldEmbedding
from skrec.nets.layers._fields import Fields
from skrec.nets.layers._gates import FeatureGate
from skrec.nets.layers._history_embedding import HistoryEmbedding, newest
from skrec.nets.layers._linear import Linear
from skrec.nets.layers._mlp import MLP, MLPSpec
from skrec.nets.layers._numeric_embedding import NumericEmbedding
from skrec.nets.layers._sides import Side, SideColumns, look_up
from skrec.nets.layers._squeeze_excitation import SqueezeExcitation
from skrec.nets.layers._target_attention import TargetAttention
from skrec.nets.layers._towers import Tower
from skrec.nets.layers._transformer import TransformerBlock
from skrec.nets.layers._unit import unit

__all__ = [
    "MLP",
    "BatchNorm",
    "Bilinear",
    "Block",
    "Dice",
    "Dropout",
    "FeatureGate",
    "FieldAttention",
    "FieldEmbedding",
    "Fields",
    "HistoryEmbedding",
    "Linear",
    "LowRankMixture",
    "MLPSpec",
    "MatrixCross",
    "NumericEmbedding",
    "PReLU",
    "Side",
    "SideColumns",
    "SqueezeExcitation",
    "TargetAttention",
    "Tower",
    "TransformerBlock",
    "VectorCross",
    "look_up",
    "make_activation",
    "newest",
    "unit",
]
