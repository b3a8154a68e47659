"""The arguments of `train`, checked: arrays that fit the network, finite, in the run's type; numbers in their range."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ..core.activations import Sigmoid, Softmax
from ..core.arrays import DType, Inputs, holds_numbers, not_finite, table_array
from ..core.checked import check_inputs, check_network, check_targets
from ..core.losses import LOSSES, MAE, CrossEntropy, Loss
from ..core.network import LayerParameters, Network, Parameters
from ..core.weighing import named_weights, remedy_for_nan, weigh_targets
from ..errors import ArgumentError, DataError, ThalwegError, shown
from ..optimizers.full_batch import FullBatchRule
from ..optimizers.interop import OptaxRule
from ..optimizers.resilient import Rprop
from ..optimizers.rule import Rule
from ..registry import title_of
from .choices import DTYPES, ENGINES
from .examples import Examples
from .programs import prepare_jax

if TYPE_CHECKING:
    from .callbacks import Callback

MOST_MEMORY = 4 * 2**30
"""The most bytes that the matrices of a second-order rule may take."""


def check_dtype(dtype: DType) -> str:
    """The name of the run's number type; raises ArgumentError unless it is float32 or float64."""
    try:
        name = None if dtype is None else np.dtype(dtype).name
    except (TypeError, ValueError, RecursionError):
        name = None
    if name not in DTYPES:
        raise ArgumentError(f"dtype is {shown(dtype)}; it must be 'float32' or 'float64'")
    return name


def check_engine(engine: str) -> None:
    """Raise ArgumentError for an engine that there is not."""
    if engine not in ENGINES:
        raise ArgumentError(f"engine is {shown(engine)}; it must be one of {', '.join(ENGINES)}")


def read_examples(
    net: Network,
    loss: Loss,
    P: Any,
    T: Any,
    sample_weight: Any,
    dtype: str,
    where: str = "",
    *,
    target_weight: Any = None,
    targets: str = "complete",
) -> Examples:
    """Inputs, targets and weights as finite arrays of the run's type, all of them; missing targets are 0 and weigh 0.

    Raises ArgumentError for shapes that do not fit, DataError for values that are not finite numbers, or that are no
    targets for the loss.

    Args:
        net, loss: What they are for.
        P, T, sample_weight, target_weight, targets: As in `train`.
        dtype: The type of the run.
        where: Names the set of examples in messages.
    """
    try:
        arrays = check_inputs(net, P, numpy_array)
        examples = next(iter(arrays.values())).shape[0]
        T = check_targets(net, T, examples, numpy_array)
    except ThalwegError as error:
        raise type(error)(f"{where}{error}") from None
    if examples == 0:
        raise DataError(f"{where}P has no examples")
    arrays = {
        name: _numbers(f"{where}P" if len(arrays) == 1 else f"{where}P[{name!r}]", values, dtype)
        for name, values in arrays.items()
    }
    weight = None if sample_weight is None else example_weight(f"{where}sample_weight", sample_weight, examples, dtype)
    given = _holding_numbers(f"{where}T", T)
    T, weight = weigh_targets(where, loss, given, weight, target_weight, targets)
    try:
        T = _numbers(f"{where}T", T, dtype)
    except DataError as error:
        raise DataError(f"{error}{remedy_for_nan(given)}") from None
    if weight is not None and weight.dtype != T.dtype:
        weight = _numbers(f"{where}target_weight", weight, dtype)
        if not (weight > 0).any():
            raise DataError(f"{where}target_weight is 0 everywhere in {dtype}; some target must count")
    _check_targets_of(loss, net, T, where, whole=np.all(np.isfinite(given), axis=1))
    return Examples(arrays, T, weight)


