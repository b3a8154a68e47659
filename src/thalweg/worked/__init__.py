"""A step as a worked calculation: its values, the notations of the five texts, derivations, and what renders them."""

from .derivations.derivation import Derivation
from .derivations.derive import derive
from .derivations.derive_chain import derive_chain
from .notations import NOTATIONS, Notation
from .step_file import StepFile, read_step_file
from .worked_step import WorkedStep, worked_step

__all__ = [
    "NOTATIONS",
    "Derivation",
    "Notation",
    "StepFile",
    "WorkedStep",
    "derive",
    "derive_chain",
    "read_step_file",
    "worked_step",
]


def __dir__() -> list[str]:
    return __all__
