"""The notations of the five texts, by name."""
# ruff: noqa: I001 - they are entered in this order

from ...errors import ArgumentError, unknown
from ...formulas.expression import Symbol as Symbol
from .notation import NOTATIONS as NOTATIONS
from .notation import Notation as Notation
from .nnd import NND as NND
from .aifh import AIFH as AIFH
from .ncsu import NCSU as NCSU
from .brilliant import Brilliant as Brilliant
from .qmind import QMIND as QMIND


def notation_named(name: str) -> type[Notation]:
    """A notation by name; raises ArgumentError for an unknown one.

    >>> notation_named("ncsu").title
    'Samatova, Deep Learning, part 2: Backpropagation'
    """
    if not isinstance(name, str) or name not in NOTATIONS:
        raise ArgumentError(unknown("notation", name, NOTATIONS))
    return NOTATIONS[name]
