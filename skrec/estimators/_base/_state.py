"""What a file has of an estimator: parameters and what was learnt, as plain arrays, numbers and text."""

import torch

from skrec._learnt import copy_of
from skrec.engine import Net, NotDrawn, TooLarge, give_state, on_cpu, state_of, weights_of
from skrec.estimators._base._build import build_net
from skrec.estimators._base._grouped import objective_of
from skrec.estimators._base._initial import fields_of
from skrec.estimators._base._numeric import embedding_of
from skrec.estimators._base._structure import structure
from skrec.estimators._base._training import OPTIMIZERS, history_frame, make_net
from skrec.nets.layers._table_part import is_in_parts, part_to_draw

COPIES, FEW = 4, 2**20  # a net may make so many numbers for each that it keeps, and so many more


def plain_state(state, estimator):
    """Return the `state` of an estimator, its attributes, with plain values for what is made anew when it is loaded.

    The net is its weights; the history is in the net's; of the parameters that it was built with those are kept that
    have been set to something else since.
    """
    net = state.get("net_")
    if not isinstance(net, Net):  # not fitted
        return state
    if is_in_parts(net.module_):
        raise ValueError(
            f"Expected a {type(estimator).__name__} with whole tables, got one of which this process holds a part; "
            "save it by skrec.distributed.save in all processes, or gather its tables first"
        )
    return state_with_net(state, estimator)


def state_with_net(state, estimator):
    """Return the state of a fitted estimator as `plain_state` does, of tables in parts those of this process."""
    net = state["net_"]
    state = {name: value for name, value in state.items() if name != "history_"}
    state["net_"] = {"optimizer": optimizer_of(net), **state_of(net)}
    now, then = structure(estimator), state["_built_with_"]
    state["_built_with_"] = {name: value for name, value in then.items() if repr(value) != repr(now[name])}
    if "_moved_" in state:
        state["_moved_"] = list(state["_moved_"])
    return state


def restore(estimator):
    """Make of what `plain_state` left in an estimator what `fit` had made; of an older pickle, take it as it is."""
    attributes = vars(estimator)
    state = attributes.get("net_")
    if state is None or isinstance(state, Net):
        return
    if not isinstance(state, dict):
        raise ValueError(f"Expected net_ as a dict, got {type(state).__name__}; the file is damaged, fit anew")
    attributes["_built_with_"] = {**structure(estimator), **attributes["_built_with_"]}
    if "_moved_" in attributes:
        attributes["_moved_"] = frozenset(attributes["_moved_"])
    estimator.net_ = net_of(estimator, state)
    estimator.history_ = history_frame(estimator.net_.history)


def optimizer_of(net):
    """Return the name of the kind of a net's optimizer."""
    return next(name for name, kind in OPTIMIZERS.items() if type(net.optimizer_) is kind)


def net_of(estimator, state):
    """Return the net of an estimator that has learnt all else; `state` is what `state_of` says, with the optimizer."""
    settings = copy_of(estimator)
    vars(settings).update(estimator._built_with_, optimizer=state["optimizer"], device="cpu")
    fields = fields_of(settings, embedding_of(settings, tuple(tuple(e.tolist()) for e in estimator._edges_)))
    weights = weights_of(state)
    bias, n_weights = weights["bias"], sum(of.numel() for of in weights.values())
    at_most = COPIES * n_weights + FEW
    with on_cpu():
        with NotDrawn(at_most), torch.random.fork_rng(devices=[]):
            try:
                if sum(fields.vocabulary_sizes) // part_to_draw().step > at_most:
                    raise TooLarge
                module = build_net(settings, fields, len(bias), torch.Generator())
            except TooLarge:
                raise ValueError(
                    f"Expected weights that fit the parameters and columns beside them, got {n_weights:,} numbers, far "
                    "fewer than those ask for; the file is damaged or of another version, fit anew"
                ) from None
        module = module.to(bias.dtype)
        criterion = objective_of(settings).criterion(settings._target_)
        net = make_net(settings, module, criterion, settings._target_, state["settings"]["seed"])
        give_state(net, state)
        net.release(keep_optimizer=True)
    return net
