"""What a run is made from, as plain data and digests that a checkpoint holds, and what differs between two of them."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from ..core.arrays import tree_map
from ..core.description import describe_network
from ..core.losses import LOSSES
from ..core.network import Network
from ..core.plain_data import GivenObject
from ..errors import ArgumentError, shown, visible
from ..optimizers import RULES
from ..optimizers.interop import OptaxRule
from ..optimizers.schedules import SCHEDULES, Schedule
from ..registry import Registry
from .checkpoint_file import add_array, plain_data
from .examples import Examples
from .given_order import GivenOrder
from .priority_sampling import PrioritySampling
from .recipe import Recipe
from .stopping import StoppingCriteria
from .stream_order import StreamOrder

_PRIORITY = "priority"
_PARAMETERS = "initial parameters"
_OF_BLOCKS = "examples"
"""All examples as they came in blocks; those of one process may be in memory, of which there are digests too."""
_ARRAYS = ("inputs", "targets", "weights")
MAY_DIFFER = ("epochs",)
"""Settings with which a run may be gone on with otherwise: it is then a longer or a shorter one."""
NOTHING_FOLLOWS: Mapping[str, Collection[str]] = {}
UNTOLD: GivenObject = {}
_CALLED = "called"
"""The name by which a part was asked for, which may be an alias of its own."""
_MOST_TOLD = 6
_LONGEST = 80
"""Characters of a setting that are told."""


class Fingerprint(NamedTuple):
    """The settings of a run, plain, a digest of each array that it sees, and what the arrays were made by, if told."""

    settings: dict[str, Any]
    digests: dict[str, str]
    made_by: GivenObject = UNTOLD


def fingerprint_of(recipe: Recipe) -> Fingerprint:
    """What a recipe's run is made from."""
    return Fingerprint(settings_of(recipe), digests_of(recipe))


def settings_of(recipe: Recipe) -> dict[str, Any]:
    """The settings of a run as plain data, as JSON gives it back; what no file can hold is named as `held_by_none`."""
    program, order = recipe.program, recipe.batch_order
    numbers = recipe.hyperparameters
    found = {
        "network": _network(program.net),
        "loss": _described(LOSSES, program.loss),
        "optimizer": _described(RULES, recipe.rule),
        "batch_size": "all" if order.batch_size == order.examples else order.batch_size,
        "order": _order(order.order),
        "seed": order.seed,
        "epochs": recipe.epochs,
        "dtype": recipe.dtype,
        "engine": recipe.engine,
        "l1": float(numbers.l1 or 0.0),
        "l2": float(numbers.l2 or 0.0),
        "shares_penalties": program.shares_penalties,
        "frozen": list(program.frozen),
        "ties": [list(pair) for pair in program.ties],
        "validate_every": program.validates_every,
        "record": list(recipe.record),
        "targets": "complete" if recipe.missing is None else "ignore_nan",
        "updates_before": recipe.updates_before,
        **_criteria(numbers.stopping),
        "tolerance": float(numbers.stopping.tolerance) if program.watches_tolerance else None,  # which may be 0
    }
    if isinstance(order, StreamOrder):
        found["blocks"] = {"buffer": order.capacity, "in_order": order.in_order}
    return plain_data(found)


def digests_of(recipe: Recipe) -> dict[str, str]:
    """A digest of each array of a run by what it is called; those of nothing are left out."""
    found = _of_arrays(recipe) if recipe.stream is None else {}
    if recipe.digest is not None:
        found[_OF_BLOCKS] = recipe.digest
    if isinstance(recipe.batch_order, StreamOrder):
        found["sizes of blocks"] = digest_of(np.asarray(recipe.batch_order.counts, np.int64))
    for name, judged in (("validation set", recipe.validation), ("test set", recipe.test)):
        if judged is not None:
            found[name] = _of_examples(judged)
    found |= {} if recipe.passages is None else recipe.passages.digests()
    found[_PARAMETERS] = digest_of(recipe.program.net.ravel(recipe.params))
    return found


def _of_arrays(recipe: Recipe) -> dict[str, str]:
    examples = recipe.examples
    one = len(examples.inputs) == 1
    found = {f"inputs{'' if one else ' ' + name}": digest_of(P) for name, P in examples.inputs.items()}
    found["targets"] = digest_of(examples.T, recipe.missing)
    if examples.weight is not None:
        found["weights"] = digest_of(examples.weight)
    return found


def held_by_none(described: Any) -> str | None:
    """What a described setting is that no file can hold, such as a function; None for one that can be built again."""
    if isinstance(described, Mapping):
        if isinstance(described.get("object"), str):
            return described["object"]
        return next((told for value in described.values() if (told := held_by_none(value))), None)
    return None


def built(registry: Registry[Any], described: Any) -> Any:
    """A part, or a setting, from what `settings_of` made of it."""
    if not isinstance(described, Mapping):
        return described
    if "schedule" in described:
        settings = {name: built(registry, value) for name, value in described.items() if name != "schedule"}
        return SCHEDULES.build({"name": described["schedule"], **settings})
    settings = {name: built(registry, value) for name, value in described.items() if name != _CALLED}
    return registry.build({**settings, "name": described.get(_CALLED, described.get("name"))})


