"""`thalweg surface`: the error over one weight, two weights or two directions, with the paths of update rules."""

from __future__ import annotations

import re
from collections.abc import Sequence
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

from ..errors import ArgumentError, unknown
from ..registry import replaced
from ..surface.choices import DIRECTIONS
from .again import command_again
from .gallery import Gallery, step_file_of
from .options import check_apart, given_of, one_of
from .pictures import PICTURES, check_picture, rendered
from .process import settle, writing
from .surface_source import Source, of_model, of_step_file
from .terminal import console, print_notes, print_table, warn_if_slow
from .training_options import MaxParameters, MaxSize, Member, Sheet, opening, refuse_given

if TYPE_CHECKING:
    from ..core.network import Network, Parameters
    from ..optimizers import Rule
    from ..surface import Descent, ErrorAlongWeight, Surface, Trajectory

_PICTURES = (*PICTURES, ".gif", ".html")
_NAME = re.compile(r"[^,\[\]]+\[[^\[\]]*\]|[^,]+")


class _Page(NamedTuple):
    """What the page tells besides the picture: the command that begins elsewhere, and the network."""

    command: str | None
    network: Network


def surface(
    context: typer.Context,
    file: Annotated[
        Path | None, typer.Argument(help="A step file (.toml), or a model file with --table.", show_default=False)
    ] = None,
    gallery: Gallery = None,
    weights: Annotated[
        str | None,
        typer.Option(
            help="One weight or two: hidden[0,1] to unit 0 from unit 1, hidden[0,p:1] where several layers feed it, "
            "hidden[0] for a bias.",
            rich_help_panel="Axes",
        ),
    ] = None,
    directions: Annotated[
        str | None,
        typer.Option(
            help=f"Instead of weights. {one_of(DIRECTIONS)}",
            autocompletion=lambda: list(DIRECTIONS),
            metavar="NAME",
            rich_help_panel="Axes",
        ),
    ] = None,
    span: Annotated[
        str | None,
        typer.Option("--range", help="Of both axes, -5:5, or of each, -5:5,0:2.", rich_help_panel="Axes"),
    ] = None,
    points: Annotated[int, typer.Option(help="Points along each axis.", rich_help_panel="Axes")] = 100,
    start: Annotated[
        str | None,
        typer.Option(
            help="Where to begin: a value for each weight of --weights, 0.5,-2; the file's own, if left out.",
            rich_help_panel="Axes",
        ),
    ] = None,
    seed: Annotated[int, typer.Option(help="Of random directions.", rich_help_panel="Axes")] = 0,
    rules: Annotated[
        str | None,
        typer.Option(
            help="Update rules to follow, with learning rates if you like: gd,momentum=0.3,adam; or none. "
            "A step file's own rule, if left out.",
            rich_help_panel="Paths",
        ),
    ] = None,
    learning_rate: Annotated[
        float | None, typer.Option(help="Of the rules that are given without one.", rich_help_panel="Paths")
    ] = None,
    steps: Annotated[int, typer.Option(help="Updates of each rule.", rich_help_panel="Paths")] = 100,
    only: Annotated[
        bool, typer.Option("--only", help="Train the weights of the axes alone.", rich_help_panel="Paths")
    ] = False,
    table: Annotated[Path | None, typer.Option(help="The table whose rows a model's error is taken over.")] = None,
    member: Member = None,
    sheet: Sheet = None,
    max_size: MaxSize = None,
    max_parameters: MaxParameters = None,
    output: Annotated[
        Path | None,
        typer.Option(
            help=f"The picture: {', '.join(PICTURES)}; .gif, the paths step by step; .html, a page to play and click. "
            "surface.png, if there is no --json."
        ),
    ] = None,
    json: Annotated[Path | None, typer.Option(help="Write all numbers of the picture to this file.")] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing but errors.")] = False,
) -> None:
    """Draw the error surface of a network, and the paths of update rules on it from the same start.

    Example: thalweg surface examples/worked/nnd_p3_3.toml --weights a[0,0],a[0,1] --rules gd=0.02,adam=0.1
    """
    from ..system import Content, check_writable, write_together

    file = step_file_of(file, gallery)
    picture = Path("surface.png") if output is None and json is None else output
    of_models = {"--member": member, "--sheet": sheet, "--max-size": max_size}
    refuse_given(file, of_models, {"--max-parameters": max_parameters})
    written = {name: path for name, path in (("picture", picture), ("data", json)) if path is not None}
    if picture is not None:
        check_picture(picture, _PICTURES)
    check_apart(written, [path for path in (file, table) if path is not None])
    names = _names(weights)
    _check_axes(names, directions, only)
    source = (
        of_step_file(file, table, max_parameters)
        if file.suffix.lower() == ".toml"
        else of_model(file, table, member, opening(sheet, max_size))
    )
    for name, path in written.items():
        check_writable(path, purpose=name)
    if not names and directions is None and source.net.parameter_count == 2:
        names = _both(source.net)
    if start is not None:
        source = source._replace(params=_moved(source, names, start))
    alone = len(names) == 1  # of one weight a path is on its curve only if no other moves
    chosen = {} if alone and rules is None else _rules(rules, learning_rate, source.rule)
    _check_effects(given_of(context, ("learning_rate", "steps", "only", "seed")), rules, bool(chosen), directions)
    for name, rule in chosen.items():
        warn_if_slow(console(quiet), name, rule, source.net)
    taken = _paths(source, chosen, steps, names if only or alone else None, seed)
    across = names or directions or ("pca" if taken else "gradient")
    if alone:
        drawn = _curve(source, names[0], span, points, taken)
    else:
        drawn = _surface(source, across, span, points, taken, seed)
    contents = []
    if picture is not None:
        page = _Page(None if directions else command_again(context, "start", "{start}"), source.net)
        contents.append(Content(picture, _picture(drawn, across == "gradient", picture, page), "picture"))
    if json is not None:
        from json import dumps

        contents.append(Content(json, (dumps(drawn.to_dict(), allow_nan=False) + "\n").encode(), "data"))
    with writing():
        write_together(contents)
        settle()
    if not quiet:
        _tell(drawn, written)
        print_notes(console(), source.told)


