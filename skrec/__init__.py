"""Recommendation and click-prediction models as scikit-learn estimators."""

from typing import TYPE_CHECKING

from skrec._late import late
from skrec._version import __version__
from skrec.estimators import __all__ as _estimators

__all__ = ["__version__", "show_versions", *_estimators]

if TYPE_CHECKING:
    from skrec._show_versions import show_versions
    from skrec.estimators import *  # noqa: F403 - the estimators' own __all__ is the list
else:
    __getattr__, __dir__ = late(
        __name__,
        {**dict.fromkeys(_estimators, "estimators"), "show_versions": "_show_versions"},
        modules=[
            *("base", "baselines", "datasets", "export", "inspection", "losses", "metrics", "model_selection", "nets"),
            *("distributed", "objectives", "persistence", "preprocessing", "retrieval", "sampling"),
        ],
    )