def built_order(described: Any, high: np.ndarray | None) -> Any:
    """The order of the examples from what `settings_of` made of it; `high` is the pool of one that was given."""
    if not isinstance(described, Mapping):
        return described
    settings: dict[str, Any] = {name: value for name, value in described.items() if name not in ("name", "high")}
    return PrioritySampling(**settings, high=high)


def check_same(
    stored: Fingerprint,
    now: Fingerprint,
    place: str,
    run: int | None = None,
    follows: Mapping[str, Collection[str]] = NOTHING_FOLLOWS,
) -> None:
    """Raise ArgumentError, in one line that says which, for a checkpoint of other data or other settings.

    `run` is the number, from 0, of one of several; `follows` has what only differs because others do.
    """
    told = few(differences(stored, now, follows))
    if not told:
        return
    whose = "" if run is None else f"of run {run + 1} "
    raise ArgumentError(
        f"the checkpoint in {place!r} is of another training: {whose}{', '.join(told)}; give what it was begun with, "
        "or name another folder"
    )


def few(told: list[str]) -> list[str]:
    """The first of them, and how many more there are."""
    return told if len(told) <= _MOST_TOLD else [*told[:_MOST_TOLD], f"{len(told) - _MOST_TOLD} more"]


def differences(
    stored: Fingerprint, now: Fingerprint, follows: Mapping[str, Collection[str]] = NOTHING_FOLLOWS
) -> list[str]:
    """What differs, in words; not what only `follows` from others that do.

    >>> one = Fingerprint({"seed": 1, "optimizer": {"name": "adam", "beta1": 0.9}}, {"inputs": "a", "targets": "b"})
    >>> other = Fingerprint({"seed": 1, "optimizer": {"name": "adam", "beta1": 0.8}}, {"inputs": "a", "targets": "c"})
    >>> differences(one, other)
    ['other targets', 'optimizer beta1 was 0.9 and is 0.8']
    >>> differences(one, other, {"targets": ["optimizer"]})
    ['optimizer beta1 was 0.9 and is 0.8']
    >>> differences(one._replace(made_by={"split": "70/30"}), other._replace(made_by={"split": "80/20"}))
    ['split was 70/30 and is 80/20', 'optimizer beta1 was 0.9 and is 0.8']
    """
    told: dict[str, list[str]] = {}
    apart = [name for name in ("network", "seed", "dtype") if stored.settings.get(name) != now.settings.get(name)]
    for name in dict.fromkeys([*stored.digests, *now.digests]):
        was, is_ = stored.digests.get(name), now.digests.get(name)
        if was == is_ or "dtype" in apart or (apart and name == _PARAMETERS):  # which follow from the settings
            continue
        if _is_told_otherwise(name, stored.digests, now.digests):
            continue
        if was is None or is_ is None:
            told[name] = [f"{'a' if was is None else 'no'} {name}" if "set" in name else f"{name} in one of them alone"]
        else:
            told[name] = [f"{'an' if 'set' in name else ''}other {name}"]
    settings = {name: _apart(name, was, now.settings.get(name)) for name, was in stored.settings.items()}
    if stored.made_by and now.made_by and (told or settings.get("blocks")):
        apart_by = {name: _apart(name, was, now.made_by.get(name)) for name, was in stored.made_by.items()}
        if made := {name: parts for name, parts in apart_by.items() if parts}:
            told, settings = made, {**settings, "blocks": []}
    told |= {name: parts for name, parts in settings.items() if parts and name not in MAY_DIFFER}
    return [part for name, parts in told.items() if told.keys().isdisjoint(follows.get(name, ())) for part in parts]


def apart_in_all(before: Sequence[Mapping[str, Any]], now: Sequence[Mapping[str, Any]]) -> list[str]:
    """Of which settings several runs had other values, all taken together, in words.

    >>> apart_in_all([{"seed": 1}, {"seed": 2}], [{"seed": 1}, {"seed": 2}, {"seed": 5}])
    ['seed was 1, 2 and is 1, 2, 5']
    """
    values = [_values_of_all(settings) for settings in (before, now)]
    names = [name for name in dict.fromkeys([*values[0], *values[1]]) if name not in (*MAY_DIFFER, "network")]
    apart = [name for name in names if values[0].get(name) != values[1].get(name)]
    return few([f"{name} was {_listed(values[0].get(name))} and is {_listed(values[1].get(name))}" for name in apart])


def _values_of_all(settings: Sequence[Mapping[str, Any]]) -> dict[str, list[Any]]:
    """Each setting's values, every one once, in the order in which they come."""
    found: dict[str, list[Any]] = {}
    for one in settings:
        for name, value in one.items():
            parts = (
                {f"{name} {key}": part for key, part in value.items()} if isinstance(value, Mapping) else {name: value}
            )
            for key, part in parts.items():
                values = found.setdefault(key, [])
                if part not in values:
                    values.append(part)
    return found


