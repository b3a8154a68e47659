"""The recipe of a run: the arguments of `train`, checked and put in the shape that the engines take."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np

from ..core.checked import check_network
from ..core.losses import LOSSES, Loss
from ..core.network import Network, check_output
from ..errors import ArgumentError, shown
from ..optimizers.full_batch import FullBatchRule
from ..optimizers.interop import OptaxRule, as_rule
from ..optimizers.rule import Rule
from ..optimizers.schedules import ReduceOnPlateau
from ..registry import replaced, title_of
from .arguments import (
    check_engine,
    check_full_batch,
    check_judged,
    check_optax,
    check_start,
    default_batch_size,
    default_loss,
    missing_targets,
    read_examples,
)
from .batch_order import BatchOrder, make_batch_order
from .blocks import Blocks
from .devices import count_devices
from .example_stream import ExampleStream
from .examples import Examples
from .frozen import check_frozen
from .kept_stream import KeptStream
from .options import TrainingOptions
from .passages import Passages
from .program import Hyperparameters, Program
from .record import recorded_names
from .stopping import StoppingCriteria
from .stream_recipe import gathered, in_memory

_FLAT_UP_TO = 50_000
"""Parameters up to which the compiled loop carries one vector; above, copying it costs more than it saves."""


@dataclasses.dataclass(frozen=True)
class Recipe:
    """Everything that a run is made from; two runs of one recipe are the same run."""

    program: Program
    hyperparameters: Hyperparameters
    schedules: dict[str, Callable[[Any], Any]]
    examples: Examples
    validation: Examples | None
    batch_order: BatchOrder
    params: Any
    dtype: str
    rule: Rule
    """As it was given, with its schedules."""
    epochs: int
    engine: str
    rows: np.ndarray | None = None
    """The numbers of the examples in the arrays that were given; None: all of them."""
    missing: np.ndarray | None = None
    """A mask (examples, outputs) of the targets that are missing; None: all are there."""
    rule_state: Any = None
    """The state of the rule to begin with, whose `step` goes on counting; None: what the rule begins with."""
    test: Examples | None = None
    """Examples whose loss each epoch records; nothing else depends on them."""
    record: tuple[str, ...] = ()
    """What each epoch records beside the losses, by name."""
    devices: int = 1
    """How many devices of XLA's the examples are spread over."""
    stream: ExampleStream | KeptStream | None = None
    """What gives the examples of each segment, if they do not fit in memory, or each process has those of its share;
    `examples` are then a sample of them."""
    digest: str | None = None
    """Of all examples, where they came as blocks."""
    passages: Passages | None = None
    """What gives the losses of sets to validate and to test that do not fit in memory, of which there are samples."""

    @property
    def recorded(self) -> tuple[str, ...]:
        """The names of what an `EpochRecord` holds as `recorded`."""
        return tuple(name for name in self.record if name != "gradient_norm")

    @property
    def updates_before(self) -> int:
        """How many updates the rule had made before this run."""
        return 0 if self.rule_state is None else int(self.rule_state.step)

    @property
    def penalties(self) -> tuple[float, float]:
        """The l1 and l2 of an update on a whole batch."""
        l1, l2 = float(self.hyperparameters.l1 or 0.0), float(self.hyperparameters.l2 or 0.0)
        if not self.program.shares_penalties:
            return l1, l2
        weight = self.examples.weight
        share = self.batch_order.batch_size * (1.0 if weight is None else float(np.mean(weight)))
        return l1 / share, l2 / share

    def without_weightless(self) -> Recipe:
        """The same run without the examples of weight 0, which `train` leaves out and `train_many` keeps.

        Estimators have them in their batches, as scikit-learn does: those stay.
        """
        counted = self.examples.counted
        if counted is None or self.batch_order.examples == len(counted):
            return self
        rows = np.flatnonzero(counted)
        missing = None if self.missing is None else self.missing[rows]
        return dataclasses.replace(self, examples=self.examples.taken(rows), rows=rows, missing=missing)

    def weighed(self, batch_order: BatchOrder) -> Examples:
        """The examples as an order of batches weighs them."""
        factors = batch_order.factors
        if factors is None:
            return self.examples
        weight = self.examples.weight
        if weight is not None:
            factors = factors[:, None] if weight.ndim == 2 else factors
        weight = factors if weight is None else factors * weight
        return self.examples._replace(weight=weight.astype(self.dtype))

    def scheduled(self, first_update: int, updates: int) -> dict[str, np.ndarray]:
        """The numbers of each schedule for a segment of updates, as float64 arrays."""
        steps = np.arange(first_update, first_update + updates)
        return {name: _evaluate(schedule, steps) for name, schedule in self.schedules.items()}


