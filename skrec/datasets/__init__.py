"""Published data sets and generated ones, as typed frames."""

from skrec.datasets._criteo import load_criteo
from skrec.datasets._libffm import load_libffm
from skrec.datasets._make_ctr import make_ctr
from skrec.datasets._make_ratings import make_ratings
from skrec.datasets._movielens import fetch_movielens
from skrec.datasets._svmlight import load_svmlight

__all__ = ["fetch_movielens", "load_criteo", "load_libffm", "load_svmlight", "make_ctr", "make_ratings"]
