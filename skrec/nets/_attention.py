"""Attention between the fields of a row."""

from torch import Tensor, nn
from torch.nn import functional

from skrec.nets._blocks import Linear


class FieldAttention(nn.Module):
    r"""Each field becomes a mixture of all fields, weighted by how well they match, in several ways at once.

    .. math::

        \alpha^h_{mk} = \mathrm{softmax}_k \langle W^h_Q e_m, W^h_K e_k \rangle, \quad
        \tilde e_m = [\textstyle\sum_k \alpha^h_{mk} W^h_V e_k]_h, \quad
        e'_m = \mathrm{ReLU}(\tilde e_m + W_{res} e_m)

    Parameters
    ----------
    n_in : int
        Width of a field's vector.
    width : int
        Width A of the result, all heads together.
    n_heads : int
        Heads H, each A / H wide.
    residual : bool, default=True
        Whether the field itself is added.
    generator : torch.Generator, optional
        Source of the initial values.
    """

    def __init__(self, n_in, width, n_heads, *, residual=True, generator=None):
        super().__init__()
        if width % n_heads:
            raise ValueError(f"n_heads must divide width, however: {n_heads=}, {width=}")
        self.n_heads, self.residual = n_heads, residual
        self.project = Linear(n_in, (4 if residual else 3) * width, bias=False, generator=generator)

    def forward(self, x: Tensor) -> Tensor:
        """Return (B, F, A) from (B, F, n_in)."""
        parts = self.project(x).chunk(4 if self.residual else 3, -1)  # queries, keys, values, residual: (B, F, A)
        query, key, value = (part.unflatten(-1, (self.n_heads, -1)).transpose(1, 2) for part in parts[:3])
        match = (query @ key.transpose(2, 3)).softmax(3)  # (B, H, F, F); over few fields faster than torch's fused one
        mixed = match @ value  # (B, H, F, A / H)
        mixed = mixed.transpose(1, 2).flatten(2)  # (B, F, A)
        return functional.relu(mixed + parts[3] if self.residual else mixed)
