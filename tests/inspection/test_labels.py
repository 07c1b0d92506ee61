"""Text from data on the pictures: as written, in a line, drawn by any font."""

import time

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from skrec import inspection
from skrec.inspection import (
    AttentionDisplay,
    EffectDisplay,
    EmbeddingDisplay,
    HistoryDisplay,
    InteractionDisplay,
    RankingDisplay,
)
from skrec.inspection._labels import LIMIT, as_label

AWKWARD = {
    "broken TeX": "$\\undefined{$",
    "dollars": "$5 - $10",
    "backslashes": "a\\b_{c}^%&#",
    "surrogate": "lone \ud800",
    "control": "\x00\x1b[31m",
    "lines": "two\nlines\tand a tab",
    "underscore": "_hidden",
    "long": "x" * 100_000,
    "number": 12,
    "empty": "",
}
SHOWN = {
    "surrogate": "lone \ufffd",
    "control": "\ufffd\ufffd[31m",
    "lines": "two lines and a tab",
    "long": "x" * (LIMIT - 1) + "…",
    "number": "12",
}


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


def attention(text):
    return AttentionDisplay([0.5, 0.2], [text, "tea"], candidate=text, alike=[True, False], estimator_name=text).plot()


def history(text):
    metric = "valid_score" if "\ud800" in str(text) else f"valid_{text}"  # pandas refuses such a name
    frame = pd.DataFrame({"epoch": [1, 2], "train_loss": [2.0, 1], "valid_loss": [2.0, 1], metric: [0, 1]})
    first = HistoryDisplay.from_history(frame, metric=metric, name=text)
    first.figure_.canvas.draw()
    return HistoryDisplay.from_history(frame, metric=[metric], name=text, ax=first.ax_)


def objects(*values):
    return pd.Index(values, dtype=object)  # text of pandas refuses surrogates


def name_of(text):
    return "of text" if "\ud800" in str(text) else text


def effect(text):
    return EffectDisplay(pd.Series([0.2, 0.6], objects(text, "tea")), 0.4, "categorical", column=text).plot(name=text)


def embedding(text):
    vectors = pd.DataFrame(np.eye(3), [name_of(text), "tea", "jam"])
    return EmbeddingDisplay.from_vectors(vectors, neighbors_of=[name_of(text)], n_neighbors=1, name=text)


def interaction(text):
    names = objects(text, "tea", "jam")
    return InteractionDisplay(pd.DataFrame(1.0 - np.eye(3), names, names)).plot(name=text)


def ranking(text):
    scores = {name_of(text): [0.9, 0.8, 0.1], "tea": [0.1, 0.8, 0.9]}
    return RankingDisplay.from_predictions([0, 1, 0], scores, groups=["ann"] * 3, k=[1, 2], name=text)


DRAW = {
    "AttentionDisplay": attention,
    "EffectDisplay": effect,
    "EmbeddingDisplay": embedding,
    "HistoryDisplay": history,
    "InteractionDisplay": interaction,
    "RankingDisplay": ranking,
}


def test_every_display_is_here():
    assert {name for name in inspection.__all__ if name.endswith("Display")} == set(DRAW)


@pytest.mark.parametrize("kind", AWKWARD)
@pytest.mark.parametrize("name", DRAW)
def test_text_is_drawn_as_written(name, kind, tmp_path):
    began = time.perf_counter()
    display = DRAW[name](AWKWARD[kind])
    for suffix in ("png", "svg", "pdf"):
        display.figure_.savefig(tmp_path / f"picture.{suffix}")
    assert time.perf_counter() - began < 20
    texts = [text for text in display.figure_.findobj(plt.Text) if text.get_text()]
    assert not [text for text in texts if "$" in text.get_text() and text.get_parse_math()]
    expected = SHOWN.get(kind, AWKWARD[kind])
    found = ["".join(text.get_text().split("\n")) for text in texts]
    assert any(expected in text for text in found)
    assert max(len(line) for text in texts for line in text.get_text().split("\n")) <= LIMIT


def test_text_with_usetex_on_is_not_sent_to_tex(tmp_path):
    """There may be no TeX; what is ours is drawn by matplotlib itself."""
    display = attention("$5 - $10")
    labels = [*display.ax_.get_yticklabels(), display.ax_.title]
    assert not any(text.get_usetex() for text in labels)


@pytest.mark.parametrize("kind", AWKWARD)
def test_labels_are_a_line_of_at_most_eighty_characters(kind):
    label = as_label(AWKWARD[kind])
    assert label == SHOWN.get(kind, AWKWARD[kind])
    assert len(label) <= LIMIT
    assert "\n" not in label


def test_a_picture_with_long_steps_leaves_room_to_the_bars():
    display = AttentionDisplay(np.linspace(0, 1, 5), ["step " * 20] * 5).plot()
    display.figure_.canvas.draw()
    assert display.ax_.get_window_extent().width > 0.2 * display.figure_.bbox.width