def make_recipe(net: Network, P: Any, T: Any, options: TrainingOptions, examples: Examples | None = None) -> Recipe:
    """The recipe for the arguments of `train`; raises ArgumentError and DataError for arguments that make no run.

    `examples` that are checked already stand in for P and T.
    """
    check_network(net)
    (options, passages), stream, order, digest = in_memory(net, options), None, None, None
    if isinstance(P, Blocks):
        if T is not None:
            raise ArgumentError("T is given beside blocks, which bring their targets: leave it out")
        examples, stream, order, digest = gathered(net, P, options)
    elif T is None and examples is None:
        raise ArgumentError("T is missing: give the targets, or tw.blocks(...) that bring them")
    check_output(net.output.name, net.output.size, net.output.activation)
    loss: Loss = LOSSES.get(default_loss(net) if options.loss is None else options.loss)
    loss.check(net.output.activation)
    rule = as_rule(options.optimizer)
    dtype = options.dtype or ("float64" if isinstance(rule, FullBatchRule) else "float32")
    if options.generalization_loss is not None and options.validation is None:
        raise ArgumentError("generalization_loss needs a validation set: give validation=(P, T)")
    criteria = {name: getattr(options, name) for name in StoppingCriteria._fields}
    stopping = StoppingCriteria(**{name: value for name, value in criteria.items() if value is not None})
    for layer in net.layers:
        layer.activation.check_trainable()
    kept = missing = None
    if examples is None:
        of_targets = {"target_weight": options.target_weight, "targets": options.targets}
        examples = read_examples(net, loss, P, T, options.sample_weight, dtype, **of_targets)
        kept, missing = examples.counted, missing_targets(T, options.targets)
        if kept is not None:
            examples = examples.taken(np.flatnonzero(kept))
            missing = missing[kept] if missing is not None and missing[kept].any() else None
    batch_size = options.batch_size
    if isinstance(rule, FullBatchRule):
        batch_size = check_full_batch(rule, net, loss, batch_size, options.l1, len(examples.T))
    elif batch_size is None:
        batch_size = default_batch_size(rule, len(examples.T))
    if isinstance(rule, FullBatchRule) and options.frozen:
        raise ArgumentError(f"{title_of(rule)} changes all layers: train without frozen ones, or use adam")
    batches = order or make_batch_order(len(examples.T), batch_size, options.order, options.seed, kept)
    if isinstance(rule, FullBatchRule) and not batches.takes_all:
        raise ArgumentError(f"{title_of(rule)} needs every example once in each update: use order='shuffle', or adam")
    first_params = check_start(net, net.init(options.seed) if options.params is None else options.params, dtype)
    given = {field.name: getattr(rule, field.name) for field in rule.numbers()}
    reduction = ()
    match given.get("learning_rate"):
        case ReduceOnPlateau(start, factor, patience_of_rate, least):
            given["learning_rate"] = start
            reduction = (factor, patience_of_rate, least / start)
    for name, value in given.items():
        if isinstance(value, ReduceOnPlateau):
            raise ArgumentError(f"{name} is {value}; only a learning_rate can be reduced on a plateau")
    schedules = {name: value for name, value in given.items() if callable(value)}
    devices = count_devices(options.devices)
    if devices > 1 and options.engine == "numpy":
        raise ArgumentError(
            f"NumPy has one device, and devices is {shown(options.devices)}: use engine='xla' or 'auto'"
        )
    engine = "xla" if devices > 1 else options.engine
    name = choose_engine(engine, net, rule, options.epochs * batches.steps, batches.batch_size)
    if isinstance(rule, OptaxRule):
        check_optax(rule, first_params, dtype)
    judged = {
        name: check_judged(name, net, loss, getattr(options, name), dtype, options.targets)
        for name in ("validation", "test")
    }
    sets = {"validated": judged["validation"] is not None, "tested": judged["test"] is not None}
    record = recorded_names(options.record, rule, **sets)
    program = Program(
        net=net,
        loss=loss,
        rule=replaced(rule, **{field.name: field.default for field in rule.numbers()}),
        batch_size=None if batches.takes_all else batches.batch_size,
        flat=_is_flat(name, net, rule),
        penalizes_l1=options.l1 > 0,
        penalizes_l2=options.l2 > 0,
        shares_penalties=options.shares_penalties and (options.l1 > 0 or options.l2 > 0),
        frozen=check_frozen(net, options.frozen),
        drops=any(layer.dropout for layer in net.layers),
        watches_gradient=options.min_gradient is not None or "gradient_norm" in record,
        records=tuple(name for name in record if name not in ("gradient_norm", "seconds")),
        watches_progress=options.min_progress is not None,
        watches_tolerance=options.tolerance is not None,
        validates_every=options.validate_every,
        reduces_rate=bool(reduction),
        scheduled=tuple(schedules),
        normalizes_by_mean_weight=batches.weighs and loss.reduction == "mean" and examples.weight is not None,
    )
    numbers = {name: float(value) for name, value in given.items() if name not in schedules}
    mean_batch_weight = ()
    if program.normalizes_by_mean_weight and examples.weight is not None:
        mean_batch_weight = batches.batch_size * float(np.mean(examples.weight))
    return Recipe(
        program=program,
        hyperparameters=Hyperparameters(numbers, options.l1, options.l2, stopping, reduction, mean_batch_weight),
        schedules=schedules,
        examples=examples,
        **judged,
        batch_order=batches,
        params=first_params,
        dtype=dtype,
        rule=rule,
        epochs=options.epochs,
        engine=name,
        rows=None if kept is None else np.flatnonzero(kept),
        missing=missing,
        record=record,
        devices=devices,
        stream=stream,
        digest=digest,
        passages=passages,
    )


