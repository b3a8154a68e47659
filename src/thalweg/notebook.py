"""What a notebook shows of a result: its words, not the arrays that it holds."""

from __future__ import annotations

import sys
from abc import ABC, abstractmethod
from html import escape


class InWords(ABC):
    """A result that says itself what it is: printed and in a notebook it is its words, elsewhere the first line.

    >>> class Weather(InWords):
    ...     def in_words(self) -> str:
    ...         return "rain & wind\\ntomorrow sun"
    >>> Weather()
    Weather(rain & wind; print it for more)
    >>> print(Weather()._repr_html_())
    <pre style="white-space: pre-wrap">rain &amp; wind
    tomorrow sun</pre>
    """

    @abstractmethod
    def in_words(self) -> str:
        """What it is, in one line or several."""

    def __str__(self) -> str:
        return self.in_words()

    def __repr__(self) -> str:
        first, *more = self.in_words().splitlines() or [""]
        short = first if len(first) <= _LONGEST else f"{first[: _LONGEST - 1]}…"
        return f"{type(self).__name__}({short}{'; print it for more' if more or short != first else ''})"

    def _repr_html_(self) -> str:
        return f'<pre style="white-space: pre-wrap">{escape(self.in_words())}</pre>'


_LONGEST = 160


def in_notebook() -> bool:
    """Whether this runs in a notebook, or another front end of a Jupyter kernel, which shows more than text."""
    get_ipython = getattr(sys.modules.get("IPython"), "get_ipython", None)
    shell = None if get_ipython is None else get_ipython()
    return getattr(shell, "kernel", None) is not None
