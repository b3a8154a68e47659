"""The flow of the gradient over a run: a callback of `train` that measures it as the epochs end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ..core.arrays import Array
from ..core.kinds import check_count
from ..core.losses import Loss
from ..core.network import LayerParameters, Network, Parameters
from ..core.plain_data import JsonObject
from ..errors import DataError
from ..training.callbacks import EpochEnd
from ..training.finding import Finding
from .flow import FLAT, GradientFlow, gradient_flow


@dataclass(frozen=True)
class FlowHistory:
    """The flows of a run at the epochs (recordings,), and their numbers as arrays (recordings, layers).

    `update_ratio` is how far an update took a layer's weights on average since the recording before, over the
    weights' norm then: NaN in the first.
    """

    epochs: np.ndarray
    flows: tuple[GradientFlow, ...]
    update_ratio: np.ndarray

    @property
    def layers(self) -> tuple[str, ...]:
        """The names of the layers."""
        return tuple(layer.name for layer in self.flows[0].layers)

    def numbers(self, name: str) -> np.ndarray:
        """A number of `LayerFlow` as an array (recordings, layers), such as "gradient_rms"; NaN where not known."""
        if name == "update_ratio":
            return self.update_ratio
        return np.array([[getattr(layer, name) for layer in flow.layers] for flow in self.flows], dtype=np.float64)

    @property
    def verdict(self) -> str:
        """What was unusual, a line each, with the epochs in which it was."""
        found: dict[str, list[tuple[int, Finding]]] = {}
        for epoch, flow in zip(self.epochs.tolist(), self.flows, strict=True):
            for finding in flow.findings:
                found.setdefault(finding.kind, []).append((epoch, finding))
        if not found:
            return f"epoch {self.epochs[-1]}, as all before it: {self.flows[-1].verdict}"
        lines = []
        for times in found.values():
            worst, finding = max(times, key=lambda time: time[1].severity)
            first, last = times[0][0], times[-1][0]
            when = f"epoch {first}" if first == last else f"epochs {first} to {last}, worst in {worst}"
            lines.append(f"{when}: {finding}")
        return "\n".join(lines)

    def to_dict(self) -> JsonObject:
        """Plain data for a file."""
        from ..files.model_file import plain

        flows = [flow.to_dict() for flow in self.flows]
        told = {"epochs": self.epochs, "layers": self.layers, "update_ratio": self.update_ratio, "flows": flows}
        return plain({**told, "verdict": self.verdict})


class FlowRecorder:
    """A callback of `train` that measures the flow of the gradient on a batch every so many epochs.

    Args:
        net, loss: As in `train`.
        P, T: The batch: inputs (examples, features), or a mapping of one array for each input, and targets.
        every: After each of so many epochs.
        sample_weight, target_weight, targets: As in `train`, of the batch.
        threshold: A unit whose slope |f'| is below this is saturated.

    >>> import numpy as np, thalweg as tw
    >>> P = np.array([[0.0], [1.0]])
    >>> net = tw.mlp(1, 4, 1)
    >>> recorder = tw.FlowRecorder(net, "mse", P, 2 * P, every=5)
    >>> run = tw.train(net, P, 2 * P, "mse", epochs=20, callbacks=[recorder])
    >>> recorder.history.epochs
    array([ 5, 10, 15, 20])
    """

    def __init__(
        self,
        net: Network,
        loss: str | Loss | None,
        P: np.ndarray | Mapping[str, np.ndarray],
        T: np.ndarray,
        *,
        every: int = 1,
        sample_weight: Array | None = None,
        target_weight: Array | None = None,
        targets: str = "complete",
        threshold: float = FLAT,
    ) -> None:
        self._every = check_count("every", every)
        self._measure = lambda params: gradient_flow(
            net, loss, params, P, T,
            sample_weight=sample_weight, target_weight=target_weight, targets=targets, threshold=threshold,
        )  # fmt: skip
        self._records: list[tuple[int, GradientFlow, list[float]]] = []
        self._last: tuple[int, Parameters] | None = None

    def __call__(self, end: EpochEnd) -> None:
        """Measure, if the epoch is one of those to be recorded."""
        if end.epoch % self._every == 0:
            self.record(end.parameters(), end.epoch, end.updates)

    def record(self, params: Parameters, epoch: int = 0, updates: int = 0) -> None:
        """Measure at these parameters, as those of an epoch's end, after so many updates."""
        flow = self._measure(params)
        ratios = [np.nan] * len(flow.layers)
        if self._last is not None and updates > self._last[0]:
            before, steps = self._last[1], updates - self._last[0]
            ratios = [_moved(before[layer.name], params[layer.name]) / steps for layer in flow.layers]
        self._records.append((epoch, flow, ratios))
        self._last = updates, params

    @property
    def history(self) -> FlowHistory:
        """What was recorded; raises DataError if nothing was."""
        if not self._records:
            raise DataError(
                "no epoch was recorded: give the recorder to tw.train in callbacks=[...], or record more often"
            )
        epochs, flows, ratios = zip(*self._records, strict=True)
        return FlowHistory(np.array(epochs), flows, np.array(ratios))


def _moved(before: LayerParameters, after: LayerParameters) -> float:
    """|W_after - W_before| / |W_before| over the weights of a layer."""
    moved = sum(float(np.sum((after.weights[name] - W) ** 2)) for name, W in before.weights.items())
    size = sum(float(np.sum(W**2)) for W in before.weights.values())
    return (moved / size) ** 0.5 if size else float("nan")