def _is_flat(engine: str, net: Network, rule: Rule) -> bool:
    """Whether the loop carries parameters as one vector, which a rule of optax must not see."""
    if isinstance(rule, OptaxRule):
        return False
    return engine == "numpy" or isinstance(rule, FullBatchRule) or net.parameter_count <= _FLAT_UP_TO


def choose_engine(engine: str, net: Network, rule: Rule, updates: int, batch_size: int) -> str:
    """The engine of a run; "auto" weighs the calls that NumPy makes in all updates against XLA's start.

    Both multiply matrices equally fast; what XLA saves is the time between the multiplications, and what it costs is
    its import and compilation, once. The numbers were measured by benchmarks/engine_choice.py.
    """
    check_engine(engine)
    if isinstance(rule, OptaxRule):
        if engine == "numpy":
            raise ArgumentError("an optax rule runs on XLA: use engine='xla' or 'auto', or one of our rules")
        return "xla"
    if engine != "auto":
        return engine
    operations = updates * 6.0 * net.parameter_count * batch_size
    return "xla" if numpy_overhead(net, updates) > 1.0 or operations > 1e12 else "numpy"


def numpy_overhead(net: Network, updates: int) -> float:
    """The seconds between the multiplications of so many updates on NumPy."""
    return updates * (25e-6 + 16e-6 * len(net.layers))


def _evaluate(schedule: Callable[[Any], Any], steps: np.ndarray) -> np.ndarray:
    """A schedule at many steps: in one call if it takes arrays, else one by one."""
    try:
        values = np.asarray(schedule(steps), dtype=np.float64)
    except Exception:  # a function of one number, such as one that branches on it
        return np.asarray([float(schedule(int(k))) for k in steps])
    return np.broadcast_to(values, steps.shape)
