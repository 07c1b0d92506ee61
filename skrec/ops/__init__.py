"""Operations of the nets: each a formula in torch, its closed gradient and, for large work, a compiled kernel."""

from skrec.ops._bent_numbers import bent_numbers, bins_of_numbers
from skrec.ops._bi_interaction import bi_interaction, bi_interaction_with_fields
from skrec.ops._bilinear_interaction import project_bilinear_interaction
from skrec.ops._compressed_interaction import compressed_interaction
from skrec.ops._cross_layers import cross_layers
from skrec.ops._dice import dice
from skrec.ops._dispatch import (
    as_arrays,
    can_be_arrays,
    can_compile,
    compiled,
    is_traced,
    kernels_are_wanted,
    kernels_load,
)
from skrec.ops._embedding_bag import embedding_bag
from skrec.ops._embedding_lookup import embedding_lookup
from skrec.ops._empty import empty
from skrec.ops._field_attention import field_attention
from skrec.ops._field_aware_interaction import field_aware_interaction
from skrec.ops._jagged import JaggedLayout
from skrec.ops._jagged_add import jagged_add
from skrec.ops._jagged_append_product import jagged_append_product
from skrec.ops._jagged_softmax import jagged_softmax
from skrec.ops._jagged_weighted_sum import jagged_weighted_sum
from skrec.ops._packed_gru import packed_gru
from skrec.ops._precision import full_precision, mixed_dtype
from skrec.ops._sampled_loss import Scores, mean_sampled_loss
from skrec.ops._total_weight import total_weight

__all__ = [
    "JaggedLayout",
    "Scores",
    "as_arrays",
    "bent_numbers",
    "bi_interaction",
    "bi_interaction_with_fields",
    "bins_of_numbers",
    "can_be_arrays",
    "can_compile",
    "compiled",
    "compressed_interaction",
    "cross_layers",
    "dice",
    "embedding_bag",
    "embedding_lookup",
    "empty",
    "field_attention",
    "field_aware_interaction",
    "full_precision",
    "is_traced",
    "jagged_add",
    "jagged_append_product",
    "jagged_softmax",
    "jagged_weighted_sum",
    "kernels_are_wanted",
    "kernels_load",
    "mean_sampled_loss",
    "mixed_dtype",
    "packed_gru",
    "project_bilinear_interaction",
    "total_weight",
]
