import math

import pytest

from skrec.nets.layers import TransformerBlock
from tests.nets.literal import linear


def literal_norm(norm, x):
    mean = sum(x) / len(x)
    variance = sum((value - mean) ** 2 for value in x) / len(x)
    root = (variance + norm.eps).sqrt()
    return [w * (value - mean) / root + b for value, w, b in zip(x, norm.weight, norm.bias, strict=True)]


def literal_block(block, sequence):
    """Return the places of one row's sequence after attention and layers, lists of scalars."""
    width = len(sequence[0])
    size = width // block.n_heads
    projected = [linear(block.project, x) for x in sequence]
    after = []
    for m, x in enumerate(sequence):
        mixed = []
        for head in range(block.n_heads):
            dims = range(head * size, (head + 1) * size)
            scores = [sum(projected[m][d] * place[width + d] for d in dims) / math.sqrt(size) for place in projected]
            total = sum(score.exp() for score in scores)
            mixed += [
                sum(s.exp() / total * place[2 * width + d] for s, place in zip(scores, projected, strict=True))
                for d in dims
            ]
        x = literal_norm(block.norms[0], [a + b for a, b in zip(x, linear(block.mix, mixed), strict=True)])
        hidden = [value if value > 0 else 0.01 * value for value in linear(block.rise, x)]
        fallen = linear(block.fall, hidden)
        after.append(literal_norm(block.norms[1], [a + b for a, b in zip(x, fallen, strict=True)]))
    return after


def test_heads_divide_the_width():
    with pytest.raises(ValueError, match="n_heads must divide width, however: n_heads=3, width=4"):
        TransformerBlock(4, 3)
