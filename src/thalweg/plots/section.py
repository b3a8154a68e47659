"""What a network says along one of its inputs, or over the plane of two, the others held; and the examples there."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, NamedTuple, TypeAlias, TypeVar

import numpy as np
from numpy.typing import ArrayLike

from ..core.blocks import output_in_blocks
from ..core.kinds import check_count, is_number, takes_kinds
from ..core.propagation import forward_phase
from ..errors import ArgumentError, DataError, shown, unknown
from .parts import Fitted, examples_of, weights_there

if TYPE_CHECKING:
    from ..core.network import Network, Parameters
    from ..data.target import Label
    from ..training.run import Run

CELLS = 80
"""Of a plane along each side."""
POINTS = 240
"""Of a curve."""
MOST_EXAMPLES = 600
"""Of more examples a sample is drawn."""
_MOST_NUMBERS = 2_000_000
"""Of the inputs of a grid: of very wide ones it has fewer cells."""
MOST_CLASSES = 64
_MARGIN = 0.1

Params = TypeVar("Params")
"""What a network says by: its parameters; of a function, another function or None for that one."""
Function: TypeAlias = Callable[[np.ndarray], ArrayLike]


class Said(NamedTuple):
    """What a network says of a section: of its grid, and of the examples.

    Of a classifier shares of the classes, (rows, columns, classes) or (columns, classes), and (examples, classes);
    else values, (rows, columns) or (columns,), and (examples,).
    """

    grid: np.ndarray
    examples: np.ndarray


@dataclass(frozen=True)
class Section(Generic[Params]):
    """A line or a plane through the inputs of a network, as people have them, and the examples near it.

    `ends` (axes, 2) are those of its axes; `places` (examples, axes) are the examples there, `targets` the numbers of
    their classes or their values, `parts` the number of each one's part among `part_names`. `held` tells at what the
    other inputs are held. `said(params)` is what a network with these parameters says.
    """

    names: tuple[str, ...]
    ends: np.ndarray
    shape: tuple[int, ...]
    places: np.ndarray
    targets: np.ndarray
    parts: np.ndarray
    part_names: tuple[str, ...]
    classes: tuple[str, ...] | None
    target: str
    held: tuple[tuple[str, str], ...]
    examples: int
    """How many there are; no more than `MOST_EXAMPLES` are drawn."""
    grid_inputs: np.ndarray
    example_inputs: np.ndarray
    read: Callable[[Params, np.ndarray], np.ndarray]
    """Outputs as shares of the classes (points, classes), or values (points,), of parameters and inputs."""
    forward: Callable[[Params, np.ndarray], Mapping[str, np.ndarray]] | None = None
    """The outputs (points, units) of each layer, of parameters and inputs; None for a function."""

    def maps(self, params: Params) -> dict[str, np.ndarray]:
        """What each unit says of the grid, (rows, columns, units) or (columns, units), by the name of its layer.

        Raises ArgumentError for a section of a function, which has no units.
        """
        if self.forward is None:
            raise ArgumentError("a section of a function has no units: give a section of a run or of a table")
        with np.errstate(all="ignore"):
            found = self.forward(params, self.grid_inputs)
        return {name: np.asarray(a, dtype=np.float64).reshape(*self.shape, -1) for name, a in found.items()}

    def said(self, params: Params) -> Said:
        """What a network with these parameters says: of the grid, and of the examples."""
        with np.errstate(all="ignore"):
            grid = np.asarray(self.read(params, self.grid_inputs), dtype=np.float64)
            examples = np.asarray(self.read(params, self.example_inputs), dtype=np.float64)
        return Said(grid.reshape(*self.shape, *grid.shape[1:]), examples)


class _Rows(NamedTuple):
    """Rows as people have them, (examples, inputs), with their targets, their parts and the names of the inputs."""

    P: np.ndarray
    targets: np.ndarray
    parts: np.ndarray
    part_names: tuple[str, ...]
    names: tuple[str, ...]


@takes_kinds
def section_of_run(
    run: Run | Fitted,
    across: Sequence[str | int] | None = None,
    held: Mapping[str, float] | None = None,
    *,
    names: Sequence[str] | None = None,
    classes: Sequence[Label] | None = None,
    output: int = 1,
    cells: int | None = None,
) -> Section[Parameters]:
    """The section of a run, or of what `tw.fitnet` or `patternnet` leaves, among the examples that it learnt from.

    `across` are one input or two, by name or number from 0; None: the first two, or the only one. The others are held
    at the median of the training examples, or where `held` says. `classes` name those of one-hot targets, or the two of
    a single output; targets are taken as classes where they are one-hot rows or of two values; `output`, from 1, is the
    one of several values that is shown.

    Raises ArgumentError for a run without its examples, and for inputs that there are not.

    >>> import thalweg as tw
    >>> P, T = np.array([[0, 0], [0, 1], [1, 0], [1, 1]]), np.array([[0], [1], [1], [0]])
    >>> run = tw.train(tw.mlp(2, 4, 1, output="sigmoid"), P, T, epochs=5, engine="numpy")
    >>> section = section_of_run(run, cells=3)
    >>> section.names, section.classes, section.said(run.params).grid.shape
    (('input 1', 'input 2'), ('0', '1'), (3, 3, 2))
    """
    rows, T = _rows_of_fitted(run, names) if isinstance(run, Fitted) else _rows_of_run(run, names)
    kinds, targets, decode = _kinds(T, classes, output)
    outputs = _outputs_of_fitted(run) if isinstance(run, Fitted) else _outputs_of_run(run)
    return _section(
        rows._replace(targets=targets),
        across,
        held,
        kinds,
        "target",
        lambda params, P: decode(outputs(params, P)),
        cells,
        _forward_of_fitted(run) if isinstance(run, Fitted) else _forward_of_run(run),
    )


def section_of_function(
    predict: Function,
    parts: Mapping[str, tuple[ArrayLike, ArrayLike]],
    across: Sequence[str | int] | None = None,
    held: Mapping[str, float] | None = None,
    *,
    names: Sequence[str] | None = None,
    classes: Sequence[Label] | None = None,
    output: int = 1,
    cells: int | None = None,
) -> Section[Function | None]:
    """The section of a function of inputs (points, inputs), among examples: (inputs, targets) by the name of the part.

    It returns outputs (points, outputs), and takes the place of parameters in `said`: another function may do so too.
    Raises DataError for parts that do not fit.

    >>> section = section_of_function(lambda P: P**2, {"training": ([[0.0], [1.0]], [[0.0], [1.5]])}, classes=())
    >>> section.said(lambda P: P + 1).examples
    array([1., 2.])
    """
    if not isinstance(parts, Mapping) or not parts:
        raise ArgumentError(f"parts is {shown(parts)}; it must be a dict such as {{'training': (inputs, targets)}}")
    found = {}
    for name, pair in parts.items():
        P, T = (np.asarray(values, dtype=np.float64) for values in pair)
        P, T = (values[:, None] if values.ndim == 1 else values for values in (P, T))
        if P.ndim != 2 or T.ndim != 2 or len(P) != len(T) or not len(P):
            raise DataError(f"{name}: inputs and targets must be of as many examples, not {P.shape} and {T.shape}")
        found[str(name)] = P, T
    rows, T = _rows(found, names, None)
    kinds, targets, decode = _kinds(T, classes, output)

    def read(function: Function | None, P: np.ndarray) -> np.ndarray:
        outputs = np.asarray((function if callable(function) else predict)(P), dtype=np.float64)
        return decode(outputs[:, None] if outputs.ndim == 1 else outputs)

    return _section(rows._replace(targets=targets), across, held, kinds, "target", read, cells)


def _rows_of_run(run: Run, names: Sequence[str] | None) -> tuple[_Rows, np.ndarray]:
    found = {}
    for part, examples in examples_of(run).items():
        P = np.concatenate([np.asarray(inputs, dtype=np.float64) for inputs in examples.inputs.values()], axis=1)
        found[part] = P, np.where(weights_there(examples), np.asarray(examples.T, dtype=np.float64), np.nan)
    sizes = run.network.inputs
    own = [name if size == 1 else f"{name} {k + 1}" for name, size in sizes.items() for k in range(size)]
    return _rows(found, names, own)


def _rows_of_fitted(fit: Fitted, names: Sequence[str] | None) -> tuple[_Rows, np.ndarray]:
    encoding = fit.model.encoding
    own = None if encoding is None else [one.name for one in encoding.inputs]
    found = {name: (P, T) for name, (P, T, _) in fit.parts.items()}
    width = next(iter(found.values()))[0].shape[1]
    return _rows(found, names, own if own is not None and len(own) == width else None)


def _rows(
    parts: Mapping[str, tuple[np.ndarray, np.ndarray]], names: Sequence[str] | None, own: Sequence[str] | None
) -> tuple[_Rows, np.ndarray]:
    P = np.concatenate([np.asarray(p, dtype=np.float64) for p, _ in parts.values()])
    T = np.concatenate([np.asarray(t, dtype=np.float64) for _, t in parts.values()])
    if names is None:
        names = own or [f"input {k + 1}" for k in range(P.shape[1])]
    elif not _are_texts(names) or len(names) != P.shape[1] or len(set(names)) != len(names):
        raise ArgumentError(f"names is {shown(names)}; it must be {P.shape[1]} different names, one for each input")
    numbers = np.concatenate([np.full(len(p), number) for number, (p, _) in enumerate(parts.values())])
    return _Rows(P, T, numbers, tuple(parts), tuple(map(str, names))), T


def layer_outputs(net: Network, params: Parameters, inputs: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The outputs of each layer, in the type of the parameters."""
    dtype = next(iter(params[net.output.name].weights.values())).dtype
    passed = forward_phase(net, params, {name: P.astype(dtype) for name, P in inputs.items()})
    return {layer.name: np.asarray(passed.outputs[layer.name]) for layer in net.layers}


