"""One case or more for every operation: its operands, of any sizes, and how it and its reference are called."""

from dataclasses import replace
from functools import partial

import torch
from hypothesis import strategies as st

from skrec.losses import cosine_contrastive, cosine_contrastive_slopes, sampled_softmax, sampled_softmax_slopes
from skrec.ops import (
    JaggedLayout,
    Scores,
    _bent_numbers,
    _bi_interaction,
    _bilinear_interaction,
    _compressed_interaction,
    _cross_layers,
    _dice,
    _embedding_bag,
    _embedding_lookup,
    _field_attention,
    _field_aware_interaction,
    _jagged_add,
    _jagged_append_product,
    _jagged_softmax,
    _jagged_weighted_sum,
    _packed_gru,
    _sampled_loss,
)
from tests.ops.case import FLOATS, Case, rows

# numbers


def make_bent(draw, n_rows, n_columns, n_bins, width):
    bins = 0.1 + draw.uniform(n_columns, n_bins)
    own = torch.arange(n_bins) < draw.integers(n_bins + 1, n_columns)[:, None]  # the bins that a column has
    return {
        "numeric": 2 * draw.normal(n_rows, n_columns),
        "left": torch.where(own, bins.cumsum(1) - bins - 1, 0),
        "width": torch.where(own, bins, torch.inf),
        "centre": own * draw.uniform(n_columns, n_bins),
        "slope": draw.normal(n_columns, width),
        "weight": draw.normal(n_columns, n_bins, width),
        "limit": 1.5,
    }


BENT = Case(
    name="bent_numbers",
    module=_bent_numbers,
    run=_bent_numbers.bent_numbers,
    reference=_bent_numbers.reference,
    make=make_bent,
    sizes={"n_rows": rows(0, 40), "n_columns": rows(0, 4), "n_bins": rows(0, 9), "width": rows(1, 20)},
    small={"n_rows": 3, "n_columns": 2, "n_bins": 3, "width": 3},
    none={"n_rows": 0},
    large={"n_rows": 4000, "n_columns": 9, "n_bins": 8, "width": 9},
    trained=("slope", "weight"),
    kernel=FLOATS,
    pieces=(_bent_numbers, "_MANY_SHARES"),
)

# factorization machines


def make_fields(draw, n_rows, n_looked_up, n_numeric, n_linear, width):
    return {
        "vectors": draw.normal(n_rows, n_looked_up, width + n_linear),
        "numeric": draw.normal(n_rows, n_numeric),
        "factors": draw.normal(n_numeric, width + n_linear),
        "n_linear": n_linear,
    }


BI_INTERACTION = Case(
    name="bi_interaction_with_fields",
    module=_bi_interaction,
    run=_bi_interaction.bi_interaction_with_fields,
    reference=_bi_interaction.reference,
    make=make_fields,
    sizes={"n_rows": rows(0, 40), "n_looked_up": rows(0, 5), "n_numeric": rows(0, 4), "n_linear": rows(0, 3)}
    | {"width": rows(1, 20)},
    small={"n_rows": 2, "n_looked_up": 4, "n_numeric": 2, "n_linear": 1, "width": 3},
    none={"n_rows": 0},
    large={"n_rows": 4000, "n_looked_up": 30, "n_numeric": 3, "n_linear": 1, "width": 3},
    trained=("vectors", "factors"),
    kernel=FLOATS,
    by_torch=("factors",),
)


def make_field_aware(draw, n_looked_up, n_numeric, width, **sizes):
    return make_fields(
        draw, n_looked_up=n_looked_up, n_numeric=n_numeric, width=(n_looked_up + n_numeric) * width, **sizes
    )


FIELD_AWARE = Case(
    name="field_aware_interaction",
    module=_field_aware_interaction,
    run=_field_aware_interaction.field_aware_interaction,
    reference=_field_aware_interaction.reference,
    make=make_field_aware,
    sizes={"n_rows": rows(), "n_looked_up": rows(1, 4), "n_numeric": rows(0, 3), "n_linear": rows(0, 2)}
    | {"width": rows(1, 4)},
    small={"n_rows": 2, "n_looked_up": 3, "n_numeric": 2, "n_linear": 1, "width": 2},
    none={"n_rows": 0},
    large={"n_rows": 2000, "n_looked_up": 8, "n_numeric": 2, "n_linear": 1, "width": 4},
    trained=("vectors", "factors"),
)


def make_bilinear(draw, n_rows, n_fields, width, n_out):
    n_pairs = n_fields * (n_fields - 1) // 2
    return {
        "vectors": draw.normal(n_rows, n_fields, width),
        "matrices": draw.normal(n_pairs, width, width),
        "weight": draw.normal(n_out, n_pairs * width),
    }


