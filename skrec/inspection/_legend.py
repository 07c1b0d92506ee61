"""A legend above the curves."""

from skrec.inspection._labels import AS_WRITTEN, cut, in_lines

# sizes of the text, characters of a line: the first that fits and leaves half of the height to curves, or the lowest
TRIED = (("medium", 40), ("small", 40), ("x-small", 40), ("xx-small", 40), ("xx-small", 16))
CUT = (("xx-small", 30), ("xx-small", 16), ("xx-small", 8))  # where names in several lines do not fit: one line of each
TIGHT = {"handlelength": 1.6, "columnspacing": 1.0, "labelspacing": 0.3}


def put_legend(ax, twin, handles, labels, tried=TRIED):
    """Draw a legend inside `ax`, and make room for it above the curves of `ax` and of `twin`, which may be None.

    Axes whose limits have been set by hand keep them. `tried` has sizes of the text and lengths of its lines, as TRIED.

    Returns
    -------
    share : float
        Of the height that the legend takes.
    """
    axes = [one for one in (ax, twin) if one is not None]
    for one in axes:
        one.autoscale_view()  # a legend of before leaves no room
    if ax.get_legend() is not None:
        ax.get_legend().remove()
    ax.figure.canvas.figure.draw_without_rendering()  # lays out, so that sizes are known
    ways = [(size, length, in_lines) for size, length in tried] + [(size, length, cut) for size, length in CUT]
    shares = []
    for place, (size, length, shorter) in enumerate(ways):
        share, fits = _draw(ax, handles, [shorter(label, length) for label in labels], size)
        if fits and share <= 0.5:
            break
        shares.append((not fits, share, place))
    else:
        size, length, shorter = ways[min(shares)[-1]]
        share, _ = _draw(ax, handles, [shorter(label, length) for label in labels], size)
    share = min(share, 0.8)
    for one in axes:
        if one.get_autoscaley_on():
            _make_room(one, share)
    return share


def _draw(ax, handles, labels, size):
    """Return the share of the height that a legend takes in as many columns as fit, and whether one does."""
    frame = ax.get_window_extent()
    width = 0.9 * frame.width  # the new limits may have wider numbers, which take from it
    for n_columns in range(min(len(labels), 4), 0, -1):
        # texts come after: as labels, those that begin with an underscore would be left out
        legend = ax.legend(
            handles, [" "] * len(labels), loc="upper center", ncols=n_columns, fontsize=size, frameon=False, **TIGHT
        )
        legend.set_in_layout(False)  # it lies inside, and is to move nothing
        for text, label in zip(legend.get_texts(), labels, strict=True):
            text.set(text=label, **AS_WRITTEN)
        box = legend.get_window_extent()
        if box.width <= width:
            break
    return (frame.y1 - box.y0) / frame.height + 0.02, box.width <= width


def _make_room(ax, share):
    """Let the curves end below the highest `share` of the axes."""
    transform = ax.yaxis.get_transform()
    low, high = transform.transform(ax.get_ylim())
    bottom, top = transform.inverted().transform([low, low + (high - low) / (1 - share)])
    ax.set_ylim(bottom, top, auto=None)
