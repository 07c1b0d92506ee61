"""The estimators: scikit-learn in front, skorch and torch behind."""

from skrec.estimators._autoint import AutoIntClassifier, AutoIntRegressor
from skrec.estimators._bilinear_ffm import BilinearFFMClassifier, BilinearFFMRegressor
from skrec.estimators._bst import BSTClassifier, BSTRegressor
from skrec.estimators._dcn import DCNClassifier, DCNRegressor
from skrec.estimators._dcnv2 import DCNv2Classifier, DCNv2Regressor
from skrec.estimators._deepfm import DeepFMClassifier, DeepFMRegressor
from skrec.estimators._din import DINClassifier, DINRegressor
from skrec.estimators._dnn import DNNClassifier, DNNRegressor
from skrec.estimators._ffm import FFMClassifier, FFMRegressor
from skrec.estimators._fibinet import FiBiNETClassifier, FiBiNETRegressor
from skrec.estimators._finalmlp import FinalMLPClassifier, FinalMLPRegressor
from skrec.estimators._fm import FMClassifier, FMRegressor
from skrec.estimators._gmf import GMFClassifier, GMFRegressor
from skrec.estimators._int_tower import IntTowerClassifier
from skrec.estimators._lr import LRClassifier, LRRegressor
from skrec.estimators._mf import MFClassifier, MFRegressor
from skrec.estimators._neumf import NeuMFClassifier, NeuMFRegressor
from skrec.estimators._nfm import NFMClassifier, NFMRegressor
from skrec.estimators._two_tower import TwoTowerClassifier
from skrec.estimators._widedeep import WideDeepClassifier, WideDeepRegressor
from skrec.estimators._xdeepfm import XDeepFMClassifier, XDeepFMRegressor

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
    "DINClassifier",
    "DINRegressor",
    "DNNClassifier",
    "DNNRegressor",
    "DeepFMClassifier",
    "DeepFMRegressor",
    "FFMClassifier",
    "FFMRegressor",
    "FMClassifier",
    "FMRegressor",
    "FiBiNETClassifier",
    "FiBiNETRegressor",
    "FinalMLPClassifier",
    "FinalMLPRegressor",
    "GMFClassifier",
    "GMFRegressor",
    "IntTowerClassifier",
    "LRClassifier",
    "LRRegressor",
    "MFClassifier",
    "MFRegressor",
    "NFMClassifier",
    "NFMRegressor",
    "NeuMFClassifier",
    "NeuMFRegressor",
    "TwoTowerClassifier",
    "WideDeepClassifier",
    "WideDeepRegressor",
    "XDeepFMClassifier",
    "XDeepFMRegressor",
]
