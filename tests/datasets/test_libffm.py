"""Files of libffm, against a reading line by line."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skrec import FFMClassifier
from skrec.datasets import load_libffm

pytestmark = pytest.mark.fast


def write(folder, text):
    (folder / "rows.ffm").write_text(text)
    return folder / "rows.ffm"


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 999), n_rows=st.integers(1, 12))
def test_is_what_the_lines_say(tmp_path_factory, seed, n_rows):
    """Field 0 a feature a row or none, field 1 a list, field 4 a number."""
    rng, lines, rows = np.random.default_rng(seed), [], []
    for _ in range(n_rows):
        kind = [int(rng.integers(5))] if rng.random() < 0.8 else []
        tags = [int(tag) for tag in rng.integers(10, 15, rng.integers(0, 4))]
        number = round(float(rng.normal()), 3) if rng.random() < 0.7 else None
        cells = [f"0:{f}:1" for f in kind] + [f"1:{f}:1" for f in tags] + ([] if number is None else [f"4:99:{number}"])
        rows.append((kind, tags, number))
        lines.append(" ".join([str(rng.integers(2)), *cells]))
    text = "\n\n".join(lines) + "\n"  # lines without anything are no rows
    ffm = load_libffm(write(tmp_path_factory.mktemp("ffm"), text))
    assert ffm.target.tolist() == [int(line[0]) for line in lines]
    for place, (kind, tags, number) in enumerate(rows):
        if "F0" in ffm.data:
            cell = ffm.data["F0"][place]
            assert ([] if pd.isna(cell) else [cell]) == kind
        if "F1" in ffm.data:
            cell = ffm.data["F1"][place]
            single = isinstance(ffm.data["F1"].dtype, pd.CategoricalDtype)  # where no row has two
            assert (([] if pd.isna(cell) else [cell]) if single else list(cell)) == tags
        if "F4" in ffm.data:
            assert ffm.data["F4"][place] == (number or 0)
    assert ffm.frame.columns.tolist() == ["label", *ffm.data.columns]


def test_an_ffm_learns_from_it(tmp_path):
    rng = np.random.default_rng(0)
    user, item = rng.integers(0, 4, 200), rng.integers(0, 4, 200)
    lines = [f"{int(u % 2 == i % 2)} 0:{u}:1 1:{4 + i}:1" for u, i in zip(user, item, strict=True)]
    ffm = load_libffm(write(tmp_path, "\n".join(lines)))
    assert (
        FFMClassifier(lr=0.05, max_epochs=30, random_state=0).fit(ffm.data, ffm.target).score(ffm.data, ffm.target)
        > 0.9
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "expected lines such as '1 0:7:1 1:9:0.5', got none"),
        ("1 0:7:1\n0 3:1\n", "line 2: expected field:feature:value behind the label, got '3:1'; .* load_svmlight"),
        ("1 0:7:1\n\nno 0:7:1\n", "line 3: expected a label that is a number, got 'no'"),
        ("1 a:7:1\n", "line 1: expected field:feature:value, the first two whole numbers, got 'a'"),
        ("1 0:7:x\n", "line 1: expected field:feature:value, the last a number, got 'x'"),
        ("1 0:7:1 0:8:.5\n", "Field 0: .* got 8 with value 0.5 among others; ignore_values=True takes"),
    ],
)
def test_another_form_is_refused(tmp_path, text, message):
    with pytest.raises(ValueError, match=message):
        load_libffm(write(tmp_path, text))


def test_values_may_be_ignored_and_labels_be_numbers(tmp_path):
    ffm = load_libffm(write(tmp_path, "1.5 0:7:1 0:8:.5\n-2\n"), ignore_values=True)
    assert [list(cell) for cell in ffm.data["F0"]] == [[7, 8], []]
    assert ffm.target.tolist() == [1.5, -2.0]
    with pytest.raises(FileNotFoundError):
        load_libffm(tmp_path / "nothing.ffm")
