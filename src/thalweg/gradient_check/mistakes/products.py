"""Mistakes in one array of the gradient: its input, its error terms, its sum, its penalty, its place, left out."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from ...core.arrays import Array
from ...core.network import Layer
from ..arrangements import lines_moved
from .mistake import Change, Hook, Mistake, Place
from .problem import BIAS, Problem, array_of

Make = Callable[..., Mistake]


def array_mistakes(problem: Problem, layer: Layer, source: str) -> Iterator[Mistake]:
    """Those of the weights from a source, or of the bias."""

    def one(hook: Hook, kind: str, what: str, change: Change, **more: bool) -> Mistake:
        return Mistake(kind, hook, layer.name, what, change, source, **more)

    if source == BIAS:
        yield from _sums(problem, layer, one)
        shape: tuple[int, ...] = (layer.size,)
    else:
        yield from _inputs(problem, layer, source, one)
        shape = layer.size, problem.net.sizes[source]
    yield from _errors(problem, layer, one, bias=source == BIAS)
    yield from _penalties(problem, one, bias=source == BIAS)
    yield one("array", "zero", "with zeros in its place", lambda place, right: np.zeros_like(right))
    yield one("array", "sign", "with the other sign", lambda place, right: -right)
    yield one("array", "factor", "with a factor", lambda place, right: right, free=True, stays=False)
    yield one("array", "absolute_value", "with absolute values", lambda place, right: np.abs(right))
    yield from _moved(shape, one)
    net = problem.net
    for other in net.layers:
        for at in (*(other.sources or ()), *([BIAS] if other.bias else [])):
            same = (other.size,) if at == BIAS else (other.size, net.sizes[at])
            if same == shape and (other.name, at) != (layer.name, source):
                yield one(
                    "array",
                    "exchanged",
                    f"with the gradient of {'the bias' if at == BIAS else 'the weights'} of {other.name}",
                    lambda place, right, other=other.name, at=at: place.state.gradient.get(
                        (other, at), array_of(place.at.right, other, at)
                    ),
                )


def _inputs(problem: Problem, layer: Layer, source: str, one: Make) -> Iterator[Mistake]:
    """Another array for the layer's input a in sᵀ a."""
    net = problem.net

    def product(name: str, what: str, x: Callable[[Place], Array]) -> Mistake:
        return one("product", name, f"with {what}", lambda place, right: place.s.T @ x(place))

    if source not in net.inputs:
        f = next(one.activation for one in net.layers if one.name == source)
        yield product(
            "net_input_sent", "the net inputs n of the layer before for its outputs a", lambda place: place.at.n(source)
        )
        yield product(
            "slope_sent",
            "the outputs of the layer before times their f' for these outputs a",
            lambda place: f.backpropagate(place.at.n(source), place.at.a(source), place.at.a(source)),
        )
        yield product(
            "activated_twice",
            "f of the outputs of the layer before for these outputs a",
            lambda place: f(place.at.a(source)),
        )
    width = net.sizes[source]
    for name, size in net.sizes.items():
        if name == source or size != width:
            continue
        own, of_input = name == layer.name, name in net.inputs
        which = "its own outputs" if own else f"the input {name}" if of_input else f"the outputs of {name}"
        yield product("other_input", f"{which} for its inputs", lambda place, name=name: place.at.a(name))
        if not of_input:
            which = "its own net inputs" if own else f"the net inputs of {name}"
            yield product("other_input", f"{which} for its inputs", lambda place, name=name: place.at.n(name))
    for what, moved in (
        ("one example later", lambda x: np.roll(x, -1, axis=0)),
        ("one example earlier", lambda x: np.roll(x, 1, axis=0)),
        ("in reverse order of the examples", lambda x: x[::-1]),
        ("averaged over the examples", lambda x: np.broadcast_to(x.mean(axis=0), x.shape)),
    ):
        yield product("input_moved", f"the layer's input {what}", lambda place, moved=moved: moved(place.at.a(source)))
    yield product("no_input", "ones for the layer's input", lambda place: np.ones_like(place.at.a(source)))
    if problem.loss.reduction == "mean":
        yield one(
            "product",
            "product_of_means",
            "with the product of means for the mean of the products",
            lambda place, right: np.outer(place.s.sum(axis=0), place.at.a(source).mean(axis=0)),
        )


def _sums(problem: Problem, layer: Layer, one: Make) -> Iterator[Mistake]:
    """Another sum than that over the examples."""
    yield one(
        "sum",
        "bias_axis",
        "with one sum over examples and units",
        lambda place, right: np.full_like(right, place.s.sum()),
    )
    yield one(
        "sum",
        "bias_axis",
        "with the sum over the units, averaged over the examples,",
        lambda place, right: np.full_like(right, place.s.sum(axis=1).mean()),
    )
    yield one(
        "sum",
        "bias_axis",
        "with the mean over examples and units",
        lambda place, right: np.full_like(right, place.s.mean()),
    )
    if problem.count == layer.size:
        yield one(
            "sum",
            "bias_axis",
            "with the sum over the units in the place of that over the examples",
            lambda place, right: place.s.sum(axis=1),
        )
        yield one(
            "sum",
            "bias_axis",
            "with the mean over the units in the place of the sum over the examples",
            lambda place, right: place.s.mean(axis=1),
        )
    yield one(
        "sum",
        "bias_multiplied",
        "with the bias times the error terms",
        lambda place, right: right * place.parameters,
    )
    yield one(
        "sum",
        "bias_of_sizes",
        "with the sum of |s| for that of s",
        lambda place, right: np.abs(place.s).sum(axis=0),
    )
    for source in layer.sources or ():
        yield one(
            "sum",
            "bias_of_weights",
            "with the sum of the weights' gradient over the sources",
            lambda place, right, source=source: (place.s.T @ place.at.a(source)).sum(axis=1),
        )


