"""A model that takes values which came after its first fit: rows are appended to its tables, all others stay."""

import torch

from skrec._text import quoted
from skrec.data import grown
from skrec.engine import NewFloats, state_of
from skrec.estimators._base._build import build_net
from skrec.estimators._base._initial import fields_of
from skrec.estimators._base._numeric import embedding_of
from skrec.estimators._base._state import net_of, optimizer_of
from skrec.nets import FieldEmbedding


def grow(work, source, seed):
    """Let a fitted estimator know the values of some rows, which it is to go on with.

    A new value starts at the vector of what is unknown, with the noise of an initial one, and without moments.
    Predictions of rows without new values stay as they are, to the bit.

    Parameters
    ----------
    work : NetEstimator
        A working copy; its attributes are replaced, none is changed.
    source : FrameSource or DatasetSource
    seed : int
    """
    schema = grown(work.schema_, source.chunks())
    columns = work._columns_.grown(schema, source)
    if schema is work.schema_ and columns is work._columns_:
        return
    work.schema_, work._columns_ = schema, columns
    net = work.net_
    fields = fields_of(work, embedding_of(work, tuple(tuple(edges.tolist()) for edges in work._edges_)))
    with NewFloats():
        drawn = build_net(work, fields, len(net.module_.bias), torch.Generator().manual_seed(seed))
    drawn = drawn.to(net.module_.bias.dtype)
    layers = dict(_grown_layers(net.module_, drawn))
    _check_others(work, net.module_, drawn, layers)
    state = {"optimizer": optimizer_of(net), **state_of(net)}
    for name, (old, new) in layers.items():
        state["weights"][name] = _table(old, new).numpy()
    parameters = dict(enumerate(name for name, _ in net.module_.named_parameters()))
    for place, moments in state.get("moments", {}).items():
        if parameters.get(place) in layers:
            old, new = layers[parameters[place]]
            for name, value in moments.items():
                if getattr(value, "shape", ()) == tuple(old.table.shape):
                    moments[name] = _with_zeros(torch.from_numpy(value), old, new).numpy()
    work.net_ = net_of(work, state)


def _grown_layers(module, drawn):
    """Yield for each table that grows its name, and its layer in the old net and in the new one."""
    for name, layer in module.named_modules():
        if isinstance(layer, FieldEmbedding):
            new = drawn.get_submodule(name)
            if new.table.shape != layer.table.shape:
                yield f"{name}.table" if name else "table", (layer, new)


@torch.no_grad()
def _table(old, new):
    """Return the weights of a table that grows: old rows as they are, new ones about the unknown of their column."""
    unknown = old.table[old.fields.starts].repeat_interleave(torch.tensor(new.fields.vocabulary_sizes), 0)
    table = new.table + unknown
    table[_places(old, new)] = old.table
    return table


def _with_zeros(moment, old, new):
    """Return a moment of a table that grows: zeros for its new rows."""
    result = moment.new_zeros(new.table.shape)
    result[_places(old, new)] = moment
    return result


def _places(old, new):
    """Return where in the new table the rows of the old one lie, (n_rows,)."""
    starts = zip(new.fields.starts, old.fields.vocabulary_sizes, strict=True)
    return torch.cat([torch.arange(start, start + size) for start, size in starts])


def _check_others(work, module, drawn, layers):
    """Raise ValueError if a net has other parameters whose shape depends on how many values there are."""
    new = dict(drawn.named_parameters())
    for name, p in module.named_parameters():
        if name not in layers and p.shape != new[name].shape:
            raise ValueError(
                f"{type(work).__name__} cannot take new values: {quoted(name)} of its net has the shape "
                f"{tuple(p.shape)} and would have {tuple(new[name].shape)}; keep what depends on vocabularies in a "
                "FieldEmbedding, or set new_values='unknown'"
            )
