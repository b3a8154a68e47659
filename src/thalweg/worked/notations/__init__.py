"""The notations of the texts, by name, and tables of symbols of one's own."""
# ruff: noqa: I001 - they are entered in this order

from ...formulas.expression import Symbol as Symbol
from .notation import NOTATIONS as NOTATIONS
from .notation import Notation as Notation
from .notation import AnyNotation as AnyNotation
from .notation import known_notation as known_notation
from .notation import name_of_notation as name_of_notation
from .notation import notation_named as notation_named
from .notation import said_notation as said_notation
from .nnd import NND as NND
from .aifh import AIFH as AIFH
from .ncsu import NCSU as NCSU
from .brilliant import Brilliant as Brilliant
from .qmind import QMIND as QMIND

NOTATIONS.enter_tables("nielsen", "bishop", "goodfellow", "mazur", "ng", "mitchell", "sklearn")
