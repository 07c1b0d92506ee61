"""Names beside points, none on another."""

from skrec.inspection._labels import AS_WRITTEN

AROUND = ((6, 0, "left", "center"), (-6, 0, "right", "center"), (0, 6, "center", "bottom"), (0, -6, "center", "top"))
TRIED = 150  # points that are asked: each takes a millisecond, and more names than these fit into no picture


def place_labels(ax, points, labels, *, avoid=(), **style):
    """Write beside each point its label where there is room, and leave out those for which there is none.

    Parameters
    ----------
    ax : matplotlib Axes
        With the limits that it is to have.
    points : sequence of (x, y)
        The most important first: they have the choice.
    labels : sequence of str
    avoid : sequence of matplotlib Bbox
        Boxes, in pixels, on which nothing may lie.
    **style : dict
        Properties of the texts.

    Returns
    -------
    texts : list of matplotlib Annotation
        Those that are there.
    """
    from matplotlib.patheffects import withStroke

    ax.figure.canvas.figure.draw_without_rendering()  # lays out, so that sizes are known
    frame, taken, texts = ax.get_window_extent(), list(avoid), []
    for point, label in zip(points[:TRIED], labels[:TRIED], strict=True):
        text = ax.annotate(label, point, (0, 0), textcoords="offset points", **{**AS_WRITTEN, **style})
        text.set(in_layout=False, path_effects=[withStroke(linewidth=2, foreground=ax.get_facecolor())])
        for x, y, horizontal, vertical in AROUND:
            text.set(position=(x, y), horizontalalignment=horizontal, verticalalignment=vertical)
            box = text.get_window_extent().padded(1)
            inside = frame.x0 <= box.x0 and box.x1 <= frame.x1 and frame.y0 <= box.y0 and box.y1 <= frame.y1
            if inside and not any(box.overlaps(other) for other in taken):
                taken.append(box)
                texts.append(text)
                break
        else:
            text.remove()
    return texts
