"""Loss (performance, error) functions F: value and derivative, over outputs a and targets t.

Every loss is a sum over examples q of weighted terms, F = Σ_q c_q ℓ(a_q, t_q). With `reduction="mean"`
c_q = w_q / Σ w (1/N when no sample weights w are given: BRL, AIFH 6.3); with `reduction="sum"` c_q = w_q
(AIFH, NND); `weighing` has weights of single targets. The factor within ℓ stands in each docstring.
"""

from .plain import LOSSES as LOSSES
from .plain import Chain as Chain
from .plain import Loss as Loss
from .plain import PointwiseLoss as PointwiseLoss
from .plain import Reduction as Reduction

# isort: split
from .squares import MSE as MSE
from .squares import SSE as SSE
from .squares import HalfMSE as HalfMSE
from .squares import HalfSSE as HalfSSE

# isort: split
from .output import Output as Output

# isort: split
from .absolute import MAE as MAE
from .absolute import Huber as Huber

# isort: split
from .formula import FormulaLoss as FormulaLoss

# isort: split
from .cross_entropy import CrossEntropy as CrossEntropy

__all__ = [
    "LOSSES",
    "MAE",
    "MSE",
    "SSE",
    "Chain",
    "CrossEntropy",
    "FormulaLoss",
    "HalfMSE",
    "HalfSSE",
    "Huber",
    "Loss",
    "Output",
    "PointwiseLoss",
    "Reduction",
]


def __dir__() -> list[str]:
    return __all__
