"""Whether a gradient is right, by differences: a network's, or a function's of one's own; and how a wrong one looks."""

from .function import check_gradient
from .network import check_network
from .verdict import CheckedEntry, GradientCheck

__all__ = [
    "CheckedEntry",
    "GradientCheck",
    "check_gradient",
    "check_network",
]


def __dir__() -> list[str]:
    return __all__
