"""What each pair of fields adds to a logit.

Shape letters: B rows, F fields, P pairs i < j, D width of a vector.
"""

from typing import Any

import torch
from torch import Tensor


def products_of(vectors: Tensor) -> Tensor:
    """Return the products of the vectors of all pairs, (B, F, D) to (B, P, D)."""
    i, j = torch.triu_indices(vectors.shape[1], vectors.shape[1], 1)
    return vectors[:, i] * vectors[:, j]


def strengths_of(products: Tensor, project: Any) -> Tensor:
    """Return how much pairs add to the logit, either way, (B, P); of several logits the mean.

    Parameters
    ----------
    products : Tensor of shape (B, P, D)
        Whose sum over the pairs makes the logits.
    project : Linear or None
        What makes logits of the sum; None is that of its numbers.
    """
    terms = products.sum(2, keepdim=True) if project is None else project(products)
    return terms.abs().mean(2)
