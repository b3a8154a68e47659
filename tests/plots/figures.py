"""Reading what a figure shows."""

from matplotlib.backends.backend_agg import FigureCanvasAgg


def named(ax, label):
    """The one line whose label begins so."""
    (line,) = [line for line in ax.lines if line.get_label().startswith(label)]
    return line


def texts(ax):
    """The texts of the axes, the explanation among them."""
    return [text.get_text() for text in ax.texts]


def legend(ax):
    """The entries of the legend."""
    found = ax.get_legend()
    return [] if found is None else [text.get_text() for text in found.get_texts()]


def rendered(figure):
    """The renderer of the figure after it was drawn, for the places of its texts; what has changed is drawn anew."""
    canvas = figure.canvas
    if figure.stale or not isinstance(canvas, FigureCanvasAgg):
        canvas = FigureCanvasAgg(figure)
        canvas.draw()
    return canvas.get_renderer()


def seen(axis):
    """The labels of the ticks that lie within the view."""
    low, high = sorted(axis.get_view_interval())
    ticks = axis.get_major_ticks(len(axis.get_majorticklocs()))
    return [tick.label1 for tick in ticks if low <= tick.get_loc() <= high and tick.label1.get_visible()]


def assert_whole(figure):
    """Every text that is seen lies on the page, which is not larger than people can use."""
    renderer = rendered(figure)
    assert max(figure.get_size_inches()) <= 16
    page = figure.bbox
    for ax in [*figure.axes, *(child for parent in figure.axes for child in parent.child_axes)]:
        shown = [ax._left_title, *ax.texts]
        if ax.axison:
            shown += [ax.xaxis.label, ax.yaxis.label, *seen(ax.xaxis), *seen(ax.yaxis)]
        shown += ax.get_legend().get_texts() if ax.get_legend() else []
        for text in shown:
            if text.get_text() and text.get_visible():
                box = text.get_window_extent(renderer)
                inside = page.x0 - 1 <= box.x0, box.x1 <= page.x1 + 1, page.y0 - 1 <= box.y0, box.y1 <= page.y1 + 1
                assert all(inside), (text.get_text(), box)


def overlapping(texts, renderer):
    """The pairs of texts that lie on one another."""
    boxes = [(text.get_text(), text.get_window_extent(renderer)) for text in texts if text.get_text()]
    return [
        (first, second)
        for number, (first, one) in enumerate(boxes)
        for second, other in boxes[number + 1 :]
        if one.x0 < other.x1 and other.x0 < one.x1 and one.y0 < other.y1 and other.y0 < one.y1
    ]
