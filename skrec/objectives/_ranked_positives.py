"""Positives, and the codes of their users and items, for an objective that ranks."""

from typing import Any

import numpy as np
import torch

from skrec._text import quoted
from skrec.data import CATEGORICAL, VocabularySurvey
from skrec.engine import Rows


class RankedPositives:
    """Makes Rows of Chunks of positives, with the codes of their users and items for keys."""

    def __init__(self, objective, encoding, user, item, train):
        self.encoding, self.dtype = encoding, torch.from_numpy(np.empty(0, encoding.schema.dtype)).dtype
        fields = encoding.schema.of_role(CATEGORICAL)
        names = [field.name for field in fields]
        if item not in names:
            raise ValueError(
                f"{objective.implicit} draws items by their first column, {quoted(item)}, which is no "
                "category; put the item's id first among its columns, and name it in categorical_features if it is a "
                "number"
            )
        vocabularies = dict(zip(names, (encoding.schema.vocabularies[f.vocabulary] for f in fields), strict=True))
        self.item, self.items = names.index(item), vocabularies[item]
        self.user = names.index(user) if user in names else None
        # without an id every row is somebody else: as if all rows of an item were of one user, who has it alone
        self.users: Any = vocabularies.get(user, self.items)
        self.user_id = objective.user
        if self.user_id is not None:
            users = VocabularySurvey(self.user_id)
            for chunk in train.chunks():
                users.add(chunk.frame[self.user_id])
            self.users = users.result()
        self.n_users, self.n_items = len(self.users), len(self.items)

    def rows(self, chunk):
        """Return the Rows of a Chunk."""
        table = self.encoding.table(chunk.frame)
        target, weight = self.encoding.target.encode(chunk.y, chunk.weight, self.encoding.schema.dtype)
        if self.user_id is not None:
            users = self.users.encode(chunk.frame[self.user_id])
        else:
            users = table.codes[:, self.item if self.user is None else self.user]
        return Rows(table, target, weight, [users.astype(np.int64), table.codes[:, self.item].astype(np.int64)])

    def name_of(self, codes):
        """Return the user of the first of `codes`."""
        return self.users.decode(codes).tolist()[0]
