"""What ails a training: its losses, its learning rate, and how the gradient flows back through the layers; in words."""

from ..training.finding import Finding
from .flow import GradientFlow, LayerFlow, gradient_flow
from .flow_history import FlowHistory, FlowRecorder
from .loss_curve import LossCurve
from .training import Diagnosis, diagnose, diagnose_network

__all__ = [
    "Diagnosis",
    "Finding",
    "FlowHistory",
    "FlowRecorder",
    "GradientFlow",
    "LayerFlow",
    "LossCurve",
    "diagnose",
    "diagnose_network",
    "gradient_flow",
]


def __dir__() -> list[str]:
    return __all__
