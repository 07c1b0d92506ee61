"""What a compiled step reads and writes, as arrays.

Shape letters: n rows, F categorical and M numeric columns, N table rows, W width of one, P numbers of all dense
parameters together, S steps, T parts of a batch, U distinct table rows that a part looks up, K bins of a number.
"""

from typing import Any, NamedTuple

__all__ = ["BentArrays", "DenseArrays", "LossArrays", "RowArrays", "Scratch", "StepArrays", "TableArrays"]


class RowArrays(NamedTuple):
    """Rows in memory; numbers, target and weights of the table's dtype."""

    codes: Any  # (n, F) int32
    starts: Any  # (F,) int64, where a column's vocabulary begins in the table
    numeric: Any  # (n, M)
    target: Any  # (n,)
    weight: Any  # (n,)


class BentArrays(NamedTuple):
    """Where the numbers of rows lie, whose vectors bend: see `BentNumbers`. Without such numbers there are no bins."""

    bins: Any  # (n, M) int32, which bin of its column a number lies in
    shares: Any  # (n, M), how much of the bin lies below, scaled
    lines: Any  # (n, M), the numbers themselves, clipped
    centre: Any  # (M, K), the shares of a bin in the mean over training rows, scaled
    scale: Any  # of pieces, of the table's dtype
    n_columns: int  # M, 0 without bins
    n_bins: int  # K
    width: int  # W
    penalty: Any  # twice the L2 penalty of a use, of the table's dtype


class TableArrays(NamedTuple):
    """The stacked table and what its optimizer keeps of it, float32 or float64."""

    values: Any  # (N, W)
    first: Any  # (N, W), or the values themselves where there is no such moment
    second: Any  # (N, W), or the values themselves
    penalty: Any  # (N,), twice the L2 penalty of a lookup; (0,) without one


class DenseArrays(NamedTuple):
    """The dense parameters, one behind the other, and what their optimizer keeps of them."""

    values: Any  # (P,)
    first: Any  # (P,)
    second: Any  # (P,)
    decays: Any  # (P,) bool, whether weight decay is for it


class StepArrays(NamedTuple):
    """Batches, and the numbers that a rule has for each step."""

    order: Any  # (n,) int64, of the rows
    starts: Any  # (S,) int64, where in it a batch begins
    stops: Any  # (S,) int64
    table: Any  # (S, 6), constants for the table
    dense: Any  # (S, 6), constants for the dense parameters
    decay: Any  # (S,), factors on what decays


class LossArrays(NamedTuple):
    """A loss of which the derivative is known."""

    kind: int  # LOGISTIC or SQUARED
    low: float  # outputs are squashed into [low, low + span]; as they are where the span is 0
    span: float


class Scratch(NamedTuple):
    """What the parts of a batch find out for the update, each its own."""

    slots: Any  # (T, N) int32, all zeros between steps
    rows: Any  # (T, U) int64, distinct rows
    n_rows: Any  # (T,) int64, how many
    gradient: Any  # (T, U, W + 1), of each, unweighed sums; the last number is the weight of its lookups
    chosen: Any  # (T, U) int64, places of the rows that a part is to move
    places: Any  # (T, F) int64, where a row's gradients go
    sums: Any  # (T, W)
    dense: Any  # (T, P)
    vectors: Any  # (T, M W), of a row's numbers that bend
    of_vectors: Any  # (T, M W), gradients
    of_bins: Any  # (T, 3, M, K, W), vectors at left edges, sums of gradients, and of gradients times shares
    weight: Any  # (T,) float64, of the part's rows
    total: Any  # (T, 2) float64, of all steps the sums of losses and of weights
