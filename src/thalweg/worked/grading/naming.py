"""What the lines of a worked calculation are called: an id that no notation changes, and how a symbol is typed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any
from unicodedata import normalize

from ...errors import ArgumentError, unknown
from ...formulas.expression import Call, Expression, Product, Quotient, Symbol
from ...formulas.write_text import TextWriter

_NAMES_OF_GREEK = (
    "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi omicron pi rho sigma tau upsilon phi chi "
    "psi omega Delta Sum Prod"
)
_GREEK = dict(
    zip(
        "αβγδεζηθικλμνξοπρστυφχψωΔΣΠ",
        _NAMES_OF_GREEK.split(),
        strict=True,
    )
)
_MARKS = {"hat": "hat", "prime": "'", "dot": "dot", "": ""}
_NOT_COUNTED = re.compile(r"[\s_^{}(),*\\]")


def line_id(about: Mapping[str, Any], examples: int) -> str:
    """The id of a line: its quantity, of which unit or weight, and of which example if there are several.

    >>> line_id({"quantity": "sensitivity", "layer": "out", "neuron": 0, "example": 1}, 4)
    'sensitivity:out[0]#2'
    >>> line_id({"quantity": "delta", "weight": "out[0,1]", "part": "delta"}, 4)
    'delta:out[0,1]'
    """
    name = str(about.get("quantity", "line"))
    if name in ("part", "state"):
        name += f".{about['part']}"
    if "weight" in about:
        name += f":{about['weight']}"
    elif name == "input":
        name += f":{about['source']}[{about['origin']}]"
    elif "neuron" in about:
        name += f":{about['layer']}[{about['neuron']}]"
    return f"{name}#{about['example'] + 1}" if "example" in about and examples > 1 else name


def spelled(symbol: Expression) -> str:
    """A symbol in letters that every keyboard has: base, what stands above, _ and what stands below.

    >>> spelled(Symbol("s", ("1",), ("2",))), spelled(Symbol("δ", ("1",), ("H",)))
    ('s2_1', 'deltaH_1')
    """
    match symbol:
        case Symbol(base, below, above, mark):
            text = "".join(_GREEK.get(char, char) for char in base) + _MARKS.get(mark, mark)
            text += "".join(above) + ("_" + ",".join(below) if below else "")
            return text.replace("∂", "d")
        case Quotient(Product((Symbol("∂"), top)), Product((Symbol("∂"), bottom))):
            return f"d{spelled(top)}/d{spelled(bottom)}"
        case Call(Symbol() as function, (argument,)):
            return f"{spelled(function)}({spelled(argument)})"
    return TextWriter().write(symbol)


def loosely(text: str) -> str:
    """A name without what people leave out or write otherwise: raised and lowered, commas, brackets, spaces.

    >>> loosely("s²₁") == loosely("s2_1") == loosely("s^2_1")
    True
    """
    plain = normalize("NFKD", text.replace("−", "-").replace("′", "'").replace("∂", "d"))
    plain = "".join(_GREEK.get(char, char) for char in plain).replace("\u0302", "hat").replace("\u0307", "dot")
    return _NOT_COUNTED.sub("", plain)


class Names:
    """The lines of a calculation by all names by which they may be called.

    >>> names = Names({"output:a[0]#1": Symbol("a", ("1",)), "output:a[0]#2": Symbol("a", ("1",))})
    >>> names.find("a_1#2")
    'output:a[0]#2'
    """

    def __init__(self, symbols: Mapping[str, Expression]) -> None:
        text = TextWriter()
        self.texts = {id_: text.write(symbol) for id_, symbol in symbols.items()}
        self.spellings = {id_: spelled(symbol) for id_, symbol in symbols.items()}
        self._exact: dict[str, list[str]] = {}
        self._loose: dict[str, list[str]] = {}
        for id_ in symbols:
            names = {self.texts[id_], self.spellings[id_]}
            example = id_.partition("#")[2]
            for name in (*names, *(f"{name}#{example}" for name in names if example)):
                self._exact.setdefault(name, []).append(id_)
                self._loose.setdefault(loosely(name), []).append(id_)

    def find_all(self, name: str) -> list[str]:
        """The ids of all lines of a name: an id, a symbol as it is written or as it is typed; of all examples."""
        name = name.strip()
        if name in self.texts:
            return [name]
        if name in self._exact:
            return self._exact[name]
        loose = loosely(name)
        found = self._loose.get(loose) or self._loose.get(f"Delta{loose[1:]}" if loose.startswith("D") else "", ())
        return list(dict.fromkeys(found))

    def find(self, name: str, among: Iterable[str] = ()) -> str:
        """The one line of a name; raises ArgumentError for a name of none, with the near ones, and one of several."""
        found = self.find_all(name)
        if len(found) == 1:
            return found[0]
        if not found:
            known = [self.spellings[id_] for id_ in (among or self.texts)]
            told = unknown("line", name, dict.fromkeys(known[:20]), also=[*known, *self.spellings.values()])
            raise ArgumentError(told + (", ..." if len(known) > 20 else ""))
        raise ArgumentError(f"line {name!r} is {len(found)} lines: name one by its id, {' or '.join(found[:4])}")
