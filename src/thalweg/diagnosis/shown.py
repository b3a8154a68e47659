"""What a notebook shows of a diagnosis and of the flow of a gradient."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..notebook.pictures import loss_curves
from ..notebook.pieces import GREEN, ORANGE, beside, marked, paragraph, points, table

if TYPE_CHECKING:
    from ..training.finding import Finding
    from .flow import GradientFlow
    from .training import Diagnosis


def diagnosis_in_html(found: Diagnosis) -> str:
    """The findings with their remedies, or that there are none; the numbers; the layers."""
    numbers = [
        ("error F", found.F),
        ("norm of the gradient", found.gradient_norm),
        ("largest curvature", found.lambda_max),
        ("learning rate", found.learning_rate),
        ("largest stable rate", found.stable_rate),
    ]
    told = [[name, f"{value:.4g}"] for name, value in numbers if value is not None]
    curve = found.loss_curve
    losses = "" if curve is None else loss_curves({"loss": curve.loss}, None)
    title = paragraph(f"Diagnosis of {found.network}", "title")
    return (
        title
        + _verdict(found.findings, found.verdict)
        + beside(table(["", f"on {found.examples:,} examples"], told), losses)
        + flow_table(found.flow)
        + points(found.notes)
    )


def flow_in_html(flow: GradientFlow) -> str:
    """The verdict, and the layers."""
    return paragraph("Flow of the gradient", "title") + _verdict(flow.findings, flow.verdict) + flow_table(flow)


def flow_table(flow: GradientFlow) -> str:
    """A row for each layer."""

    def share(value: float | None) -> str:
        return "" if value is None else f"{100 * value:.0f} %"

    rows = [
        [layer.name, layer.activation, layer.size, f"{layer.output:.3g}", f"{layer.gradient_rms:.3g}",
         share(layer.saturated), layer.dead, "" if layer.update_ratio is None else f"{layer.update_ratio:.1e}"]
        for layer in flow.layers
    ]  # fmt: skip
    return table(["layer", "activation", "size", "output", "gradient", "saturated", "dead", "update/weight"], rows)


def _verdict(findings: Sequence[Finding], verdict: str) -> str:
    if not findings:
        return marked(verdict, GREEN)
    return "".join(marked(f"{finding.text}\nRemedy: {finding.remedy}", ORANGE) for finding in findings)
