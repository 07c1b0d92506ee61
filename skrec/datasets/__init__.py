"""Published data sets and generated ones, as typed frames."""

from skrec.datasets._criteo import load_criteo
from skrec.datasets._make_ctr import make_ctr
from skrec.datasets._make_ratings import make_ratings
from skrec.datasets._movielens import fetch_movielens

__all__ = ["fetch_movielens", "load_criteo", "make_ctr", "make_ratings"]
