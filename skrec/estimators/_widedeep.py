"""Wide & Deep."""

from typing import Any

import numpy as np

from skrec import nets
from skrec._text import quoted
from skrec.data._columns import CATEGORICAL
from skrec.data._crosses import Cross
from skrec.data._roles import column_of
from skrec.data._row_groups import RowGroups
from skrec.data._schema import Table
from skrec.estimators._classifier import NetClassifier
from skrec.estimators._mlp import WithMLP, mlp_spec
from skrec.estimators._parameters import parameter
from skrec.estimators._regressor import NetRegressor


class _WideDeep(WithMLP):
    crossed_columns: Any = parameter(
        None,
        "list of tuples or None",
        """Categorical columns to take together in the wide part, ``[("user", "item"), ...]``, by name (position, for
        an array). Each combination of values that training rows have gets a linear weight of its own; others add
        nothing.""",
        list,
        None,
    )

    def _learn_schema(self, train, roles, shared, *, declared):
        if self.crossed_columns and isinstance(train, RowGroups):
            raise ValueError(
                f"crossed_columns={quoted(self.crossed_columns)} are learnt from all rows at once and do not go with a "
                "Dataset; write the combinations to a column of their own"
            )
        crosses = [self._check_cross(train.frame, names) for names in self.crossed_columns or ()]
        super()._learn_schema(train, roles, shared, declared=declared)
        fields = {field.name: field for field in self.schema_.of_role(CATEGORICAL)}
        self._crosses_ = []
        for names in crosses:
            for name in names:
                if name not in fields:
                    role = self.schema_.field(name).role
                    raise ValueError(
                        f"crossed_columns takes categorical columns, got {quoted(name)}, which is {role}; "
                        "cut a number into categories, or name it in categorical_features"
                    )
            vocabularies = [self.schema_.vocabularies[fields[name].vocabulary] for name in names]
            self._crosses_.append(
                Cross.learn(
                    positions=tuple(list(fields).index(name) for name in names),
                    sizes=tuple(map(len, vocabularies)),
                    codes=[v.encode(train.frame[name]) for v, name in zip(vocabularies, names, strict=True)],
                )
            )

    def _check_cross(self, frame, names):
        """Return the columns of a cross, which are there, two or more, and different."""
        listed = isinstance(names, (tuple, list))
        columns = [column_of(frame, name, "crossed_columns") for name in names] if listed else []
        if len(set(columns)) < 2 or len(set(columns)) < len(columns):
            raise ValueError(
                f"The 'crossed_columns' parameter of {type(self).__name__} must be a list of tuples, each of two or "
                f"more different columns. Got {quoted(names)} in it."
            )
        return columns

    def _table(self, frame):
        codes, numeric, lists = super()._table(frame)
        return Table(np.column_stack([codes, *(cross.encode(codes) for cross in self._crosses_)]), numeric, lists)

    def _build_net(self, fields, n_outputs, generator):
        cross_sizes = [len(cross.vocabulary) for cross in self._crosses_]
        return nets.WideDeep(
            fields,
            n_outputs,
            embedding_dim=self.embedding_dim,
            cross_sizes=cross_sizes,
            mlp=mlp_spec(self),
            generator=generator,
        )


class WideDeepClassifier(_WideDeep, NetClassifier):
    r"""Wide & Deep for clicks: a linear model that memorises crossed columns, and an MLP that generalises.

    .. math:: s(x) = b + \sum_i w_i x_i + \sum_k w_{\phi_k(x)} + \mathrm{MLP}([v_1, \dots, v_F, x_{num}])

    where :math:`\phi_k` is the combination of values that the row has in the columns of the k-th cross.

    {parameters}

    {attributes}

    References
    ----------
    Cheng et al. (2016), Wide & Deep Learning for Recommender Systems, eq. 3.

    Notes
    -----
    A missing or unknown value is a value of its own in a cross. `partial_fit` learns the combinations in its first
    call; later ones add nothing.

    Examples
    --------
    >>> import pandas as pd
    >>> from skrec import WideDeepClassifier
    >>> df = pd.DataFrame({"user": ["ann", "bob"] * 200, "item": ["tea", "tea", "jam", "jam"] * 100})
    >>> clicked = (df["user"] == "ann") == (df["item"] == "tea")
    >>> model = WideDeepClassifier(crossed_columns=[("user", "item")], lr=0.01, random_state=0)
    >>> model.fit(df, clicked).score(df, clicked)
    1.0
    """


class WideDeepRegressor(_WideDeep, NetRegressor):
    r"""Wide & Deep for ratings: a linear model that memorises crossed columns, and an MLP that generalises.

    .. math:: \hat y(x) = b + \sum_i w_i x_i + \sum_k w_{\phi_k(x)} + \mathrm{MLP}([v_1, \dots, v_F, x_{num}])

    where :math:`\phi_k` is the combination of values that the row has in the columns of the k-th cross.

    {parameters}

    {attributes}

    References
    ----------
    Cheng et al. (2016), Wide & Deep Learning for Recommender Systems, eq. 3.

    Notes
    -----
    A missing or unknown value is a value of its own in a cross. `partial_fit` learns the combinations in its first
    call; later ones add nothing.
    """
