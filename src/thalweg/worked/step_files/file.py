"""Steps written down in a TOML file: a network with its weights or a seed, examples, loss, rule and its state."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ...core.arrays import Tree
from ...core.kinds import check_count, check_number, is_count, takes_kinds
from ...core.losses import LOSSES, Loss
from ...core.network import Network, Parameters
from ...errors import ArgumentError, FileError, ThalwegError, shown
from ...notebook import InWords
from ...notebook.pieces import paragraph, points
from ...optimizers.full_batch import FullBatchRule
from ...optimizers.rule import RULES, Rule
from ...registry import title_of
from ...system import read_toml
from ..calculation import WorkedStep, worked_step
from ..notations import AnyNotation, known_notation, name_of_notation, said_notation
from ..step.conventions import (
    MOST_DECIMALS,
    PLAIN,
    Conventions,
    check_conventions,
    check_shared,
    parameters_told,
    refuse_for,
)
from ..step.held import held_of
from ..step.rates import check_has_rate
from .data import StepData, read_data
from .network import check_keys, read_network, read_number, read_part, shared_biases
from .rule import read_rule

TOP = (
    "title",
    "source",
    "reference",
    "about",
    "notation",
    "seed",
    "initializer",
    "dtype",
    "steps",
    "l1",
    "l2",
    "notes",
    "weights_are",
    "fixed",
    "penalize",
    "penalty_over",
    "input_gradients",
    "round",
)
TABLES = ("network", "data", "loss", "optimizer")
MOST_PARAMETERS = 1_000_000
"""Of the network of a step file, unless told otherwise: each is a line of the worked calculation."""
_MOST_STEPS = 100
"""So many are shown of a file at once; `open` takes any."""
_LAST = 100_000
_ORDERS = ("to, from", "from, to")
"""What the rows and the columns of a file's matrices are."""


