"""Histories of one model or of several on the same axes: colours, names, legend."""

from typing import Any

from skrec.inspection._labels import AS_WRITTEN, as_label, put_title
from skrec.inspection._legend import put_legend

METRIC_STYLES = ("--", "-.", (0, (1, 1)), (0, (5, 1)), (0, (3, 1, 1, 1, 1, 1)))
LOSSES = {"train_loss": "training", "valid_loss": "validation"}


def as_list(metric):
    """Return the columns that `metric` names."""
    return [] if metric is None else [metric] if isinstance(metric, str) else list(metric)


def remember(display):
    """Let the axes know of a display."""
    display.lines_[0].history_display = display


def drawn_on(ax):
    """Return the displays whose curves are on `ax`, in the order in which they were drawn."""
    return list(dict.fromkeys(line.history_display for line in ax.lines if hasattr(line, "history_display")))


def arrange(ax, displays):
    """Give curves their colours and labels, and `ax` its title and its legend."""
    metrics = list(dict.fromkeys(name for display in displays for name in as_list(display.metric)))
    handles = _alone(displays[0], metrics) if len(displays) == 1 else _together(displays, metrics)
    twin, name = displays[-1].metric_ax_, displays[0].name_
    if len(displays) == 1 and name is not None:
        put_title(ax, name)
    elif len(displays) > 1 and _letters(ax.get_title()) in [_letters(as_label(one.name_)) for one in displays]:
        ax.set_title("")  # of the first one alone
    if twin is not None:
        color = "black" if len(metrics) > 1 or len(displays) > 1 else "C2"
        twin.set_ylabel(as_label(readable(metrics[0]) if len(metrics) == 1 else "score"), color=color, **AS_WRITTEN)
        twin.tick_params(axis="y", labelcolor=color)
    share = put_legend(ax, twin, [handle for handle, _ in handles], [label for _, label in handles])
    for display in displays:
        if display.best_line_ is not None:
            display.best_line_.set_ydata([0, 1 - share])  # of the axes' height


def _alone(display, metrics):
    """Let each curve of the only model have a colour of its own; return (handle, label) pairs."""
    pairs = []
    for line, name in zip(display.lines_, display.columns_, strict=True):
        if name in LOSSES:
            line.set(color="C0" if name == "train_loss" else "C1", label=LOSSES[name])
        else:
            place = metrics.index(name)
            line.set(color=f"C{2 + place}", linestyle=METRIC_STYLES[0], label=as_label(readable(name)))
        pairs.append((line, line.get_label()))
    if display.best_line_ is not None:
        display.best_line_.set(color="0.35", label=f"best epoch: {display.best_epoch}")
        pairs.insert(2, (display.best_line_, display.best_line_.get_label()))
    return pairs


def _together(displays, metrics):
    """Let each model have a colour and each kind of curve a line style; return (handle, label) pairs."""
    from matplotlib.lines import Line2D

    styles: dict[str, Any] = {"train_loss": "--", "valid_loss": "-"}
    styles |= {name: METRIC_STYLES[(place + 1) % len(METRIC_STYLES)] for place, name in enumerate(metrics)}
    pairs = []
    for display, name, color in zip(displays, _names(displays), colors(len(displays)), strict=True):
        for line, column in zip(display.lines_, display.columns_, strict=True):
            called = LOSSES.get(column) or as_label(readable(column))
            line.set(color=color, linestyle=styles[column], label=f"{name}, {called}")
            line.set_alpha(0.6 if column == "train_loss" else 1.0)
        label = name
        if display.best_line_ is not None:
            label = f"{name}, best epoch: {display.best_epoch}"
            display.best_line_.set(color=color, label=label)
        pairs.append((Line2D([], [], color=color, linewidth=5), label))
    drawn = {column for display in displays for column in display.columns_}
    kinds = {**LOSSES, **{name: as_label(readable(name)) for name in metrics}}
    for column, called in kinds.items():
        if column in drawn:
            pairs.append((Line2D([], [], color="0.35", linewidth=1.8, linestyle=styles[column]), called))
    if any(display.best_line_ is not None for display in displays):
        pairs.append((Line2D([], [], color="0.35", linewidth=1.5, linestyle=":"), "best epoch"))
    return pairs


def _letters(title):
    """Return a title whatever its lines."""
    return "".join(title.split())


def _names(displays):
    """Return a name a model, no two the same."""
    names: list[str] = []
    for place, display in enumerate(displays, 1):
        called = f"model {place}" if display.name_ is None else as_label(display.name_)
        n_before = sum(name == called or name.startswith(f"{called} (") for name in names)
        names.append(f"{called} ({n_before + 1})" if n_before else called)
    return names


def colors(n_models):
    """Return as many colours: those of the style, or, if they are too few, some of a map."""
    import matplotlib as mpl

    if n_models <= len(mpl.rcParams["axes.prop_cycle"]):
        return [f"C{place}" for place in range(n_models)]
    return [mpl.colormaps["turbo"](0.05 + 0.9 * place / (n_models - 1)) for place in range(n_models)]


def readable(column):
    """Return what a column of the history is called on a picture: "valid_roc_auc" is "ROC AUC"."""
    name = column.removeprefix("valid_").removeprefix("train_").replace("_", " ").replace("roc auc", "ROC AUC")
    return f"{name}, training" if column.startswith("train_") else name
