"""Results that are numbers, or an error that names the column that makes them none."""

import numpy as np

from skrec.engine import PREDICT_ROWS

FAR = 1e3  # standard deviations; no net that was trained makes infinity of what is nearer


def check_outputs(outputs, rows, schema):
    """Return `outputs`, an array of shape (n_rows, ...), if all are finite, else raise ValueError.

    Parameters
    ----------
    outputs : ndarray
        One or more numbers a row.
    rows : Rows or StreamedRows
        What they were computed from; read only if an output is not finite.
    schema : Schema
        Of the columns that the rows have.
    """
    if np.isfinite(outputs).all():
        return outputs
    wrong = ~np.isfinite(outputs).reshape(len(outputs), -1).all(1)
    raise far_off(rows, schema, wrong) or ValueError(
        f"Expected finite predictions, got {outputs[~np.isfinite(outputs)][0]}, though all numbers are like those of "
        "fit: the weights have grown too large; fit again with a lower lr, or scale a target of extreme values"
    )


def far_off(rows, schema, among=None):
    """Return the error that names the number farthest from those of fit, or None if none is far.

    Parameters
    ----------
    rows : Rows or StreamedRows
    schema : Schema
    among : ndarray of shape (n_rows,), bool, optional
        The rows to look at; all if not given.
    """
    farthest, column, stop = FAR, None, 0
    for batch in rows.parts(PREDICT_ROWS):
        numeric = batch.inputs.numeric.cpu().numpy()
        start, stop = stop, stop + len(numeric)
        if among is not None:
            numeric = numeric[among[start:stop]]
        if numeric.size:
            row, j = np.unravel_index(np.abs(numeric).argmax(), numeric.shape)
            if abs(numeric[row, j]) > abs(farthest):
                farthest, column = float(numeric[row, j]), j
    return None if column is None else schema.far_off(column, farthest * schema.scale[column] + schema.mean[column])
