"""The files of a checkpoint: each written whole, and marked with what it has to agree with to be loaded."""

import json
import os
from contextlib import contextmanager
from errno import EINVAL
from hashlib import blake2b
from pickle import UnpicklingError
from typing import Any

import numpy as np
import torch
from skorch import NeuralNet
from skorch.history import History
from skorch.utils import _check_f_arguments

from skrec._files import replacing
from skrec._warn import warn

MARK = "skrec"  # where a part's state has its mark
_DAMAGED = (RuntimeError, EOFError, UnpicklingError, json.JSONDecodeError, UnicodeDecodeError)


class MarkedParts(NeuralNet):
    """A net whose parts are saved with a mark: the moment of the run, the columns and the target.

    Parts that differ in it are refused before any is taken over. Files without marks, of skorch or of an earlier
    version, are taken with a warning, for nothing can be told of them.
    """

    schema: Any  # what the columns are: has `marks`, a text a column
    target: Any
    _tensors_only = False  # whether states are saved as tensors alone
    _found: Any = None  # while files are read, {part: (module, its state, its mark)}

    def save_params(
        self,
        f_params: Any = None,
        f_optimizer: Any = None,
        f_criterion: Any = None,
        f_history: Any = None,
        use_safetensors: bool = False,
        **kwargs: Any,
    ) -> None:
        """Save parts as skorch does, each with a mark, and each file whole or not at all."""
        files = {"f_params": f_params, "f_optimizer": f_optimizer, "f_criterion": f_criterion, **kwargs}
        _check_f_arguments("save_params", **files)
        shell = self._shell(_tensors_only=use_safetensors)
        for name, file in files.items():
            if file is not None:
                with _written(file) as target:
                    NeuralNet.save_params(shell, **{name: target}, use_safetensors=use_safetensors)
        if f_history is not None and not _is_path(f_history):
            self.history.to_file(f_history)
        elif f_history is not None:
            text = json.dumps(self.history.to_list())
            with replacing(f_history) as target:
                target.write(text.encode())

    def load_params(
        self,
        f_params: Any = None,
        f_optimizer: Any = None,
        f_criterion: Any = None,
        f_history: Any = None,
        checkpoint: Any = None,
        use_safetensors: bool = False,
        **kwargs: Any,
    ) -> None:
        """Load parts as skorch does, all of them or none.

        Raises
        ------
        ValueError
            If a file is damaged, or parts are of different moments, or of other columns or another target than
            those of the net.
        """
        shell = self._shell(_found={})
        if f_history is None and checkpoint is not None:
            f_history = checkpoint.f_history_
        if f_history is not None:
            with _readable("history"):
                shell.history = History.from_file(f_history)
        files = {} if checkpoint is None else checkpoint.get_formatted_files(shell)
        given = {"f_params": f_params, "f_optimizer": f_optimizer, "f_criterion": f_criterion}
        files |= kwargs | {name: file for name, file in given.items() if file is not None}
        _check_f_arguments("load_params", **files)
        for name, file in files.items():
            if file is not None and name not in ("f_history", "f_pickle"):
                with _readable(name):
                    NeuralNet.load_params(shell, **{name: file}, use_safetensors=use_safetensors)
        marks = {part: mark for part, (_, _, mark) in shell._found.items()}
        self._check_marks(marks, None if f_history is None else shell.history)
        for part, (module, state, _) in shell._found.items():
            _check_shapes(part, module, state)
        for module, state, _ in shell._found.values():
            module.load_state_dict(state)
        self.history, self.device = shell.history, shell.device

    def _shell(self, **attributes):
        """Return a net of the same parts whose own attributes may change."""
        shell = object.__new__(type(self))
        shell.__dict__ = {**self.__dict__, **attributes}
        return shell

    def _get_module(self, name, msg):
        """Return a part as what skorch saves or loads."""
        return _Part(self, name.rstrip("_"), super()._get_module(name, msg))

    def _mark(self, history):
        """Return what the parts of one checkpoint have in common."""
        classes = getattr(self.target, "classes", ()) if self.target.kind == "classifier" else ()
        # of several targets a list of arrays
        classes = [own.tolist() for own in classes] if isinstance(classes, list) else np.asarray(classes).tolist()
        return {
            "epoch": len(history),
            "moment": _digest(json.dumps(list(history), default=repr).encode()),
            "columns": {} if self.schema is None else self.schema.marks,
            "target": f"{self.target.kind} {_digest(repr(classes).encode())}",
        }

    def _check_marks(self, marks, history):
        """Raise ValueError unless the marks of the parts agree with each other, `history` and this net."""
        without = [part for part, mark in marks.items() if mark is None]
        if without and len(without) == len(marks):
            warn(
                f"The files of {', '.join(marks)} have no mark of skrec, so that it cannot be told whether they are of "
                "one moment and of these columns; save them anew"
            )
        if not marks or len(without) == len(marks):
            return
        if without:
            raise ValueError(
                f"Expected files of one moment, got {', '.join(without)} without a mark of skrec beside others with "
                "one; load files that were saved together"
            )
        own = self._mark([])
        moments = {part: (mark["epoch"], mark["moment"]) for part, mark in marks.items()}
        if history is not None:
            now = self._mark(history)
            moments["history"] = now["epoch"], now["moment"]
        if len(set(moments.values())) > 1:
            raise ValueError(
                f"Expected files of one moment, got {_say(moments)}; a run that was killed between two files leaves "
                "such: remove them and train anew, or load files that were saved together"
            )
        for part, mark in marks.items():
            if difference := _difference(mark, own):
                raise ValueError(
                    f"Expected files of the columns and the target of this fit, got those of others: {part} has "
                    f"{difference}; fit on the same data, or load files that were saved from it"
                )


