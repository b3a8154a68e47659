"""A word before what takes long."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..optimizers.full_batch import FullBatchRule

if TYPE_CHECKING:
    from rich.console import Console

    from ..core.network import Network

MANY_PARAMETERS = 1000
"""Above, an epoch of a rule that holds matrices of them takes a good part of a second."""


def warn_if_slow(out: Console, name: str, rule: Any, net: Network) -> None:
    """Say so if a rule works on matrices of more parameters than it soon gets done with."""
    n = net.parameter_count
    if isinstance(rule, FullBatchRule) and rule.matrices and n > MANY_PARAMETERS:
        out.print(
            f"[yellow]note[/yellow] {name} works on matrices of {n:,} × {n:,} in every epoch, which takes long: fewer "
            "hidden units, such as --hidden 10, suit it better\n"
        )