def _errors(problem: Problem, layer: Layer, one: Make, *, bias: bool) -> Iterator[Mistake]:
    """Another array for the error terms s."""
    net = problem.net
    hook: Hook = "sum" if bias else "product"

    def of(kind: str, what: str, s: Callable[[Place], Array]) -> Mistake:
        def change(place: Place, right: Array) -> Array:
            return s(place).sum(axis=0) if bias else s(place).T @ place.at.a(place.source)

        return one(hook, kind, f"with {what}", change)

    yield of("error_before_slope", "the layer's error before its f'", lambda place: place.v)
    for other in net.layers:
        if other is not layer and other.size == layer.size:
            yield of(
                "other_sensitivity",
                f"the error terms of {other.name}",
                lambda place, name=other.name: place.state.s.get(name, place.at.right_sensitivities[name]),
            )
    f = layer.activation
    yield of("slope_again", "f' taken once more", lambda place: f.backpropagate(place.n, place.a, place.s))


def _penalties(problem: Problem, one: Make, *, bias: bool) -> Iterator[Mistake]:
    """Another strength of a penalty; its derivative by a bias."""
    told = "bias" if bias else "weights"
    if problem.l1 and not bias:
        yield one(
            "penalty",
            "absolute_penalty",
            "with another l1 penalty",
            lambda place, right: np.sign(place.parameters),
            free=True,
            stays=False,
        )
    yield one(
        "penalty",
        "penalty",
        f"with another penalty on the {told}",
        lambda place, right: place.parameters,
        free=True,
        stays=bool(problem.l1) and not bias,
    )
    if problem.l2 and not bias:
        yield one(
            "penalty",
            "absolute_penalty",
            "with the derivative of Σ |w| for that of Σ w²",
            lambda place, right: problem.l2 * np.sign(place.parameters),
        )
    if problem.l1 and not bias:
        yield one(
            "penalty",
            "penalty",
            "with the derivative of Σ w² for that of Σ |w|",
            lambda place, right: problem.l1 * place.parameters,
        )


def _moved(shape: tuple[int, ...], one: Make) -> Iterator[Mistake]:
    """The right numbers at other places, or some of them left out."""
    if len(shape) == 2 and min(shape) > 1:
        if shape[0] == shape[1]:
            yield one("array", "transposed", "transposed", lambda place, right: right.T)
        else:
            yield one(
                "array",
                "transposed",
                "transposed, filled as the matrix of the other shape would be,",
                lambda place, right: right.T.reshape(right.shape),
            )
            yield one(
                "array",
                "transposed",
                "laid out by columns",
                lambda place, right: right.reshape(-1).reshape(right.shape, order="F"),
            )
    for axis, line in enumerate(("row", "column") if len(shape) == 2 else ("entry",)):
        size = shape[axis]
        if size < 2:
            continue
        for place, which in ((0, "first"), (size - 1, "last")):
            yield one(
                "array",
                "line_left_out",
                f"with the {which} {line} left at 0",
                lambda at, right, axis=axis, place=place: _without_line(right, axis, place),
            )


def _without_line(right: Array, axis: int, place: int) -> Array:
    keep = np.ones(right.shape[axis])
    keep[place] = 0.0
    return right * (keep if axis == right.ndim - 1 else keep[:, None])


def moved_lines(layer: str, source: str, right: Array, given: Array) -> Iterator[Mistake]:
    """The rows, columns or entries of an array in another order, if that is the array given."""
    for axis, line in enumerate(("row", "column") if right.ndim == 2 else ("entry",)):
        if right.shape[axis] < 2 or not np.isfinite(given).all():
            continue
        first, second = (np.moveaxis(array, axis, 0).reshape(right.shape[axis], -1) for array in (right, given))
        order = _order(first, second)
        if order is not None:
            how = lines_moved(line, order).replace("entrys", "entries")
        else:
            order = _repeated(first, second)
            if order is None or line == "entry":
                continue
            twice = np.flatnonzero(order != np.arange(len(order)))
            how = " and ".join(f"{line} {k} is that of {line} {order[k]}" for k in twice)
        yield Mistake(
            "exchanged_lines",
            "array",
            layer,
            f"where {how}",
            lambda place, right, axis=axis, order=order: np.take(right, order, axis=axis),
            source,
        )


def _repeated(right: Array, given: Array) -> np.ndarray | None:
    """Which right line each given one is, where one or two stand at the places of others too; None if it is not so."""
    near = 1e-7 * np.abs(right).max(initial=0.0)
    order = np.arange(len(right))
    off = np.flatnonzero(np.abs(given - right).max(axis=1) > near)
    if not 0 < len(off) <= min(2, len(right) - 1):
        return None
    for k in off:
        order[k] = np.argmin(np.abs(right - given[k]).max(axis=1))
    return order if np.abs(right[order] - given).max() <= near else None


def _order(right: Array, given: Array) -> np.ndarray | None:
    """Which right line each given one is; None unless each is another one, and some are moved."""
    by_sum = np.random.default_rng(0).uniform(0.5, 1.5, right.shape[1])
    right_at, given_at = np.argsort(right @ by_sum), np.argsort(given @ by_sum)
    order = np.empty(len(right), np.intp)
    order[given_at] = right_at
    near = 1e-7 * np.abs(right).max(initial=0.0)
    moved = np.flatnonzero(order != np.arange(len(right)))
    moved = moved[np.abs(right[order[moved]] - right[moved]).max(axis=1, initial=0.0) > near] if len(moved) else moved
    return order if len(moved) and np.abs(right[order] - given).max() <= near else None
