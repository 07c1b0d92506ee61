"""What cannot be exported is refused before anything is written."""

import numpy as np
import pytest
from sklearn.pipeline import make_pipeline

import skrec
from skrec.export import to_torch
from tests.samples import fitted, small

pytestmark = pytest.mark.fast


def test_what_is_refused(tmp_path):
    path = tmp_path / "net.pt2"
    estimator, frame = fitted(skrec.FMClassifier)
    with pytest.raises(TypeError, match=r"Expected a fitted estimator of skrec, got Pipeline; of a Pipeline its last"):
        to_torch(make_pipeline(estimator), path)
    with pytest.raises(ValueError, match=r"Expected a model whose users have vectors of their own .* FMClassifier"):
        to_torch(estimator, path, part="users")
    with pytest.raises(ValueError, match=r"Expected part='users', part='items' or None, got 'user'"):
        to_torch(estimator, path, part="user")
    three = small(skrec.MFClassifier).fit(frame, np.arange(100) % 3)
    with pytest.raises(ValueError, match=r"Expected two classes for part='items', got 3"):
        to_torch(three, path, part="items")
    assert not list(tmp_path.iterdir())


def test_a_folder_that_is_not_there(tmp_path):
    estimator, _ = fitted(skrec.MFRegressor)
    with pytest.raises(FileNotFoundError, match="nowhere"):
        to_torch(estimator, tmp_path / "nowhere" / "net.pt2")
