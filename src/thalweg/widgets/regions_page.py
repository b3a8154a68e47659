"""What a network says of its inputs, as it is read without a program."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

from ..errors import visible
from .formula_data import Json

_MOST_ROWS = 60


def as_read(data: Mapping[str, Json], frames: Sequence[Mapping[str, Json]]) -> str:
    """The examples with what the network says of them in the end, as a table."""
    examples, classes = data["examples"], data["classes"]
    said = (frames[-1].get("said") or []) if frames else []

    def told(value: Json) -> str:
        return "" if value is None else _text(classes[value]) if classes is not None else f"{value:.4g}"

    head = "".join(f"<th>{_text(of)}</th>" for of in (*data["names"], "part", data["target"], "the network says"))
    rows = "".join(
        "<tr>" + "".join(f"<td>{x:.4g}</td>" for x in place)
        + f"<td>{_text(data['parts'][part])}</td><td>{told(target)}</td>"
        + f"<td>{told(said[k]) if k < len(said) else ''}</td></tr>"
        for k, (place, part, target) in enumerate(
            zip(examples["places"][:_MOST_ROWS], examples["parts"], examples["targets"], strict=False)
        )
    )  # fmt: skip
    held = ", ".join(f"{_text(name)} = {_text(value)}" for name, value in data["held"])
    return (
        f"<h1>{_text(data['title'] or 'What the network says')}</h1>"
        + (f"<p>Held: {held}.</p>" if held else "")
        + f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
    )


def _text(text: str) -> str:
    return escape(visible(str(text)))