BILINEAR = Case(
    name="project_bilinear_interaction",
    module=_bilinear_interaction,
    run=_bilinear_interaction.project_bilinear_interaction,
    reference=_bilinear_interaction.reference,
    make=make_bilinear,
    sizes={"n_rows": rows(0, 70), "n_fields": rows(2, 5), "width": rows(1, 9), "n_out": rows(1, 3)},
    small={"n_rows": 3, "n_fields": 3, "width": 2, "n_out": 2},
    none={"n_rows": 0},
    large={"n_rows": 999, "n_fields": 6, "width": 8, "n_out": 3},
    trained=("vectors", "matrices", "weight"),
    kernel=(torch.float32,),
    by_torch=("weight",),
    autocast=torch.bfloat16,
)


# lookups


def make_lookup(draw, n_rows, n_fields, width, id_dtype, penalty, transposed=False):
    ids = draw.integers(7, n_fields, n_rows).T if transposed else draw.integers(7, n_rows, n_fields)
    operands = {"table": draw.normal(7, width), "ids": ids.to(id_dtype)}
    if penalty:
        operands["decay"] = draw.uniform(n_rows)
    if penalty == "scaled":
        operands["l2_scale"] = draw.uniform(7)
    return operands


LOOKUP = Case(
    name="embedding_lookup",
    module=_embedding_lookup,
    run=_embedding_lookup.embedding_lookup,
    reference=_embedding_lookup.reference,
    make=make_lookup,
    sizes={"n_rows": rows(0, 40), "n_fields": rows(0, 5), "width": rows(1, 40), "transposed": st.booleans()}
    | {"id_dtype": st.sampled_from([torch.int32, torch.int64]), "penalty": st.sampled_from([None, "plain", "scaled"])},
    small={"n_rows": 3, "n_fields": 2, "width": 2, "id_dtype": torch.int32, "penalty": None},
    none={"n_rows": 0, "penalty": "scaled"},
    large={"n_rows": 4000, "n_fields": 9, "width": 17, "id_dtype": torch.int32, "penalty": "scaled"},
    trained=("table",),
    kernel=FLOATS,
    penalised=True,
)


def make_bags(draw, lengths, width, id_dtype, penalty, mode, weighted=False):
    operands = {
        "table": draw.normal(7, width),
        "ids": draw.integers(7, sum(lengths)).to(id_dtype),
        "offsets": torch.tensor([0, *lengths]).cumsum(0),
        "mode": mode,
    }
    if penalty:
        operands["decay"] = draw.uniform(len(lengths))
    if penalty == "scaled":
        operands["l2_scale"] = draw.uniform(7)
    if weighted:
        operands["weights"] = 1.0 + draw.integers(3, sum(lengths))
    return operands


LENGTHS = st.lists(st.integers(0, 4), max_size=6)
MANY = [37, 0, 151] * 100

BAG = Case(
    name="embedding_bag",
    module=_embedding_bag,
    run=_embedding_bag.embedding_bag,
    reference=_embedding_bag.reference,
    make=make_bags,
    sizes={"lengths": LENGTHS, "width": rows(1, 9), "mode": st.sampled_from(list(_embedding_bag.MODES))}
    | {key: LOOKUP.sizes[key] for key in ("id_dtype", "penalty")},
    small={"lengths": [2, 0, 3, 1], "width": 2, "id_dtype": torch.int32, "penalty": None, "mode": "mean"},
    none={"lengths": [0, 0], "penalty": "scaled"},
    large={"lengths": MANY, "width": 16, "id_dtype": torch.int32, "penalty": "scaled", "mode": "mean"},
    trained=("table",),
    penalised=True,
)

WEIGHTED_BAG = replace(
    BAG,
    name="embedding_bag_with_weights",
    sizes=BAG.sizes | {"mode": st.sampled_from(["mean", "sum"]), "weighted": st.just(True)},
    small=BAG.small | {"weighted": True},
    large=BAG.large | {"weighted": True},
)

# jagged arrays


def make_jagged(draw, lengths, width, operands):
    layout = JaggedLayout.of(torch.tensor([0, *lengths]).cumsum(0), sum(lengths))
    shapes = {"steps": (sum(lengths), width), "x": (len(lengths), width), "weight": (sum(lengths),)}
    shapes["score"] = shapes["weight"]
    return {**{name: draw.normal(*shapes[name]) for name in operands}, "layout": layout}


def jagged(module, name, operands, run=None, **options):
    return Case(
        name=name,
        module=module,
        run=run or getattr(module, name),
        reference=module.reference,
        make=partial(make_jagged, operands=operands),
        sizes={"lengths": LENGTHS, "width": rows(1, 9)},
        small={"lengths": [2, 0, 3, 1, 0], "width": 2},
        none={"lengths": [0, 0]},
        large={"lengths": MANY, "width": 16},
        trained=operands,
        **options,
    )


