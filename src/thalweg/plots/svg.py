"""A figure as a piece of SVG to stand inside a web page."""

from __future__ import annotations

import io
import re
import warnings
from typing import TYPE_CHECKING
from xml.etree import ElementTree

from ..core.kinds import takes_kinds
from ..errors import visible

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_REFERENCE = re.compile(r"url\(#([^)]+)\)")


@takes_kinds
def inline_svg(figure: Figure, name: str, title: str, description: str = "") -> str:
    """The figure as an `<svg>` element with a title, and a description, for readers who do not see it.

    Its identifiers all begin with `name`, so that several can stand in a page; its text stays text, in the page's
    fonts; the same figure gives the same bytes.

    >>> from thalweg.plots import learning_curves
    >>> inline_svg(learning_curves([2.0, 1.0]), "curves", "Loss & epoch").startswith("<svg ")
    True
    """
    import matplotlib

    written = io.BytesIO()
    with matplotlib.rc_context({"svg.hashsalt": "thalweg", "svg.fonttype": "none"}), warnings.catch_warnings():
        # A letter that Matplotlib's font lacks only makes its width a guess: the reader's browser draws it.
        warnings.filterwarnings("ignore", message="Glyph .* missing from")
        figure.savefig(written, format="svg", dpi=200, metadata={"Date": None})
    svg = ElementTree.fromstring(written.getvalue())
    for element in svg.iter():
        element.tag = element.tag.rpartition("}")[2]
        element.attrib = {key.rpartition("}")[2]: value for key, value in element.attrib.items()}
    _prefix_identifiers(svg, name)
    for unwanted in svg.findall("metadata"):
        svg.remove(unwanted)
    width = figure.get_figwidth() * 96
    svg.attrib = {
        "viewBox": svg.attrib["viewBox"],
        "style": f"width:{width:.0f}px;min-width:{0.5 * width:.0f}px",
        "role": "img",
        "aria-labelledby": f"{name}-title" + (f" {name}-description" if description else ""),
    }
    for tag, text in reversed([("title", visible(title)), ("desc", visible(description))]):
        if text:
            element = ElementTree.Element(tag, {"id": f"{name}-{'title' if tag == 'title' else 'description'}"})
            element.text = text
            svg.insert(0, element)
    return ElementTree.tostring(svg, encoding="unicode")


def _prefix_identifiers(svg: ElementTree.Element, name: str) -> None:
    """Begin every identifier that something refers to with `name`, and drop the others."""
    values = [value for element in svg.iter() for value in element.attrib.values()]
    used = {target for value in values for target in _REFERENCE.findall(value)}
    used |= {element.attrib["href"][1:] for element in svg.iter() if element.get("href", "").startswith("#")}
    for element in svg.iter():
        for key, value in list(element.attrib.items()):
            if key == "id":
                if value in used:
                    element.set(key, f"{name}-{value}")
                else:
                    del element.attrib[key]
            elif key == "href" and value.startswith("#"):
                element.set(key, f"#{name}-{value[1:]}")
            else:
                element.set(key, _REFERENCE.sub(rf"url(#{name}-\1)", value))
