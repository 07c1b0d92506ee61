"""Compiled attention between the fields of a row, both directions, sixteen rows at a time.

Shape letters: B rows, F fields, I width of a field's vector, H heads, A width of the result, E = A / H,
C columns of the projection: queries, keys, values and perhaps the field itself, A each, head by head;
n lanes, the last axis of all scratch.
"""

import numpy as np

from skrec._parallel import parallel_for
from skrec.ops._dispatch import LANES
from skrec.ops._kernels._compile import kernel
from skrec.ops._kernels._lanes import (
    add,
    div,
    exp,
    fma,
    load,
    maximum,
    mul,
    scratch,
    spread,
    store,
    sub,
    total,
)

__all__ = ["backward", "forward"]


def forward(n_threads, n_heads, x, weight, out):
    """Compute a layer.

    Parameters
    ----------
    n_threads : int, at least 1
    n_heads : int
    x : ndarray of shape (B, F, I), float32
    weight : ndarray of shape (C, I), float32
    out : ndarray of shape (B, F, A), float32
        Filled with the result.
    """
    parallel_for(_forward, _n_blocks(x), x.size * x.shape[1], n_threads, x, weight, out, n_heads)


def backward(n_threads, n_heads, x, weight, out, grad, grad_x):
    """Compute the gradients of a layer.

    Parameters
    ----------
    n_threads, n_heads, x, weight, out
        What `forward` read and filled.
    grad : ndarray of shape (B, F, A), float32
    grad_x : ndarray of shape (B, F, I), float32
        Filled with the gradient towards x.

    Returns
    -------
    grad_weight : ndarray of shape (n_blocks, C, I), float32
        The gradient towards the weights, that of each block of rows: their sum must not depend on threads.
    """
    grad_weight = np.empty((_n_blocks(x), *weight.shape), np.float32)
    further = x, weight, out, grad, grad_x, grad_weight, n_heads
    parallel_for(_backward, len(grad_weight), x.size * x.shape[1], n_threads, *further)
    return (grad_weight,)


