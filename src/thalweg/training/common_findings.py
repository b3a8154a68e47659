"""What is plain of many runs together: one finding for what holds in most of them, not one for each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from .finding import Finding
from .outcome import findings_of

if TYPE_CHECKING:
    from .run import Run

MOST = 0.5
"""What holds in more than this share of the runs is told."""
_LOOKED_AT = 64
"""Of more runs so many, spread over them, are looked at."""


def common_findings(
    runs: Sequence[Run], classes: Sequence[object] | None = None, what: str = "runs"
) -> tuple[Finding, ...]:
    """The finding that most runs have, of those that did not diverge; with the words of one of them. Else nothing.

    `classes` are the names of the classes, if not their numbers; `what` the runs are called.

    >>> import thalweg as tw
    >>> net = tw.mlp(1, 1, output="sigmoid")
    >>> P = np.array([[0.0], [1.0]])
    >>> runs = tw.train_many(net, P, 20 + 10 * P, loss="mse", seed=[0, 1], epochs=5)
    >>> common_findings(runs)[0].text
    'in 2 of 2 runs targets lie outside what a sigmoid can give (0 to 1): 20 to 30'
    """
    if len(runs) > _LOOKED_AT:
        runs = [runs[i] for i in np.linspace(0, len(runs) - 1, _LOOKED_AT).round().astype(int)]
    judged = [run for run in runs if run.stopped_because != "diverged"]
    found = [told[0] for run in judged if (told := findings_of(run, classes))]
    if not found:
        return ()
    kind, number = Counter(one.kind for one in found).most_common(1)[0]
    if number <= MOST * len(judged):
        return ()
    one = next(one for one in found if one.kind == kind)
    if len(judged) == 1:
        return (one,)
    text = f"in {number} of {len(judged)} {what} {one.text}"
    return (Finding(one.kind, one.layers, text, one.remedy, one.severity),)
