"""Pages that need nothing else: one HTML file with style and figures in it, for reading, sending and printing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from ..errors import visible
from ..plots import inline_svg

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.figure import Figure


class PageFigure(NamedTuple):
    """A figure of a page: its SVG, a sentence under it, and whether it takes the page's whole width."""

    svg: str
    caption: str
    wide: bool


def drawn(figure: Figure, name: str, title: str, caption: str) -> PageFigure:
    """A figure as it stands in a page; `title` and `caption` are read to those who do not see it."""
    return PageFigure(inline_svg(figure, name, title, caption), caption, figure.get_figwidth() > 7)


def _seen(value: Any) -> Any:
    """A text without control characters, which HTML does not allow; what is HTML already stays."""
    return visible(value) if type(value) is str else value


def render_page(
    template: str, *, title: str, kind: str, subtitle: str, versions: Sequence[tuple[str, str]], **values: Any
) -> str:
    """The page of a template, `template`.html.jinja: no script, nothing from the network, every text as it is written.

    `kind` says what the page is; `versions` (name, version) what made it.
    """
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("thalweg.reports", "templates"),
        autoescape=True,
        finalize=_seen,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    page = environment.get_template(f"{template}.html.jinja")
    return page.render(title=title, kind=kind, subtitle=subtitle, versions=versions, **values)
