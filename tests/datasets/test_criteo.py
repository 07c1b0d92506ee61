import numpy as np
import pandas as pd
import pytest

from skrec.datasets import load_criteo

pytestmark = pytest.mark.fast

HEADER = ",".join(["label", *(f"I{j}" for j in range(1, 14)), *(f"C{j}" for j in range(1, 27))])


def row(label="0", number="", category="05db9164"):
    return ",".join([label, "1.0", *[number] * 12, *[category] * 25, ""])


def write(path, *rows, header=HEADER):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join([header, *rows]) + "\n")
    return path


def test_numbers_with_gaps_and_categories_of_text(tmp_path):
    path = write(tmp_path / "sample.csv", row("1"), row("0", "2.5", "NA"))
    criteo = load_criteo(path)
    assert criteo.target.tolist() == [1, 0]
    assert criteo.data.shape == (2, 39)
    assert criteo.data["I2"].fillna(-1).tolist() == [-1, 2.5]
    assert criteo.data["I2"].dtype == np.float64
    assert isinstance(criteo.data["C1"].dtype, pd.CategoricalDtype)
    assert criteo.data["C1"].tolist() == ["05db9164", "NA"]  # a hash, not a missing value
    assert criteo.data["C26"].isna().all()
    assert "CC BY-NC-SA" in criteo.DESCR


def test_looks_in_the_users_folder(tmp_path, monkeypatch):
    write(tmp_path / "criteo-sample" / "criteo_sample.csv", row())
    monkeypatch.setenv("SKREC_DATA", str(tmp_path))
    assert len(load_criteo().frame) == 1


def test_a_file_that_is_not_there(tmp_path, monkeypatch):
    monkeypatch.setenv("SKREC_DATA", str(tmp_path))
    with pytest.raises(FileNotFoundError, match="or set SKREC_DATA to a folder that holds criteo-sample/"):
        load_criteo()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ((row("2"),), "must have the labels 0 and 1"),
        ((row("0", "many"),), "must have numbers in label and I1 to I13"),
    ],
)
def test_another_form_is_refused(tmp_path, content, message):
    with pytest.raises(ValueError, match=message):
        load_criteo(write(tmp_path / "sample.csv", *content))


def test_other_columns_are_refused(tmp_path):
    with pytest.raises(ValueError, match="must have the columns label, I1"):
        load_criteo(write(tmp_path / "sample.csv", "1,2", header="a,b"))


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("empty.csv", b""),
        ("damaged.csv.gz", b"no archive"),
        ("damaged.zip", b"PK no archive"),
        ("damaged.csv.xz", b"no archive"),
        ("latin.csv", HEADER.encode() + b"\n" + b"\xff" * 9 + b"\n"),
    ],
)
def test_a_file_that_is_damaged(tmp_path, name, content):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ValueError, match=rf"{name} must be an intact CSV file, got .*; fetch it anew"):
        load_criteo(tmp_path / name)


def test_a_folder_is_said_to_be_one(tmp_path):
    with pytest.raises(FileNotFoundError, match="is a folder; pass the path of a CSV file"):
        load_criteo(tmp_path)
