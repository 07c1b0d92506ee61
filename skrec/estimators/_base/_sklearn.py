"""The bases of scikit-learn that estimators stand on, and what type checkers see of them.

scikit-learn has no types, and of a class with an unknown base a checker takes any keyword.
"""

from typing import TYPE_CHECKING, Any, Self

__all__ = ["BaseEstimator", "CallbackSupportMixin", "ClassifierMixin", "RegressorMixin"]

if TYPE_CHECKING:

    class BaseEstimator:
        # what our `fit` sets; in a class of ours an annotation is a parameter
        net_: Any
        schema_: Any
        history_: Any
        n_iter_: int
        best_epoch_: int
        classes_: Any
        n_features_in_: int
        feature_names_in_: Any
        _columns_: Any
        _target_: Any
        _names_seen_: Any
        _typed_: bool

        def get_params(self, deep: bool = True) -> dict[str, Any]: ...
        def set_params(self, **params: Any) -> Self: ...
        def get_metadata_routing(self) -> Any: ...
        def set_fit_request(self, **arguments: bool | str | None) -> Self: ...
        def set_partial_fit_request(self, **arguments: bool | str | None) -> Self: ...
        def set_score_request(self, **arguments: bool | str | None) -> Self: ...
        def __setstate__(self, state: Any) -> None: ...
        def _validate_params(self) -> None: ...
        def __sklearn_tags__(self) -> Any: ...

    class CallbackSupportMixin:
        def set_callbacks(self, callbacks: Any) -> Self: ...
        def _init_callback_context(self, **settings: Any) -> Any: ...

    class ClassifierMixin:
        def score(self, X: Any, y: Any, sample_weight: Any = None) -> float: ...

    class RegressorMixin:
        def score(self, X: Any, y: Any, sample_weight: Any = None) -> float: ...

else:
    from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin

    from skrec._validation import CallbackSupportMixin
