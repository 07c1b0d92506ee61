"""
The click tutorial of the field: Criteo and a factorization machine
===================================================================

Criteo's display-advertising data has a label (clicked or not), 13 counts `I1` to `I13` with gaps, and 26 anonymous
categories `C1` to `C26`. The usual tutorial fills the gaps, brings the counts to one scale and trains a
factorization machine. Here that is one pipeline, on a sample of a few hundred rows that such tutorials use, from
`$SKREC_DATA`; without it, on generated clicks.

    python examples/02_criteo_fm.py
"""

import tempfile
from pathlib import Path

import joblib
import numpy as np
from sklearn.metrics import log_loss, roc_auc_score
from sklearn.model_selection import RepeatedStratifiedKFold, cross_validate, train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import QuantileTransformer

from skrec import FMClassifier
from skrec.datasets import load_criteo, make_ctr
from skrec.inspection import HistoryDisplay
from skrec.preprocessing import CategoryEncoder, TableEncoder

OUTPUT = Path("output")  # where this is run


def load():
    """Return features and clicks: the Criteo sample, or generated clicks where it cannot be had."""
    try:
        criteo = load_criteo()
    except OSError as error:
        print(f"{error}\nSo here are generated clicks instead.\n")
        made = make_ctr(323, n_categorical=26, n_numeric=13, n_sequence=0, random_state=0)
        return made.X, made.y
    return criteo.data, criteo.target


# %%
# The data
# --------
X, y = load()
categorical = [name for name in X if name.startswith("C")]
numeric = [name for name in X if name.startswith("I")]
print(f"{len(X)} rows, {np.mean(y):.0%} clicked, {X[numeric].isna().mean().mean():.0%} of the counts missing\n")

# %%
# Impute, bring to one scale, factorize
# -------------------------------------
# `TableEncoder` fills the gaps (and says where they were), maps the counts to normal quantiles, and keeps the
# categories that occur at least twice: the rare ones share the unknown vector.

encoder = TableEncoder(
    categorical=categorical,
    numeric=numeric,
    categorical_encoder=CategoryEncoder(min_frequency=2),
    numeric_transformer=QuantileTransformer(n_quantiles=100, output_distribution="normal", random_state=0),
)
model = make_pipeline(encoder, FMClassifier(embedding_dim=8, random_state=0))

# So few rows say little: fifteen random folds, and their spread.
folds = RepeatedStratifiedKFold(n_splits=5, n_repeats=3, random_state=0)
scores = cross_validate(model, X, y, cv=folds, scoring=["roc_auc", "neg_log_loss"])
for name in ("test_roc_auc", "test_neg_log_loss"):
    print(f"{name:18} {scores[name].mean():7.3f} ± {scores[name].std():.3f} over {len(scores[name])} folds")

# %%
# One fit, watched
# ----------------
# Validation rows given to `fit` turn early stopping on and restore the best epoch. `X_val` reaches the last step
# transformed: the pipeline is told to with `transform_input`.

X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.25, stratify=y, random_state=0)
prepared = encoder.fit(X_train, y_train)
fm = FMClassifier(embedding_dim=8, max_epochs=60, random_state=0)
fm.fit(prepared.transform(X_train), y_train, X_val=prepared.transform(X_test), y_val=y_test)
probability = fm.predict_proba(prepared.transform(X_test))[:, 1]
print(f"\nheld-out quarter, which chose the epoch: AUC {roc_auc_score(y_test, probability):.3f}, ", end="")
print(f"log loss {log_loss(y_test, probability):.3f}, best epoch {fm.best_epoch_} of {fm.n_iter_}")

display = HistoryDisplay.from_estimator(fm)
OUTPUT.mkdir(exist_ok=True)
display.figure_.savefig(OUTPUT / "02_history.png", dpi=120, bbox_inches="tight")

# %%
# Save and load
# -------------
# The whole pipeline is one file: vocabularies, quantiles and weights.

model.fit(X_train, y_train)
with tempfile.TemporaryDirectory() as folder:
    path = Path(folder) / "click_model.joblib"
    joblib.dump(model, path)
    loaded = joblib.load(path)
    print(f"\nsaved in {path.stat().st_size / 1024:.0f} KiB, ", end="")
print("loaded, and it predicts the same:", np.array_equal(loaded.predict_proba(X_test), model.predict_proba(X_test)))
