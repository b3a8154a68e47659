"""Update rules: init(params), update(gradient, state, params); updates are signed and added."""

from .adaptive import AdaDelta, AdaDeltaState, AdaGrad, AdaGradState, RMSProp, RMSPropState

# isort: split
from .adam import Adam, AdaMax, AdaMaxState, AdamState, AdamW, NAdam, NAdamState
from .adaptive_rate import AdaptiveGradientDescent, AdaptiveMomentum, AdaptiveRateState
from .bayesian_regularization import BayesianRegularization, BayesianRegularizationState
from .conjugate_gradient import (
    ConjugateGradient,
    ConjugateGradientState,
    ScaledConjugateGradient,
    ScaledConjugateGradientState,
)
from .damping import Damping, Tries
from .gradient_descent import (
    GradientDescent,
    GradientDescentState,
    Momentum,
    MomentumState,
    Nesterov,
    NesterovState,
    VelocityState,
)
from .interop import as_rule, to_optax
from .levenberg_marquardt import LevenbergMarquardt, LevenbergMarquardtState
from .line_search import Found, line_search
from .newton import GaussNewton, Newton, NewtonState
from .quasi_newton import BFGS, LBFGS, OneStepSecant, Pairs
from .resilient import Rprop, RpropState
from .rule import RULES, Rule, RuleState, StabilityBound
from .schedules import SCHEDULES

__all__ = [
    "BFGS",
    "LBFGS",
    "RULES",
    "SCHEDULES",
    "AdaDelta",
    "AdaDeltaState",
    "AdaGrad",
    "AdaGradState",
    "AdaMax",
    "AdaMaxState",
    "Adam",
    "AdamState",
    "AdamW",
    "AdaptiveGradientDescent",
    "AdaptiveMomentum",
    "AdaptiveRateState",
    "BayesianRegularization",
    "BayesianRegularizationState",
    "ConjugateGradient",
    "ConjugateGradientState",
    "Damping",
    "Found",
    "GaussNewton",
    "GradientDescent",
    "GradientDescentState",
    "LevenbergMarquardt",
    "LevenbergMarquardtState",
    "Momentum",
    "MomentumState",
    "NAdam",
    "NAdamState",
    "Nesterov",
    "NesterovState",
    "Newton",
    "NewtonState",
    "OneStepSecant",
    "Pairs",
    "RMSProp",
    "RMSPropState",
    "Rprop",
    "RpropState",
    "Rule",
    "RuleState",
    "ScaledConjugateGradient",
    "ScaledConjugateGradientState",
    "StabilityBound",
    "Tries",
    "VelocityState",
    "as_rule",
    "line_search",
    "to_optax",
]


def __dir__() -> list[str]:
    return __all__
