"""The notations of the five texts, by name."""
# ruff: noqa: I001 - they are entered in this order

from ...formulas.expression import Symbol as Symbol
from .notation import NOTATIONS as NOTATIONS
from .notation import Notation as Notation
from .notation import notation_named as notation_named
from .nnd import NND as NND
from .aifh import AIFH as AIFH
from .ncsu import NCSU as NCSU
from .brilliant import Brilliant as Brilliant
from .qmind import QMIND as QMIND
