"""How many threads take the steps of a pass: those with which they went fastest lately."""

from weakref import WeakKeyDictionary

__all__ = ["pace_of"]

_CHUNK, _PROBE = 0.03, 0.005  # seconds of a call: Ctrl-C is served between two, and other numbers are tried
_CALLS = 12  # between two probes
_paces: WeakKeyDictionary = WeakKeyDictionary()


class Pace:
    """The speeds of all threads together, and of one alone.

    Where other work shares the processors, threads that wait for each other are slower than one; what they compute is
    the same.

    Parameters
    ----------
    n_threads : int
    """

    def __init__(self, n_threads):
        self.n_threads, self.speeds, self.calls = n_threads, dict.fromkeys((n_threads, 1), 0.0), 0

    def next(self):
        """Return how many threads take the next steps, and how many those are."""
        self.calls += 1
        best = max(self.speeds, key=self.speeds.__getitem__)
        probed = [n for n, speed in self.speeds.items() if not speed]
        if not probed and self.calls % _CALLS == 0:
            probed = [n for n in self.speeds if n != best]
        n_threads, seconds = (probed[0], _PROBE) if probed else (best, _CHUNK)
        return n_threads, max(1, int(self.speeds[n_threads] * seconds))

    def note(self, n_threads, n_steps, seconds):
        """Learn how long so many steps took."""
        speed = n_steps / max(seconds, 1e-7)
        self.speeds[n_threads] = (self.speeds[n_threads] + speed) / 2 if self.speeds[n_threads] else speed


def pace_of(net, n_threads):
    """Return the Pace of a net, which goes on from pass to pass."""
    pace = _paces.get(net)
    if pace is None or pace.n_threads != n_threads:
        pace = _paces[net] = Pace(n_threads)
    return pace
