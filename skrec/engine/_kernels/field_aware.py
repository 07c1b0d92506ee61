"""The pairs of a field-aware factorization machine: the gradient towards a vector is the one that it meets.

Shape letters: L categorical and M numeric columns, F = L + M, D width of a vector, W = F * D + 1 with the linear
weight.
"""

from skrec.ops._kernels._compile import uncounted
from skrec.ops._kernels._eights import EIGHT, add, load, mul, spread, store, total

__all__ = ["score_field_aware", "send_back_field_aware"]


@uncounted
def score_field_aware(b, rows, values, dense, sums):
    """Return the sum over all pairs of a row."""
    codes, starts, numeric = rows.codes, rows.starts, rows.numeric
    n_looked_up, n_numeric, width = codes.shape[1], numeric.shape[1], values.shape[1]
    n_vector = (width - 1) // (n_looked_up + n_numeric)
    n_blocks, pairs = n_vector - n_vector % EIGHT, values.dtype.type(0)
    summed = spread(pairs)
    for i in range(n_looked_up):
        row = codes[b, i] + starts[i]
        for j in range(i + 1, n_looked_up):
            other, left, right = codes[b, j] + starts[j], j * n_vector, i * n_vector
            for k in range(0, n_blocks, EIGHT):
                summed = add(summed, mul(load(values, (row, left + k)), load(values, (other, right + k))))
            for k in range(n_blocks, n_vector):
                pairs += values[row, left + k] * values[other, right + k]
        for m in range(n_numeric):
            left, right, x = (n_looked_up + m) * n_vector, m * width + i * n_vector, numeric[b, m]
            for k in range(0, n_blocks, EIGHT):
                product = mul(load(values, (row, left + k)), load(dense, (right + k,)))
                summed = add(summed, mul(spread(x), product))
            for k in range(n_blocks, n_vector):
                pairs += x * (values[row, left + k] * dense[right + k])
    for m in range(n_numeric):
        for n in range(m + 1, n_numeric):
            x = numeric[b, m] * numeric[b, n]
            left, right = m * width + (n_looked_up + n) * n_vector, n * width + (n_looked_up + m) * n_vector
            for k in range(n_vector):
                pairs += x * (dense[left + k] * dense[right + k])
    return pairs + total(summed)


@uncounted
def send_back_field_aware(b, g, rows, values, dense, sums, places, gradient, of_dense):
    """Add the gradients towards the vectors of a row."""
    codes, starts, numeric = rows.codes, rows.starts, rows.numeric
    n_looked_up, n_numeric, width = codes.shape[1], numeric.shape[1], values.shape[1]
    n_vector = (width - 1) // (n_looked_up + n_numeric)
    n_blocks = n_vector - n_vector % EIGHT
    for i in range(n_looked_up):
        row, place = codes[b, i] + starts[i], places[i]
        for j in range(n_looked_up):
            if j == i:
                continue
            other, left, right = codes[b, j] + starts[j], j * n_vector, i * n_vector
            for k in range(0, n_blocks, EIGHT):
                at = place, left + k
                store(gradient, at, add(load(gradient, at), mul(spread(g), load(values, (other, right + k)))))
            for k in range(n_blocks, n_vector):
                gradient[place, left + k] += g * values[other, right + k]
        for m in range(n_numeric):
            left, right, x = (n_looked_up + m) * n_vector, m * width + i * n_vector, g * numeric[b, m]
            for k in range(0, n_blocks, EIGHT):
                at, at_number = (place, left + k), (right + k,)
                store(gradient, at, add(load(gradient, at), mul(spread(x), load(dense, at_number))))
                met = mul(spread(x), load(values, (row, left + k)))
                store(of_dense, at_number, add(load(of_dense, at_number), met))
            for k in range(n_blocks, n_vector):
                gradient[place, left + k] += x * dense[right + k]
                of_dense[right + k] += x * values[row, left + k]
    for m in range(n_numeric):
        for n in range(m + 1, n_numeric):
            x = g * (numeric[b, m] * numeric[b, n])
            left, right = m * width + (n_looked_up + n) * n_vector, n * width + (n_looked_up + m) * n_vector
            for k in range(n_vector):
                of_dense[left + k] += x * dense[right + k]
                of_dense[right + k] += x * dense[left + k]
