"""From a table and settings to the options of a training."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from ..core.kinds import check_count
from ..core.network import Network, Parameters
from ..data import Conventions, Part, Prepared, parse_fractions, prepare
from ..data.class_weights import check_class_weight
from ..data.roles import Roles
from ..data.targets import target_names
from ..errors import ArgumentError
from ..training.checkpoints import Checkpoints, as_checkpoints
from ..training.choices import EVERYTHING
from ..training.options import SharedOptions
from ..training.record import check_record
from .objects import build_rule, schedule_numbers
from .pieces import fitted_pieces, frozen_pieces
from .settings import OF_EXAMPLES, Settings

if TYPE_CHECKING:
    from collections.abc import Sequence

    import polars as pl

LARGEST_SEED = 2**32 - 1


def prepare_table(
    frame: pl.DataFrame,
    target: str | Sequence[str],
    settings: Settings,
    validation: pl.DataFrame | None,
    test: pl.DataFrame | None,
    *,
    equal_together: bool = True,
) -> Prepared:
    """The table split and encoded, after a look at the settings that do not need it; see `prepare`."""
    check_count("seed", settings.seed, 0, LARGEST_SEED)
    build_rule(settings)
    check_class_weight(settings.class_weight)
    fractions = parse_fractions(settings.split)
    if wants_several(settings):
        if validation is not None:
            raise ArgumentError("a validation table goes with one network; folds are validated on rows of the table")
        fractions = (fractions[0] + fractions[1], 0.0, fractions[2])
    return prepare(
        frame,
        target=[column_of(frame, name) for name in target_names(target)],
        task=settings.task,
        ignore=ignored(frame, settings.ignore),
        fractions=fractions,
        validation=validation,
        test=test,
        seed=settings.seed,
        conventions=Conventions(settings.dates, settings.decimal, tuple(ignored(frame, settings.text))),
        many_texts=settings.many_texts,
        missing_targets=settings.missing_targets,
        equal_together=equal_together,
        roles=Roles(
            **{name: _named(frame, getattr(settings, name)) for name in ("sample_weight", "group", "time", "stratify")},
            class_weight=settings.class_weight,
        ),
    )


def wants_several(settings: Settings) -> bool:
    """Whether settings ask for several networks, which are validated on folds."""
    return settings.best or settings.folds is not None or settings.members is not None


def _named(frame: pl.DataFrame, name: str | None) -> str | None:
    return None if name is None else column_of(frame, name)


def ignored(frame: pl.DataFrame, names: Sequence[str]) -> list[str]:
    """The columns to leave out: a name with commas that is no column stands for several.

    >>> import polars as pl
    >>> ignored(pl.DataFrame({"id": [1], "day": [2], "a,b": [3]}), ["id,day", "a,b"])
    ['id', 'day', 'a,b']
    """
    found: list[str] = []
    for name in names:
        whole = name in frame.columns or not isinstance(name, str)
        found += [name] if whole else [column_of(frame, part.strip()) for part in name.split(",")]
    return found


def column_of(frame: pl.DataFrame, name: str) -> str:
    """The column of a name; of a table without names "3" is "column 3".

    >>> import polars as pl
    >>> column_of(pl.DataFrame({"column 1": [1]}), "1"), column_of(pl.DataFrame({"1": [1]}), "1")
    ('column 1', '1')
    """
    named = f"column {name}"
    return named if name not in frame.columns and named in frame.columns else name


def training_options(prepared: Prepared, net: Network, settings: Settings) -> dict[str, Any]:
    """The options of `train` that a prepared table and settings make: all that its parameters follow from."""
    rule, l2 = build_rule(settings)
    return {
        **{option.name: getattr(settings, option.name) for option in dataclasses.fields(SharedOptions)},
        "optimizer": schedule_numbers(rule, settings, len(prepared.train.T)),
        "params": start_parameters(net, prepared, settings, settings.seed),
        "frozen": frozen_pieces(net),
        "l2": l2,
        "validation": _judged(prepared.validation),
        "test": test_set(prepared, settings),
        "sample_weight": prepared.train.weight,
        "targets": targets_setting(settings),
        "patience": settings.patience or None,
    }


def with_makers(checkpoint: Any, targets: Sequence[str], settings: Settings, **others: Any) -> Checkpoints | None:
    """The `checkpoint` of a training, which tells of what its examples are made, beside what it tells already."""
    if checkpoint is None:
        return None
    given = as_checkpoints("checkpoint", checkpoint)
    found = {name: getattr(settings, name) for name in OF_EXAMPLES}
    made_by = {"target": list(targets), **found, **others, **given.made_by}
    return dataclasses.replace(given, made_by=made_by)


def targets_setting(settings: Settings) -> str:
    """The option `targets` of a training by the settings for a table."""
    return "ignore_nan" if settings.missing_targets == "ignore" else "complete"


def test_set(prepared: Prepared, settings: Settings) -> tuple[Any, ...] | None:
    """The test part, if its loss is to be recorded."""
    asked = check_record("record", settings.record)
    return _judged(prepared.test) if "test_loss" in asked or EVERYTHING in asked else None


def _judged(part: Part | None) -> tuple[Any, ...] | None:
    """(P, T) or (P, T, sample_weight) of a part."""
    if part is None:
        return None
    return (part.P, part.T) if part.weight is None else (part.P, part.T, part.weight)


def start_parameters(net: Network, prepared: Prepared, settings: Settings, seed: int) -> Parameters:
    """The parameters that a network begins with: drawn by the seed, but for pieces, which the training rows tell."""
    params = net.init(seed, settings.initializer, most_parameters=settings.max_parameters)
    return fitted_pieces(net, params, prepared.train.P, prepared.encoding)


def parts(prepared: Prepared) -> dict[str, Part | None]:
    """Training, validation and test part by name."""
    return {"train": prepared.train, "validation": prepared.validation, "test": prepared.test}