class _Part:
    """A module or an optimizer of a net, whose state goes with a mark."""

    def __init__(self, net, name, module):
        self.net, self.name, self.module = net, name, module

    def state_dict(self):
        """Return the state with the mark: of modules where torch has notes, so that they load without skrec."""
        state, mark = self.module.state_dict(), json.dumps(self.net._mark(self.net.history))
        if self.net._tensors_only:
            return {**state, MARK: torch.frombuffer(bytearray(mark.encode()), dtype=torch.uint8)}
        if hasattr(state, "_metadata"):
            state._metadata[MARK] = mark
            return state
        return {**state, MARK: mark}

    def load_state_dict(self, state):
        """Keep a state that was read, and its mark."""
        notes = getattr(state, "_metadata", None)
        mark = notes.pop(MARK, None) if notes and MARK in notes else state.pop(MARK, None)
        if torch.is_tensor(mark):
            mark = bytes(mark.tolist()).decode()
        self.net._found[self.name] = self.module, state, None if mark is None else json.loads(mark)


def _digest(data):
    return blake2b(data, digest_size=8).hexdigest()


def _is_path(file):
    return isinstance(file, (str, os.PathLike))


@contextmanager
def _written(file):
    """Give what to write a part to."""
    if not _is_path(file):
        yield file
        return
    with replacing(file) as target:
        yield target


@contextmanager
def _readable(part):
    """Say which part cannot be read, if the block cannot."""
    try:
        yield
    except (*_DAMAGED, OSError) as error:
        if isinstance(error, OSError) and error.errno != EINVAL:  # which torch raises where it seeks in half a file
            raise
        part = "module" if part == "f_params" else part.removeprefix("f_")
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise ValueError(f"The file of {part} is damaged ({reason}); load files of another checkpoint") from error


def _say(moments):
    """Return the parts and after which epoch they are, as text."""
    runs = list(dict.fromkeys(moments.values()))
    epochs = [epoch for epoch, _ in runs]
    several = len(set(epochs)) < len(epochs)
    return ", ".join(
        f"{part} after epoch {moment[0]}" + f" (in state {runs.index(moment) + 1})" * several
        for part, moment in moments.items()
    )


def _difference(mark, own):
    """Return what a mark has that a net has not, as text, "" if they agree."""
    theirs, ours = mark["columns"], own["columns"]
    if theirs and ours:
        if list(theirs) != list(ours):
            strange = [name for name in theirs if name not in ours] or [name for name in ours if name not in theirs]
            return f"other columns, {strange[0][:80]} for one" if strange else "the columns in another order"
        for name, (role, values) in ours.items():
            if theirs[name][0] != role:
                return f"column {name[:80]} as {theirs[name][0]}, here {role}"
            if theirs[name][1] != values:
                return f"column {name[:80]} with other values"
    return "another target" if mark["target"] != own["target"] else ""


def _check_shapes(part, module, state):
    """Raise ValueError if a module's tensors are not those of a state."""
    own = module.state_dict()
    if not hasattr(own, "_metadata"):  # an optimizer, which checks by itself
        return
    for name in dict.fromkeys([*own, *state]):
        shapes = [tuple(tensors[name].shape) if name in tensors else None for tensors in (state, own)]
        if shapes[0] != shapes[1]:
            raise ValueError(
                f"Expected files of a net of the same structure, got {part} with {name!r} of shape {shapes[0]}, here "
                f"{shapes[1]}; set the parameters that the fit had which saved them"
            )
