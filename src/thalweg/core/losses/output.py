"""The output itself as what is differentiated."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass
from typing import ClassVar, Literal

from ...errors import ArgumentError, shown
from ..arrays import Array, namespace
from .plain import LOSSES, PointwiseLoss, Reduction


@LOSSES.register("output", listed=False)
@dataclass(frozen=True)
class Output(PointwiseLoss):
    """The output itself, F = Σ_q a_q, so that the gradient is ∂a/∂w; targets do not matter.

    Of several outputs it is refused, unless `outputs="sum"` adds them up: ℓ = Σ_i a_i. Raises ArgumentError then.

    >>> import numpy as np, thalweg as tw
    >>> net = tw.mlp(1, 1)
    >>> tw.gradient(net, "output", net.unravel(np.array([2.0, 1.0])), [[3.0]], [[0.0]])[1]["layer1"].weights["input"]
    array([[3.]])
    """

    outputs: Literal["one", "sum"] = "one"
    _: KW_ONLY
    reduction: Reduction = "sum"

    uses_targets: ClassVar[bool] = False
    value_text: ClassVar[str] = "a"
    derivative_text: ClassVar[str] = "1"

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.outputs not in ("one", "sum"):
            raise ArgumentError(f"output: outputs is {shown(self.outputs)}; it must be 'one' or 'sum'")

    def value(self, a: Array, t: Array) -> Array:
        """a."""
        return self._checked(a)

    def derivative(self, a: Array, t: Array) -> Array:
        """1."""
        return namespace(a).ones_like(self._checked(a))

    def second_derivative(self, a: Array, t: Array) -> Array:
        """0."""
        return namespace(a).zeros_like(a)

    def _checked(self, a: Array) -> Array:
        if self.outputs == "one" and a.shape[-1] > 1:
            raise ArgumentError(
                f"loss 'output' is of one output, and the network has {a.shape[-1]}: add them up, with outputs='sum'"
            )
        return a
