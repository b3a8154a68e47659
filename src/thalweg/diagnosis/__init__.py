"""What ails a training: its losses, its learning rate, and how the gradient flows back through the layers; in words."""

from .flow import GradientFlow as GradientFlow
from .flow import LayerFlow as LayerFlow
from .flow import gradient_flow as gradient_flow
from .flow_history import FlowHistory as FlowHistory
from .flow_history import FlowRecorder as FlowRecorder
from .loss_curve import LossCurve as LossCurve
from .training import Diagnosis as Diagnosis
from .training import diagnose as diagnose
from .training import diagnose_network as diagnose_network
