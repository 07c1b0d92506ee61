"""Arrays that may not be written, such as those of a memory-mapped file, as torch takes them."""

import numpy as np

__all__ = ["unlocked"]


def unlocked(array):
    """Return `array`, or where it may not be written another view of its memory that claims it may.

    It is for ``torch.from_numpy``, which warns of undefined behaviour otherwise, and for tensors that are only read:
    to write into mapped memory ends the process.
    """
    return array if array.flags.writeable else np.asarray(_Unlocked(array))


class _Unlocked:
    def __init__(self, array):
        self.array = array  # keeps the memory
        place, _ = array.__array_interface__["data"]
        self.__array_interface__ = {**array.__array_interface__, "data": (place, False)}
