"""The error surface: slices, planes and trajectories over it, its quadratic and Taylor expansions."""

from .along_direction import ErrorAlongDirection, error_along_direction
from .along_weight import Descent, ErrorAlongWeight, error_along_weight
from .before_update import BeforeUpdate, before_update
from .demonstrations import Demonstration, View, demonstration
from .error_surface import Path, Surface, error_surface
from .moved_weights import with_weights
from .plane import Plane
from .quadratic import Quadratic, quadratic
from .taylor import Reach, Taylor, taylor
from .trajectory import Trajectory, trajectory

__all__ = [
    "BeforeUpdate",
    "Demonstration",
    "Descent",
    "ErrorAlongDirection",
    "ErrorAlongWeight",
    "Path",
    "Plane",
    "Quadratic",
    "Reach",
    "Surface",
    "Taylor",
    "Trajectory",
    "View",
    "before_update",
    "demonstration",
    "error_along_direction",
    "error_along_weight",
    "error_surface",
    "quadratic",
    "taylor",
    "trajectory",
    "with_weights",
]


def __dir__() -> list[str]:
    return __all__