JAGGED = [
    jagged(
        _jagged_add,
        "jagged_add",
        ("steps", "x"),
        lambda steps, x, layout: _jagged_add.jagged_add(steps.clone(memory_format=torch.preserve_format), x, layout),
        kernel=FLOATS,
    ),
    jagged(_jagged_append_product, "jagged_append_product", ("steps", "x"), kernel=FLOATS),
    jagged(_jagged_weighted_sum, "jagged_weighted_sum", ("steps", "weight"), kernel=FLOATS),
    jagged(_jagged_softmax, "jagged_softmax", ("score",)),
]


def make_packed(draw, lengths, n_units):
    sizes = [sum(length > step for length in lengths) for step in range(max(lengths, default=0))]
    operands = {"inputs": draw.normal(sum(lengths), 3 * n_units), "weight": draw.normal(3 * n_units, n_units)}
    return operands | {"bias": draw.normal(3 * n_units), "sizes": sizes}


PACKED_GRU = Case(
    name="packed_gru",
    module=_packed_gru,
    run=_packed_gru.packed_gru,
    reference=_packed_gru.reference,
    make=make_packed,
    sizes={"lengths": LENGTHS, "n_units": rows(1, 5)},
    small={"lengths": [2, 0, 3, 1], "n_units": 2},
    none={"lengths": [0, 0]},
    large={"lengths": [9, 0, 5] * 60, "n_units": 16},
    trained=("inputs", "weight", "bias"),
)

# layers


def make_cross(draw, n_rows, width, n_layers):
    drawn = {"x": draw.normal(n_rows, width)}
    for layer in range(n_layers):
        drawn |= {f"weight{layer}": draw.normal(width, width), f"bias{layer}": draw.normal(width)}
    return drawn


def cross(function):
    return lambda x, **layers: function(x, list(layers.values())[::2], list(layers.values())[1::2])


CROSS = [
    Case(
        name=f"cross_layers of {n_layers}",
        module=_cross_layers,
        run=cross(_cross_layers.cross_layers),
        reference=cross(_cross_layers.reference),
        make=partial(make_cross, n_layers=n_layers),
        sizes={"n_rows": rows(), "width": rows(1, 6)},
        small={"n_rows": 3, "width": 2},
        none={"n_rows": 0},
        large={"n_rows": 2000, "width": 40},
        trained=("x", *(f"{kind}{layer}" for layer in range(n_layers) for kind in ("weight", "bias"))),
        autocast=torch.bfloat16,
    )
    for n_layers in (1, 3)
]


def make_attention(draw, n_rows, n_fields, n_in, n_heads, width, residual, scale=1):
    """At a scale of 5 exponents are too large for an exponential without its maximum taken off."""
    return {
        "x": scale * draw.normal(n_rows, n_fields, n_in),
        "weight": draw.normal((4 if residual else 3) * n_heads * width, n_in),
        "n_heads": n_heads,
        "residual": residual,
    }


ATTENTION = Case(
    name="field_attention",
    module=_field_attention,
    run=_field_attention.field_attention,
    reference=_field_attention.reference,
    make=make_attention,
    sizes={"n_rows": rows(0, 40), "n_fields": rows(1, 9), "n_in": rows(1, 4), "n_heads": rows(1, 3)}
    | {"width": rows(1, 3), "residual": st.booleans(), "scale": st.sampled_from([0.3, 1, 5])},
    small={"n_rows": 2, "n_fields": 3, "n_in": 2, "n_heads": 2, "width": 2, "residual": True},
    none={"n_rows": 0},
    large={"n_rows": 999, "n_fields": 20, "n_in": 8, "n_heads": 2, "width": 4, "residual": True},
    trained=("x", "weight"),
    kernel=(torch.float32,),
    tolerance={
        torch.float32: 1e-3,
        torch.float64: 1e-7,
    },  # the gradient of a sure softmax cancels
)


def make_compressed(draw, n_maps, n_fields, n_out, n):
    operands = {"x": draw.normal(n_fields, n), "weight": draw.normal(n_out, (n_maps or n_fields) * n_fields)}
    return {**operands, "maps": draw.normal(n_maps, n)} if n_maps else operands


def compressed(function):
    return lambda x, weight, maps=None: function(maps, x, weight)