def check_examples(
    net: Network,
    loss: Loss,
    P: Any,
    T: Any,
    sample_weight: Any,
    dtype: str,
    where: str = "",
    *,
    target_weight: Any = None,
    targets: str = "complete",
) -> Examples:
    """`read_examples`, without the examples of weight 0 and those whose targets are all missing or of weight 0.

    Args:
        net, loss, P, T, sample_weight, dtype, where, target_weight, targets: As there.
    """
    examples = read_examples(net, loss, P, T, sample_weight, dtype, where, target_weight=target_weight, targets=targets)
    kept = examples.counted
    return examples if kept is None else examples.taken(np.flatnonzero(kept))


def missing_targets(T: Any, targets: str) -> np.ndarray | None:
    """A mask (examples, outputs) of the targets that are NaN, where such are ignored; None: there are none.

    >>> missing_targets([[1.0, np.nan]], "ignore_nan")
    array([[False,  True]])
    """
    if targets == "complete":
        return None
    missing = np.isnan(np.asarray(T, dtype=np.float64))
    return missing if missing.any() else None


def example_weight(place: str, weight: Any, examples: int, dtype: str) -> np.ndarray:
    """(examples,) weights; raises ArgumentError for another shape, DataError unless they are finite, not negative, and
    one is above 0.
    """
    weight = numpy_array(place, weight)
    if weight.shape != (examples,):
        raise ArgumentError(f"{place} has shape {weight.shape}; it must be ({examples},), one an example")
    weight = _numbers(place, weight, dtype)
    if (weight < 0).any():
        row = int(np.argmax(weight < 0))
        raise DataError(f"{place} is {weight[row]} at row {row}; a weight must not be negative")
    if not (weight > 0).any():
        raise DataError(f"{place} is 0 everywhere; some example must count")
    return weight


def check_judged(
    name: str, net: Network, loss: Loss, judged: Sequence[Inputs] | None, dtype: str, targets: str = "complete"
) -> Examples | None:
    """The examples of a validation or test set: None, (P, T) or (P, T, weight), of the examples or of each target."""
    if judged is None:
        return None
    if not isinstance(judged, Sequence) or isinstance(judged, str) or len(judged) not in (2, 3):
        raise ArgumentError(f"{name} must be (P, T) or (P, T, sample_weight)")
    P, T, *weights = judged
    weight = numpy_array(f"{name} sample_weight", weights[0]) if weights and weights[0] is not None else None
    named = {"sample_weight": None, **named_weights(weight)}
    return check_examples(net, loss, P, T, **named, dtype=dtype, where=f"{name} ", targets=targets)


def check_start(net: Network, params: Any, dtype: str) -> Parameters:
    """The parameters to start from, copied in the run's type; raises for those that do not fit or are not finite."""
    check_network(net)
    net.check_parameters(params)
    return {
        layer.name: LayerParameters(
            {
                source: _numbers(f"params[{layer.name!r}].weights[{source!r}]", np.array(W), dtype)
                for source, W in params[layer.name].weights.items()
            },
            None
            if params[layer.name].bias is None
            else _numbers(f"params[{layer.name!r}].bias", np.array(params[layer.name].bias), dtype),
        )
        for layer in net.layers
    }


def check_callbacks(callbacks: object) -> tuple[Callback, ...]:
    """The callbacks as a tuple; raises ArgumentError unless it is a sequence of functions."""
    if not isinstance(callbacks, Sequence) or isinstance(callbacks, str) or not all(map(callable, callbacks)):
        raise ArgumentError(f"callbacks is {shown(callbacks)}; it must be a list of functions: callbacks=[function]")
    return tuple(callbacks)


def numpy_array(place: str, values: Any) -> np.ndarray:
    """`table_array` on NumPy."""
    return np.asarray(table_array(place, values))


def _numbers(place: str, values: np.ndarray, dtype: str) -> np.ndarray:
    """The values in the run's type; raises DataError naming the row and column of the first that is not finite."""
    values = _holding_numbers(place, values)
    with np.errstate(over="ignore"):
        found = np.ascontiguousarray(values, dtype=dtype)
    if np.isfinite(found).all():
        return found
    if np.isfinite(values).all():
        at = tuple(int(i) for i in np.argwhere(~np.isfinite(found))[0])
        here = f"row {at[0]}" + (f", column {at[1]}" if len(at) > 1 else "")
        raise DataError(
            f"{place} has {values[at]} at {here}, too large for {dtype}: scale the column or use dtype='float64'"
        )
    raise DataError(not_finite(place, values))


