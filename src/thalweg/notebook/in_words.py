"""A result that says itself what it is, and shows itself in a notebook."""

from __future__ import annotations

from abc import ABC, abstractmethod

from .pieces import card, paragraph


class InWords(ABC):
    """A result that says itself what it is: printed it is its words; at a prompt the first line; in a notebook more.

    >>> class Weather(InWords):
    ...     def in_words(self) -> str:
    ...         return "rain & wind\\ntomorrow sun"
    >>> Weather()
    Weather(rain & wind; print it for more)
    >>> print(Weather()._repr_html_().partition("</style>")[2])
    <p>rain &amp; wind
    tomorrow sun</p></div>
    """

    @abstractmethod
    def in_words(self) -> str:
        """What it is, in one line or several."""

    def in_html(self) -> str:
        """What a notebook shows, made of `notebook.pieces`; without more to show, the words."""
        return paragraph(self.in_words())

    def __str__(self) -> str:
        return self.in_words()

    def __repr__(self) -> str:
        first, *more = self.in_words().splitlines() or [""]
        short = first if len(first) <= _LONGEST else f"{first[: _LONGEST - 1]}…"
        return f"{type(self).__name__}({short}{'; print it for more' if more or short != first else ''})"

    def _repr_html_(self) -> str:
        return card(self.in_html())


_LONGEST = 160