def _forward_of_run(run: Run) -> Callable[[Parameters, np.ndarray], Mapping[str, np.ndarray]]:
    net = run.network
    ends = np.cumsum([0, *net.inputs.values()])
    return lambda params, P: layer_outputs(
        net, params, {name: P[:, ends[k] : ends[k + 1]] for k, name in enumerate(net.inputs)}
    )


def _forward_of_fitted(fit: Fitted) -> Callable[[Parameters, np.ndarray], Mapping[str, np.ndarray]]:
    net, encoding = fit.run.network, fit.model.encoding
    assert encoding is not None
    layout = encoding.layout
    assert layout is not None
    return lambda params, P: layer_outputs(
        net, params, {next(iter(net.inputs)): encoding.inputs_of(layout.frame(P))[0]}
    )


def _outputs_of_run(run: Run) -> Callable[[Parameters, np.ndarray], np.ndarray]:
    net = run.network
    dtype = next(iter(run.params[net.output.name].weights.values())).dtype
    ends = np.cumsum([0, *net.inputs.values()])

    def outputs(params: Parameters, P: np.ndarray) -> np.ndarray:
        inputs = {name: P[:, ends[k] : ends[k + 1]].astype(dtype) for k, name in enumerate(net.inputs)}
        return np.asarray(output_in_blocks(net, params, inputs), dtype=np.float64)

    return outputs


