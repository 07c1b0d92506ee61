"""The pairs of a factorization machine, of which linear models and matrix factorization are cases.

By Rendle (2010), lemma 3.1, the pairs of a row are half of what the square of the sum of its vectors has more than
their squares, and its gradient towards each is the sum less the vector itself.

Shape letters: F categorical and M numeric columns, D width of a vector, W = D + 1 with the linear weight.
"""

from skrec.ops._kernels._compile import uncounted
from skrec.ops._kernels._eights import EIGHT, add, load, mul, spread, store, sub, total

__all__ = ["score_pairs", "send_back_pairs"]


@uncounted
def score_pairs(b, rows, values, dense, sums):
    """Return the sum over all pairs of a row; `sums` (D,) are filled with the sum of its vectors."""
    codes, starts, numeric = rows.codes, rows.starts, rows.numeric
    width, n_vector, pairs = values.shape[1], values.shape[1] - 1, values.dtype.type(0)
    n_blocks = n_vector - n_vector % EIGHT
    for k in range(0, n_blocks, EIGHT):
        summed = squares = spread(values.dtype.type(0))
        for f in range(codes.shape[1]):
            x = load(values, (codes[b, f] + starts[f], k))
            summed, squares = add(summed, x), add(squares, mul(x, x))
        for m in range(numeric.shape[1]):
            x = mul(spread(numeric[b, m]), load(dense, (m * width + k,)))
            summed, squares = add(summed, x), add(squares, mul(x, x))
        store(sums, (k,), summed)
        pairs += total(sub(mul(summed, summed), squares))
    for k in range(n_blocks, n_vector):
        sums[k] = 0
        for f in range(codes.shape[1]):
            y = values[codes[b, f] + starts[f], k]
            sums[k] += y
            pairs -= y * y
        for m in range(numeric.shape[1]):
            y = numeric[b, m] * dense[m * width + k]
            sums[k] += y
            pairs -= y * y
        pairs += sums[k] * sums[k]
    return pairs * values.dtype.type(0.5)


@uncounted
def send_back_pairs(b, g, rows, values, dense, sums, places, gradient, of_dense):
    """Add the gradients towards the vectors of a row."""
    codes, starts, numeric = rows.codes, rows.starts, rows.numeric
    width, n_vector = values.shape[1], values.shape[1] - 1
    n_blocks = n_vector - n_vector % EIGHT
    for k in range(0, n_blocks, EIGHT):
        summed, slope = load(sums, (k,)), spread(g)
        for f in range(codes.shape[1]):
            at, x = (places[f], k), sub(summed, load(values, (codes[b, f] + starts[f], k)))
            store(gradient, at, add(load(gradient, at), mul(slope, x)))
        for m in range(numeric.shape[1]):
            at_number, number = (m * width + k,), spread(numeric[b, m])
            x = mul(number, sub(summed, mul(number, load(dense, at_number))))
            store(of_dense, at_number, add(load(of_dense, at_number), mul(slope, x)))
    for k in range(n_blocks, n_vector):
        for f in range(codes.shape[1]):
            gradient[places[f], k] += g * (sums[k] - values[codes[b, f] + starts[f], k])
        for m in range(numeric.shape[1]):
            y = numeric[b, m]
            of_dense[m * width + k] += g * y * (sums[k] - y * dense[m * width + k])
