"""Words, tables and formulas that this library wrote as HTML, among pictures."""

from __future__ import annotations

from .picture import Picture
from .picture_page import module, page, style


class Words(Picture):
    """A piece of HTML under a title. It is shown as it stands: texts of others in it are to be escaped before.

    >>> words = Words("Rule", "<p>Δw = -α g</p>")
    >>> words.show("<p>w is left as it is</p>")
    >>> words.data["html"]
    '<p>w is left as it is</p>'
    """

    _esm = module("words")
    _css = style("words")

    def __init__(self, title: str, html: str = "") -> None:
        super().__init__({"title": title, "html": html})

    def show(self, html: str, title: str | None = None) -> None:
        """Show something else."""
        if html != self.data["html"] or title is not None:
            self.data = {"title": self.data["title"] if title is None else title, "html": html}

    def to_html(self) -> str:
        """The words as one HTML page."""
        return page("words", {"data": self.data}, self.data["title"], self.data["html"])
