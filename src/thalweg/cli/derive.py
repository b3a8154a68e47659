"""`thalweg derive`: a derivative derived line by line, or the chain rule for one weight."""

from __future__ import annotations

import dataclasses
import json as json_module
import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..core.activations import ACTIVATIONS
from ..core.losses import LOSSES
from ..errors import ArgumentError
from ..system import kind_by_name, refuse_other_kind
from ..worked.notations import NOTATIONS
from ..worked.rendering.formats import forms_by_ending
from .options import choice, choice_or_file, form_of, given_of, one_of
from .terminal import console, print_data, print_json

if TYPE_CHECKING:
    from ..core.network import Network
    from ..worked.derivations.derivation import Derivation

FORMATS = ("text", "markdown", "html", "latex", "json")
_ENDINGS = forms_by_ending(*FORMATS)
_WIDTH_OF_A_FILE = 100
_CHAIN = "Chain rule"


def derive(
    context: typer.Context,
    what: Annotated[
        str, typer.Argument(help="An activation, a loss, a formula of x such as 'x*tanh(x)', or the word chain.")
    ],
    sizes: Annotated[str | None, typer.Argument(help="After chain: the sizes of the network, such as 2-3-1.")] = None,
    weight: Annotated[
        str | None,
        typer.Option(
            help="A weight, to and from, such as layer1[1,0], or a bias, such as layer1[1]; counted from 0.",
            rich_help_panel=_CHAIN,
        ),
    ] = None,
    hidden: Annotated[
        str,
        typer.Option(
            help=f"Activation of the hidden layers. {one_of(ACTIVATIONS)}",
            rich_help_panel=_CHAIN,
            **choice("activation", ACTIVATIONS),
        ),
    ] = "tanh",
    last: Annotated[
        str,
        typer.Option(
            "--output-activation",
            help="Activation of the output layer.",
            rich_help_panel=_CHAIN,
            **choice("activation", ACTIVATIONS),
        ),
    ] = "linear",
    loss: Annotated[str, typer.Option(help=one_of(LOSSES), rich_help_panel=_CHAIN, **choice("loss", LOSSES))] = "mse",
    notation: Annotated[
        str,
        typer.Option(
            help=f"Whose notation. {one_of(NOTATIONS)} Or a table of symbols, such as mine.toml.",
            rich_help_panel=_CHAIN,
            **choice_or_file("notation", NOTATIONS, ".toml"),
        ),
    ] = "nnd",
    format: Annotated[  # noqa: A002 - the option's name
        str | None,
        typer.Option(help=f"By the output's ending, else text. {one_of(FORMATS)}", **choice("format", FORMATS)),
    ] = None,
    output: Annotated[Path | None, typer.Option(help="Write to this file instead of the terminal.")] = None,
) -> None:
    """Derive a derivative line by line: of an activation, a loss, a formula, or by one weight of a small network.

    Examples: thalweg derive sigmoid; thalweg derive "x*tanh(log(1+exp(x)))";
    thalweg derive chain 2-3-1 --weight layer1[1,0] --hidden sigmoid --notation ncsu
    """
    form = form_of(output, format, _ENDINGS)
    if what.strip() == "chain":
        found = _chain(sizes, weight, hidden=hidden, output=last, loss=loss, notation=notation)
    else:
        if sizes is not None and not sizes[:1].isdigit():
            raise ArgumentError(f"{sizes!r} is one more than can be derived at once: thalweg derive {sizes} by itself")
        if kind_by_name(what) is not None:
            refuse_other_kind(what, "a formula", "write one of x, such as 'x*tanh(x)', or name an activation or a loss")
        if sizes is not None:
            raise ArgumentError(
                f"{sizes!r} goes with the word chain: thalweg derive chain {sizes} --weight layer1[0,0]"
            )
        for option in given_of(context, ("weight", "hidden", "last", "loss", "notation")):
            raise ArgumentError(f"{option} goes with the word chain: thalweg derive chain 2-3-1 --weight layer1[0,0]")
        from ..worked.derivations.derive import derive as derived

        found = derived(what)
    if output is not None:
        from ..system import write_atomically

        write_atomically(output, _written(found, form).encode("utf-8"), purpose="derivation")
        console().print(f"derivation    {output}", markup=False)
    elif form == "json":
        print_json(found.to_dict())
    elif form == "text":
        out = console()
        out.print(found.show(min(out.width, 120)), markup=False, end="", soft_wrap=True)
    else:
        print_data(_written(found, form))


def _chain(sizes: str | None, weight: str | None, *, hidden: str, output: str, loss: str, notation: str) -> Derivation:
    from ..core.network import mlp
    from ..core.weight_names import name_of, weight_at
    from ..worked.derivations.derive_chain import derive_chain

    if sizes is None:
        raise ArgumentError("chain needs the sizes of a network: thalweg derive chain 2-3-1 --weight layer1[0,0]")
    try:
        numbers = tuple(int(part) for part in sizes.split("-"))
    except ValueError:
        raise ArgumentError(f"{sizes!r} are no sizes of a network: write them as 2-3-1") from None
    net = mlp(*numbers, hidden=hidden, output=output)
    if weight is None:
        raise ArgumentError(
            f"chain needs --weight: one from {name_of(net, weight_at(net, 0))} to "
            f"{name_of(net, weight_at(net, net.parameter_count - 1))}"
        )
    name, note = _weight_of(net, weight)
    found = derive_chain(net, name, loss=loss, notation=notation)
    return dataclasses.replace(found, notes=(*note, *found.notes))


def _weight_of(net: Network, text: str) -> tuple[str, tuple[str, ...]]:
    """The weight that a text names; `hidden` and `out` stand for layers of a chain, which has no names for them.

    A weight that there is not, counted from 0, but is, counted from 1 as on paper, is taken as that, and told.
    """
    from ..core.weight_names import find_weight, name_of

    last = len(net.layers)
    if last == 2:
        text = re.sub(r"^\s*hidden\[", "layer1[", text)
    text = re.sub(r"^\s*hidden(\d+)\[", r"layer\1[", text)
    text = re.sub(r"^\s*out(put)?\[", f"layer{last}[", text)
    try:
        return name_of(net, find_weight(net, text)), ()
    except ArgumentError:
        try:
            place = find_weight(net, re.sub(r"(?<=[\[,:])\s*([1-9]\d*)", lambda found: str(int(found[1]) - 1), text))
        except ArgumentError:
            place = None
        if place is None or text.count("[0") + text.count(",0"):
            raise
    told = f"Counted from 0 there is no weight {text}; it is taken as counted from 1, on paper: {name_of(net, place)}."
    return name_of(net, place), (told,)


def _written(found: Derivation, form: str) -> str:
    match form:
        case "markdown":
            return found.to_markdown()
        case "html":
            return found.to_html()
        case "latex":
            return found.to_latex()
        case "json":
            return json_module.dumps(found.to_dict(), ensure_ascii=False, indent=2) + "\n"
        case _:
            return found.show(_WIDTH_OF_A_FILE)
