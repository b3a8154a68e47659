"""The notations of the five texts, by name."""

from ...errors import ArgumentError, unknown
from .aifh import AIFH
from .brilliant import Brilliant
from .ncsu import NCSU
from .nnd import NND
from .notation import Notation as Notation
from .qmind import QMIND

NOTATIONS: dict[str, type[Notation]] = {notation.name: notation for notation in (NND, AIFH, NCSU, Brilliant, QMIND)}
"""The one list of notations."""


def notation_named(name: str) -> type[Notation]:
    """A notation by name; raises ArgumentError for an unknown one.

    >>> notation_named("ncsu").title
    'Samatova, Deep Learning, part 2: Backpropagation'
    """
    if name not in NOTATIONS:
        raise ArgumentError(unknown("notation", name, NOTATIONS))
    return NOTATIONS[name]
