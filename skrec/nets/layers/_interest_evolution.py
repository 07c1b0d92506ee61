"""What a history becomes in view of a candidate, step by step.

Shape letters: B rows, L steps of the longest row that is read, W width of a step, T steps of all rows together.
"""

import torch
from torch import Tensor, nn

from skrec.nets.layers._block import Block
from skrec.nets.layers._causal_gru import GRU
from skrec.nets.layers._linear import Linear
from skrec.ops import JaggedLayout, is_traced


class InterestEvolution(Block):
    r"""Interests of a history's steps, what each tells of the candidate, and where they lead.

    .. math::

        g_1, \dots, g_n = \mathrm{GRU}(h_1, \dots, h_n), \quad
        \alpha = \mathrm{softmax}_l(g_l^\top W q), \quad
        u_l = (1 - \alpha_l z_l) \odot u_{l-1} + \alpha_l z_l \odot \tilde u_l

    with the update gate z and the candidate state of a GRU over the g, in whose update each step counts by its
    attention, AUGRU.

    Parameters
    ----------
    width : int
        Width W of steps, candidates and states.
    max_length : int
        Newest steps of a history that are read.
    generator : torch.Generator, optional
        Source of the initial values.

    References
    ----------
    Zhou et al. (2019), Deep Interest Evolution Network for Click-Through Rate Prediction, eq. 2-5, 9, 13-15.
    """

    def __init__(self, width: int, *, max_length: int, generator: torch.Generator | None = None) -> None:
        super().__init__()
        self.max_length = max_length
        self.extract, self.evolve = (GRU(width, width, generator=generator) for _ in range(2))
        self.attend = Linear(width, width, bias=False, generator=generator)

    def places(self, layout: JaggedLayout) -> tuple[Tensor, Tensor]:
        """Return where the steps that are read lie among all, (B, L) int64, and which of these there are."""
        end = layout.offsets[1:, None]
        begin = torch.maximum(layout.offsets[:-1, None], end - self.max_length)
        longest = self.max_length
        if not is_traced():
            longest = int((end - begin).max()) if len(end) else 0
        place = begin + torch.arange(longest, device=end.device)
        return place, place < end

    def forward(self, steps: Tensor, candidate: Tensor, place: Tensor, there: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return the last states u (B, W), what each step counts (B, L), and the interests g (B, L, W).

        Parameters
        ----------
        steps : Tensor of shape (T, W)
        candidate : Tensor of shape (B, W)
        place, there : Tensor of shape (B, L)
            Of `places`.
        """
        none = steps.new_zeros(1, steps.shape[1])  # stands for what is behind the last step
        grid = torch.cat([none, steps])[torch.where(there, place + 1, 0)]
        interests = self.extract.of_grid(grid) if grid.shape[1] else grid
        scores = (interests * self.attend(candidate)[:, None]).sum(2)
        scores = torch.where(there, scores, torch.finfo(scores.dtype).min / 2)
        weights = scores.softmax(1) * there  # of a row without steps all are 0
        return self._evolved(interests, weights), weights, interests

    def _evolved(self, interests, weights):
        layer = self.evolve
        inputs = nn.functional.linear(interests, layer.weight_ih_l0, layer.bias_ih_l0)  # (B, L, 3 W)
        state = interests.new_zeros(interests.shape[0], interests.shape[2])
        for step in range(interests.shape[1]):
            reset, update, candidate = inputs[:, step].chunk(3, 1)
            of_state = nn.functional.linear(state, layer.weight_hh_l0, layer.bias_hh_l0).chunk(3, 1)
            reset, update = (reset + of_state[0]).sigmoid(), (update + of_state[1]).sigmoid()
            candidate = (candidate + reset * of_state[2]).tanh()
            # torch's update gate says what stays
            state = state + weights[:, step, None] * (1 - update) * (candidate - state)
        return state


class NextStep(Block):
    r"""How well interests tell the step that follows from one of somebody's: the auxiliary loss.

    .. math:: \frac{1}{n - 1} \sum_{l < n} -\log \sigma(\langle g_l, h_{l+1} \rangle)
        - \log(1 - \sigma(\langle g_l, \hat h_{l+1} \rangle))

    of each row, with steps :math:`\hat h` that are drawn from those of the batch; one that is the step that follows
    does not count. It draws from `generator`; the training loop sets it.
    """

    generator: torch.Generator | None = None

    def forward(self, interests: Tensor, steps: Tensor, ids: Tensor, place: Tensor, there: Tensor) -> Tensor:
        """Return the loss of each row, (B,), 0 where nothing follows.

        Parameters
        ----------
        interests : Tensor of shape (B, L, W)
        steps : Tensor of shape (T, W)
        ids : Tensor of shape (T,), int
            What is the same step.
        place, there : Tensor of shape (B, L)
            Of `InterestEvolution.places`.
        """
        follows = there[:, 1:]
        if not follows.any():
            return interests.new_zeros(len(interests))
        own = torch.where(follows, place[:, 1:], 0)
        drawn = torch.randint(len(steps), own.shape, generator=self.generator, device=own.device)
        taken, other = ((interests[:, :-1] * steps[at]).sum(2) for at in (own, drawn))
        differs = ids[own] != ids[drawn]
        losses = nn.functional.softplus(-taken) + nn.functional.softplus(other) * differs
        return (losses * follows).sum(1) / follows.sum(1).clamp(min=1)
