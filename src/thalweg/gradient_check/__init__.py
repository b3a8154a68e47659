"""Whether a gradient is right, by differences: a network's, or a function's of one's own; and how a wrong one looks."""

from .function import check_gradient as check_gradient
from .network import check_network as check_network
from .verdict import GradientCheck as GradientCheck
