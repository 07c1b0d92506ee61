"""Deep interest network."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import torch

from skrec import nets
from skrec._learnt import at_one_moment
from skrec._validation import check_features, check_is_fitted
from skrec.data import SEQUENCE
from skrec.engine import Batches, Rows, limit_threads, on_cpu
from skrec.estimators._base import (
    HistoryParameters,
    MLPParameters,
    NegativeParameters,
    NetClassifier,
    NetEstimator,
    NetRegressor,
    NumericParameters,
    UserColumnParameters,
    layer_sizes,
    mlp_spec,
    one_of,
    parameter,
)
from skrec.estimators._base._finite import check_outputs
from skrec.estimators._base._objectives import with_candidates
from skrec.estimators._base._threads import thread_limit
from skrec.estimators._columns import HistoryColumns

WEIGHED_ROWS = 8192  # at once


class _DIN(MLPParameters, NumericParameters, HistoryParameters, NetEstimator):
    attention: str = parameter(
        "softmax",
        '{"softmax", "raw", "mean"}',
        """What a step of a history counts: "softmax" shares one between the steps, by how much each tells of the
        candidate; "raw" is the paper's, whose weights need not add up to one; "mean" counts all steps the same, the
        model without attention.""",
        one_of("softmax", "raw", "mean"),
    )
    attention_hidden_layer_sizes: Sequence[int] = parameter(
        (32,), "tuple of int", "Units of each hidden layer of the attention.", "array-like"
    )
    history_product: bool = parameter(
        True, "bool", "Whether the MLP also reads the product of history and candidate.", "boolean"
    )

    def _columns(self):
        return HistoryColumns(
            categorical_features=self.categorical_features,
            sequence_features=self.sequence_features,
            user=getattr(self, "user", None),
        )

    def _build_net(self, fields, n_outputs, generator):
        return nets.DIN(
            fields,
            n_outputs,
            histories=self._columns_.histories(self.schema_),
            attention=self.attention,
            attention_hidden_layer_sizes=layer_sizes(self, "attention_hidden_layer_sizes"),
            history_product=self.history_product,
            init_scale=self.init_scale,
            embedding_dim=self.embedding_dim,
            mlp=mlp_spec(self, activation=self.activation),
            generator=generator,
        )

    @at_one_moment
    def attention_weights(self, X: Any) -> pd.DataFrame:
        """Return what each step of a row's histories counts for its candidate.

        Parameters
        ----------
        X : DataFrame of shape (n_rows, n_columns)
            As in `fit`.

        Returns
        -------
        weights : DataFrame of shape (n_rows, n_histories)
            A column a history, named as the first of its list columns; each cell has a number a step, as a list.
        """
        check_is_fitted(self)
        frame, _ = check_features(self, X, reset=False)
        table = self._table(frame)
        rows = Rows(table)
        with on_cpu(), limit_threads(thread_limit(self)), torch.inference_mode():
            parts = [self.net_.module_.attend(batch.inputs) for batch in Batches(rows, WEIGHED_ROWS)]
        names, columns = [field.name for field in self.schema_.of_role(SEQUENCE)], {}
        for ((first, _), *_), weights in zip(
            self._columns_.histories(self.schema_), zip(*parts, strict=True), strict=True
        ):
            values, offsets = torch.cat(weights).numpy(), table.lists[first].offsets
            finite = np.logical_and.reduceat(np.append(np.isfinite(values), True), offsets[:-1])
            check_outputs(np.where(finite, 0, np.nan), rows, self.schema_)
            cells = pa.LargeListArray.from_arrays(offsets, values)
            columns[names[first]] = pd.Series(pd.arrays.ArrowExtensionArray(cells), index=frame.index)
        return pd.DataFrame(columns, index=frame.index)


class DINClassifier(_DIN, UserColumnParameters, NegativeParameters, NetClassifier):
    r"""Deep interest network for clicks: of what a user did before counts what resembles the candidate.

    .. math:: s(x) = \mathrm{MLP}([v_1, \dots, v_F, u, u \odot q, x_{num}]), \quad u = \sum_l \alpha_l h_l

        \alpha = \mathrm{softmax}(a), \quad a_l = \mathrm{MLP}_a([h_l, q, h_l - q, h_l \odot q])

    with the candidate's vectors q and those of the history's steps h. Steps are computed as they are, without
    padding. A row without history has u = 0; an item that training did not have is a step like any other.

    {parameters}

    {attributes}

    References
    ----------
    Zhou et al. (2018), Deep Interest Network for Click-Through Rate Prediction, eq. 3-6.

    Notes
    -----
    Differs from the paper: the softmax (raw weights lost to equal ones on Amazon's reviews in six runs of six), and
    the product of u and q (about .007 above it there). The paper's regularisation, which costs each value by one
    over its rows, is `embedding_l2` with one over the root of them.

    Examples
    --------
    Only the one item of the history that is of the candidate's kind tells:

    >>> import pandas as pd
    >>> from skrec import DINClassifier
    >>> df = pd.DataFrame({"hist": [["tea", "ale"], ["jam"], ["rum", "tea"], []] * 50, "item": ["tea"] * 200})
    >>> taken = ["tea" in cell for cell in df["hist"]]
    >>> model = DINClassifier(sequence_features={"hist": "item"}, lr=0.01, random_state=0).fit(df, taken)
    >>> model.score(df, taken)
    1.0
    """

    def _objective(self):
        return with_candidates(self, super()._objective())


class DINRegressor(_DIN, NetRegressor):
    r"""Deep interest network for ratings: of what a user did before counts what resembles the candidate.

    .. math:: \hat y(x) = \mathrm{MLP}([v_1, \dots, v_F, u, u \odot q, x_{num}]), \quad u = \sum_l \alpha_l h_l

        \alpha = \mathrm{softmax}(a), \quad a_l = \mathrm{MLP}_a([h_l, q, h_l - q, h_l \odot q])

    {parameters}

    {attributes}

    References
    ----------
    Zhou et al. (2018), Deep Interest Network for Click-Through Rate Prediction, eq. 3-6.
    """