def _outputs_of_fitted(fit: Fitted) -> Callable[[Parameters, np.ndarray], np.ndarray]:
    import dataclasses

    def outputs(params: Parameters, P: np.ndarray) -> np.ndarray:
        return np.asarray(dataclasses.replace(fit.model, params=params).predict(P), dtype=np.float64)

    return outputs


def _kinds(
    T: np.ndarray, classes: Sequence[Label] | None, output: int
) -> tuple[tuple[str, ...] | None, np.ndarray, Callable[[np.ndarray], np.ndarray]]:
    """The classes, if targets are such; the number of each target's class, or its value; and outputs read likewise."""
    present = T[~np.isnan(T).any(axis=1)]
    values = np.unique(present)
    one_hot = T.shape[1] > 1 and values.size and np.isin(values, (0.0, 1.0)).all() and (present.sum(axis=1) == 1).all()
    two = T.shape[1] == 1 and values.size == 2
    if classes is not None and not all(isinstance(one, str | int | float | np.generic) for one in classes):
        raise ArgumentError(f"classes is {shown(classes)}; it must be their names, texts or numbers")
    wanted = None if classes is None else tuple(map(str, classes))
    if wanted == () or (wanted is None and not one_hot and not two):
        check_count("output", output, 1, T.shape[1])
        return None, T[:, output - 1], lambda outputs: outputs[:, output - 1]
    if not one_hot and not two:
        raise ArgumentError("classes are named, but the targets are neither one-hot rows nor of two values")
    width = T.shape[1] if one_hot else 2
    wanted = wanted or tuple(map(str, range(width)) if one_hot else (f"{value:g}" for value in values))
    if len(wanted) != width:
        raise ArgumentError(f"classes names {len(wanted)}, and the targets are of {width}")
    if width > MOST_CLASSES:
        raise ArgumentError(f"{width} classes are more than {MOST_CLASSES}, the most that can be told apart")
    if one_hot:
        return wanted, np.nan_to_num(T).argmax(axis=1), lambda outputs: outputs
    low, high = float(values[0]), float(values[1])

    def decode(outputs: np.ndarray) -> np.ndarray:
        share = (outputs[:, :1] - low) / (high - low)
        return np.hstack([1 - share, share])

    return wanted, (np.nan_to_num(T[:, 0]) == high).astype(int), decode


