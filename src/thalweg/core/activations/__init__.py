"""The activation (transfer) functions: a table of them, by name, in the order that messages tell them."""

from .plain import ACTIVATIONS as ACTIVATIONS
from .plain import Activation as Activation
from .plain import Elementwise as Elementwise
from .plain import Elliott as Elliott
from .plain import LeakyReLU as LeakyReLU
from .plain import Linear as Linear
from .plain import ReLU as ReLU
from .plain import Sigmoid as Sigmoid
from .plain import Softmax as Softmax
from .plain import Tanh as Tanh

# isort: split
from .smooth import ELU as ELU
from .smooth import GELU as GELU
from .smooth import SELU as SELU
from .smooth import SiLU as SiLU
from .smooth import Softplus as Softplus

# isort: split
from .saturating import Satlin as Satlin
from .saturating import Satlins as Satlins

# isort: split
from .radial import Radbas as Radbas
from .radial import Tribas as Tribas

# isort: split
from .formula import Formula as Formula
from .steps import Hardlim as Hardlim
from .steps import Hardlims as Hardlims

__all__ = [
    "ACTIVATIONS",
    "ELU",
    "GELU",
    "SELU",
    "Activation",
    "Elementwise",
    "Elliott",
    "Formula",
    "Hardlim",
    "Hardlims",
    "LeakyReLU",
    "Linear",
    "Radbas",
    "ReLU",
    "Satlin",
    "Satlins",
    "SiLU",
    "Sigmoid",
    "Softmax",
    "Softplus",
    "Tanh",
    "Tribas",
]


def __dir__() -> list[str]:
    return __all__
