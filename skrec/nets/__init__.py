"""Nets in plain torch: codes and numbers in, logits out. One paper a file, over `skrec.nets.layers`."""

import warnings
from typing import TYPE_CHECKING

from skrec._inputs import Inputs, Jagged
from skrec._late import late
from skrec.nets.layers import FieldEmbedding, Fields, MLPSpec, NumericEmbedding, Side

__all__ = [
    "BST",
    "DCN",
    "DIEN",
    "DIN",
    "DNN",
    "ESMM",
    "FFM",
    "FINAL",
    "FM",
    "GMF",
    "LR",
    "MF",
    "MIND",
    "NFM",
    "PLE",
    "AutoInt",
    "BilinearFFM",
    "DCNv2",
    "DeepFM",
    "FiBiNET",
    "FieldEmbedding",
    "Fields",
    "FinalMLP",
    "FwFM",
    "GRU4Rec",
    "Inputs",
    "IntTower",
    "Jagged",
    "MLPSpec",
    "MMoE",
    "NeuMF",
    "NumericEmbedding",
    "SASRec",
    "SharedBottom",
    "Side",
    "TwoTower",
    "WideDeep",
    "XDeepFM",
]

_FILES = {  # read when their net is asked for: nobody needs all of them
    "AutoInt": "_autoint",
    "BilinearFFM": "_bilinear_ffm",
    "BST": "_bst",
    "DCN": "_dcn",
    "DCNv2": "_dcnv2",
    "DeepFM": "_deepfm",
    "DIN": "_din",
    "DNN": "_dnn",
    "ESMM": "_esmm",
    "FFM": "_ffm",
    "FiBiNET": "_fibinet",
    "FINAL": "_final",
    "FinalMLP": "_finalmlp",
    "FM": "_fm",
    "FwFM": "_fwfm",
    "GMF": "_gmf",
    "GRU4Rec": "_gru4rec",
    "IntTower": "_int_tower",
    "LR": "_lr",
    "MF": "_mf",
    "MMoE": "_mmoe",
    "NeuMF": "_neumf",
    "NFM": "_nfm",
    "SASRec": "_sasrec",
    "PLE": "_ple",
    "SharedBottom": "_shared_bottom",
    "TwoTower": "_two_tower",
    "WideDeep": "_widedeep",
    "XDeepFM": "_xdeepfm",
    "MIND": "_mind",
    "DIEN": "_dien",
}

if TYPE_CHECKING:
    from skrec.nets._autoint import AutoInt
    from skrec.nets._bilinear_ffm import BilinearFFM
    from skrec.nets._bst import BST
    from skrec.nets._dcn import DCN
    from skrec.nets._dcnv2 import DCNv2
    from skrec.nets._deepfm import DeepFM
    from skrec.nets._dien import DIEN
    from skrec.nets._din import DIN
    from skrec.nets._dnn import DNN
    from skrec.nets._esmm import ESMM
    from skrec.nets._ffm import FFM
    from skrec.nets._fibinet import FiBiNET
    from skrec.nets._final import FINAL
    from skrec.nets._finalmlp import FinalMLP
    from skrec.nets._fm import FM
    from skrec.nets._fwfm import FwFM
    from skrec.nets._gmf import GMF
    from skrec.nets._gru4rec import GRU4Rec
    from skrec.nets._int_tower import IntTower
    from skrec.nets._lr import LR
    from skrec.nets._mf import MF
    from skrec.nets._mind import MIND
    from skrec.nets._mmoe import MMoE
    from skrec.nets._neumf import NeuMF
    from skrec.nets._nfm import NFM
    from skrec.nets._ple import PLE
    from skrec.nets._sasrec import SASRec
    from skrec.nets._shared_bottom import SharedBottom
    from skrec.nets._two_tower import TwoTower
    from skrec.nets._widedeep import WideDeep
    from skrec.nets._xdeepfm import XDeepFM
else:
    _net, __dir__ = late(__name__, _FILES)

    def __getattr__(name):
        if name == "Bag":
            warnings.warn("skrec.nets.Bag is called Jagged now", FutureWarning, stacklevel=2)
            return Jagged
        return _net(name)
