"""The notations of the texts, by name, and tables of symbols of one's own."""
# ruff: noqa: I001 - they are entered in this order

from ...formulas.expression import Symbol as Symbol
from .notation import NOTATIONS as NOTATIONS
from .notation import Notation as Notation
from .named import AnyNotation as AnyNotation
from .named import known_notation as known_notation
from .named import name_of_notation as name_of_notation
from .named import notation_named as notation_named
from .named import said_notation as said_notation
from .nnd import NND as NND
from .aifh import AIFH as AIFH
from .ncsu import NCSU as NCSU
from .brilliant import Brilliant as Brilliant
from .qmind import QMIND as QMIND
from .named import packaged_notation

NOTATIONS.enter_tables("nielsen", "bishop", "goodfellow", "mazur", "ng", "mitchell", "sklearn", read=packaged_notation)