def _section(
    rows: _Rows,
    across: Sequence[str | int] | None,
    held: Mapping[str, float] | None,
    classes: tuple[str, ...] | None,
    target: str,
    read: Callable[[Params, np.ndarray], np.ndarray],
    cells: int | None,
    forward: Callable[[Params, np.ndarray], Mapping[str, np.ndarray]] | None = None,
) -> Section[Params]:
    names = list(rows.names)
    chosen = chosen_inputs(across, names, 2)
    axes = [names.index(name) for name in chosen]
    finite = np.isfinite(rows.P).all(axis=1)
    if not finite.any():
        raise DataError("no example has finite inputs: there is nothing to draw")
    P, targets, parts = rows.P[finite], rows.targets[finite], rows.parts[finite]
    at = dict(held or {})
    for name, value in at.items():
        if name not in names or name in chosen:
            raise ArgumentError(unknown("input to hold", shown(name), [one for one in names if one not in chosen]))
        if not is_number(value) or not np.isfinite(value):
            raise ArgumentError(f"held: {name} is {shown(value)}; it must be a finite number")
    middle = np.median(P[parts == 0] if (parts == 0).any() else P, axis=0)
    values = {**dict(zip(names, middle.tolist(), strict=True)), **at}
    fixed = np.array([values[name] for name in names], dtype=np.float64)
    ends = widened(P[:, axes].min(axis=0), P[:, axes].max(axis=0))
    shape, points = grid_points(ends, cells, len(names))
    grid = np.repeat(fixed[None], len(points), axis=0)
    grid[:, axes] = points
    kept = sampled(len(P))
    return Section(
        names=tuple(chosen),
        ends=ends,
        shape=shape,
        places=P[kept][:, axes],
        targets=targets[kept],
        parts=parts[kept],
        part_names=rows.part_names,
        classes=classes,
        target=target,
        held=tuple((name, written_value(float(fixed[k]))) for k, name in enumerate(names) if k not in axes),
        examples=len(P),
        grid_inputs=grid,
        example_inputs=P[kept],
        read=read,
        forward=forward,
    )


def chosen_inputs(across: Sequence[str | int] | None, names: Sequence[str], most: int) -> list[str]:
    """The names of the inputs to go along, at most so many; raises ArgumentError for others than there are."""
    if across is None:
        return list(names[:most])
    if isinstance(across, str):
        across = [across]
    chosen = [names[one] if isinstance(one, int) and 0 <= one < len(names) else one for one in across]
    for one in chosen:
        if not isinstance(one, str) or one not in names:
            raise ArgumentError(unknown("input of numbers", one if isinstance(one, str) else shown(one), list(names)))
    if not 1 <= len(set(chosen)) == len(chosen) <= most:
        raise ArgumentError(f"across is {shown(across)}; it must be one input, or two different ones")
    return [str(one) for one in chosen]


def _are_texts(names: object) -> bool:
    return isinstance(names, list | tuple) and all(isinstance(name, str) for name in names)


def widened(low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """The ends (axes, 2) of what lies between the least and the greatest, with a margin."""
    margin = _MARGIN * np.where(high > low, high - low, np.maximum(np.abs(high), 1.0))
    return np.stack([low - margin, high + margin], axis=1)


def grid_points(ends: np.ndarray, cells: int | None, inputs: int) -> tuple[tuple[int, ...], np.ndarray]:
    """How many places there are along each axis, the last axis first, and the points, row by row."""
    usual = min(CELLS if len(ends) == 2 else POINTS, max(12, int((_MOST_NUMBERS / inputs) ** (1 / len(ends)))))
    count = usual if cells is None else check_count("cells", cells, 2, 400)
    along = [np.linspace(low, high, count) for low, high in ends]
    return (count,) * len(ends), np.stack(np.meshgrid(*along), axis=-1).reshape(-1, len(ends))


def sampled(count: int) -> np.ndarray:
    """The numbers of the examples that are drawn: all, or a sample of many."""
    if count <= MOST_EXAMPLES:
        return np.arange(count)
    return np.sort(np.random.default_rng(0).choice(count, MOST_EXAMPLES, replace=False))


def written_value(value: object) -> str:
    """A value at which an input is held, as the picture tells it."""
    return f"{value:.4g}" if isinstance(value, float) else str(value)
