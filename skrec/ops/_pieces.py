"""Batches in pieces whose intermediate results stay in the cache."""

PIECE = 2**19  # numbers of a piece on a CPU; two megabytes of float32
ON_DEVICE = 128  # times as many elsewhere, where a piece must fill thousands of cores


def pieces(n_rows, n_numbers, device):
    """Return slices over `n_rows` rows, of each of which `n_numbers` numbers are held at once.

    Fresh memory costs a CPU more than the arithmetic on it. So both directions of an interaction whose intermediate
    results are much larger than its input go piece by piece, and the backward pass makes them anew.
    """
    numbers = PIECE if device.type == "cpu" else ON_DEVICE * PIECE
    size = max(1, numbers // max(1, n_numbers))
    return [slice(start, start + size) for start in range(0, n_rows, size)]
