"""How many numbers a net is made of."""

from typing import NamedTuple

from torch import nn

from skrec.nets.layers._field_embedding import FieldEmbedding

GRADIENT = 2  # what a batch computes, and its gradient


class Size(NamedTuple):
    """How many numbers a net is made of, and computes for a row."""

    tables: int
    dense: int
    per_row: int

    @classmethod
    def of(cls, module: nn.Module) -> "Size":
        """Return the size of a net, which may be on torch's meta device."""
        tables = embedding_tables(module)
        n_table = sum(table.numel() for table in tables)
        per_row = 0
        for part in module.modules():
            if isinstance(part, FieldEmbedding):
                per_row += len(part.fields) * (part.embedding_dim + part.n_linear)
            elif isinstance(part, nn.Linear):
                per_row += part.out_features
        return cls(n_table, sum(p.numel() for p in module.parameters()) - n_table, per_row)


def embedding_tables(module: nn.Module) -> list[nn.Parameter]:
    """Return the tables of a net, of whose rows a step moves those alone that its batch has."""
    return [part.table for part in module.modules() if isinstance(part, FieldEmbedding)]


def dense_matrices(module: nn.Module) -> list[nn.Parameter]:
    """Return what weight decay moves: parameters of two or more axes that are no tables."""
    tables = {id(table) for table in embedding_tables(module)}
    return [p for p in module.parameters() if p.ndim >= 2 and p.numel() and id(p) not in tables]
