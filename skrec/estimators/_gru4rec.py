"""Recurrent units over a history."""

from numbers import Integral

from skrec import nets
from skrec.estimators._base import parameter, positive
from skrec.estimators._next_item import NextItemClassifier


class GRU4RecClassifier(NextItemClassifier):
    r"""Recurrent units over a history: the next item, of what a user did before and in which order.

    .. math:: s(x) = b + \langle u, v \rangle, \quad
        u = W \, \mathrm{GRU}(\sqrt{D} h_1, \dots, \sqrt{D} h_n)_n + g(x_{user})

    is the log odds, with the steps h of a history, and v the sum of the vectors of the item's columns; an item's id has
    one vector, in histories and as what comes next. What a user's vector finds among the items' is what comes next: see
    `embed_users` and `embed_items`. Two classes.

    `sequence_features` names the history's lists, the oldest value first, and of which columns of the item they are.
    Rows have a history and the item that came next; or a row is a whole sequence: see `SASRecClassifier`.

    {parameters}

    {attributes}

    References
    ----------
    Hidasi et al. (2016), Session-based Recommendations with Recurrent Neural Networks.
    Hidasi, Karatzoglou (2018), Recurrent Neural Networks with Top-k Gains for Session-based Recommendations.

    Notes
    -----
    Differs from the paper: items have the same vectors as input and as output; ``loss="auto"`` is the softmax over all
    items where there are histories. Steps are computed without padding.

    Examples
    --------
    >>> import pandas as pd
    >>> from skrec import GRU4RecClassifier
    >>> log = pd.DataFrame({"items": [["tea", "jam", "ale", "rum"], ["ale", "rum", "tea", "jam"]] * 50})
    >>> model = GRU4RecClassifier(sequence_features={"items": "item"}, lr=0.01, random_state=0).fit(log, [1] * 100)
    >>> users, items = pd.DataFrame({"items": [["tea"], ["tea", "jam", "ale"]]}), ["jam", "rum"]
    >>> scores = model.embed_users(users) @ model.embed_items(pd.DataFrame({"item": items})).T
    >>> [items[best] for best in scores.argmax(1)]
    ['jam', 'rum']
    """

    n_units: int = parameter(128, "int", "Units of a state.", positive(Integral))
    n_layers: int = parameter(1, "int", "Layers of units, one behind the other.", positive(Integral))

    def _build_net(self, fields, n_outputs, generator):
        return nets.GRU4Rec(fields, **self._shape(), n_units=self.n_units, n_layers=self.n_layers, generator=generator)
