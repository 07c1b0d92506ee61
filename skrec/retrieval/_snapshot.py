"""Whether an estimator is still the one that a recommender was made of."""

from operator import is_

import torch
from sklearn.pipeline import FeatureUnion, Pipeline

_STEPS = {Pipeline: "steps", FeatureUnion: "transformer_list"}  # parameters that are fitted in place
_BOOSTER = "_Booster"  # where LightGBM and XGBoost keep all that they learn
_SAMPLE = 64  # weights of a tensor that are compared


class Snapshot:
    """What an estimator had learnt at one moment, to notice later, in some 0.1 ms, that this is no longer so.

    Parameters
    ----------
    estimator : fitted estimator or Pipeline

    Notes
    -----
    A fit puts new objects in the place of those that were learnt before, in an estimator and in the ones inside it.
    What trains or loads weights in place moves the counter that torch keeps for each tensor; what writes past the
    counter, through ``weight.data``, is seen in a sample of the weights. The objects are held, so that no new one can
    have the place of an old one in memory.

    In a copy and in a pickle that is loaded all objects are new ones: there everything is looked at anew, unless the
    estimator had changed already.
    """

    def __init__(self, estimator):
        self.__setstate__({"estimator": estimator, "changed": False})

    def check(self, estimator, name):
        """Raise ValueError if `estimator`, whose class is called `name`, is another one or has learnt anew."""
        if estimator is not self.estimator or self._has_changed():
            raise ValueError(
                f"Expected the {name} that this Recommender was made of, got it fitted again, trained further or with "
                "other weights, while what the Recommender keeps of the items is of before; make a new Recommender"
            )

    def __getstate__(self):
        return {"estimator": self.estimator, "changed": self._has_changed()}

    def __setstate__(self, state):
        self.estimator, self._changed = state["estimator"], state["changed"]
        self._slots: list = []  # estimator, name of an attribute, object
        self._lists: list = []  # list, its objects
        self._weights: list = []  # namespace, name, tensor, counter, place in memory, sample
        self._take(self.estimator, set())

    def _has_changed(self):
        """Return whether anything is no longer as it was, which stays so."""
        self._changed = (
            self._changed
            or any(vars(owner).get(name) is not value for owner, name, value in self._slots)
            or any(len(now) != len(was) or not all(map(is_, now, was)) for now, was in self._lists)
            or any(not _is_as_it_was(*weight) for weight in self._weights)
        )
        return self._changed

    def _take(self, thing, taken):
        """Remember what an estimator has learnt, and what those inside it, or inside a list, have; each once."""
        if id(thing) in taken:
            return
        taken.add(id(thing))
        if isinstance(thing, torch.nn.Module):
            for module in thing.modules():
                for namespace in (module._parameters, module._buffers):
                    self._take_tensors(namespace)
        elif isinstance(thing, (list, tuple)):
            if isinstance(thing, list):
                self._lists.append((thing, tuple(thing)))
            for part in thing:
                self._take(part, taken)
        elif hasattr(thing, "get_params") and not isinstance(thing, type):
            namespace = vars(thing)
            steps = next((name for kind, name in _STEPS.items() if isinstance(thing, kind)), None)
            for name in [name for name in namespace if name.endswith("_") or name in (_BOOSTER, steps)]:
                self._slots.append((thing, name, namespace[name]))
                self._take(namespace[name], taken)

    def _take_tensors(self, namespace):
        for name, tensor in namespace.items():
            state = () if tensor is None else (_counter(tensor), tensor.data_ptr(), _sample(tensor).clone())
            self._weights.append((namespace, name, tensor, *state))


def _is_as_it_was(namespace, name, tensor, counter=None, place=None, sample=None):
    if namespace.get(name) is not tensor:
        return False
    if tensor is None:
        return True
    if _counter(tensor) != counter or tensor.data_ptr() != place:
        return False
    now = _sample(tensor)
    return torch.equal(now, sample) or bool(((now == sample) | (now.isnan() & sample.isnan())).all())


def _counter(tensor):
    """Return how often a tensor was written to; torch does not count those made in inference mode."""
    return -1 if tensor.is_inference() else tensor._version


def _sample(tensor):
    """Return some of the numbers of a tensor, about _SAMPLE, spread over all of it."""
    flat = tensor.detach().flatten()
    return flat[:: max(1, len(flat) // _SAMPLE) | 1]  # an odd step meets every column of a table
