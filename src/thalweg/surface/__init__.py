"""The error surface: slices, planes and trajectories over it, its quadratic and Taylor expansions."""

from .along_direction import ErrorAlongDirection as ErrorAlongDirection
from .along_direction import error_along_direction as error_along_direction
from .along_weight import ErrorAlongWeight as ErrorAlongWeight
from .along_weight import error_along_weight as error_along_weight
from .error_surface import Path as Path
from .error_surface import Surface as Surface
from .error_surface import error_surface as error_surface
from .plane import Plane as Plane
from .quadratic import Quadratic as Quadratic
from .quadratic import quadratic as quadratic
from .taylor import Reach as Reach
from .taylor import Taylor as Taylor
from .taylor import taylor as taylor
from .trajectory import Trajectory as Trajectory
from .trajectory import trajectory as trajectory