def _n_blocks(x):
    return -(-len(x) // LANES)


@kernel
def _forward(first, last, x, weight, out, n_heads):
    n_fields, width = x.shape[1], out.shape[2]
    size = width // n_heads
    own, scores = scratch(x.shape[2], n_fields), scratch(1, n_fields)
    projected, mixed = scratch(len(weight), n_fields), scratch(width, n_fields)
    for block in range(first, last):
        _read(x, block, own)
        _project(weight, own, projected)
        for head in range(n_heads):
            start = head * size
            for m in range(n_fields):
                part = div(spread(np.float32(1)), _match(projected, start, width, size, m, scores))
                for a in range(start, start + size):
                    mean = spread(np.float32(0))
                    for k in range(n_fields):
                        mean = fma(load(scores, (0, k)), load(projected, (2 * width + a, k)), mean)
                    mean = mul(mean, part)
                    if len(weight) > 3 * width:
                        mean = add(mean, load(projected, (3 * width + a, m)))
                    store(mixed, (a, m), maximum(mean, spread(np.float32(0))))
        _write(mixed, block, out)


@kernel
def _backward(first, last, x, weight, out, grad, grad_x, grad_weight, n_heads):
    n_fields, width, n_columns = x.shape[1], out.shape[2], len(weight)
    size = width // n_heads
    own, result, towards = scratch(x.shape[2], n_fields), scratch(width, n_fields), scratch(width, n_fields)
    projected, gradients = scratch(n_columns, n_fields), scratch(n_columns, n_fields)
    scores, slopes, shares = scratch(1, n_fields), scratch(1, n_fields), scratch(1, size)
    into = scratch(x.shape[2], n_fields)
    for block in range(first, last):
        _read(x, block, own)
        _read(out, block, result)
        _read(grad, block, towards)
        _project(weight, own, projected)
        gradients[: 3 * width] = 0
        for a in range(width):
            for m in range(n_fields):
                for lane in range(LANES):
                    if not result[a, m, lane] > 0:
                        towards[a, m, lane] = 0
                    if n_columns > 3 * width:
                        gradients[3 * width + a, m, lane] = towards[a, m, lane]
        for head in range(n_heads):
            start = head * size
            for m in range(n_fields):
                part = div(spread(np.float32(1)), _match(projected, start, width, size, m, scores))
                _back(projected, start, width, size, m, part, scores, slopes, shares, towards, gradients)
        for i in range(x.shape[2]):
            for m in range(n_fields):
                value = spread(np.float32(0))
                for c in range(n_columns):
                    value = fma(spread(weight[c, i]), load(gradients, (c, m)), value)
                store(into, (i, m), value)
        _write(into, block, grad_x)
        for c in range(n_columns):
            for i in range(x.shape[2]):
                value = spread(np.float32(0))
                for m in range(n_fields):
                    value = fma(load(gradients, (c, m)), load(own, (i, m)), value)
                grad_weight[block, c, i] = total(value)


@kernel
def _read(array, block, lanes):
    """Turn a block of rows (n, F, I) into lanes (I, F, n), zeros behind the last row."""
    first = block * LANES
    for lane in range(LANES):
        if first + lane < len(array):
            for f in range(array.shape[1]):
                for i in range(array.shape[2]):
                    lanes[i, f, lane] = array[first + lane, f, i]
        else:
            lanes[:, :, lane] = 0


@kernel
def _write(lanes, block, array):
    """Turn lanes (I, F, n) into a block of rows (n, F, I)."""
    first = block * LANES
    for lane in range(min(LANES, len(array) - first)):
        for f in range(array.shape[1]):
            for i in range(array.shape[2]):
                array[first + lane, f, i] = lanes[i, f, lane]


@kernel
def _project(weight, own, projected):
    for c in range(len(weight)):
        for f in range(own.shape[1]):
            value = spread(np.float32(0))
            for i in range(len(own)):
                value = fma(spread(weight[c, i]), load(own, (i, f)), value)
            store(projected, (c, f), value)


@kernel
def _match(projected, start, width, size, m, scores):
    """Fill `scores` with the weights of a softmax before its division, and return their sum."""
    n_fields = projected.shape[1]
    largest = spread(np.float32(-np.inf))
    for k in range(n_fields):
        value = spread(np.float32(0))
        for a in range(start, start + size):
            value = fma(load(projected, (a, m)), load(projected, (width + a, k)), value)
        largest = maximum(largest, value)
        store(scores, (0, k), value)
    sum_ = spread(np.float32(0))
    for k in range(n_fields):
        value = exp(sub(load(scores, (0, k)), largest))
        sum_ = add(sum_, value)
        store(scores, (0, k), value)
    return sum_


@kernel
def _back(projected, start, width, size, m, part, scores, slopes, shares, towards, gradients):
    """Add what query m passes back to its head's queries, keys and values."""
    n_fields = projected.shape[1]
    for a in range(size):
        store(shares, (0, a), mul(load(towards, (start + a, m)), part))
    shift = spread(np.float32(0))  # what a softmax takes off
    for k in range(n_fields):
        slope, score = spread(np.float32(0)), load(scores, (0, k))
        for a in range(size):
            column, share = 2 * width + start + a, load(shares, (0, a))
            slope = fma(share, load(projected, (column, k)), slope)
            store(gradients, (column, k), fma(score, share, load(gradients, (column, k))))
        shift = fma(score, slope, shift)
        store(slopes, (0, k), slope)
    shift = mul(shift, part)
    for k in range(n_fields):
        store(slopes, (0, k), mul(load(scores, (0, k)), sub(load(slopes, (0, k)), shift)))
    for a in range(start, start + size):
        query, value = load(projected, (a, m)), spread(np.float32(0))
        for k in range(n_fields):
            slope = load(slopes, (0, k))
            value = fma(slope, load(projected, (width + a, k)), value)
            store(gradients, (width + a, k), fma(slope, query, load(gradients, (width + a, k))))
        store(gradients, (a, m), value)