def _listed(values: Sequence[Any] | None) -> str:
    return "not given" if values is None else ", ".join(few([_named(value) for value in values]))


def _is_told_otherwise(name: str, stored: Mapping[str, str], now: Mapping[str, str]) -> bool:
    """Whether other digests tell of the same examples, which are arrays in both, or came as blocks in both.

    Where there are weights in one of them alone, all arrays may differ by the rows without weight, which are left out.
    """
    arrays = [one for one in stored if one.startswith(("inputs", "targets"))]
    if name in arrays and ("weights" in stored) != ("weights" in now):
        return all(stored[one] != now.get(one) for one in arrays)
    if name == _OF_BLOCKS:
        return "targets" in stored and "targets" in now
    return _OF_BLOCKS in stored and _OF_BLOCKS in now and name.startswith(_ARRAYS) and (name in stored) != (name in now)


def _apart(name: str, was: Any, is_: Any) -> list[str]:
    """Where two settings differ."""
    if was == is_:
        return []
    if name == "network":
        sizes = [_sizes(one) for one in (was, is_)]
        return [f"network was {sizes[0]} and is {sizes[1]}"] if sizes[0] != sizes[1] else ["network of other layers"]
    if isinstance(was, Mapping) and isinstance(is_, Mapping) and was.get("name") == is_.get("name"):
        names = [name for name in dict.fromkeys([*was, *is_]) if name != _CALLED]
        return [part for key in names for part in _apart(f"{name} {_brief(key)}", was.get(key), is_.get(key))]
    return [f"{name} was {_named(was)} and is {_named(is_)}"]


def _named(value: Any) -> str:
    if isinstance(value, Mapping):
        named = str(value.get("name") or value.get("schedule") or value.get("object") or shown(value))
        return _brief(named)
    return value if isinstance(value, str) and len(value) <= _LONGEST and value.isprintable() else _brief(shown(value))


def _brief(text: object) -> str:
    """A text on one line, its beginning if it is long: that of a damaged file may be anything."""
    return visible(" ".join(str(text).split()))[:_LONGEST]


def _sizes(network: Any) -> str:
    try:
        return _brief("-".join(str(part["size"]) for part in (*network["inputs"], *network["layers"])))
    except (KeyError, TypeError, ValueError):  # of a file that is damaged
        return "another"


def _criteria(stopping: StoppingCriteria) -> dict[str, float | None]:
    """The stopping rules by name; None for one that was not set."""
    unset = StoppingCriteria()._asdict()
    return {name: None if value == unset[name] else value for name, value in stopping._asdict().items()}


def _network(net: Network) -> dict[str, Any]:
    try:
        return describe_network(net)
    except ArgumentError:  # an activation that nobody registered
        return {
            "object": "a network with parts of one's own",
            "inputs": [{"name": name, "size": size} for name, size in net.inputs.items()],
            "layers": [{"name": layer.name, "size": layer.size, "told": str(layer)} for layer in net.layers],
        }


def _order(order: Any) -> Any:
    if isinstance(order, PrioritySampling):
        high = None if order.high is None else digest_of(np.asarray(order.high))
        settings = {field.name: getattr(order, field.name) for field in dataclasses.fields(order)}
        return {"name": _PRIORITY, **settings, "high": high}
    return {"name": "given", "object": "an order of one's own"} if isinstance(order, GivenOrder) else order


def _described(registry: Registry[Any], part: Any) -> Any:
    """A part of a registry, or its schedule, as plain data; of another object only what it is called."""
    if isinstance(part, OptaxRule):
        return {"name": "optax", "object": "a rule of optax"}
    if not registry.has(part):
        return {"name": type(part).__name__, "object": f"{type(part).__name__}, a {registry.kind} of one's own"}
    settings = {name: _setting(value) for name, value in registry.describe(part).items() if name != "name"}
    return {"name": registry.plain_name(part), _CALLED: registry.name_of(part), **settings}


def _setting(value: Any) -> Any:
    if isinstance(value, Schedule) and SCHEDULES.has(value):
        fields = {field.name: _setting(getattr(value, field.name)) for field in dataclasses.fields(value)}  # pyright: ignore
        return {"schedule": SCHEDULES.plain_name(value), **fields}
    if callable(value):
        return {"object": f"a schedule of one's own, {getattr(value, '__name__', type(value).__name__)}"}
    return value


def _of_examples(examples: Examples) -> str:
    return digest_of(*examples.inputs.values(), examples.T, examples.weight)


def digest_of(*arrays: Any) -> str:
    """A digest of arrays, or trees of them, in this order; those that are None are passed over."""
    digest = hashlib.sha256()
    for number, values in enumerate(arrays):
        if values is not None:
            tree_map(lambda leaf, number=number: add_array(digest, str(number), np.asarray(leaf)), values)
    return digest.hexdigest()
