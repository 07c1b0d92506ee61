"""Dynamic routing: the steps of jagged rows to several capsules.

Shape letters: B rows, T steps of all rows together, W width, K capsules.
"""

import torch
from torch import Tensor

from skrec.nets.layers._block import Block
from skrec.nets.layers._linear import Linear
from skrec.ops import JaggedLayout, jagged_weighted_sum


class DynamicRouting(Block):
    r"""Each row's steps to K capsules, to which they are routed by how well they agree.

    .. math::

        w_{i \cdot} = \mathrm{softmax}_k(b_{ik}), \quad z_k = \sum_i w_{ik} S e_i, \quad
        u_k = \frac{|z_k|^2}{1 + |z_k|^2} \frac{z_k}{|z_k|}, \quad b_{ik} \leftarrow b_{ik} + \langle u_k, S e_i \rangle

    some times over, from initial b that are drawn once. A row of n steps has but
    :math:`\max(1, \min(K, \lfloor \log_2 n \rfloor))` capsules, see `is_there`; others are zeros.

    Parameters
    ----------
    width : int
        Width W of a step and of a capsule.
    n_capsules : int
        K.
    n_iterations : int
        How often w, z and u are computed.
    max_length : int
        Steps of a row that are read, the newest ones.
    generator : torch.Generator, optional
        Source of the initial values.

    References
    ----------
    Li et al. (2019), Multi-Interest Network with Dynamic Routing for Recommendation at Tmall, eq. 6-10.

    Notes
    -----
    The initial b are of a step's place, counted from the newest, so that a row's capsules do not depend on its batch.
    As in the authors' code no gradient goes through b.
    """

    start: Tensor
    least: Tensor

    def __init__(
        self,
        width: int,
        *,
        n_capsules: int,
        n_iterations: int,
        max_length: int,
        generator: torch.Generator | None = None,
    ) -> None:
        super().__init__()
        self.n_iterations, self.max_length = n_iterations, max_length
        self.project = Linear(width, width, bias=False, generator=generator)
        self.register_buffer("start", torch.empty(max_length, n_capsules).normal_(generator=generator))
        least = torch.tensor([0, *(2**k for k in range(2, n_capsules + 1))])  # steps of a row that has capsule k
        self.register_buffer("least", least, persistent=False)

    def forward(self, steps: Tensor, layout: JaggedLayout) -> Tensor:
        """Return the capsules (B, K, W) of the steps (T, W) of rows, zeros where a row has none."""
        steps = self.project(steps).to(steps.dtype)
        fixed = steps.detach()
        age = layout.offsets[1:].index_select(0, layout.rows) - 1 - torch.arange(steps.shape[0], device=steps.device)
        logits = self.start.index_select(0, age.clamp(max=self.max_length - 1)).to(steps.dtype)  # (T, K)
        logits = torch.where(self.is_there(layout).index_select(0, layout.rows), logits, -torch.inf)
        is_read = (age < self.max_length).to(steps.dtype)[:, None]
        for _ in range(self.n_iterations - 1):
            capsules = self._capsules(fixed, logits, is_read, layout)
            logits = logits + (capsules.index_select(0, layout.rows) * fixed[:, None]).sum(2)
        return self._capsules(steps, logits, is_read, layout)

    def is_there(self, layout: JaggedLayout) -> Tensor:
        """Return which capsules rows have, (B, K) bool; each has the first."""
        return layout.lengths.clamp(max=self.max_length)[:, None] >= self.least

    def _capsules(self, steps, logits, is_read, layout):
        weight = (logits.softmax(1) * is_read).unbind(1)
        total = torch.stack([jagged_weighted_sum(steps, of_one, layout) for of_one in weight], 1)  # (B, K, W)
        norm = torch.linalg.vector_norm(total, dim=2, keepdim=True)
        return total * (norm / (1 + norm.square()))
