"""Files of svmlight, against scikit-learn's matrix."""

import numpy as np
import pytest
from sklearn.datasets import dump_svmlight_file, load_svmlight_file

from skrec import FMClassifier
from skrec.datasets import _svmlight, load_svmlight

pytestmark = pytest.mark.fast


def test_lists_and_numbers_are_what_the_matrix_has(tmp_path):
    rng = np.random.default_rng(0)
    X = (rng.random((30, 12)) < 0.3).astype(float)
    X[:, [2, 11]] *= rng.normal(size=(30, 2))
    y, path = np.where(rng.random(30) < 0.5, 1, -1), tmp_path / "rows.svm"
    dump_svmlight_file(X, y, str(path), zero_based=True, query_id=np.repeat([4, 5], 15))
    svm, (matrix, _) = load_svmlight(path), load_svmlight_file(path, zero_based=True)
    ones = [column for column in range(12) if column not in (2, 11)]
    for row, cell in enumerate(svm.data["features"]):
        assert list(cell) == [column for column in ones if matrix[row, column]]
    np.testing.assert_array_equal(svm.data[["x2", "x11"]], matrix[:, [2, 11]].toarray())
    assert svm.data["qid"].tolist() == [4] * 15 + [5] * 15
    assert svm.target.tolist() == y.tolist()
    assert FMClassifier(max_epochs=2, random_state=0).fit(svm.data, svm.target).classes_.tolist() == [-1, 1]


def test_features_of_one_kind_alone(tmp_path):
    path = tmp_path / "rows.svm"
    path.write_text("0.5 0:2 3:1\n1 0:1\n")
    svm = load_svmlight(path, name="tags")
    assert svm.data["x0"].tolist() == [2.0, 1.0]
    assert [list(cell) for cell in svm.data["tags"]] == [[3], []]
    assert svm.target.tolist() == [0.5, 1.0]
    path.write_text("0 0:2\n")
    assert load_svmlight(path).data.columns.tolist() == ["x0"]


def test_too_many_numbers_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(_svmlight, "MOST", 1)
    (tmp_path / "rows.svm").write_text("1 0:2 5:3\n")
    with pytest.raises(ValueError, match=r"at most 1 features with values other than 1, .* got 2; write 1"):
        load_svmlight(tmp_path / "rows.svm")


@pytest.mark.parametrize(
    ("text", "message"), [("1\n0\n", "got 2 without a feature"), ("1 a:b\n", "could not convert|invalid literal")]
)
def test_another_form_is_refused(tmp_path, text, message):
    (tmp_path / "rows.svm").write_text(text)
    with pytest.raises(ValueError, match=message):
        load_svmlight(tmp_path / "rows.svm")
