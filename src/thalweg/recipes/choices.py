"""What a recipe can be told, each choice in one place: its name, kind, default and documentation; functions of them."""

from __future__ import annotations

import dataclasses
import functools
import inspect
import textwrap
from collections.abc import Callable, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, field
from inspect import Parameter
from typing import TYPE_CHECKING, Any

from numpy.typing import ArrayLike

from ..core.activations import Activation
from ..core.initializers import Initializer
from ..core.kinds import takes_kinds
from ..core.losses import Loss
from ..optimizers.rule import Rule
from ..training.options import told
from ..training.taking_options import takes_options
from .division import RATIOS, Rows

if TYPE_CHECKING:
    from optax import GradientTransformation

    from .fitted import Fitted

_PLACE = "        {choices}"
_WIDTH = 120
_takes_options = takes_options(
    leave_out=("loss", "optimizer", "batch_size", "frozen", "validation", "test", "state", "seed"),
    epochs=1000,
    patience=6,
    goal=0.0,
    dtype="float64",
    record="all",
)


@dataclass(frozen=True)
class Choices:
    """The arguments of a recipe beside its arrays; `options` are those of `tw.train`."""

    hidden: int | Sequence[int] = field(
        default=10, metadata=told("The size of the hidden layer, or the sizes of several.")
    )
    train: str | Rule | GradientTransformation = field(
        default="lm", metadata=told("The update rule: a name of ours or MATLAB's, or a rule with its settings.")
    )
    _: KW_ONLY
    divide: str = field(
        default="random",
        metadata=told('Training, validation and test rows: "random", "block", "interleaved", "indices" or "none".'),
    )
    ratios: Sequence[float] = field(default=RATIOS, metadata=told("Their shares."))
    indices: Sequence[Rows] | None = field(
        default=None, metadata=told('For divide "indices": (train, validation, test), rows from 0.')
    )
    scaling: str = field(
        default="mapminmax",
        metadata=told(
            '"mapminmax" (to ±1), "standard" (to mean 0 and deviation 1; "mapstd" is the same) or "none"; of the '
            "inputs, and of targets that are values."
        ),
    )
    activation: str | Activation | Sequence[str | Activation] = field(
        default="tansig", metadata=told("Of the hidden layers.")
    )
    output: str | Activation | None = field(
        default="purelin", metadata=told("Of the output layer; None: softmax, or logsig where there is one output.")
    )
    initializer: str | Initializer = field(
        default="initnw", metadata=told("Of the weights, where no `params` are given.")
    )
    loss: str | Loss = field(
        default="mse", metadata=told("A name or object of `tw.losses`, of scaled outputs and targets.")
    )
    batch_size: int | str | None = field(default="all", metadata=told("Examples an update."))
    seed: int = field(default=0, metadata=told("Of the division, the initial weights and the batches."))
    options: Mapping[str, object] = field(default_factory=dict)


def takes_choices(
    **defaults: Any,
) -> Callable[[Callable[[ArrayLike, ArrayLike, Choices], Fitted]], Callable[..., Fitted]]:
    """Let a function of P, T and choices take these by their names, and the options of `tw.train` too.

    The places {choices} and {options} in the docstring are filled with what they say of themselves. `defaults` are
    other ones than those of `Choices`.
    """
    fields = {one.name: one for one in dataclasses.fields(Choices) if one.name != "options"}

    def decorate(function: Callable[[ArrayLike, ArrayLike, Choices], Fitted]) -> Callable[..., Fitted]:
        @functools.wraps(function)
        def recipe(P: ArrayLike, T: ArrayLike, **given: Any) -> Fitted:
            own = {name: given.pop(name) for name in fields if name in given}
            return function(P, T, Choices(**{**defaults, **own}, options=given))

        arrays = [Parameter(name, Parameter.POSITIONAL_OR_KEYWORD, annotation="ArrayLike") for name in ("P", "T")]
        chosen = [
            Parameter(
                name,
                Parameter.KEYWORD_ONLY if one.kw_only else Parameter.POSITIONAL_OR_KEYWORD,
                default=defaults.get(name, one.default),
                annotation=one.type,
            )
            for name, one in fields.items()
        ]
        others = Parameter("options", Parameter.VAR_KEYWORD)
        recipe.__signature__ = inspect.Signature([*arrays, *chosen, others])  # pyright: ignore[reportAttributeAccessIssue]
        lines = [
            line
            for name, one in fields.items()
            for line in textwrap.wrap(
                f"{name}: {one.metadata['doc']}", _WIDTH, initial_indent=" " * 8, subsequent_indent=" " * 12
            )
        ]
        recipe.__doc__ = (function.__doc__ or "").replace(_PLACE, "\n".join(lines))
        return takes_kinds(_takes_options(recipe))

    return decorate
