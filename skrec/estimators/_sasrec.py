"""Self-attentive sequential recommendation."""

from numbers import Integral

from skrec import nets
from skrec._text import quoted
from skrec.estimators._base import parameter, positive
from skrec.estimators._history_attention import attention_weights
from skrec.estimators._next_item import NextItemClassifier


class SASRecClassifier(NextItemClassifier):
    r"""Self-attentive sequential recommendation: the next item, of what a user did before and in which order.

    .. math:: s(x) = b + \langle u, v \rangle, \quad
        u = \mathrm{LN}(\mathrm{TRM}(\sqrt{D} h_1 + p_1, \dots, \sqrt{D} h_n + p_n)_n) + g(x_{user})

    is the log odds, with TRM blocks of causal self-attention, the steps h of a history, the vectors of positions p, and
    v the sum of the vectors of the item's columns; an item's id has one vector, in histories and as what comes next.
    What a user's vector finds among the items' is what comes next: see `embed_users` and `embed_items`. Two classes.

    `sequence_features` names the history's lists, the oldest value first, and of which columns of the item they are.
    Rows have a history and the item that came next; or a row is a whole sequence, of a frame that has the lists alone,
    such as ``sequence_features={"items": "item_id"}`` of a frame without column `item_id`. Every position of it after
    the first is a positive then, y is ones, and later rows have a history and a column `item_id`.

    {parameters}

    {attributes}

    References
    ----------
    Kang, McAuley (2018), Self-Attentive Sequential Recommendation.
    Klenitskiy, Vasilev (2023), Turning Dross Into Gold Loss: is BERT4Rec really better than SASRec?, of the softmax.
    Petrov, Macdonald (2023), gSASRec: Reducing Overconfidence in Sequential Recommendation Trained with Negative
    Sampling, of ``loss="gbce"``.

    Notes
    -----
    Steps are computed as they are, without padding, but for the attention, whose memory follows the longest history of
    a batch. With ``loss="auto"``, the softmax over all items where there are histories, a batch holds the scores of
    few positions at a time. `dropout` is of histories alone.

    Examples
    --------
    Whoever had tea takes jam, behind ale comes rum:

    >>> import pandas as pd
    >>> from skrec import SASRecClassifier
    >>> log = pd.DataFrame({"items": [["tea", "jam", "ale", "rum"], ["ale", "rum", "tea", "jam"]] * 50})
    >>> model = SASRecClassifier(sequence_features={"items": "item"}, lr=0.01, random_state=0).fit(log, [1] * 100)
    >>> users, items = pd.DataFrame({"items": [["tea"], ["tea", "jam", "ale"]]}), ["jam", "rum"]
    >>> scores = model.embed_users(users) @ model.embed_items(pd.DataFrame({"item": items})).T
    >>> [items[best] for best in scores.argmax(1)]
    ['jam', 'rum']
    """

    n_blocks: int = parameter(2, "int", "Blocks of attention and a layer.", positive(Integral))
    n_heads: int = parameter(2, "int", "Heads of the attention; they divide `embedding_dim`.", positive(Integral))

    attention_weights = attention_weights

    def _build_net(self, fields, n_outputs, generator):
        if self.embedding_dim % self.n_heads:
            raise ValueError(
                f"The 'n_heads' parameter of {type(self).__name__} must divide embedding_dim={self.embedding_dim}. "
                f"Got {quoted(self.n_heads)} instead."
            )
        return nets.SASRec(fields, **self._shape(), n_blocks=self.n_blocks, n_heads=self.n_heads, generator=generator)
