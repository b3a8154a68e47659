"""What all pictures are: a notebook's widget where anywidget is installed, and a page anywhere."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..system import write_atomically
from .formula_data import Json

if TYPE_CHECKING:
    from anywidget import AnyWidget
else:
    try:
        from anywidget import AnyWidget
    except ImportError:

        class AnyWidget:
            """Where anywidget is missing: the values of a picture, and a line that says how it is shown."""

            def __init__(self, **values: Any) -> None:
                vars(self).update(values)

            def __repr__(self) -> str:
                return f"{type(self).__name__}({HOW})"

            def _repr_html_(self) -> str:
                return f"<p>{HOW}</p>"


HOW = "a notebook shows it after: pip install thalweg[notebook]; to_html() is its page"


class Picture(AnyWidget):
    """A moving picture of plain data: it shows itself in a notebook, and `to_html` is its page.

    A subclass has its module as `_esm`, its style as `_css`, and makes its page; the values that it is given are seen,
    and some set, by the module.
    """

    data: Json
    """What it shows."""

    def __init__(self, data: Json, **values: Json) -> None:
        if hasattr(AnyWidget, "add_traits"):
            import traitlets

            of = {
                bool: traitlets.Bool,
                int: traitlets.Int,
                float: traitlets.Float,
                str: traitlets.Unicode,
                list: traitlets.List,
                dict: traitlets.Dict,
            }
            seen = {name: of[type(value)](value).tag(sync=True) for name, value in values.items()}
            self.add_traits(data=traitlets.Dict(data).tag(sync=True), **seen)
            super().__init__()
        else:
            super().__init__(data=data, **values)
        self._read_by_module = ("data", *values)

    @property
    def module(self) -> str:
        """The name of its ES module."""
        return type(self).__name__.lower()

    def values(self) -> dict[str, Json]:
        """What its module reads, as it stands now."""
        return {name: getattr(self, name) for name in self._read_by_module}

    def to_html(self) -> str:
        """The picture as one HTML page, as it stands now: it loads nothing and needs no server."""
        raise NotImplementedError

    def write_html(self, path: str | Path) -> None:
        """Write the page to a file; raises FileError where that cannot be."""
        write_atomically(path, self.to_html().encode("utf-8"), purpose="page")