def _names(weights: str | None) -> list[str]:
    """Weights between commas, of which those within brackets do not count.

    >>> _names("hidden[0,0], out[0,hidden:1]")
    ['hidden[0,0]', 'out[0,hidden:1]']
    """
    if weights is not None and not weights.strip():
        raise ArgumentError("--weights is empty: name one weight or two, or leave it out")
    return [] if weights is None else [name.strip() for name in _NAME.findall(weights)]


def _both(net: Network) -> list[str]:
    """The two parameters of a network that has no others."""
    from ..core.weight_names import name_of, weight_at

    return [name_of(net, weight_at(net, index)) for index in range(2)]


def _moved(source: Source, names: Sequence[str], start: str) -> Parameters:
    """The parameters with the weights of the axes at other values."""
    from ..core.weight_names import find_weight, index_of

    if not names:
        raise ArgumentError("--start is of weights: name them by --weights")
    values = [_number("--start", part) for part in start.split(",")]
    if len(values) != len(names):
        raise ArgumentError(f"--start has {len(values)} values, --weights {len(names)}: give one for each")
    x = source.net.ravel(source.params)
    for name, value in zip(names, values, strict=True):
        if not isfinite(value):
            raise ArgumentError(f"--start: {value} is not finite; give a value for each weight")
        x[index_of(source.net, find_weight(source.net, name))] = value
    return source.net.unravel(x)


def _check_axes(names: Sequence[str], directions: str | None, only: bool) -> None:
    if names and directions is not None:
        raise ArgumentError("--weights and --directions both say what the axes are: give one of them")
    if len(names) > 2:
        raise ArgumentError(f"--weights names {len(names)}; a surface has two directions: name one weight or two")
    if directions is not None and directions not in DIRECTIONS:
        if "," in directions:
            count = len(directions.split(","))
            raise ArgumentError(
                f"--directions names {count}; each is a pair of directions already: {_list(DIRECTIONS)}"
            )
        raise ArgumentError(unknown("directions", directions, DIRECTIONS))
    if only and not names:
        raise ArgumentError("--only needs the weights to train: name one or two by --weights")


def _check_effects(given: Sequence[str], rules: str | None, followed: bool, directions: str | None) -> None:
    """Raise ArgumentError for an option that was given and changes nothing."""
    for option in given:
        if option == "--seed" and directions != "random":
            raise ArgumentError("--seed is that of random directions: leave it out, or give --directions random")
        if option != "--seed" and not followed:
            raise ArgumentError(f"{option} is of rules, and none is followed: give --rules, or leave it out")
        parts = [part for part in (rules or "").split(",") if part]
        if option == "--learning-rate" and parts and all("=" in part for part in parts):
            raise ArgumentError("--learning-rate has no effect: each of --rules has its own; leave it out")


def _paths(
    source: Source, rules: dict[str, Rule], steps: int, only: Sequence[str] | None, seed: int
) -> list[Trajectory]:
    from ..surface import trajectory

    net, params, loss, P, T, _, size, l2, missing, _ = source
    shown: dict[str, Any] = {"batch_size": size, "order": "sequential", "l2": l2, "seed": seed, "targets": missing}
    return [
        trajectory(net, loss, params, P, T, rule, steps=steps, only=only, name=name, **shown)
        for name, rule in rules.items()
    ]


def _rules(text: str | None, learning_rate: float | None, own: Rule | None) -> dict[str, Rule]:
    """The rules by the names that they have in the picture: gd,momentum=0.3; a file's own with its settings."""
    from ..optimizers import RULES

    if text is None:
        text = "none" if own is None else RULES.name_of(own)
    rules: dict[str, Rule] = {}
    for part in () if text.strip() == "none" else text.split(","):
        name, given, number = part.strip().partition("=")
        rule = own if own is not None and isinstance(own, RULES.get(name).__class__) else RULES.get(name)
        has_rate = "learning_rate" in (field.name for field in rule.numbers())
        if given:
            if not has_rate:
                raise ArgumentError(f"--rules: {name!r} has no learning rate: leave {part.strip()[len(name) :]!r} out")
            rule = replaced(rule, learning_rate=_number("--rules", number))
        elif learning_rate is not None and has_rate:
            rule = replaced(rule, learning_rate=learning_rate)
        rate = number if given else f"{getattr(rule.at(0), 'learning_rate', 0.0):g}"
        label = f"{name}, α = {rate}" if has_rate else name
        if label in rules:
            raise ArgumentError(
                f"--rules names {part.strip()!r} twice: give it another learning rate, or leave one out"
            )
        rules[label] = rule
    return rules