def _holding_numbers(place: str, values: np.ndarray) -> np.ndarray:
    if not holds_numbers(values):
        raise DataError(
            f"{place} holds values of type {values.dtype}; it must hold numbers: encode text and dates first"
        )
    return values


def _check_targets_of(loss: Loss, net: Network, T: np.ndarray, where: str, whole: np.ndarray) -> None:
    """Targets of cross-entropy are probabilities; in each row of a softmax they add up to 1.

    They may add up to less in the rows that are not `whole`: the missing ones are 0.
    """
    if not isinstance(loss, CrossEntropy):
        return
    outside = (T < 0) | (T > 1)
    if outside.any():
        row, column = (int(i) for i in np.argwhere(outside)[0])
        raise DataError(
            f"{where}T is {T[row, column]:g} at row {row}, column {column}; targets of cross_entropy are from 0 to 1: "
            "give one-hot rows (0/1 for a sigmoid output), or, for what is measured, use mse with a linear output"
        )
    if isinstance(net.output.activation, Softmax):
        sums = T.sum(axis=1)
        off = (np.abs(sums - 1.0) > 1e-4) & (whole | (sums > 1.0))
        if off.any():
            row = int(np.argmax(off))
            raise DataError(f"{where}T adds up to {sums[row]:g} in row {row}; rows for a softmax output add up to 1")


def check_full_batch(
    rule: FullBatchRule, net: Network, loss: Loss, batch_size: Any, l1: Any, examples: int | None = None
) -> str:
    """The batch size "all"; raises ArgumentError where the rule cannot go, and names one that can."""
    name = title_of(rule)
    if not (batch_size is None or isinstance(batch_size, str | int)) or batch_size not in (None, "all", examples):
        raise ArgumentError(
            f"{name} needs all examples in each update, not batch_size={shown(batch_size)}: use 'all', or adam"
        )
    if any(layer.dropout for layer in net.layers):
        raise ArgumentError(f"{name} needs the same network in each update: train without dropout, or use adam")
    if l1:
        raise ArgumentError(f"{name} needs a smooth loss: use l2 instead of l1, or use adam")
    if rule.needs_squares and not loss.squares:
        others = "bfgs, rprop" if isinstance(loss, MAE) else "gauss_newton, bfgs, scg"
        raise ArgumentError(
            f"{name} needs a sum of squares, not {LOSSES.name_of(loss)}: use mse, or {others} or adam for this loss"
        )
    if loss.squares:
        loss.multiple()  # which is refused if the loss is none of e²
    memory = 8 * rule.matrices * net.parameter_count**2
    if memory > MOST_MEMORY:
        raise ArgumentError(
            f"{name} would hold {memory / 2**30:.1f} GiB for the {net.parameter_count:,} parameters of this network, "
            f"more than {MOST_MEMORY / 2**30:.0f} GiB: use lbfgs, scg or adam"
        )
    return "all"


def check_optax(rule: OptaxRule, params: Parameters, dtype: str) -> None:
    """Raise ArgumentError for a rule of optax that makes no updates of such parameters from what it is told."""
    with prepare_jax().enable_x64(dtype == "float64"):
        rule.check(params)


def default_batch_size(rule: Rule, examples: int) -> int | str:
    """The batch size that fits the rule: all examples where it needs them, else 32, or all if they are fewer."""
    return "all" if isinstance(rule, FullBatchRule | Rprop) else min(32, examples)


def default_loss(net: Network) -> str:
    """The loss that fits the output layer: cross-entropy for sigmoid and softmax, else the mean square error."""
    return "cross_entropy" if type(net.output.activation) in (Sigmoid, Softmax) else "mse"
