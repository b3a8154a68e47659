"""What the tests of second-order rules share: small problems, and a plain run of a rule's iterations."""

import numpy as np

import thalweg as tw
from thalweg.core.losses import LOSSES
from thalweg.optimizers.full_batch import Problem

CHAIN = tw.mlp(2, 4, 2)
SHORTCUTS = tw.cascade(2, 3, 2, 1, hidden="sigmoid")
GRAPHS = {"chain": CHAIN, "shortcuts": SHORTCUTS}


def examples(net, count=40, noise=0.05, seed=0):
    rng = np.random.default_rng(seed)
    P = rng.uniform(-1, 1, (count, net.inputs["input"]))
    T = np.stack([np.sin(3 * P[:, 0]) * P[:, 1], P[:, 1] ** 2 - P[:, 0]], axis=1)[:, : net.output.size]
    return P, T + rng.normal(0, noise, T.shape), rng.uniform(0.3, 2.0, count)


def problem_of(net, loss="mse", weighted=True, l2=None, count=40):
    P, T, weight = examples(net, count)
    return Problem(net, LOSSES.get(loss), {"input": P}, T, weight if weighted else None, l2)


def residuals(problem, x):
    """√c (a - t) and the penalty's √(l2/2) w, whose squares add up to F; written apart."""
    net, T = problem.net, problem.T
    a = tw.forward(net, net.unravel(x), problem.inputs).output
    weight = np.ones(len(T)) if problem.weight is None else problem.weight
    name = LOSSES.name_of(problem.loss)
    c = weight / {"mse": weight.sum() * T.shape[1], "half_mse": 2 * weight.sum(), "sse": 1.0, "half_sse": 2.0}[name]
    r = (np.sqrt(c)[:, None] * (a - T)).ravel()
    if problem.l2 is None:
        return r
    weights = np.concatenate(
        [
            np.concatenate([*(np.ones(W.size) for W in layer.weights.values()), np.zeros(layer.bias.size)])
            for layer in net.unravel(x).values()
        ]
    )
    return np.concatenate([r, np.sqrt(problem.l2 / 2) * (x * weights)[weights > 0]])


def dense_jacobian(problem, x, step=1e-6):
    """By differences."""
    eye = np.eye(len(x))
    return np.stack([(residuals(problem, x + step * e) - residuals(problem, x - step * e)) / (2 * step) for e in eye]).T


def iterations(rule, problem, x, count):
    """x after each iteration, F before each, and the last state."""
    state, path, losses = rule.init(x), [], []
    for _ in range(count):
        x, state, F = rule.search(problem, state, x)
        path.append(np.asarray(x))
        losses.append(float(F))
        if state.stalled:
            break
    return np.array(path), np.array(losses), state
