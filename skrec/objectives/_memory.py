"""Whether what is drawn fits into memory, before any of it is made."""

from skrec._memory import check_bytes

DRAWN_ROW = 40  # bytes of a negative while rows are made: target, weight, codes, random number


def check_drawn(n_negatives, n_positives):
    """Raise MemoryError if rows of negatives, so many for each of so many positives, do not fit into memory."""
    check_bytes(
        DRAWN_ROW * n_positives * n_negatives,
        f"{n_negatives:,} negatives for each of {n_positives:,} positives",
        "rows",
        f"lower {n_negatives=}",
    )


def check_drawn_a_batch(n_negatives, n_positives, embedding_dim, batch_size):
    """Raise MemoryError if the negatives of a batch, which has so many positives or one for all, do not fit."""
    check_bytes(
        (DRAWN_ROW + 4 * 3 * embedding_dim) * n_positives * n_negatives,  # vectors and their gradients
        f"{n_negatives:,} negatives a batch, for each of {n_positives:,} rows",
        "vectors",
        f"lower {n_negatives=}" + (f" or {batch_size=}" if n_positives > 1 else ""),
    )
