"""Update rules: init(params), update(gradient, state, params); updates are signed and added."""

from .adaptive import Adam as Adam
from .adaptive import AdamW as AdamW
from .gradient_descent import GradientDescent as GradientDescent
from .gradient_descent import Momentum as Momentum
from .gradient_descent import Nesterov as Nesterov
from .interop import as_rule as as_rule
from .interop import to_optax as to_optax
from .rule import RULES as RULES
from .rule import Rule as Rule
