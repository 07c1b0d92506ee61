"""How many threads take the steps of a pass: those with which they went fastest lately."""

from weakref import WeakKeyDictionary

__all__ = ["pace_of"]

_CHUNK, _PROBE = (
    0.03,
    0.005,
)  # seconds of a call, between two of which Ctrl-C is served, and of one that tries one thread
_CALLS = 12  # between two that try another number
_paces: WeakKeyDictionary = WeakKeyDictionary()


class Pace:
    """The speeds of all threads together, and of one alone.

    Where other work shares the processors, threads that wait for each other are slower than one; what they compute is
    the same.

    Parameters
    ----------
    n_threads : int

    Notes
    -----
    The first step of each says how many steps a call can have, and no more: helpers are still asleep then, and memory
    is touched for the first time. To try several threads takes as long as any call does, so that waking them counts for
    little.
    """

    def __init__(self, n_threads):
        self.n_threads, self.calls = n_threads, 0
        self.rough, self.speeds = dict.fromkeys((n_threads, 1), 0.0), dict.fromkeys((n_threads, 1), 0.0)

    def next(self):
        """Return how many threads take the next steps, and how many those are."""
        self.calls += 1
        n_threads = self._number()
        seconds = _PROBE if n_threads == 1 and self.speeds[self.n_threads] > self.speeds[1] else _CHUNK
        return n_threads, max(1, int((self.speeds[n_threads] or self.rough[n_threads]) * seconds))

    def _number(self):
        untried = [n for n, speed in self.speeds.items() if not speed]
        if untried:
            return untried[0]
        best = max(self.speeds, key=self.speeds.__getitem__)
        others = [n for n in self.speeds if n != best]
        return others[0] if others and self.calls % _CALLS == 0 else best

    def note(self, n_threads, n_steps, seconds):
        """Learn how long so many steps took."""
        speed = n_steps / max(seconds, 1e-7)
        if not self.rough[n_threads]:
            self.rough[n_threads] = speed
        else:
            self.speeds[n_threads] = (self.speeds[n_threads] + speed) / 2 if self.speeds[n_threads] else speed


def pace_of(net, n_threads):
    """Return the Pace of a net, which goes on from pass to pass."""
    pace = _paces.get(net)
    if pace is None or pace.n_threads != n_threads:
        pace = _paces[net] = Pace(n_threads)
    return pace
