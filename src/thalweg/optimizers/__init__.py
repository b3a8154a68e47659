"""Update rules: init(params), update(gradient, state, params); updates are signed and added."""

from .adaptive import AdaDelta as AdaDelta
from .adaptive import AdaGrad as AdaGrad
from .adaptive import Adam as Adam
from .adaptive import AdaMax as AdaMax
from .adaptive import AdamW as AdamW
from .adaptive import NAdam as NAdam
from .adaptive import RMSProp as RMSProp
from .bayesian_regularization import BayesianRegularization as BayesianRegularization
from .conjugate_gradient import ConjugateGradient as ConjugateGradient
from .conjugate_gradient import ScaledConjugateGradient as ScaledConjugateGradient
from .gradient_descent import GradientDescent as GradientDescent
from .gradient_descent import Momentum as Momentum
from .gradient_descent import Nesterov as Nesterov
from .interop import as_rule as as_rule
from .interop import to_optax as to_optax
from .levenberg_marquardt import LevenbergMarquardt as LevenbergMarquardt
from .line_search import line_search as line_search
from .newton import GaussNewton as GaussNewton
from .newton import Newton as Newton
from .quasi_newton import BFGS as BFGS
from .quasi_newton import LBFGS as LBFGS
from .resilient import Rprop as Rprop
from .rule import RULES as RULES
from .rule import Rule as Rule
from .schedules import SCHEDULES as SCHEDULES
