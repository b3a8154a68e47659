"""Steps written in any form: the page that steps, one without a program, LaTeX, Markdown, text or JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from ..errors import ArgumentError, unknown
from ..worked.calculation import WorkedStep
from ..worked.notations import AnyNotation
from ..worked.rendering.formats import FORMATS


def written(
    steps: Sequence[WorkedStep], form: str, notation: AnyNotation | None = None, view: Mapping[str, Any] | None = None
) -> str:
    """The steps in a form of `FORMATS`; several HTML pages or articles become one. `view` holds fields of `View`.

    >>> import numpy as np, thalweg as tw
    >>> net = tw.mlp(1, 1)
    >>> step = tw.worked_step(net, "sse", net.unravel(np.array([2.0, 0.0])), [[3.0]], [[5.0]])
    >>> written([step], "latex").startswith("\\\\documentclass")
    True
    """
    view = dict(view or {})
    if form not in FORMATS:
        raise ArgumentError(unknown("format", form, FORMATS))
    if form == "page":
        from .picture_page import worked_page

        return worked_page(steps, notation, **view)
    if form == "json":
        from ..files.model_file import plain

        parts = [step.to_dict(notation, **view) for step in steps]
        data = plain(parts[0] if len(parts) == 1 else parts)
        return json.dumps(data, ensure_ascii=False, allow_nan=False) + "\n"
    documents = [step.document(notation, **view) for step in steps]
    if form == "html":
        from ..worked.rendering.html import render_html

        return render_html(*documents)
    if form == "latex":
        from ..worked.rendering.latex import render_latex

        return render_latex(*documents)
    from ..worked.rendering.markdown import render_markdown
    from ..worked.rendering.text import render_text

    render = render_markdown if form == "markdown" else render_text
    return "\n".join(render(document) for document in documents)
