"""What a command says that it understood of a table, before it trains."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..core.activations import ACTIVATIONS
from .terminal import print_notes, print_table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

    from ..core.network import Network
    from ..data import Prepared


def tell_understood(
    out: Console, prepared: Prepared, net: Network, notes: Sequence[str] = (), rows: dict[str, int] | None = None
) -> None:
    """What was understood of the table: columns, task, split; notes, if they are told here; and the network for it.

    `rows` are those of the parts if they are more than those at hand.
    """
    from rich.markup import escape

    from ..tables.arguments import parts

    print_table(out, ("column", "kind", "features", "detail"), prepared.encoding.summary())
    print_notes(out, notes)
    name = escape(prepared.encoding.targets_told)
    out.print(f"\n[bold]task[/bold]    {prepared.task} of {name}: {escape(prepared.task_reason)}")
    rows = rows or {name: len(part.T) for name, part in parts(prepared).items() if part is not None}
    sizes = ", ".join(f"{name} {count}" for name, count in rows.items() if count)
    out.print(f"[bold]rows[/bold]    {sizes}")
    out.print(f"[bold]network[/bold] {describe(net)}\n")


def describe(net: Network) -> str:
    """The network in a line: sizes, activations, and the number of parameters."""
    layers = " - ".join(f"{layer.size} {ACTIVATIONS.name_of(layer.activation)}" for layer in net.layers)
    return f"{' + '.join(map(str, net.inputs.values()))} inputs - {layers} ({net.parameter_count:,} parameters)"
