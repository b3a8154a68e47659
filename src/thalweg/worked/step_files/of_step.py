"""A step as what a step file holds, so that what is made of those can be made of a run's steps."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...core.arrays import tree_map
from ...core.kinds import takes_kinds
from ..calculation import WorkedStep
from .file import StepFile


@takes_kinds
def step_file_of(step: WorkedStep) -> StepFile:
    """The step file that opens as this step: of a run's update the network, the numbers and the rule as they stood.

    Its numbers are in double precision, as those of a file are.

    >>> import numpy as np, thalweg as tw
    >>> net = tw.mlp(1, 1)
    >>> step = tw.worked_step(net, "sse", net.unravel(np.array([2.0, 0.0])), [[3.0]], [[5.0]], title="A step")
    >>> file = tw.worked.step_file_of(step)
    >>> file.title, file.open().value_after == step.value_after
    ('A step', True)
    """
    targets = step.targets if step.missing is None else np.where(step.missing, np.nan, step.targets)
    weight = None if step.weight is None else _double(step.weight)
    each = weight is not None and weight.ndim == 2
    return StepFile(
        title=step.title,
        notation=step.notation,
        network=step.network,
        params=_double(step.params),
        inputs={name: _double(P) for name, P in step.inputs.items()},
        targets=_double(targets),
        loss=step.loss,
        rule=step.rule,
        state=_double(step.state),
        batch_size=None,
        steps=1,
        l1=(step.l1 or 0.0) * step.penalty_divisor,
        l2=(step.l2 or 0.0) * step.penalty_divisor,
        notes=(),
        fixed=step.fixed,
        sample_weight=None if each else weight,
        target_weight=weight if each else None,
        masks=None if step.masks is None else {name: _double(mask) for name, mask in step.masks.items()},
        conventions=step.conventions,
    )


def _double(tree: Any) -> Any:
    """The arrays of a tree in double precision; what counts stays whole."""

    def of(leaf: Any) -> Any:
        return leaf.astype(np.float64) if isinstance(leaf, np.ndarray) and leaf.dtype.kind == "f" else leaf

    return tree_map(of, tree)
