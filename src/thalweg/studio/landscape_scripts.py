"""What the room Landscape shows as a script of Python, and as a command with the file that it reads."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from ..core.activations import ACTIVATIONS
from ..optimizers import RULES
from ..optimizers.rule import Rule
from ..widgets.contour_rules import settings_of
from .landscape_case import POINTS, Case
from .landscape_state import NETWORK
from .scripts import Said
from .spec import OWN_TABLE

_MOST_INLINE = 400
"""Parameters that a script has in it."""


def script_of(case: Case, start: Sequence[float], rules: Sequence[Rule], names: Sequence[str], steps: int) -> str:
    """The script that draws the picture and prints where each path ends.

    >>> from thalweg.studio.landscape_case import case_of
    >>> from thalweg.studio.landscape_state import State
    >>> case = case_of(State())
    >>> print(script_of(case, case.start, [case.rules[0].made()], ["gd"], 100).splitlines()[2])
    shown = tw.surface.demonstration('dl3gd')
    """
    only = f", only={case.weights!r}" if case.alone else ""
    l2 = f", l2={case.l2!r}" if case.l2 else ""
    made = [
        f"    {name!r}: tw.optimizers.{type(rule).__name__}({_settings(rule)}),"
        for name, rule in zip(names, rules, strict=True)
    ]
    source = _source(case)
    lines = [
        *(["import numpy as np"] if any("np." in line for line in source) else []),
        "import thalweg as tw",
        *source,
        f"weights = {case.weights!r}",
        f"start = tw.surface.with_weights(net, params, dict(zip(weights, {tuple(start)!r})))",
        "rules = {",
        *made,
        "}",
        "paths = [",
        f"    tw.trajectory(net, loss, start, P, T, rule, steps={steps}, name=name{only}{l2})",
        "    for name, rule in rules.items()",
        "]",
        f"over = tw.error_surface(net, loss, start, P, T, weights, span={case.span!r}, points={POINTS}, "
        f"trajectories=paths{l2})",
        "tw.plots.error_surface(over, eigenvectors=True).savefig('landscape.png')",
        "for path in paths:",
        "    print(path.name, path.stopped_because, path.F[-1])",
    ]
    return "\n".join(lines) + "\n"


def _source(case: Case) -> list[str]:
    """Lines that make the network, its parameters and its examples."""
    if case.state.case != NETWORK:
        lines = [
            "",
            f"shown = tw.surface.demonstration({case.state.case!r})",
            "net, loss, params, P, T = shown.network, shown.loss, shown.params, shown.P, shown.T",
        ]
        if case.state.data:
            lines += [f"rows = np.array({[list(row) for row in case.state.data]!r})", "P, T = rows[:, :2], rows[:, 2:]"]
        return lines
    own = case.state.training.get("data") == OWN_TABLE
    table = ", OwnTable('table.csv', tw.read_table('table.csv'))" if own else ""
    loss = repr(case.loss) if isinstance(case.loss, str) else "built.options['loss']"
    lines = [
        f"from thalweg.studio.building import {'OwnTable, ' if own else ''}build",
        "from thalweg.studio.links import spec_from",
        "",
        f"built = build(spec_from({dict(case.state.training)!r}){table})",
        f"net, loss = built.network, {loss}",
        f"P, T = built.prepared.train.P[:{len(case.T)}], built.prepared.train.T[:{len(case.T)}]",
    ]
    if "after" not in case.given:
        return [*lines, "params = net.unravel(np.asarray(net.ravel(built.recipe.params), dtype=float))"]
    if case.net.parameter_count <= _MOST_INLINE:
        x = [float(value) for value in case.net.ravel(case.params)]
        return [*lines, f"params = net.unravel(np.array({x!r}))"]
    return [*lines, "params = tw.load('model.thalweg').params  # the model that the room Train brings"]


def command_of(case: Case, start: Sequence[float], rules: Sequence[Rule], steps: int) -> Said:
    """The command that draws the same from the step file of `step_file_of`, or why there is none."""
    if case.state.case == NETWORK:
        return Said(
            "", "thalweg surface takes a model and a table, of which it takes all rows; the script says this one"
        )
    others = [RULES.name_of(rule) for rule in rules if not _plain(rule)]
    if len(others) > 1:
        return Said("", f"the command has no option for the momentum of {' and of '.join(others)}; the script says it")
    names = [RULES.name_of(rule) for rule in rules]
    twice = next((name for name in others if names.count(name) > 1), None)
    if twice is not None:
        return Said("", f"the command gives each {twice} the same momentum; the script says these")
    listed = []
    for rule in rules:
        rate = settings_of(rule)["learning_rate"]
        listed.append(RULES.name_of(rule) + ("" if rate is None else f"={rate!r}"))
    words = [
        "thalweg", "surface", f"{case.state.case}.toml", "--weights", ",".join(case.weights),
        f"--start={','.join(map(repr, start))}", f"--range={','.join(f'{low!r}:{high!r}' for low, high in case.span)}",
        "--points", str(POINTS), "--rules", ",".join(listed), "--steps", str(steps),
    ]  # fmt: skip
    return Said(shlex.join([*words, *(["--only"] if case.alone else [])]))


def step_file_of(case: Case, rules: Sequence[Rule]) -> str:
    """The step file of a demonstration: its network with its weights, its examples, and the rule with its momentum."""
    own = next((rule for rule in rules if not _plain(rule)), rules[0])
    settings = {name: value for name, value in settings_of(own).items() if value is not None}
    lines = [
        f"title = {_quoted(case.title)}", f"source = {_quoted(case.about)}", 'loss = "sse"', "", "[network]",
        f"inputs = {{ {', '.join(f'{name} = {size}' for name, size in case.net.inputs.items())} }}",
    ]  # fmt: skip
    for layer in case.net.layers:
        weights, bias = case.params[layer.name]
        (source,) = weights
        lines += [
            "", "[[network.layers]]", f"name = {_quoted(layer.name)}", f"size = {layer.size}",
            f"activation = {_quoted(ACTIVATIONS.name_of(layer.activation))}", f"weights = {weights[source].tolist()!r}",
            f"bias = {'false' if bias is None else repr(bias.tolist())}",
        ]  # fmt: skip
    lines += ["", "[optimizer]", f"name = {_quoted(RULES.name_of(own))}"]
    lines += [f"{name} = {value!r}" for name, value in settings.items()]
    lines += ["", "[data]", f"inputs = {case.P.tolist()!r}", f"targets = {case.T[:, 0].tolist()!r}"]
    return "\n".join(lines) + "\n"


def _plain(rule: Rule) -> bool:
    """Whether a rule has its usual momentum."""
    return settings_of(rule)["momentum"] == settings_of(RULES.get(RULES.name_of(rule)))["momentum"]


def _settings(rule: Rule) -> str:
    return ", ".join(f"{name}={value!r}" for name, value in settings_of(rule).items() if value is not None)


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