def _curve(source: Source, weight: str, span: str | None, points: int, taken: Sequence[Trajectory]) -> ErrorAlongWeight:
    from ..surface import error_along_weight

    ranges = _ranges(span)
    if len(ranges) > 1:
        raise ArgumentError(f"--range is {span!r}; one weight has one range, such as -5:5")
    return error_along_weight(
        source.net, source.loss, source.params, source.inputs, source.targets, weight,
        span=ranges[0] if ranges else None, points=points, trajectories=taken, l2=source.l2,
        targets=source.missing,
    )  # fmt: skip


def _surface(
    source: Source,
    across: Sequence[str] | str,
    span: str | None,
    points: int,
    taken: Sequence[Trajectory],
    seed: int,
) -> Surface:
    from ..plots.surface import check_paths
    from ..surface import error_surface

    check_paths(len(taken))
    ranges = _ranges(span)
    return error_surface(
        source.net, source.loss, source.params, source.inputs, source.targets, across,
        span=None if not ranges else ranges if len(ranges) == 2 else ranges[0],
        points=points, trajectories=taken, l2=source.l2, seed=seed,
        targets=source.missing,
    )  # fmt: skip


def _picture(drawn: Surface | ErrorAlongWeight, eigenvectors: bool, path: Path, page: _Page) -> bytes:
    """The picture as a file of its name."""
    if path.suffix.lower() == ".html":
        from ..widgets import contour_page

        return contour_page(drawn, command=page.command, network=page.network).encode("utf-8")
    from ..plots import animated_paths, error_along_weight, error_surface
    from ..surface import Surface

    if path.suffix.lower() == ".gif":
        return animated_paths(drawn, eigenvectors=eigenvectors).gif()
    if isinstance(drawn, Surface):
        return rendered(error_surface(drawn, eigenvectors=eigenvectors), path)
    return rendered(error_along_weight(drawn), path)


def _ranges(text: str | None) -> list[tuple[float, float]]:
    """Ranges from "-5:5" or "-5:5,0:2".

    >>> _ranges("-5:5,0:2")
    [(-5.0, 5.0), (0.0, 2.0)]
    """
    if text is None:
        return []
    parts = [part.split(":") for part in text.split(",")]
    if len(parts) > 2 or any(len(part) != 2 for part in parts):
        raise ArgumentError(f"--range is {text!r}; write -5:5 for both axes, or -5:5,0:2 for each")
    return [(_number("--range", low), _number("--range", high)) for low, high in parts]


def _number(option: str, text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise ArgumentError(f"{option}: {text!r} is no number") from None


def _tell(drawn: Surface | ErrorAlongWeight, written: dict[str, Path]) -> None:
    from ..surface import ErrorAlongWeight

    out = console()
    if isinstance(drawn, ErrorAlongWeight):
        out.print(f"{drawn.name} = {drawn.at:.6g}: error {drawn.F_at:.6g}, slope {drawn.slope:.6g}", markup=False)
        for path in drawn.paths:
            out.print(f"\n{path.name}, the other weights held:", markup=False)
            print_table(out, ("step", drawn.name, "error", "slope", "change"), _steps_of(path))
    else:
        where = ", ".join(f"{name} = {at:.4g}" for name, at in zip(drawn.names, drawn.minimum, strict=True))
        low = "lowest shown" if drawn.at_edge else "minimum"
        out.print(f"start: error {drawn.F_center:.6g}", markup=False)
        out.print(f"{low}: error {drawn.F_minimum:.6g} at {where}", markup=False)
        if drawn.paths:
            rows = [
                (path.name, f"{path.F[-1]:.6g}", len(path.F) - 1, path.stopped_because, f"{100 * path.share:.0f} %")
                for path in drawn.paths
            ]
            print_table(out, ("rule", "error", "steps", "ended by", "of its way in this plane"), rows)
    for name, path in written.items():
        out.print(f"{name}: {path}", markup=False)


def _steps_of(path: Descent) -> list[tuple[str, ...]]:
    """The points of a path, each with the step that is taken from it."""
    changes = [f"{step:.6g}" for step in path.steps]
    return [
        (str(number), f"{w:.6g}", f"{F:.6g}", f"{slope:.6g}", change)
        for number, (w, F, slope, change) in enumerate(
            zip(path.values, path.F, path.slopes, [*changes, ""], strict=True)
        )
    ]


def _list(names: Sequence[str]) -> str:
    return f"{', '.join(names[:-1])} or {names[-1]}"
