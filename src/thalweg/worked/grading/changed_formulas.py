"""Formulas over ids with something else in a place of theirs, and how a part of one is written."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache

from ...core.weight_names import WeightName
from ...formulas.expression import Expression, Symbol, parts, rebuilt
from .ledger import Ledger


def written(part: Expression, ledger: Ledger) -> str:
    """A part of a formula with the symbols of the notation."""
    from ...formulas.write_text import TextWriter

    return TextWriter(4).write(_with_symbols(part, ledger))


def _with_symbols(part: Expression, ledger: Ledger) -> Expression:
    if isinstance(part, Symbol):
        return ledger.symbols.get(part.base, part)
    return rebuilt(part, [_with_symbols(inside, ledger) for inside in parts(part)])


def everywhere(
    expression: Expression, change: Callable[[Expression], Iterable[tuple[str, str, Expression]]]
) -> Iterator[tuple[str, str, Expression]]:
    """The expression with one change, at each place where there is one: the change's kind, words, and the whole."""
    yield from change(expression)
    found = parts(expression)
    for k, part in enumerate(found):
        for kind, words, new in everywhere(part, change):
            yield kind, words, rebuilt(expression, [*found[:k], new, *found[k + 1 :]])


def renamed(expression: Expression, names: Mapping[str, str]) -> Expression:
    """The same with other ids for some."""
    if isinstance(expression, Symbol):
        return Symbol(names.get(expression.base, expression.base))
    return rebuilt(expression, [renamed(part, names) for part in parts(expression)])


def other_way(ledger: Ledger, name: WeightName) -> str | None:
    """The id of the weight with its two units exchanged, if there is one."""
    if name.source is None or name.origin is None or name.origin == name.to:
        return None
    return _ids(ledger).get((name.layer, name.origin, name.source, name.to))


@lru_cache(maxsize=4)
def _ids(ledger: Ledger) -> dict[tuple[str, int, str | None, int | None], str]:
    return {(name.layer, name.to, name.source, name.origin): id_ for id_, name in ledger.weights.items()}
