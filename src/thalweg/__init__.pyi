from .core import activations as activations
from .core import initializers as initializers
from .core import losses as losses
from .core.network import Layer as Layer
from .core.network import LayerParameters as LayerParameters
from .core.network import Network as Network
from .core.network import cascade as cascade
from .core.network import mlp as mlp
from .core.propagation import Forward as Forward
from .core.propagation import forward as forward
from .core.propagation import gradient as gradient
from .core.propagation import sensitivities as sensitivities
from .errors import ArgumentError as ArgumentError
from .errors import DataError as DataError
from .errors import FileError as FileError
from .errors import ThalwegError as ThalwegError
from .optimizers.adaptive import Adam as Adam
from .optimizers.adaptive import AdamW as AdamW
from .optimizers.gradient_descent import GradientDescent as GradientDescent
from .optimizers.gradient_descent import Momentum as Momentum
from .optimizers.gradient_descent import Nesterov as Nesterov
from .optimizers.interop import to_optax as to_optax
from .optimizers.rule import Rule as Rule

__version__: str
