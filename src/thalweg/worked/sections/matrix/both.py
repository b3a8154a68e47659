"""A formula by letters and by numbers at once, so that a line of matrices is written once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from ....formulas.algebra import negative
from ....formulas.expression import (
    Array,
    Call,
    Expression,
    Folded,
    Hadamard,
    Matrix,
    Negative,
    Product,
    Sum,
    Symbol,
    Transposed,
    parts,
    rebuilt,
)
from ....formulas.matrices import has_matrix


class Both(NamedTuple):
    """A formula by letters, and the same by numbers."""

    letters: Expression
    numbers: Expression


def product(*factors: Both) -> Both:
    """u v ..., the sign of the first factor in front, products flat."""
    return Both(_product([one.letters for one in factors]), _product([one.numbers for one in factors]))


def _product(factors: list[Expression]) -> Expression:
    first = factors[0]
    if isinstance(first, Negative):
        return Negative(_product([first.of, *factors[1:]]))
    flat = [inner for factor in factors for inner in (factor.factors if isinstance(factor, Product) else (factor,))]
    return flat[0] if len(flat) == 1 else Product(tuple(flat))


def hadamard(*factors: Both) -> Both:
    """u ⊙ v ..., the sign of the first factor in front."""
    return Both(_hadamard([one.letters for one in factors]), _hadamard([one.numbers for one in factors]))


def _hadamard(factors: list[Expression]) -> Expression:
    first = factors[0]
    if isinstance(first, Negative):
        return Negative(_hadamard([first.of, *factors[1:]]))
    flat = [inner for factor in factors for inner in (factor.factors if isinstance(factor, Hadamard) else (factor,))]
    return flat[0] if len(flat) == 1 else Hadamard(tuple(flat))


def total(terms: Iterable[Both]) -> Both:
    """u + v + ...; one term stands for itself."""
    found = list(terms)
    return Both(_total([one.letters for one in found]), _total([one.numbers for one in found]))


def _total(terms: list[Expression]) -> Expression:
    flat = [inner for term in terms for inner in (term.terms if isinstance(term, Sum) else (term,))]
    return flat[0] if len(flat) == 1 else Sum(tuple(flat))


def transposed(of: Both) -> Both:
    """uᵀ."""
    return Both(Transposed(of.letters), Transposed(of.numbers))


def diagonal(of: Both) -> Both:
    """diag(u)."""
    return Both(Call("diag", (of.letters,)), Call("diag", (of.numbers,)))


def minus(of: Both) -> Both:
    """-u."""
    return Both(negative(of.letters), negative(of.numbers))


def lifted(unit: Expression, known: Mapping[Expression, Both]) -> Both | None:
    """What is written of one unit or weight, written of all at once: each letter as that of its vector or matrix.

    Where two of a product are matrices it is taken entry by entry. None for what cannot be written so: a letter that is
    not known, and terms that are left out.

    >>> import numpy as np
    >>> a = Both(Symbol("a", bold=True), Matrix(np.ones((2, 1))))
    >>> lifted(Product((Symbol("a", ("1",)), Symbol("a", ("1",)))), {Symbol("a", ("1",)): a}).letters
    Hadamard(factors=(Symbol(base='a', below=(), above=(), mark=''), Symbol(base='a', below=(), above=(), mark='')))
    """
    if unit in known:
        return known[unit]
    match unit:
        case Symbol() | Folded() | Array() | Matrix():
            return None
        case Call(Symbol(), _):
            return None
    found = [lifted(part, known) for part in parts(unit)]
    each = [one for one in found if one is not None]
    if len(each) < len(found):
        return None
    letters, numbers = rebuilt(unit, [one.letters for one in each]), rebuilt(unit, [one.numbers for one in each])
    if isinstance(unit, Product) and sum(has_matrix(one.numbers) for one in each) > 1:
        return _entry_by_entry(each)
    return Both(letters, numbers)


def _entry_by_entry(factors: list[Both]) -> Both:
    """A product in which several factors are matrices: the plain numbers before it."""
    plain = [one for one in factors if not has_matrix(one.numbers)]
    matrices = [one for one in factors if has_matrix(one.numbers)]
    if not plain:
        return Both(Hadamard(tuple(one.letters for one in matrices)), Hadamard(tuple(one.numbers for one in matrices)))
    return hadamard(product(*plain, matrices[0]), *matrices[1:])
