"""Problems and plain loops that the tests of line search, conjugate gradient and quasi-Newton rules share."""

import numpy as np
from scipy.optimize import minimize

import thalweg as tw
from thalweg.core.losses import LOSSES
from thalweg.optimizers.full_batch import Problem

CG, SCG = tw.ConjugateGradient, tw.ScaledConjugateGradient
RULES = {
    "cg": CG(),
    "fletcher_reeves": CG("fletcher_reeves"),
    "powell_beale": CG("powell_beale"),
    "scg": SCG(),
    "bfgs": tw.BFGS(),
    "lbfgs": tw.LBFGS(),
    "oss": tw.OneStepSecant(),
}

_rng = np.random.default_rng(0)
P = _rng.normal(size=(40, 3))
VALUES = np.column_stack([np.sin(P[:, 0]) + 0.3 * P[:, 1] ** 2, P[:, 2] * P[:, 0]]) + 0.1 * _rng.normal(size=(40, 2))
CLASSES = np.eye(3)[(P[:, 0] + P[:, 1] ** 2 > 1).astype(int) + (P[:, 2] > 0.8)]
WEIGHT = _rng.uniform(0.5, 2.0, 40)

NETWORKS = {  # name: network, targets, loss, l2
    "regression, chain": (tw.mlp(3, 4, 2), VALUES, "mse", 0.02),
    "regression, shortcuts": (tw.cascade(3, 3, 2), VALUES, "sse", 2.0),
    "classes, chain": (tw.mlp(3, 4, 3, output="softmax"), CLASSES, "cross_entropy", 0.02),
    "classes, shortcuts": (tw.cascade(3, 3, 1, output="sigmoid"), CLASSES[:, :1], "cross_entropy", 0.02),
}


def problem_of(name, weight=WEIGHT):
    net, T, loss, l2 = NETWORKS[name]
    return Problem(net, LOSSES.get(loss), {"input": P}, T, weight, l2)


def quadratic(n, seed=0):
    """A linear network of n weights with a sum of squares: F = c + dᵀx + ½xᵀAx; the problem, A and the minimum."""
    rng = np.random.default_rng(seed)
    U = rng.normal(size=(n + 4, n)) * np.logspace(0, 0.7, n)
    t = rng.normal(size=(n + 4, 1))
    net = tw.Network({"p": n}, [tw.Layer("a", 1, bias=False)])
    return Problem(net, LOSSES.get("sse"), {"p": U}, t), 2 * U.T @ U, np.linalg.lstsq(U, t)[0][:, 0]


def iterate(rule, problem, x, steps):
    """All x, all states and all F of so many iterations, fewer if the rule stalls."""
    state = rule.init(x)
    xs, states, Fs = [x], [state], []
    for _ in range(steps):
        x, state, F = rule.search(problem, state, x)
        xs.append(x)
        states.append(state)
        Fs.append(float(F))
        if state.stalled:
            break
    return np.array(xs), states, np.array(Fs)


def minimum_of(problem, x):
    """SciPy's minimum from x."""
    found = minimize(problem.gradient, x, jac=True, method="BFGS", options={"gtol": 1e-9, "maxiter": 2000})
    assert np.abs(found.jac).max() < 1e-7
    return found


class Told:
    """A problem whose F and gradient are told, and whose curvature is that of a multiple of the identity."""

    def __init__(self, F, gradient, curvature=1.0):
        self.F, self.g, self.curvature = F, gradient, curvature

    def gradient(self, x):
        return np.asarray(self.F(x), x.dtype), np.asarray(self.g(x), x.dtype)

    def hessian_product(self, x, v):
        return self.curvature * v


def lifted(problem):
    """The same slopes, but for an F that is higher wherever it is looked for: no step lowers it."""
    return Told(lambda x: problem.gradient(x)[0] + 1e6, lambda x: problem.gradient(x)[1])
