"""The options of a training, each in one place: its name, type, default, documentation and check."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import KW_ONLY, dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

from ..core.arrays import Array, DType, Inputs
from ..core.kinds import check_count, check_kind, check_number
from ..core.losses import LOSSES, Loss
from ..core.network import Parameters
from ..core.weighing import TARGETS
from ..optimizers import RULES
from ..optimizers.rule import Rule
from .choices import DTYPES, ENGINES, ORDERS, records

if TYPE_CHECKING:
    from optax import GradientTransformation, MultiSteps

    from .callbacks import Callback
    from .checkpoints import Checkpoints
    from .given_order import GivenOrder
    from .priority_sampling import PrioritySampling
    from .run import Run


_CHECKED_WITH_EXAMPLES = ("sample_weight", "target_weight", "targets", "validation", "test", "callbacks", "checkpoint")
Names: TypeAlias = Iterable[str] | Callable[[], Iterable[str]]
"""The choices of an option: a table, or what gives them. It is asked at every use: parts entered later count, too."""


def told(
    doc: str,
    check: Callable[[str, Any], object] | None = None,
    *,
    help: str = "",  # noqa: A002
    choices: Names | None = None,
    kind: str = "",
    panel: str = "Training",
) -> dict[str, object]:
    """The metadata of an option: what it is; the check of a value that is not None, which gives it converted.

    `help` says what it is on the command line, in a panel, followed by the `choices` of an option that is a name; it is
    the name of a `kind` of thing, if that is not called as the option.
    """
    return {"doc": doc, "check": check, "help": help or doc, "choices": choices, "kind": kind, "panel": panel}


def _finite(name: str, value: Any) -> float:
    return check_number(name, value, at_least=float("-inf"))


def _dtype(_: str, dtype: DType) -> str:
    from .arguments import check_dtype

    return check_dtype(dtype)


def _devices(name: str, devices: object) -> int | str:
    from .devices import check_devices

    return check_devices(name, devices)


def _record(name: str, record: object) -> tuple[str, ...]:
    from .record import check_record

    return check_record(name, record)


def _callbacks(_: str, callbacks: object) -> tuple[Callback, ...]:
    from .arguments import check_callbacks

    return check_callbacks(callbacks)


def _checkpoints(name: str, given: str | os.PathLike[str] | Checkpoints) -> Checkpoints:
    from .checkpoints import as_checkpoints

    return as_checkpoints(name, given)


@dataclass(frozen=True, eq=False)
class SharedOptions:
    """The options that a training has on arrays (`TrainingOptions`) and on a table (`Settings`)."""

    loss: str | Loss | None = field(
        default=None,
        metadata=told(
            "A name or object of `tw.losses`; None: cross-entropy for sigmoid and softmax outputs, else `mse`.",
            help="What fits the task if left out.",
            choices=LOSSES,
        ),
    )
    optimizer: str | Rule | GradientTransformation | MultiSteps = field(
        default="adam",
        metadata=told(
            "A name, one of our rules, or an optax `GradientTransformation`.", help="The update rule.", choices=RULES
        ),
    )
    batch_size: int | str | None = field(
        default=None,
        metadata=told(
            'Examples an update: "all", or a number; None: 32, or all of them if they are fewer or if the rule needs '
            "them all.",
            help="Rows an update, or all; 32 if left out, or what the rule needs.",
        ),
    )
    epochs: int = field(
        default=200,
        metadata=told(
            "How often all examples are presented, at most.",
            check_count,
            help="At most so many passes over the rows.",
        ),
    )
    _: KW_ONLY
    patience: int | None = field(
        default=None,
        metadata=told(
            "Stop after this many epochs without a lower validation loss (training loss, without a validation set).",
            check_count,
            help="Stop after so many epochs without a lower validation loss; 0: never.",
        ),
    )
    goal: float | None = field(default=None, metadata=told("Stop when an epoch's loss is at most this.", _finite))
    min_gradient: float | None = field(
        default=None, metadata=told("Stop when the norm of an epoch's mean gradient is at most this.", check_number)
    )
    max_seconds: float | None = field(
        default=None,
        metadata=told(
            "Stop after this time, at the next look at the clock.", check_number, help="Stop after this time."
        ),
    )
    l1: float = field(default=0.0, metadata=told("Adds l1 Σ|w| over the weights to the loss.", check_number))
    order: str | PrioritySampling | GivenOrder = field(
        default="shuffle",
        metadata=told(
            '"shuffle", "sequential", "random" (with replacement), a `PrioritySampling`, or a `GivenOrder`.',
            help="In which rows are presented.",
            choices=ORDERS,
        ),
    )
    seed: int = field(
        default=0,
        metadata=told(
            "Of the initial parameters, the batches and the dropout.",
            help="Of the split, the initial weights and the batches.",
        ),
    )
    dtype: DType | None = field(
        default=None,
        metadata=told(
            '"float32" or "float64"; None: float32, or float64 for a second-order rule.',
            _dtype,
            help="If left out, float32, and float64 for second-order rules.",
            choices=DTYPES,
        ),
    )
    engine: str = field(
        default="auto",
        metadata=told(
            '"numpy", "xla", or "auto": NumPy for a job that it finishes before XLA would have compiled.',
            help="What computes.",
            choices=ENGINES,
        ),
    )
    devices: int | str | None = field(
        default=None,
        metadata=told(
            'Over how many of JAX\'s devices the examples of each update are spread, or "all" of them, with those of '
            "all processes that train together; None: one.",
            _devices,
            help="Over how many of JAX's devices (GPUs) the rows of each update are spread, or all; one if left out.",
        ),
    )
    record: str | Sequence[str] = field(
        default=(),
        metadata=told(
            'What `history` holds beside the losses, by name, such as "gradient_norm", or "mu" of a rule that has one; '
            '"all": whatever there is (docs/record.md).',
            _record,
            help="What each epoch records beside the losses, or several with commas.",
            choices=records,
            kind="name in record",
        ),
    )


@dataclass(frozen=True, eq=False)
class TrainingOptions(SharedOptions):
    """The options of `train`, from which all functions that train on arrays take theirs.

    What depends on the network or the examples is checked by `make_recipe`. Raises ArgumentError for values out of
    their range.

    >>> TrainingOptions("mse", epochs=0)
    Traceback (most recent call last):
    thalweg.errors.ArgumentError: epochs is 0; it must be a whole number of at least 1
    """

    params: Parameters | None = field(default=None, metadata=told("Where to start; None: `net.init(seed)`."))
    _: KW_ONLY
    l2: float = field(default=0.0, metadata=told("Adds (l2/2) Σ w² over the weights to the loss.", check_number))
    shares_penalties: bool = field(
        default=False,
        metadata=told(
            "Divide l1 and l2 by the number of examples in each batch (by their weight, if they have one): "
            "scikit-learn's `alpha` is an l2 of this kind."
        ),
    )
    frozen: Sequence[str] = field(
        default=(), metadata=told("Names of layers that are left as they are (not for a full-batch rule).")
    )
    validation: Sequence[Inputs] | None = field(
        default=None,
        metadata=told(
            "(P, T) or (P, T, sample_weight): judged after each epoch, and the best parameters are returned. The "
            "weights may be (examples, outputs), one a target."
        ),
    )
    test: Sequence[Inputs] | None = field(
        default=None,
        metadata=told(
            "(P, T) or (P, T, sample_weight): its loss is recorded after each epoch, and nothing else depends on it."
        ),
    )
    tolerance: float | None = field(
        default=None,
        metadata=told(
            "Stop when `tolerance_epochs` epochs, one after another, were not lower than the lowest before by so much: "
            "the validation loss (training loss, without a validation set). The last parameters are kept.",
            check_number,
        ),
    )
    tolerance_epochs: int = field(
        default=10, metadata=told("How many epochs, one after another, `tolerance` waits.", check_count)
    )
    generalization_loss: float | None = field(
        default=None,
        metadata=told(
            "Stop when the validation loss is so many percent above its lowest (PROBEN1's GL).", check_number
        ),
    )
    min_progress: float | None = field(
        default=None,
        metadata=told(
            "Stop when the training losses of the last `validate_every` epochs were, on average, less than so many per "
            "thousand above their least (PROBEN1's P_k).",
            check_number,
        ),
    )
    validate_every: int = field(
        default=1,
        metadata=told(
            "Judge the validation and the test set only after every so many epochs; NaN in the history between.",
            check_count,
        ),
    )
    sample_weight: Array | None = field(
        default=None,
        metadata=told("(examples,) weights of the examples; 2 counts as the example given twice, 0 as left out."),
    )
    target_weight: Array | None = field(
        default=None,
        metadata=told(
            "(examples, outputs) weights of the single targets: the loss is a mean over the targets by them, times "
            "sample_weight; 0 is as left out."
        ),
    )
    targets: str = field(
        default="complete",
        metadata=told(
            '"complete", or "ignore_nan": a target that is NaN is missing, of weight 0, in validation and test too.',
            choices=TARGETS,
        ),
    )
    state: Run | None = field(
        default=None,
        metadata=told(
            "A run to go on from, for `epochs` more: with its last parameters and the state of its rule; with its "
            "batches, its history and its best parameters too, if all else is as it was."
        ),
    )
    callbacks: Sequence[Callback] = field(
        default=(),
        metadata=told(
            "Functions called with an `EpochEnd` after each epoch; one that returns `tw.STOP` stops the run, and "
            "nothing else does.",
            _callbacks,
        ),
    )
    checkpoint: str | os.PathLike[str] | Checkpoints | None = field(
        default=None,
        metadata=told(
            "A folder, or `tw.Checkpoints(folder, every=..., keep=...)`: all that the run needs to go on, should its "
            "process end, is written there every 60 seconds, or as these say (docs/checkpoints.md).",
            _checkpoints,
        ),
    )
    verbose: bool | None = field(
        default=None,
        metadata=told(
            "Whether to show how far the run is and how long it will still take, on the terminal or in the notebook; "
            "None: once it has run for a second, if there is one of these. True shows it at once, as lines on the "
            "standard error where there is neither."
        ),
    )

    def __post_init__(self) -> None:
        for option in dataclasses.fields(self):
            value, check = getattr(self, option.name), option.metadata["check"]
            if option.name not in _CHECKED_WITH_EXAMPLES:
                check_kind(option.name, value, str(option.type))
            if check is not None and not (value is None and option.default is None):
                object.__setattr__(self, option.name, check(option.name, value))
