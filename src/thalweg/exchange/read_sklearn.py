"""scikit-learn's fitted MLPClassifier and MLPRegressor, alone or behind scalers in a Pipeline.

A scaling of the target, TransformedTargetRegressor's, is undone in the last weights.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from ..core.activations import Activation, Formula
from ..errors import ArgumentError, shown
from .assembly import Assembly, Value
from .found import Found

_ACTIVATIONS: dict[str, str | Activation] = {
    "identity": "linear",
    "logistic": "sigmoid",
    "tanh": "tanh",
    "relu": "relu",
    "softmax": "softmax",
    "exp": Formula("exp(n)"),
}
_MLPS = ("MLPClassifier", "MLPRegressor")
_SCALERS = "StandardScaler, MinMaxScaler, MaxAbsScaler, RobustScaler"


def read_sklearn(estimator: Any) -> Found:
    """The network of a fitted estimator; raises ArgumentError for one that is not fitted, or does something else.

    >>> from sklearn.neural_network import MLPRegressor
    >>> mlp = MLPRegressor(hidden_layer_sizes=3, max_iter=500, tol=1.0, random_state=0).fit([[0.0], [1.0]], [0.0, 1.0])
    >>> [layer.activation for layer in read_sklearn(mlp).network.layers]
    [ReLU(), Linear()]
    """
    scaler, mlp = None, estimator
    if type(mlp).__name__ == "TransformedTargetRegressor":
        scaler, mlp = _fitted(mlp, "transformer_"), _fitted(mlp, "regressor_")
    steps: list[tuple[str, Any]] = []
    if type(mlp).__name__ == "Pipeline":
        *steps, (_, mlp) = mlp.steps
    if type(mlp).__name__ not in _MLPS:
        raise ArgumentError(f"{type(mlp).__name__} is no {' or '.join(_MLPS)}: only these are networks")
    weights, biases = _fitted(mlp, "coefs_"), _fitted(mlp, "intercepts_")
    made = Assembly()
    value = made.input("input", len(weights[0]))
    for name, step in steps:
        value = _scaled(made, value, step, f"step {name!r}")
    last = len(weights)
    for number, (W, b) in enumerate(zip(weights, biases, strict=True), start=1):
        name = _fitted(mlp, "out_activation_") if number == last else mlp.activation
        if name not in _ACTIVATIONS:
            raise ArgumentError(f"layer {number}: activation {shown(name)}; known are {', '.join(_ACTIVATIONS)}")
        value = made.weigh(value, np.asarray(W).T, b, f"layer {number}")
        value = made.activate(value, _ACTIVATIONS[name], f"layer{number}")
    if scaler is not None:
        value = _unscaled(made, value, scaler)
    network, params = made.finish(value)
    names = _names(estimator, [step for _, step in steps], mlp)
    words = f"scikit-learn's {type(estimator).__name__}"
    return Found(network, params, words, columns=names, classes=_classes(mlp, network.output.size))


def _fitted(estimator: Any, name: str) -> Any:
    found = getattr(estimator, name, None)
    if found is None:
        raise ArgumentError(f"this {type(estimator).__name__} is not fitted: it has no {name}; call its fit first")
    return found


def _names(estimator: Any, steps: Iterable[Any], mlp: Any) -> tuple[str, ...]:
    for one in (estimator, *steps, mlp):
        names = getattr(one, "feature_names_in_", None)
        if names is not None:
            return tuple(map(str, names))
    return ()


def _classes(mlp: Any, outputs: int) -> tuple[Any, ...]:
    """The labels in the order of the outputs; of several labels at once, pairs of not and being one."""
    if type(mlp).__name__ != "MLPClassifier":
        return ()
    labels = tuple(np.asarray(mlp.classes_).tolist())
    return labels if outputs == 1 or mlp.out_activation_ == "softmax" else ((0, 1),) * outputs


def _scaled(made: Assembly, value: Value, step: Any, place: str) -> Value:
    """The value after a scaler."""
    if step is None or isinstance(step, str):
        return value
    factor, offset = _affine(step, place)
    return made.scale(value, factor, offset, place)


def _unscaled(made: Assembly, value: Value, scaler: Any) -> Value:
    """The value in the target's own unit again."""
    factor, offset = (np.asarray(one, dtype=np.float64) for one in _affine(scaler, "the target's transformer"))
    return made.scale(value, 1.0 / factor, -offset / factor, "the target's transformer")


def _affine(step: Any, place: str) -> tuple[Any, Any]:
    """Factor and offset of a fitted scaler, x' = factor x + offset."""
    kind = type(step).__name__
    match kind:
        case "StandardScaler" | "RobustScaler":
            standard = kind == "StandardScaler"
            centred, divided = (step.with_mean, step.with_std) if standard else (step.with_centering, step.with_scaling)
            factor = 1.0 / np.asarray(_fitted(step, "scale_")) if divided else np.ones(1)
            middle = np.asarray(_fitted(step, "mean_" if standard else "center_")) if centred else np.zeros(1)
            return factor, -middle * factor
        case "MinMaxScaler" if not step.clip:
            return _fitted(step, "scale_"), _fitted(step, "min_")
        case "MaxAbsScaler" if not getattr(step, "clip", False):
            return 1.0 / np.asarray(_fitted(step, "scale_")), np.zeros(1)
        case "FunctionTransformer" if step.func is None:
            return np.ones(1), np.zeros(1)
    clipped = " with clip=True" if getattr(step, "clip", False) else ""
    raise ArgumentError(f"{place}: {kind}{clipped} is no scaling that weights can hold; those are {_SCALERS}")
