"""The error surface: slices and trajectories, curvature and learning rates, the flow of the gradient."""

from .along_weight import ErrorAlongWeight as ErrorAlongWeight
from .along_weight import error_along_weight as error_along_weight
from .checking.verdict import GradientCheck as GradientCheck
from .flow import GradientFlow as GradientFlow
from .flow import LayerFlow as LayerFlow
from .flow import gradient_flow as gradient_flow
from .flow_history import FlowHistory as FlowHistory
from .flow_history import FlowRecorder as FlowRecorder
from .gradient_check import check_gradient as check_gradient
from .network_check import check_network as check_network
from .plane import Plane as Plane
from .surface import Path as Path
from .surface import Surface as Surface
from .surface import error_surface as error_surface
from .trajectory import Trajectory as Trajectory
from .trajectory import trajectory as trajectory
