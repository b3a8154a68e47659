"""A pattern of a table of symbols, such as w_{to},{from}^{layer}: read from its text, and filled to be a symbol."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple, TypeAlias
from unicodedata import normalize

from ...errors import ArgumentError, unknown
from ...formulas.expression import Symbol
from ...formulas.write_latex import GREEK

_NAME = re.compile(r"([a-z_]+)(?:\s*([+-])\s*(\d+))?")
_COMMANDS = {command.strip("\\ "): letter for letter, command in GREEK.items() if command.strip("\\ ").isalpha()}
_COMMANDS |= {"epsilon": "ε", "phi": "φ"}
_OVER = {"\u0302": "hat", "\u0307": "dot", "\u0304": "bar", "\u0303": "tilde"}
_GROUPS = {"_": "below", "^": "above"}


class Placeholder(NamedTuple):
    """{name}, or {layer-1}: what stands for it differs from quantity to quantity."""

    name: str
    shift: int = 0

    def __str__(self) -> str:
        return f"{{{self.name}{f'{self.shift:+d}' if self.shift else ''}}}"


Piece: TypeAlias = str | Placeholder


@dataclass(frozen=True)
class Pattern:
    """A letter or word with its indices; those below with commas between, those above side by side."""

    base: tuple[Piece, ...]
    below: tuple[tuple[Piece, ...], ...] = ()
    above: tuple[Piece, ...] = ()
    mark: str = ""

    @property
    def placeholders(self) -> tuple[Placeholder, ...]:
        """All of them, in their order."""
        pieces = (*self.base, *(piece for index in self.below for piece in index), *self.above)
        return tuple(piece for piece in pieces if isinstance(piece, Placeholder))

    @property
    def names(self) -> frozenset[str]:
        """The names of the placeholders."""
        return frozenset(placeholder.name for placeholder in self.placeholders)

    def filled(self, values: Mapping[str, str | int], *, apart: bool = False, bold: bool = False) -> Symbol:
        """The symbol; an index that comes out empty is left out.

        Two numbers side by side below are one index, as in w_12, unless they are to be `apart`, as in w_11,2.
        """

        def text(piece: Piece) -> str:
            if isinstance(piece, str):
                return piece
            value = values[piece.name]
            return str(value + piece.shift) if isinstance(value, int) else value

        def indices(pieces: tuple[Piece, ...]) -> Iterator[str]:
            found, number = "", False
            for piece in pieces:
                also = isinstance(piece, Placeholder) and isinstance(values[piece.name], int)
                if apart and number and also:
                    yield found
                    found = ""
                found, number = found + text(piece), also
            yield found

        below = tuple(index for pieces in self.below for index in indices(pieces) if index)
        above = tuple(filter(None, map(text, self.above)))
        return Symbol("".join(map(text, self.base)), below, above, self.mark, bold=bold)

    def without(self, dropped: Mapping[str, str]) -> Pattern:
        """The pattern without the placeholders of some names, or with others in their place, and what was beside them.

        >>> parse_pattern("w_{to},{from}^{layer}").without({"to": "", "from": ""}).below
        ()
        """

        def kept(pieces: tuple[Piece, ...]) -> tuple[Piece, ...]:
            found: list[Piece] = []
            for piece in pieces:
                if not isinstance(piece, Placeholder) or piece.name not in dropped:
                    found.append(piece)
                elif dropped[piece.name]:
                    found.append(Placeholder(dropped[piece.name]))
            return tuple(found)

        def index(pieces: tuple[Piece, ...]) -> tuple[Piece, ...]:
            found = kept(pieces)
            return found if found == pieces or any(isinstance(piece, Placeholder) for piece in found) else ()

        below = tuple(filter(None, map(index, self.below)))
        return replace(self, base=kept(self.base), below=below, above=kept(self.above))


def parse_pattern(text: str) -> Pattern:
    r"""The pattern that a text says; raises ArgumentError for one that says none.

    Behind _ stand the indices below, behind ^ those above; what is in braces is a placeholder. A backslash makes the
    next sign plain, as in coefs\\_, or is a Greek letter's name, as in \\delta. A mark over a letter is typed, as ŷ.

    >>> parse_pattern("ŷ_{i}").filled({"i": 2})
    Symbol(base='y', below=('2',), above=(), mark='hat')
    """
    groups: dict[str, list[Piece]] = {"base": []}
    group = "base"
    for piece in _pieces(text):
        if piece in _GROUPS and isinstance(piece, str):
            group = _GROUPS[piece]
            if group in groups:
                raise ArgumentError(f"has two parts behind {piece}: write one, with commas in it")
            groups[group] = []
        else:
            groups[group].append(piece)
    for name, pieces in groups.items():
        if not pieces:
            raise ArgumentError("has no letter before its indices" if name == "base" else "has an index that is empty")
    below: list[list[Piece]] = [[]]
    for piece in groups.get("below", []):
        if piece == ",":
            below.append([])
        else:
            below[-1].append(piece)
    if "below" in groups and not all(below):
        raise ArgumentError("has an index that is empty")
    base, mark = _marked(groups["base"])
    plain = {name: tuple(map(_plain, pieces)) for name, pieces in (("base", base), ("above", groups.get("above", [])))}
    indices = tuple(tuple(map(_plain, _together(index))) for index in below if index)
    return Pattern(tuple(_together(list(plain["base"]))), indices, plain["above"], mark)


def _pieces(text: str) -> Iterator[Piece]:
    """Characters and placeholders; a plain _, ^ or comma stands behind a backslash."""
    place = 0
    while place < len(text):
        char, rest = text[place], text[place:]
        if char == "\\":
            word = re.match(r"\\([A-Za-z]+) ?", rest)
            if word:
                if word[1] not in _COMMANDS:
                    raise ArgumentError(unknown("letter", f"\\{word[1]}", [f"\\{name}" for name in _COMMANDS]))
                yield _COMMANDS[word[1]]
                place += word.end()
                continue
            if len(rest) < 2:
                raise ArgumentError("ends in a backslash")
            yield rest[:2]
            place += 2
        elif char == "{":
            inside, brace, _ = rest[1:].partition("}")
            found = _NAME.fullmatch(inside.strip())
            if not brace:
                raise ArgumentError("has a { without its }")
            if not found:
                raise ArgumentError(
                    f"has {{{inside}}}, which is no placeholder: braces hold one name, as in w_{{to}},{{from}}"
                )
            yield Placeholder(found[1], int(f"{found[2]}{found[3]}") if found[2] else 0)
            place += len(inside) + 2
        elif char == "}":
            raise ArgumentError("has a } without its {")
        else:
            yield char
            place += 1


def _plain(piece: Piece) -> Piece:
    return piece if isinstance(piece, Placeholder) else re.sub(r"\\(.)", r"\1", piece)


def _together(pieces: list[Piece]) -> list[Piece]:
    """Letters side by side as one piece."""
    found: list[Piece] = []
    for piece in pieces:
        if found and isinstance(piece, str) and isinstance(found[-1], str):
            found[-1] += piece
        else:
            found.append(piece)
    return found


def _marked(pieces: list[Piece]) -> tuple[list[Piece], str]:
    """The letter without the mark over it, and the mark."""
    if any(isinstance(piece, Placeholder) for piece in pieces):
        return pieces, ""
    text = normalize("NFD", "".join(map(str, pieces)))
    if len(text) == 2 and text[1] in _OVER:
        return [text[0]], _OVER[text[1]]
    if len(text) > 1 and text[-1] in "′'":
        return [text[:-1]], "prime"
    return pieces, ""
