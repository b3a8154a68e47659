"""What each example and each target counts: the factors c of F = Σ_q Σ_k c_qk ℓ_k(a_q, t_q).

    c_q  = w_q / Σ w               in a mean, by weights w of the examples (1/N without any)
    c_qk = w_q v_qk · S / Σ w v    in a mean, by weights v of the single targets too, of S outputs

In a sum they are w_q and w_q v_qk; a loss that averages its outputs has 1/S more. So v of 1 everywhere is as none, v of
one number in each row is a weight of examples, and a target of v = 0 is as if it were not there: neither the loss nor
its derivatives know it, and the mean is over those that are. Arrays of weights are (examples,), or (examples, outputs)
once targets have their own.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from ..errors import ArgumentError, DataError, shown
from .activations import Activation, Elementwise
from .arrays import Array, Float, finite_array, is_traced, namespace, number_array
from .losses import LOSSES, Loss

TARGETS = ("complete", "ignore_nan")
"""What targets may be: all there, or NaN where they are missing, which are then left out."""


def example_factors(
    loss: Loss, outputs: int, examples: int, weight: Array | None
) -> float | Float[Array, "examples _"]:
    """c, with the 1/outputs of a loss that averages them: one number, or a column, or (examples, outputs), as weighed.

    What weighs nothing together has c = 0.
    """
    share = 1.0 / outputs if loss.averages_outputs else 1.0
    if weight is None:
        return share / examples if loss.reduction == "mean" else share
    if loss.reduction == "mean":
        total = total_weight(weight)
        share = share / namespace(weight).where(total > 0, total, 1.0)
    return weight * share if weight.ndim == 2 else (weight * share)[:, None]


def total_weight(weight: Array) -> Array:
    """How many examples the weights amount to: Σ w, or Σ w v / S.

    >>> import numpy as np
    >>> total_weight(np.array([1.0, 2.0])), total_weight(np.array([[1.0, 1.0], [1.0, 0.0]]))
    (np.float64(3.0), np.float64(1.5))
    """
    total = namespace(weight).sum(weight)
    return total / weight.shape[1] if weight.ndim == 2 else total


def of_weighed_terms(
    method: Callable[..., Array], activation: Activation, n: Array, a: Array, t: Array, c: Array, *more: Array
) -> Array:
    """`sensitivity`, `sensitivity_dot` or `gauss_newton` of a loss for terms that are multiplied with c.

    c multiplies what comes out, unless the outputs of an example have different ones and depend on each other: then it
    multiplies the terms.
    """
    if isinstance(activation, Elementwise) or getattr(c, "ndim", 0) == 0 or c.shape[-1] == 1:
        return method(activation, n, a, t, *more) * c
    return method(activation, n, a, t, *more, c=c)


def check_weighs_targets(loss: Loss) -> None:
    """Raise ArgumentError for a loss that is fused with its output function and does not say how targets are weighed.

    >>> import thalweg as tw
    >>> check_weighs_targets(tw.losses.MSE())
    """
    methods = loss.sensitivity, loss.sensitivity_dot, loss.gauss_newton
    if all("c" in inspect.signature(method).parameters for method in methods):
        return
    name = LOSSES.name_of(loss) if type(loss) in LOSSES.values() else type(loss).__name__
    raise ArgumentError(
        f"loss {name!r} does not say how single targets are weighed, which target_weight and targets='ignore_nan' "
        "need: let its sensitivity, sensitivity_dot and gauss_newton take c (examples, outputs), or make it a "
        "PointwiseLoss"
    )


def check_targets_setting(targets: object) -> None:
    """Raise ArgumentError for what `targets` cannot be."""
    if not isinstance(targets, str) or targets not in TARGETS:
        raise ArgumentError(f"targets is {shown(targets)}; it must be one of {', '.join(map(repr, TARGETS))}")


def weigh_targets(
    where: str, loss: Loss, T: Array, sample_weight: Array | None, target_weight: Array | None, targets: str
) -> tuple[Array, Array | None]:
    """The targets with 0 for those that are missing, and the weight of all: (examples,) or (examples, outputs).

    `sample_weight` is checked. NaN targets stay NaN unless `targets` says that they are ignored. Raises ArgumentError
    for weights of another shape, DataError for negative ones and those that are no finite numbers.

    >>> import numpy as np, thalweg as tw
    >>> weigh_targets("", tw.losses.MSE(), np.array([[1.0, np.nan], [2.0, 3.0]]), None, None, "ignore_nan")
    (array([[1., 0.],
           [2., 3.]]), array([[1., 0.],
           [1., 1.]]))
    """
    check_targets_setting(targets)
    v = None if target_weight is None else check_target_weight(f"{where}target_weight", target_weight, T)
    xp = namespace(T)
    if targets == "ignore_nan" and xp.isdtype(T.dtype, "real floating"):
        missing = xp.isnan(T)
        if is_traced(T) or bool(xp.any(missing)):
            v = xp.where(missing, xp.zeros_like(T), xp.ones_like(T) if v is None else v)
            T = xp.where(missing, xp.zeros_like(T), T)
    if v is None:
        return T, sample_weight
    weight = v if sample_weight is None else v * sample_weight[:, None]
    if is_traced(weight):
        check_weighs_targets(loss)
        return T, weight
    if not bool(xp.any(weight > 0)):
        what = "target_weight is 0 everywhere" if target_weight is not None else "T has no target: all are missing"
        raise DataError(f"{where}{what}; some target must count")
    weight = _of_examples(weight)
    if weight is not None and weight.ndim == 2:
        check_weighs_targets(loss)
    return T, weight


def finite_targets(place: str, T: Array) -> Array:
    """The targets; raises DataError for one that is not finite, and for NaN names how such are ignored."""
    try:
        return finite_array(place, T)
    except DataError as error:
        raise DataError(f"{error}{remedy_for_nan(T)}") from None


def remedy_for_nan(T: Array) -> str:
    """How missing targets are ignored, as the end of a message, if all that is not finite is NaN."""
    xp = namespace(T)
    ignorable = xp.isdtype(T.dtype, "real floating") and not bool(xp.any(xp.isinf(T)))
    return ", or ignore targets that are missing: targets='ignore_nan'" if ignorable else ""


def named_weights(weight: Array | None) -> dict[str, Any]:
    """Weights as the arguments that public functions have for them: `sample_weight` or `target_weight`.

    >>> import numpy as np
    >>> list(named_weights(np.ones(3))), list(named_weights(np.ones((3, 2))))
    (['sample_weight'], ['target_weight'])
    """
    return {"target_weight" if weight is not None and weight.ndim == 2 else "sample_weight": weight}


def check_target_weight(place: str, target_weight: object, T: Array) -> Array:
    """Weights of the targets, in the type of T; raises ArgumentError unless they have its shape, DataError for negative
    ones and those that are no finite numbers.

    >>> import numpy as np
    >>> check_target_weight("target_weight", [[2]], np.ones((1, 1)))
    array([[2.]])
    """
    v = number_array(place, target_weight)
    if tuple(v.shape) != tuple(T.shape):
        raise ArgumentError(
            f"{place} has shape {tuple(v.shape)} and T {tuple(T.shape)}: give a weight for each target, or "
            "sample_weight for each example"
        )
    v = finite_array(place, v)
    xp = namespace(v, T)
    if not is_traced(v) and bool(xp.any(v < 0)):
        row, column = (int(k[0]) for k in xp.nonzero(v < 0))
        raise DataError(
            f"{place} is {float(v[row, column]):g} at row {row}, column {column}; a weight must not be negative"
        )
    return xp.astype(v, T.dtype if xp.isdtype(T.dtype, "real floating") else xp.asarray(0.0).dtype)


def _of_examples(weight: Array) -> Array | None:
    """The weight (examples,) where the targets of each example have the same one; None where all are 1."""
    xp = namespace(weight)
    if not bool(xp.all(weight == weight[:, :1])):
        return weight
    return None if bool(xp.all(weight == 1)) else weight[:, 0]
