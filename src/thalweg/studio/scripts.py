"""A training of the page as a script of Python and as a command, which give the same numbers."""

from __future__ import annotations

import dataclasses
import shlex
from typing import Any, NamedTuple

from ..core.activations import ACTIVATIONS
from ..core.losses import LOSSES, Loss
from ..optimizers import RULES
from ..optimizers.rule import Rule
from ..registry import Registry
from ..tables.settings import Settings
from .building import AS_OPTIONS, Built, own_settings
from .spec import OWN_TABLE

_DEFAULTS = Settings()


class Said(NamedTuple):
    """A command, or why there is none."""

    text: str
    missing: str = ""


def script_of(built: Built, epochs: int | None = None) -> str:
    """The script that makes the run; `epochs` are those that it has, None: all that it may.

    >>> from thalweg.studio.building import build
    >>> from thalweg.studio.spec import Spec
    >>> print(script_of(build(Spec())).splitlines()[0])
    import thalweg as tw
    """
    settings = _settings(built, epochs)
    stem = built.name.partition(".")[0]
    target = built.target[0] if len(built.target) == 1 else list(built.target)
    partly = epochs is not None and epochs != built.spec.epochs and not may_be_cut(built)
    explicit = partly or not built.spec.plain or built.start is not None
    lines = ["import thalweg as tw"]
    if built.spec.data != OWN_TABLE:
        lines.append("from thalweg.studio.datasets import table_of")
    if explicit:
        lines.append("from thalweg.tables.arguments import prepare_table, training_options")
    lines += ["", f"table = {_table(built)}", *_call("settings = tw.Settings", settings)]
    if not explicit:
        lines += [
            f"trained = tw.train_table(table, {target!r}, settings)",
            "run = trained.run",
            f"tw.save(trained.model, {stem + '.thalweg'!r})",
        ]
    else:
        layers = [
            f"    tw.Layer({layer.name!r}, {layer.size}, {_part(ACTIVATIONS, 'activations', layer.activation)}, "
            f"{tuple(layer.sources or ())!r}{f', dropout={layer.dropout!r}' if layer.dropout else ''}),"
            for layer in built.network.layers
        ]
        more = f", 'epochs': {epochs}" if partly else ""  # the schedule spans those of the settings
        more += "" if built.start is None else f", 'params': tw.load({built.start.name!r}).params"
        lines += [
            f"prepared = prepare_table(table, {target!r}, settings, None, None)",
            f"net = tw.Network({dict(built.network.inputs)!r}, [",
            *layers,
            "])",
            f"options = {{**training_options(prepared, net, settings){more}}}",
            "run = tw.train(net, prepared.train.P, prepared.train.T, **options)",
            f"tw.save(tw.Model.from_run(run, prepared.encoding), {stem + '.thalweg'!r})",
        ]
    lines.append("print(run.explanation, run.history.loss[-1])")
    return "\n".join(lines) + "\n"


def command_of(built: Built, epochs: int | None = None) -> Said:
    """The command that makes the run, of the table in a file of its name, or why there is none.

    >>> from thalweg.studio.building import build
    >>> from thalweg.studio.spec import Spec
    >>> command_of(build(Spec(rule={"learning_rate": 0.05}))).text
    'thalweg train xor.csv --target target --epochs 1000 --patience 0 --engine numpy --record all --split 100/0/0 \
--hidden 4 --learning-rate 0.05 --weight-decay 0.0'
    """
    spec = built.spec
    if epochs is not None and epochs != spec.epochs and not may_be_cut(built):
        return Said(
            "",
            f"the command has no option for {epochs:,} epochs of a schedule over {spec.epochs:,}; the script says it",
        )
    others = [name for name in own_settings(spec) if name not in AS_OPTIONS]
    for missing, what in (
        (not spec.plain, "a formula or settings of an activation"),
        (spec.start, "weights to begin with"),
        (spec.loss_settings, "a loss with settings of its own"),
        (others, f"{', '.join(others)} of {spec.optimizer}"),
    ):
        if missing:
            return Said("", f"the command has no option for {what}; the script says it")
    words = ["thalweg", "train", built.name]
    for name in built.target:
        words += ["--target", name]
    if spec.sheet is not None:
        words += ["--sheet", spec.sheet]
    for name, value in _settings(built, epochs).items():
        option = f"--{name.replace('_', '-')}"
        if isinstance(value, bool):
            words.append(option)
        elif name in ("ignore", "text"):
            for one in value:
                words += [option, one]
        else:
            words += [option, ",".join(map(str, value)) or "none" if isinstance(value, tuple) else str(value)]
    return Said(shlex.join(words))


def unlike(built: Built, epochs: int | None, *, went_on: bool = False) -> str:
    """In which the run of the script differs from that of the page, in a sentence; empty where it does not.

    `epochs` are those that the run has, `went_on` says that it was run on where it had ended.

    >>> from thalweg.studio.building import build
    >>> from thalweg.studio.spec import Spec
    >>> unlike(build(Spec(goal=0.1)), 300, went_on=True)
    'It ends where the run here ended first; this one was run on by hand.'
    """
    spec = built.spec
    if epochs is not None and went_on and (spec.patience or spec.goal is not None or spec.min_gradient is not None):
        return "It ends where the run here ended first; this one was run on by hand."
    return ""


def may_be_cut(built: Built) -> bool:
    """Whether the first epochs are the same, however many follow."""
    return built.spec.schedule == "fixed" and built.spec.final_momentum is None


def _settings(built: Built, epochs: int | None) -> dict[str, Any]:
    """The settings that are not the defaults, with the engine that computed."""
    settings = dataclasses.replace(built.settings, engine=built.recipe.engine)
    if epochs is not None:
        settings = dataclasses.replace(settings, max_seconds=None)
    if epochs is not None and may_be_cut(built):
        settings = dataclasses.replace(settings, epochs=epochs)
    left_out = ("max_parameters",)
    return {
        one.name: value
        for one in dataclasses.fields(Settings)
        if one.name not in left_out and (value := getattr(settings, one.name)) != getattr(_DEFAULTS, one.name)
    }


def _table(built: Built) -> str:
    spec = built.spec
    if spec.data == OWN_TABLE:
        ways = ("" if spec.sheet is None else f", sheet={spec.sheet!r}") + ", header=False" * spec.no_header
        return f"tw.read_table({built.name!r}{ways})"
    given = {"points": spec.points, "noise": spec.noise, "seed": spec.data_seed}
    from .datasets import DATASETS

    varied = "".join(f", {name}={value!r}" for name, value in given.items()) if DATASETS[spec.data].varies else ""
    return f"table_of({spec.data!r}{varied})"


def _call(function: str, given: dict[str, Any]) -> list[str]:
    return [f"{function}(", *(f"    {name}={_written(value)}," for name, value in given.items()), ")"]


def _written(value: Any) -> str:
    if isinstance(value, Rule):
        return _part(RULES, "optimizers", value)
    return _part(LOSSES, "losses", value) if isinstance(value, Loss) else repr(value)


def _part(registry: Registry[Any], room: str, part: Any) -> str:
    """A part as it is written: by its name, or with the settings that are not the usual ones."""
    name = registry.name_of(part)
    usual = registry.describe(registry.get(name))
    own = {key: one for key, one in registry.describe(part).items() if key != "name" and one != usual[key]}
    if not own and not isinstance(part, Rule):
        return repr(name)
    return f"tw.{room}.{type(part).__name__}({', '.join(f'{key}={one!r}' for key, one in own.items())})"