COMPRESSED = Case(
    name="compressed_interaction",
    module=_compressed_interaction,
    run=compressed(_compressed_interaction.compressed_interaction),
    reference=compressed(_compressed_interaction.reference),
    make=make_compressed,
    sizes={"n_maps": rows(1, 4), "n_fields": rows(1, 4), "n_out": rows(1, 5), "n": rows(0, 7)},
    small={"n_maps": 2, "n_fields": 3, "n_out": 2, "n": 2},
    none={"n": 0},
    large={"n_maps": 8, "n_fields": 9, "n_out": 8, "n": 4000},
    trained=("x", "weight", "maps"),
    autocast=torch.bfloat16,
)


def make_dice(draw, n_rows, width, mean=0.0, scale=1.0):
    return {
        "x": mean + scale * draw.normal(n_rows, width),
        "share": draw.normal(width),
        "running_mean": draw.normal(width),
        "running_var": draw.uniform(width),
    }


def dice(function):
    def run(x, share, running_mean, running_var):
        moved = running_mean.clone(), running_var.clone()
        return function(x, share, *moved, 0.1, 1e-8), *moved

    return run


DICE = Case(
    name="dice",
    module=_dice,
    run=dice(_dice.dice),
    reference=dice(_dice.reference),
    make=make_dice,
    sizes={"n_rows": rows(8, 40), "width": rows(1, 20), "mean": st.floats(-5, 5), "scale": st.floats(0.5, 30)},
    small={"n_rows": 3, "width": 2},
    none={"n_rows": 2},  # a row alone has no variance
    large={"n_rows": 9999, "width": 36},
    trained=("x", "share"),
    kernel=(torch.float32,),
)


# sampled losses

CONTRASTIVE = {"margin": 0.1, "negative_weight": 3.0}
LOSSES = {
    "softmax": (sampled_softmax, sampled_softmax_slopes),
    "ccl": (partial(cosine_contrastive, **CONTRASTIVE), partial(cosine_contrastive_slopes, **CONTRASTIVE)),
}


def make_scores(draw, n_rows, n_negatives, width, of_the_batch, corrected):
    n_negatives = n_rows if of_the_batch else n_negatives
    operands = {
        "users": draw.normal(n_rows, width),
        "items": draw.normal(n_rows, width),
        "weight": draw.uniform(n_rows),
    }
    operands["hits"] = (draw.uniform(n_rows, n_negatives) < 0.3).nonzero(as_tuple=True)
    if corrected:
        operands |= {"log_q": draw.normal(n_rows), "log_q_of_negatives": draw.normal(n_negatives)}
    return operands if of_the_batch else {**operands, "negatives": draw.normal(n_negatives, width)}


def sampled(function, loss):
    def run(users, items, weight, hits, negatives=None, log_q=None, log_q_of_negatives=None):
        negatives = items if negatives is None else negatives
        correction = None if log_q is None else (log_q, log_q_of_negatives)
        return function(Scores(users, items, negatives, True, correction, hits), loss, weight)

    return run


SAMPLED = [
    Case(
        name=f"mean_sampled_loss of {name}",
        module=_sampled_loss,
        run=sampled(_sampled_loss.mean_sampled_loss, slopes),
        reference=sampled(_sampled_loss.reference, plain),
        make=make_scores,
        sizes={"n_rows": rows(1), "n_negatives": rows(1), "width": rows(1, 4)}
        | {"of_the_batch": st.booleans(), "corrected": st.booleans()},
        small={"n_rows": 4, "n_negatives": 3, "width": 2, "of_the_batch": False, "corrected": True},
        none={"n_rows": 1},
        large={"n_rows": 1000, "n_negatives": 300, "width": 16, "of_the_batch": False, "corrected": True},
        trained=("users", "items", "negatives"),
        autocast=None,  # a criterion is computed outside of it
        pieces=(_sampled_loss, "CACHED"),
    )
    for name, (plain, slopes) in LOSSES.items()
]

CASES = [
    BENT,
    BI_INTERACTION,
    replace(
        BI_INTERACTION,
        name="bi_interaction",
        run=_bi_interaction.bi_interaction,
        reference=lambda **operands: _bi_interaction.reference(**operands)[:2],
    ),
    FIELD_AWARE,
    BILINEAR,
    LOOKUP,
    replace(
        LOOKUP,
        name="embedding_lookup without a penalty",
        sizes={**LOOKUP.sizes, "penalty": st.none()},
        kernel_has_torch_s_bits=True,
    ),
    BAG,
    WEIGHTED_BAG,
    *JAGGED,
    PACKED_GRU,
    *CROSS,
    ATTENTION,
    COMPRESSED,
    replace(
        COMPRESSED,
        name="compressed_interaction of x with itself",
        sizes={**COMPRESSED.sizes, "n_maps": st.just(0)},
        small={**COMPRESSED.small, "n_maps": 0},
        large={**COMPRESSED.large, "n_maps": 0},
        trained=("x", "weight"),
    ),
    DICE,
    *SAMPLED,
]
