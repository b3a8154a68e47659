"""The error at many parameter vectors at once, by the one forward phase."""

from __future__ import annotations

import numpy as np

from ..core.network import LayerParameters, Network, Parameters
from ..core.propagation import forward_phase
from ..core.weighing import example_factors
from ..optimizers.full_batch import Problem

_NUMBERS_AT_ONCE = 1 << 18
"""Outputs of layers that a pass holds: as many as stay in a core's cache (more take up to twice as long)."""
_PARAMETERS_AT_ONCE = 1 << 22


def errors_at(problem: Problem, X: np.ndarray) -> np.ndarray:
    """F of each parameter vector, a row of X (points, parameters), with its l2 penalty: (points,); NaN: not finite.

    The vectors go through the forward phase together, as a leading axis of the weights, in chunks of vectors and of
    examples.

    >>> import thalweg as tw
    >>> problem = Problem(tw.mlp(1, 1), tw.losses.SSE(), {"input": np.array([[3.0]])}, np.array([[5.0]]))
    >>> errors_at(problem, np.array([[1.0, 0.0], [2.0, 1.0]]))
    array([4., 4.])
    """
    net, loss, T = problem.net, problem.loss, problem.T
    examples, width, last = len(T), sum(net.sizes.values()), net.output
    rows = max(1, min(examples, _NUMBERS_AT_ONCE // width))
    points = max(1, min(_NUMBERS_AT_ONCE // (rows * width), _PARAMETERS_AT_ONCE // net.parameter_count))
    c = np.asarray(example_factors(loss, last.size, examples, problem.weight))
    c = c if c.shape == T.shape else np.broadcast_to(c, (examples, 1))
    places = _places(net)
    F = np.zeros(len(X))
    with np.errstate(all="ignore"):
        if problem.l2 is not None:
            F += 0.5 * problem.l2 * np.sum((X * problem.penalized(X[0])) ** 2, axis=1)
        for i in range(0, len(X), points):
            params = _stacked(places, X[i : i + points])
            for q in range(0, examples, rows):
                passed = forward_phase(net, params, {name: P[q : q + rows] for name, P in problem.inputs.items()})
                terms = loss.terms(last.activation, passed.net_inputs[last.name], passed.output, T[q : q + rows])
                F[i : i + points] += np.sum(terms * c[q : q + rows], axis=(-2, -1))
    return np.where(np.isfinite(F), F, np.nan)


def errors_across(problem: Problem, origin: np.ndarray, directions: np.ndarray, coordinates: np.ndarray) -> np.ndarray:
    """F at origin + Σ c_i directions_i for each row c of the coordinates (points, directions), as `errors_at`.

    >>> import thalweg as tw
    >>> problem = Problem(tw.mlp(1, 1), tw.losses.SSE(), {"input": np.array([[3.0]])}, np.array([[5.0]]))
    >>> errors_across(problem, np.zeros(2), np.array([[1.0, 0.0]]), np.array([[1.0], [2.0]]))
    array([4., 1.])
    """
    points = max(1, _PARAMETERS_AT_ONCE // problem.net.parameter_count)
    parts = [coordinates[i : i + points] for i in range(0, len(coordinates), points)]
    return np.concatenate([errors_at(problem, origin + part @ directions) for part in parts])


def _places(net: Network) -> Parameters:
    """The parameters' indices in the vector of `Network.ravel`, in the structure of the parameters."""
    numbered = net.unravel(np.arange(float(net.parameter_count)))
    return {
        name: LayerParameters(
            {source: W.astype(np.intp) for source, W in weights.items()},
            None if bias is None else bias.astype(np.intp)[None, :],
        )
        for name, (weights, bias) in numbered.items()
    }


def _stacked(places: Parameters, X: np.ndarray) -> Parameters:
    """Weights (points, size, source) and biases (points, 1, size), which broadcast over examples."""
    return {
        name: LayerParameters(
            {source: X[:, at] for source, at in weights.items()}, None if bias is None else X[:, bias]
        )
        for name, (weights, bias) in places.items()
    }
