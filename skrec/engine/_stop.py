"""Who ends a run early: a callback, which keeps what was learnt, or the user, who does not."""

from dis import opmap

_RAISE = opmap["RAISE_VARARGS"]


class StopTraining(KeyboardInterrupt):
    """Raised by a callback to end the run and keep what it has learnt; for skorch a KeyboardInterrupt, as its own."""


def is_stop(error):
    """Return whether a KeyboardInterrupt is a callback's way to stop, not a Ctrl-C.

    Notes
    -----
    skorch's early stopping raises KeyboardInterrupt, as Ctrl-C does. But its own is raised by a statement: the
    innermost frame is one of skorch's and stands at its `raise`. A signal comes between two instructions, never at
    that one, or out of a handler, whose frame is then the innermost.
    """
    if isinstance(error, StopTraining):
        return True
    innermost = error.__traceback__
    while innermost.tb_next is not None:
        innermost = innermost.tb_next
    frame = innermost.tb_frame
    package = frame.f_globals.get("__name__", "").partition(".")[0]
    return package == "skorch" and frame.f_code.co_code[innermost.tb_lasti] == _RAISE
