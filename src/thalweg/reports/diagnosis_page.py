"""The diagnosis of a training as one HTML page: the verdict, its numbers, and the figures that show why."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from .. import plots
from ..diagnosis.curvature import SURFACE_ROWS
from ..surface.loss_point import error_told
from ..system import write_atomically
from .page import PageFigure, drawn, render_page

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator, Sequence

    from ..diagnosis import Diagnosis

HEADS = ("layer", "activation", "units", "gradient", "sensitivity", "mean slope", "saturated", "dead")
LEGEND = (
    "Gradient and sensitivity are root means of squares, of a weight and of a unit. Saturated is the share of outputs "
    "whose slope is under {:g}; dead units have no slope for any example."
)


def write_diagnosis(
    path: str | os.PathLike[str],
    diagnosis: Diagnosis,
    *,
    title: str = "training",
    subtitle: str = "",
    versions: Sequence[tuple[str, str]] = (),
) -> None:
    """Write the diagnosis to `path` as one HTML file; raises FileError if that fails, the old file then unharmed."""
    page = render_diagnosis(diagnosis, title=title, subtitle=subtitle, versions=versions)
    write_atomically(path, page.encode("utf-8", errors="replace"), purpose="diagnosis")


def render_diagnosis(
    diagnosis: Diagnosis, *, title: str = "training", subtitle: str = "", versions: Sequence[tuple[str, str]] = ()
) -> str:
    """The diagnosis as one HTML page: no script, nothing from the network, and the same page for the same diagnosis.

    >>> import numpy as np, thalweg as tw
    >>> P, T = np.array([[-4.0, 2.0], [1.0, 2.0]]), np.array([[-1.0], [1.0]])
    >>> net = tw.Network({"p": 2}, [tw.Layer("a", 1, bias=False)])
    >>> page = render_diagnosis(tw.diagnose_network(net, "sse", net.init(0), P, T, tw.GradientDescent(0.1)))
    >>> page.count("<svg"), "The learning rate 0.1 is 2 times the largest stable one" in page
    (6, True)
    """
    heads, layers = table_of_layers(diagnosis)
    return render_page(
        "diagnosis",
        title=title,
        kind="diagnosis",
        subtitle=subtitle,
        versions=versions,
        findings=diagnosis.findings,
        verdict=diagnosis.verdict,
        notes=diagnosis.notes,
        numbers=numbers_of(diagnosis),
        figures=list(_figures(diagnosis)),
        heads=heads,
        layers=layers,
        legend=LEGEND.format(diagnosis.flow.threshold),
    )


def numbers_of(diagnosis: Diagnosis) -> list[tuple[str, str]]:
    """The numbers at the head of a diagnosis, each a name and a value."""
    lowest, residual = diagnosis.lambda_min, float(diagnosis.spectrum.residuals[-1])
    unsure = f" ± {residual:.1g}" if residual > 0.01 * abs(lowest) else ""
    found = [("λ_max", f"{diagnosis.lambda_max:.4g}"), ("λ_min", f"{lowest:.4g}{unsure}")]
    if diagnosis.stable_rate is not None:
        rate = diagnosis.stable_rate
        found.append((f"largest stable rate, {diagnosis.formula}", f"{rate:.3g}" if math.isfinite(rate) else "any"))
    elif diagnosis.lambda_max > 0:
        found.append(("largest stable rate of gradient descent, 2/λ_max", f"{2 / diagnosis.lambda_max:.3g}"))
    if diagnosis.learning_rate is not None:
        found.append((f"learning rate of {diagnosis.rule}", f"{diagnosis.learning_rate:.3g}"))
    error = error_told(diagnosis.loss, diagnosis.l2)
    found += [(error, f"{diagnosis.F:.4g}"), ("norm of ∇F", f"{diagnosis.gradient_norm:.3g}")]
    return [*found, ("examples", f"{diagnosis.examples:,}")]


def table_of_layers(diagnosis: Diagnosis) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """The flow of the gradient as heads and rows; a dash for what is not known.

    The update over the weights is there if the rule's state is known.
    """

    def told(value: float | None, form: str) -> str:
        return "–" if value is None else format(value, form)

    layers = diagnosis.flow.layers
    updates = any(layer.update_ratio is not None for layer in layers)
    rows = [
        (
            layer.name, layer.activation, f"{layer.size:,}", f"{layer.gradient_rms:.2e}",
            f"{layer.sensitivity_rms:.2e}", told(layer.slope, ".2f"), told(layer.saturated, ".0%"), f"{layer.dead:,}",
            *([told(layer.update_ratio, ".1e")] if updates else []),
        )
        for layer in layers
    ]  # fmt: skip
    return (*HEADS, *(["update / weights"] if updates else [])), rows


def _figures(diagnosis: Diagnosis) -> Iterator[PageFigure]:
    """The figures of the page: the course, the flow, the curvature, the surface, the weights."""
    net, params, loss_curve = diagnosis.network, diagnosis.params, diagnosis.loss_curve
    if loss_curve is not None and loss_curve.epochs:
        validation = None if loss_curve.validation_loss is None else loss_curve.validation_loss.tolist()
        curves = plots.learning_curves(
            loss_curve.loss.tolist(), validation, best_epoch=loss_curve.kept_epoch or None, loss_name=diagnosis.loss
        )
        yield drawn(
            curves,
            "curves",
            "Learning curves",
            f"The loss after each epoch, as the training recorded it{_penalty(diagnosis)}.",
        )
    yield drawn(
        plots.gradient_flow(diagnosis.flow),
        "flow",
        "Flow of the gradient through the layers",
        "Where the lines fall to the left the early layers learn slowly; bars show units that hardly react.",
    )
    yield drawn(
        plots.spectrum(diagnosis.spectrum),
        "spectrum",
        "Eigenvalues of the Hessian",
        "The largest bounds the learning rate; the wider they spread, the slower gradient descent is.",
    )
    yield drawn(
        plots.error_along_direction(diagnosis.along, learning_rate=_rate_to_draw(diagnosis)),
        "along",
        "Error along the direction of the largest curvature",
        "Across the steepest valley: where the parabola fits, λ_max tells how far an update may go.",
    )
    if diagnosis.surface is not None:
        of = f" The error is that of {SURFACE_ROWS} examples." if diagnosis.examples > SURFACE_ROWS else ""
        yield drawn(
            plots.error_surface(diagnosis.surface),
            "surface",
            "Error over the plane of the gradient and the largest curvature",
            f"Long, narrow contours are a ravine: across it the error curves far more than along it.{of}",
        )
    yield drawn(
        plots.weight_histograms(net, params),
        "weights",
        "Weights of each layer",
        "Large weights saturate units; weights that are all alike have not learned.",
    )
    yield drawn(
        plots.gradient_histograms(net, diagnosis.gradient),
        "gradients",
        "Gradient of each layer",
        "Layers whose gradients are far smaller than others' stand still.",
    )


def _penalty(diagnosis: Diagnosis) -> str:
    return "; that of training with the l2 penalty, that of validation without" if diagnosis.l2 else ""


def _rate_to_draw(diagnosis: Diagnosis) -> float | None:
    """The learning rate of plain gradient descent: that of other rules does not lead down the parabola like this."""
    return diagnosis.learning_rate if diagnosis.rule == "gd" and diagnosis.learning_rate else None