@dataclass(frozen=True, eq=False, repr=False)
class StepFile(InWords):
    """What a step file holds. `batches` are the rows that each update sees, in turn; `steps` how many are shown."""

    title: str
    notation: AnyNotation
    network: Network
    params: Parameters
    inputs: Mapping[str, np.ndarray]
    targets: np.ndarray | None
    loss: Loss
    rule: Rule
    state: Tree
    batch_size: int | None
    steps: int
    l1: float
    l2: float
    notes: tuple[str, ...]
    fixed: tuple[str, ...] = ()
    sample_weight: np.ndarray | None = None
    target_weight: np.ndarray | None = None
    masks: Mapping[str, np.ndarray] | None = None
    conventions: Conventions = PLAIN
    about: str = ""
    """What the example shows, in a line."""

    @property
    def decimals(self) -> int | None:
        """To how many every line is rounded; None: none is."""
        return self.conventions.decimals

    @property
    def shared_bias(self) -> tuple[str, ...]:
        """The layers whose units have one bias together."""
        return self.conventions.shared_bias

    @property
    def data(self) -> StepData:
        """The examples, with all that is given for them."""
        return StepData(self.inputs, self.targets, self.batch_size, self.sample_weight, self.target_weight, self.masks)

    def refuse_conventions(self, what: str) -> None:
        """Raise ArgumentError where the file says what only its worked steps know; `what` does not."""
        missing = self.targets is not None and bool(np.isnan(self.targets).any())
        for name, given in (
            ("shared_bias", self.shared_bias),
            ("penalize", self.conventions.penalize == "all" and (self.l1 or self.l2)),
            ("penalty_over", self.conventions.penalty_over == "examples" and (self.l1 or self.l2)),
            ("[data] weights", self.sample_weight is not None),
            ("[data] target_weights", self.target_weight is not None),
            ("[data.masks]", self.masks is not None),
            ("[data] targets that are missing", missing),
        ):
            if given:
                raise ArgumentError(f"{name}: {what} does not know them, only thalweg step does: leave them out")

    def in_words(self) -> str:
        """What the file is of."""
        count = 0 if self.targets is None else len(self.targets)
        return (
            f"{self.title}: {parameters_told(self.network, self.shared_bias):,} parameters, {title_of(self.rule)}, "
            f"{count} example{'s' * (count != 1)}, {self.steps} step{'s' * (self.steps != 1)}, "
            f"notation {name_of_notation(self.notation)}"
        )

    def in_html(self) -> str:
        """What the file is of, its network and its notes."""
        title, _, rest = self.in_words().partition(": ") if self.title else ("", "", self.in_words())
        told = paragraph(title or "Step file", "title") + paragraph(rest)
        return told + self.network.in_html() + points(self.notes)

    @takes_kinds
    def with_example(self, inputs: Sequence[float], target: Sequence[float]) -> StepFile:
        """The same with one example in place of the data; raises ArgumentError for one that does not fit."""
        net = self.network
        if len(inputs) != sum(net.inputs.values()):
            raise ArgumentError(f"--input has {len(inputs)} numbers; the network takes {sum(net.inputs.values())}")
        if len(target) != net.output.size:
            raise ArgumentError(f"--target has {len(target)} numbers; the network gives {net.output.size}")
        for option, numbers in (("--input", inputs), ("--target", target)):
            if not np.isfinite(np.asarray(numbers, float)).all():
                raise ArgumentError(f"{option} has {shown(list(numbers))}; its numbers must be finite")
        self.data.refuse_replacing()
        parts = np.split(np.asarray([inputs], float), np.cumsum(list(net.inputs.values()))[:-1], axis=1)
        given = dict(zip(net.inputs, parts, strict=True))
        return dataclasses.replace(self, inputs=given, targets=np.asarray([target], float), batch_size=None)

    @takes_kinds
    def open(
        self, number: int = 1, notation: AnyNotation | None = None, told: Callable[[int], object] | None = None
    ) -> WorkedStep:
        """The step of a number, from 1, with all before it done; raises ArgumentError where there is none.

        `told` is called with the number of each step on the way.
        """
        if not is_count(number, 1, _LAST):
            raise ArgumentError(f"step {number}: a step file's steps are counted from 1, up to {_LAST:,}")
        for k, step in enumerate(self._follow(number, notation), start=1):
            if not _is_finite(step):
                raise ArgumentError(_DIVERGED.format(f"step {k}"))
            if k == number:
                return step
            if told is not None:
                told(k)
        raise AssertionError

    @takes_kinds
    def run(self, notation: AnyNotation | None = None) -> list[WorkedStep]:
        """The first `steps` steps, one after another; raises ArgumentError for a network without data."""
        steps: list[WorkedStep] = []
        for step in self._follow(self.steps, notation):
            if not _is_finite(step):
                if not steps:
                    raise ArgumentError(_DIVERGED.format("step 1"))
                told = (*steps[-1].notes, _DIVERGED.format(f"step {len(steps) + 1}, which is not shown,"))
                steps[-1] = dataclasses.replace(steps[-1], notes=told)
                break
            steps.append(step)
        return steps

    def _follow(self, steps: int, notation: AnyNotation | None) -> Iterator[WorkedStep]:
        """Step after step, each from the parameters and the state that the one before left."""
        if self.targets is None:
            raise ArgumentError("the file has no [data]: add inputs and targets, or give --input and --target")
        params, state, data = self.params, self.state, self.data
        count = data.examples
        size = count if self.batch_size is None else self.batch_size
        per_epoch = -(-count // size)
        step: WorkedStep | None = None
        for k in range(steps):
            if step is not None:
                params, state = step.after()
            first = (k % per_epoch) * size
            rows = np.arange(first, min(first + size, count))
            step = worked_step(
                self.network,
                self.loss,
                params,
                **data.taken(rows),
                rule=self.rule,
                state=state,
                l1=self.l1,
                l2=self.l2,
                title=self.title if steps == 1 else f"{self.title}: step {k + 1}",
                notation=said_notation(notation, self.notation),
                rows=None if len(rows) == count else rows,
                notes=self.notes,
                fixed=self.fixed,
                **vars(self.conventions),
            )
            yield step


@takes_kinds
def read_step_file(path: str | Path, *, most_parameters: int | None = None) -> StepFile:
    """Read a step file; raises FileError or ArgumentError, in one line, for one that is missing or says nonsense.

    A network of more parameters than `most_parameters` (None: a million) is refused before memory is taken for them.

    >>> import tempfile
    >>> text = '[network]\\\\ninputs = {p = 1}\\\\n[[network.layers]]\\\\nname = "out"\\\\nsize = 1\\\\n'
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "one.toml"
    ...     _ = path.write_text(text.encode().decode("unicode_escape"))
    ...     read_step_file(path).network.parameter_count
    2
    """
    data = read_toml(path, "name a step file, such as xor.toml")
    path = Path(path)
    try:
        if "notation" in data:
            data["notation"] = known_notation(data["notation"], path.expanduser().parent)
        return step_file(data, path.stem, most_parameters)
    except ThalwegError as error:
        raise ArgumentError(f"{path}: {error}") from error
    except (TypeError, ValueError, KeyError, AttributeError, OverflowError) as error:
        raise FileError(f"{path} is not a step file: {' '.join(str(error).split())}") from error


def step_file(data: Mapping[str, Any], name: str = "step", most_parameters: int | None = None) -> StepFile:
    """A step file from plain data; raises ArgumentError that names the key at fault."""
    if "network" not in data and (other := next((key for key in data if key not in (*TOP, *TABLES)), None)):
        raise ArgumentError(
            f"the file has no [network], as a step file has, but {other!r}: options of a training are given by thalweg "
            "train --config"
        )
    check_keys("the file", data, (*TOP, *TABLES))
    dtype = data.get("dtype", "float64")
    if dtype not in ("float32", "float64"):
        raise ArgumentError(f"dtype is {shown(dtype)}; it must be float32 or float64")
    notation = known_notation(data.get("notation", "nnd"))
    most = MOST_PARAMETERS if most_parameters is None else most_parameters
    decimals = data.get("round")
    if decimals is not None:
        check_count("round", decimals, 0, MOST_DECIMALS)
    net, params = read_network(data, dtype, _order(data), notation, most)
    loss = read_part(LOSSES, data.get("loss", "mse"), "loss")
    shared = shared_biases(net, data)
    told = read_rule(net, data.get("optimizer", "gd"), dtype, _order(data) == "from, to", shared)
    examples = read_data(net, loss, data.get("data"))
    steps = data.get("steps", 1)
    if not is_count(steps, 1, _MOST_STEPS):
        raise ArgumentError(
            f"steps is {shown(steps)}; it must be a whole number from 1 to {_MOST_STEPS}; open a later one by its "
            "number"
        )
    title = data.get("title", name)
    source = f" ({data['source']})" if "source" in data else ""
    l1, l2 = (_penalty(key, data.get(key, 0.0)) for key in ("l1", "l2"))
    notes, fixed = _notes(data), data.get("fixed", [])
    fixed = [fixed] if isinstance(fixed, str) else fixed
    if not isinstance(fixed, list):
        raise ArgumentError(f'fixed is {fixed!r}; it must be a list of names, such as ["bias"]')
    held = held_of(net, fixed)
    conventions = _conventions(net, data, shared, told.learning_rates)
    for key in ("penalize", "penalty_over"):
        if key in data and "l1" not in data and "l2" not in data:
            raise ArgumentError(f"{key} says how l1 and l2 penalize, and neither is given: add one, or leave {key} out")
    if told.learning_rates is not None and not isinstance(told.rule, FullBatchRule):
        check_has_rate(told.rule, "[optimizer] learning_rate")
    check_shared(shared, params, None if held is None else net.unravel(held))
    if isinstance(told.rule, FullBatchRule):
        refuse_for(RULES.name_of(told.rule), conventions, {"decimals": "round", "learning_rates": "learning_rate"})
    return StepFile(
        title=f"{title}{source}",
        notation=notation,
        network=net,
        params=params,
        loss=loss,
        rule=told.rule,
        state=told.state,
        **vars(examples),
        steps=steps,
        l1=l1,
        l2=l2,
        notes=notes,
        fixed=tuple(fixed),
        conventions=conventions,
        about=str(data.get("about", "")),
    )


def _penalty(key: str, value: Any) -> float:
    """The strength of a penalty; raises ArgumentError for one that is below 0."""
    return check_number(key, read_number(key, value))


def _notes(data: Mapping[str, Any]) -> tuple[str, ...]:
    """What the file tells, before all where its numbers are from."""
    notes = data.get("notes", [])
    reference = [f"From: {data['reference']}"] if "reference" in data else []
    return (*reference, *map(str, [notes] if isinstance(notes, str) else notes))


def _conventions(
    net: Network, data: Mapping[str, Any], shared: tuple[str, ...], rates: Mapping[str, float] | None
) -> Conventions:
    """What the file says of how its steps differ from those of a training."""
    return check_conventions(
        net,
        shared_bias=shared,
        learning_rates=rates,
        place_of_rates="[optimizer] learning_rate",
        decimals=data.get("round"),
        **{key: data[key] for key in ("penalize", "penalty_over", "input_gradients") if key in data},
    )


def _order(data: Mapping[str, Any]) -> str | None:
    """What the file says its matrices' rows and columns are; None if it does not."""
    network = data.get("network")
    order = data.get("weights_are", network.get("weights_are") if isinstance(network, Mapping) else None)
    if order is not None and order not in _ORDERS:
        raise ArgumentError(f'weights_are is {order!r}; it must be "to, from" (a row for each unit) or "from, to"')
    return order


_DIVERGED = "{} leads to numbers that are not finite: choose a smaller learning rate, or smaller weights"


def _is_finite(step: WorkedStep) -> bool:
    """Whether a step's errors and the parameters after it are finite numbers."""
    after = step.network.ravel(step.new_params)
    return bool(np.isfinite(after).all() and np.isfinite([step.value, step.value_after]).all())
