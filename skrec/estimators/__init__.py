"""The estimators: scikit-learn in front, skorch and torch behind."""

from typing import TYPE_CHECKING

from skrec._late import late

__all__ = [
    "AutoIntClassifier",
    "AutoIntRegressor",
    "BSTClassifier",
    "BSTRegressor",
    "BilinearFFMClassifier",
    "BilinearFFMRegressor",
    "DCNClassifier",
    "DCNRegressor",
    "DCNv2Classifier",
    "DCNv2Regressor",
    "DIENClassifier",
    "DIENRegressor",
    "DINClassifier",
    "DINRegressor",
    "DNNClassifier",
    "DNNRegressor",
    "DeepFMClassifier",
    "DeepFMRegressor",
    "ESMMClassifier",
    "FFMClassifier",
    "FFMRegressor",
    "FINALClassifier",
    "FINALRegressor",
    "FMClassifier",
    "FMRegressor",
    "FiBiNETClassifier",
    "FiBiNETRegressor",
    "FinalMLPClassifier",
    "FinalMLPRegressor",
    "FwFMClassifier",
    "FwFMRegressor",
    "GMFClassifier",
    "GMFRegressor",
    "GRU4RecClassifier",
    "IntTowerClassifier",
    "LRClassifier",
    "LRRegressor",
    "MFClassifier",
    "MFRegressor",
    "MINDClassifier",
    "MMoEClassifier",
    "MMoERegressor",
    "NFMClassifier",
    "NFMRegressor",
    "NeuMFClassifier",
    "NeuMFRegressor",
    "PLEClassifier",
    "PLERegressor",
    "SASRecClassifier",
    "SharedBottomClassifier",
    "SharedBottomRegressor",
    "TwoTowerClassifier",
    "WideDeepClassifier",
    "WideDeepRegressor",
    "XDeepFMClassifier",
    "XDeepFMRegressor",
]

_FILES = {  # read when one of their classes is asked for: nobody needs all models
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
    from skrec.estimators._autoint import AutoIntClassifier, AutoIntRegressor
    from skrec.estimators._bilinear_ffm import BilinearFFMClassifier, BilinearFFMRegressor
    from skrec.estimators._bst import BSTClassifier, BSTRegressor
    from skrec.estimators._dcn import DCNClassifier, DCNRegressor
    from skrec.estimators._dcnv2 import DCNv2Classifier, DCNv2Regressor
    from skrec.estimators._deepfm import DeepFMClassifier, DeepFMRegressor
    from skrec.estimators._dien import DIENClassifier, DIENRegressor
    from skrec.estimators._din import DINClassifier, DINRegressor
    from skrec.estimators._dnn import DNNClassifier, DNNRegressor
    from skrec.estimators._esmm import ESMMClassifier
    from skrec.estimators._ffm import FFMClassifier, FFMRegressor
    from skrec.estimators._fibinet import FiBiNETClassifier, FiBiNETRegressor
    from skrec.estimators._final import FINALClassifier, FINALRegressor
    from skrec.estimators._finalmlp import FinalMLPClassifier, FinalMLPRegressor
    from skrec.estimators._fm import FMClassifier, FMRegressor
    from skrec.estimators._fwfm import FwFMClassifier, FwFMRegressor
    from skrec.estimators._gmf import GMFClassifier, GMFRegressor
    from skrec.estimators._gru4rec import GRU4RecClassifier
    from skrec.estimators._int_tower import IntTowerClassifier
    from skrec.estimators._lr import LRClassifier, LRRegressor
    from skrec.estimators._mf import MFClassifier, MFRegressor
    from skrec.estimators._mind import MINDClassifier
    from skrec.estimators._mmoe import MMoEClassifier, MMoERegressor
    from skrec.estimators._neumf import NeuMFClassifier, NeuMFRegressor
    from skrec.estimators._nfm import NFMClassifier, NFMRegressor
    from skrec.estimators._ple import PLEClassifier, PLERegressor
    from skrec.estimators._sasrec import SASRecClassifier
    from skrec.estimators._shared_bottom import SharedBottomClassifier, SharedBottomRegressor
    from skrec.estimators._two_tower import TwoTowerClassifier
    from skrec.estimators._widedeep import WideDeepClassifier, WideDeepRegressor
    from skrec.estimators._xdeepfm import XDeepFMClassifier, XDeepFMRegressor
else:
    _models = {name: name.removesuffix("Classifier").removesuffix("Regressor") for name in __all__}
    __getattr__, __dir__ = late(__name__, {name: _FILES[model] for name, model in _models.items()})
