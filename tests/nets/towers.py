"""What nets of several targets have in common, written out."""

from tests.nets.literal import linear

SIZES = [1, 3]  # logits of two targets


def group(layer, place, n_groups, x):
    """Return what one of the maps of a layer that has several one under another makes of x, a list of scalars."""
    size = layer.out_features // n_groups
    rows = range(place * size, (place + 1) * size)
    return [layer.bias[o] + sum(layer.weight[o, i] * value for i, value in enumerate(x)) for o in rows]


def expert(parallel, place, x):
    """Return the last hidden layer of one of several MLPs, a list of scalars."""
    for layer in parallel:
        if hasattr(layer, "weight"):
            x = [value.clamp(min=0) for value in group(layer, place, parallel.n_groups, x)]
    return x


def tower(towers, parts, c):
    """Return output c of all targets, of which target k reads ``parts[k]``."""
    for place, out in enumerate(towers.out):
        if c < out.out_features:
            return linear(out, expert(towers.hidden, place, parts[place]))[c]
        c -= out.out_features
    raise IndexError(c)


def gated(gate, x, experts):
    """Return the sum of the experts by the softmax of a gate over x, a list of scalars."""
    powers = [sum(row[i] * value for i, value in enumerate(x)).exp() for row in gate]
    total = sum(powers)
    return [sum(p / total * e[h] for p, e in zip(powers, experts, strict=True)) for h in range(len(experts[0]))]
