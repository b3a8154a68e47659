"""Training, validation and test examples with their outputs, for figures that show them by part: of a run, or given."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple, Protocol, TypeAlias, runtime_checkable

from ..core.arrays import Array, float_array
from ..core.blocks import output_in_blocks
from ..errors import ArgumentError, DataError, shown
from . import style

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import ArrayLike

    from ..files.model import Model
    from ..training.examples import Examples
    from ..training.run import Run


@runtime_checkable
class Fitted(Protocol):
    """What a recipe such as `tw.fitnet` leaves: drawn in the units of its arrays, not in the scaled ones of its run."""

    @property
    def run(self) -> Run:
        """The training inside, of scaled numbers."""
        ...

    @property
    def model(self) -> Model:
        """The network with its scaling."""
        ...

    @property
    def parts(self) -> Mapping[str, tuple[np.ndarray, np.ndarray, np.ndarray]]:
        """Inputs, targets and answers of training, validation and test, in the units of the arrays."""
        ...

    def predict(self, P: ArrayLike) -> np.ndarray:
        """The answers for inputs in the units of the arrays."""
        ...


Pairs: TypeAlias = "Mapping[str, tuple[ArrayLike, ArrayLike]]"
"""Targets and outputs, both (examples, outputs) or (examples,), by the name of their part."""

COLORS = {"training": style.BLUE, "validation": style.VERMILION, "test": style.GREEN, "all": style.BLACK}


class Part(NamedTuple):
    """Targets and outputs of some examples, both (examples, outputs), and which of the targets are there."""

    targets: np.ndarray
    outputs: np.ndarray
    there: np.ndarray

    def of(self, output: int) -> tuple[np.ndarray, np.ndarray]:
        """Targets and outputs of one output, for the examples whose target is there."""
        there = self.there[:, output]
        return self.targets[there, output], self.outputs[there, output]


def color_of(name: str, number: int) -> str:
    """The colour of a part: its own, or that of its number for another name."""
    return COLORS.get(name, style.PALETTE[number % len(style.PALETTE)])


def parts_of(parts: Run | Fitted | Pairs) -> dict[str, Part]:
    """The parts of a run or of a fitted network, or those given; a target that is NaN is not there.

    Finite numbers, all of as many outputs.

    Raises ArgumentError for what is neither, DataError for shapes that do not match, for values that are not finite,
    and for a part without targets.

    >>> parts_of({"test": ([1.0, float("nan")], [1.5, 2.5])})["test"].of(0)
    (array([1.]), array([1.5]))
    """
    import numpy as np

    from ..training.run import Run

    if isinstance(parts, Fitted):
        found = {name: Part(T, answers, ~np.isnan(T)) for name, (_, T, answers) in parts.parts.items()}
    elif isinstance(parts, Run):
        found = {name: _part_of_run(parts, examples) for name, examples in examples_of(parts).items()}
    else:
        if not isinstance(parts, Mapping) or not parts or not all(map(_is_pair, parts.values())):
            raise ArgumentError(
                f"parts is {shown(parts)}; it must be a run, or a dict such as {{'training': (targets, outputs)}}"
            )
        found = {str(name): _part(str(name), *pair) for name, pair in parts.items()}
    sizes = {name: part.targets.shape[1] for name, part in found.items()}
    if len(set(sizes.values())) > 1:
        told = ", ".join(f"{name} {size}" for name, size in sizes.items())
        raise DataError(f"the parts differ in their outputs ({told}): give those of one network")
    return found


def examples_of(run: Run) -> dict[str, Examples]:
    """The examples that a run was trained, validated and tested on; raises ArgumentError for a run without them."""
    if run.recipe is None:
        raise ArgumentError("this run does not hold its examples: give a dict such as {'training': (targets, outputs)}")
    of_all = {"training": run.recipe.examples, "validation": run.recipe.validation, "test": run.recipe.test}
    return {name: examples.dense() for name, examples in of_all.items() if examples is not None}


def outputs_of_run(run: Run, inputs: Mapping[str, Array]) -> np.ndarray:
    """The outputs (examples, outputs) of a run's network, in its own units."""
    import numpy as np

    return np.asarray(output_in_blocks(run.network, run.params, inputs), dtype=np.float64)


def scaled_told(parts: object) -> str:
    """A word on the units of a run inside a fitted network, or nothing."""
    return ", scaled" if getattr(parts, "scaled", False) is True else ""


def weights_there(examples: Examples) -> np.ndarray:
    """Which targets (examples, outputs) count: those of a weight above 0."""
    import numpy as np

    T, weight = np.asarray(examples.T), examples.weight
    if weight is None:
        return np.ones(T.shape, bool)
    weight = np.asarray(weight)
    return np.broadcast_to((weight if weight.ndim == 2 else weight[:, None]) > 0, T.shape)


def all_together(parts: Mapping[str, Part]) -> Part:
    """One part of all examples."""
    import numpy as np

    return Part(*(np.concatenate(arrays) for arrays in zip(*parts.values(), strict=True)))


def missing_told(parts: Mapping[str, Part], output: int) -> str:
    """A word on targets that are not there, or nothing."""
    count = sum(int((~part.there[:, output]).sum()) for part in parts.values())
    return f"; {count:,} target{' is' if count == 1 else 's are'} missing" if count else ""


def output_names(names: Sequence[str] | None, outputs: int) -> list[str]:
    """The names given, one for each output, or "output 1", ...; of a single output nothing needs to be said."""
    if names is None:
        return [""] if outputs == 1 else [f"output {number}" for number in range(1, outputs + 1)]
    if len(names) != outputs:
        raise ArgumentError(f"names has {len(names)} names for {outputs} outputs: give one for each")
    return [style.label(name, 16) for name in names]


def names_of(parts: object, outputs: int) -> list[str] | None:
    """The names of a fitted network's targets or classes, where it has one for each of several outputs."""
    encoding = parts.model.encoding if isinstance(parts, Fitted) else None
    names = () if encoding is None else encoding.output_names
    return [str(name) for name in names] if len(names) == outputs > 1 else None


def _is_pair(pair: object) -> bool:
    return isinstance(pair, tuple | list) and len(pair) == 2


def _part_of_run(run: Run, examples: Examples) -> Part:
    import numpy as np

    there = weights_there(examples)
    return Part(np.asarray(examples.T, dtype=np.float64), outputs_of_run(run, examples.inputs), there)


def _part(name: str, targets: ArrayLike, outputs: ArrayLike) -> Part:
    import numpy as np

    T, a = (float_array(f"{name} {what}", values) for what, values in (("targets", targets), ("outputs", outputs)))
    T, a = (values[:, None] if values.ndim == 1 else values for values in (T, a))
    if T.shape != a.shape or T.ndim != 2:
        raise DataError(f"{name}: targets and outputs must be (examples, outputs) alike, not {T.shape} and {a.shape}")
    there = ~np.isnan(T)
    if not there.any(axis=0).all() or not T.size:
        raise DataError(f"{name} has no targets: leave the part out")
    wrong = there & ~(np.isfinite(T) & np.isfinite(a))
    if wrong.any():
        row = int(wrong.any(axis=1).argmax())
        raise DataError(f"{name}, row {row + 1}: target and output must be finite numbers: draw these only")
    return Part(T, a, there)
