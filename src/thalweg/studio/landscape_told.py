"""What the room Landscape tells beside its picture: the curvature in numbers, and the rules with those of a step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from ..core.network import Parameters
from ..formulas.writer import rounded
from ..surface import before_update, with_weights
from ..widgets.contour_rules import settings_of
from ..worked import worked_step
from .equation import written_update
from .landscape_case import Case, names_of

_MOST_WRITTEN = 500
"""Parameters of a network whose steps are written out."""
_MOST_EXAMPLES = 4
"""Examples whose gradients are written out one by one."""
_MOST_WORK = 20_000_000
"""Parameters times examples times updates to the step that is written out."""
_WHERE = {"start": "the start", "minimum": "the minimum"}


def curvature_html(case: Case, curvature: Sequence[Mapping[str, Any]], rules: Sequence[Mapping[str, Any]]) -> str:
    """The eigenvalues where they were found, with their eigenvectors, and the largest stable rate of each rule."""
    if not curvature:
        return '<p class="faint">The curvature is not finite at the start.</p>'
    rows = []
    for one in curvature:
        large, small = one["values"]
        ratio = _number(large / small) if small > 0 else "none: F falls to both sides" if small < 0 else "∞"
        at = ", ".join(map(_number, one["at"]))
        vectors = "".join(f"<td>({', '.join(map(_number, vector))})</td>" for vector in one["vectors"])
        rows.append(
            f'<tr><th scope="row">{_WHERE[one["where"]]} ({at})</th><td>{_number(large)}</td><td>{_number(small)}</td>'
            f"{vectors}<td>{ratio}</td></tr>"
        )
    heads = "".join(
        f'<th scope="col">{head}</th>' for head in ("at", "λ_max", "λ_min", "eigenvector", "eigenvector", "λ_max/λ_min")
    )
    body = f"<thead><tr>{heads}</tr></thead><tbody>{''.join(rows)}</tbody>"
    table = f'<table class="columns" style="white-space:nowrap">{body}</table>'
    return f'<div style="overflow-x:auto" tabindex="0" role="group" aria-label="curvature">{table}</div>' + "".join(
        _bound(rule, curvature) for rule in rules
    )


def _bound(rule: Mapping[str, Any], curvature: Sequence[Mapping[str, Any]]) -> str:
    name, rate = escape(rule["name"]), rule["learning_rate"]
    if rate is None:
        return f'<p class="faint">{name} has no learning rate: λ_max does not bound it.</p>'
    if "bound" not in rule:
        told = "has no largest stable rate: it scales its steps itself, or F curves nowhere upwards."
        return f'<p class="faint">{name} {told}</p>'
    told = (
        f"<b>{name}</b>: the largest stable learning rate is {escape(rule['formula'])} = {_number(rule['bound'])}, "
        f"{escape(rule['where'])}; now it is {_number(rate)}."
    )
    if rule["name"].partition(" ")[0] == "gd" and "all weights" not in rule["where"]:
        factors = ", ".join(f"1 − {_number(rate)}·{_number(value)} = {_number(1 - rate * value)}"
                            for value in curvature[-1]["values"])  # fmt: skip
        told += f" Each step multiplies the distance along the eigenvectors by {factors}."
    return f"<p>{told}</p>"


def rules_html(case: Case, start: Sequence[float], rules: Sequence[Any], step: int, paths: Sequence[Any]) -> str:
    """Each rule's equation with the numbers of the update that led to a step, for the two weights."""
    if case.net.parameter_count > _MOST_WRITTEN:
        return f'<p class="faint">Steps of more than {_MOST_WRITTEN} parameters are not written out here.</p>'
    begin = with_weights(case.net, case.params, dict(zip(case.weights, start, strict=True)))
    return "".join(
        _rule_html(case, begin, rule, path["name"], max(1, min(step, len(path["points"]) - 1)))
        for rule, path in zip(rules, paths, strict=True)
    )


def _rule_html(case: Case, begin: Parameters, rule: Any, name: str, k: int) -> str:
    only = case.weights if case.alone else None
    head = f"<p><b>{escape(name)}</b>: update {k:,}, from step {k - 1:,} to step {k:,}</p>"
    if case.net.parameter_count * len(case.T) * k > _MOST_WORK:
        return f'{head}<p class="faint">This step is too far on to be written out here.</p>'
    before = before_update(case.net, case.loss, begin, case.P, case.T, rule, k, only=only, l2=case.l2)
    held = [] if only is None else [one for one in names_of(case.net, _MOST_WRITTEN) if one not in only]

    def opened() -> Any:
        return worked_step(
            case.net, case.loss, before.params, case.P, case.T, rule, before.state, number=k, fixed=held, l2=case.l2
        )

    step: list[Any] = []

    def once() -> Any:
        if not step:
            step.append(opened())
        return step[0]

    shown = len(case.T) if len(case.T) <= _MOST_EXAMPLES else 1
    most = 8 if settings_of(rule)["learning_rate"] is not None else 6
    return head + "".join(
        f'<p class="faint">{escape(weight)}</p>{written_update(once, weight, most=most, examples=shown)}'
        for weight in case.weights
    )


def _number(value: float) -> str:
    return escape(rounded(float(value), 5).replace("-", "−"))
