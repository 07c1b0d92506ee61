"""The first phase of a step: rows to gradients, whatever the model.

Shape letters: F categorical and M numeric columns, W width of a table row, its linear weight last.
"""

from skrec.engine._kernels.losses import slope
from skrec.engine._kernels.numbers import begin_numbers, end_numbers, number_vectors, send_back_numbers
from skrec.engine._kernels.slots import fetch_row, slot_of
from skrec.ops._kernels._compile import uncounted

__all__ = ["learner"]

_AHEAD = 40  # lookups between a prefetch and its use


def learner(name, score, send_back):
    """Return what sums up the gradients of the rows of a part of a batch.

    Parameters
    ----------
    name : str
        Of its own: code that two processes have compiled and kept is told apart by names. With one name, a third
        process that reads both would run the first in the place of the second.
    score : callable
        Of a row, the RowArrays, the table, the dense parameters and the part's memory for sums: what is added to the
        linear part of the output.
    send_back : callable
        Of a row, its slope, the RowArrays, the table, the dense parameters, the sums, the places of its table rows
        (F,), and the gradients of the table and of the dense parameters: adds those of what `score` has computed.

    Notes
    -----
    A number that bends is 1 to both of them, and its vector in a row is what they take for dense parameters.
    """

    def learn(order, part, loss, rows, bent, table, dense, scratch):
        codes, starts, numeric, target, weights = rows
        values, of_dense = table.values, scratch.dense[part]
        slots, found, gradient = scratch.slots[part], scratch.rows[part], scratch.gradient[part]
        places, sums = scratch.places[part], scratch.sums[part]
        n_fields, n_numeric, width = codes.shape[1], numeric.shape[1], values.shape[1]
        linear, bias = width - 1, dense.size - 1
        ahead, count, sum_loss, sum_weight = 1 + _AHEAD // max(1, n_fields), 0, 0.0, 0.0
        vectors, of_vectors, of_bins = scratch.vectors[part], scratch.of_vectors[part], scratch.of_bins[part]
        for k in range(dense.size):
            of_dense[k] = 0
        begin_numbers(bent, dense, of_bins)
        for i in range(-ahead, order.size):
            fetch_row(i + ahead, ahead, order, rows, values, slots)
            if i < 0:
                continue
            b = order[i]
            output = dense[bias]
            for f in range(n_fields):
                output += values[codes[b, f] + starts[f], linear]
            if bent.n_bins:
                output += number_vectors(b, bent, dense, of_bins, vectors)
                output += score(b, rows, values, vectors, sums)
            else:
                for m in range(n_numeric):
                    output += numeric[b, m] * dense[m * width + linear]
                output += score(b, rows, values, dense, sums)
            one_loss, one_slope = slope(loss, output, target[b])
            sum_loss += weights[b] * one_loss
            sum_weight += weights[b]
            g = values.dtype.type(weights[b] * one_slope)
            of_dense[bias] += g
            for f in range(n_fields):
                places[f], count = slot_of(codes[b, f] + starts[f], slots, found, count, gradient)
                gradient[places[f], linear] += g
                gradient[places[f], width] += weights[b]
            if bent.n_bins:
                for m in range(n_numeric):
                    for k in range(linear):
                        of_vectors[m * width + k] = 0
                    of_vectors[m * width + linear] = g
                send_back(b, g, rows, values, vectors, sums, places, gradient, of_vectors)
                send_back_numbers(b, bent.penalty * weights[b], bent, vectors, of_vectors, of_bins, of_dense)
            else:
                for m in range(n_numeric):
                    of_dense[m * width + linear] += g * numeric[b, m]
                send_back(b, g, rows, values, dense, sums, places, gradient, of_dense)
        end_numbers(bent, of_bins, of_dense)
        scratch.n_rows[part], scratch.weight[part] = count, sum_weight
        scratch.total[part, 0] += sum_loss
        scratch.total[part, 1] += sum_weight

    learn.__qualname__ = name
    return uncounted(learn)
