"""train_many: many runs of one network in one compiled program, each with its own numbers, seed, weights and end."""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from ..core.arrays import Array, number_array
from ..core.network import Network
from ..errors import ArgumentError
from .arguments import read_examples
from .blocks import Blocks
from .checkpoints import as_checkpoints
from .common_findings import common_findings
from .examples import Examples
from .group_saver import saving_many
from .interruption import interruption, termination
from .member_group import Member
from .members import run_members
from .options import TrainingOptions
from .passages import check_at_hand
from .recipe import make_recipe
from .run import Run
from .taking_options import takes_options

_log = logging.getLogger("thalweg")


@takes_options(leave_out=("max_seconds", "engine", "callbacks", "state", "verbose"))
def train_many(net: Network, P: Array | Mapping[str, Array], T: Array, **options: Any) -> list[Run]:
    """Train one network many times at once, on XLA: each run is what `train` gives for its arguments, up to rounding.

    A list (or range) for `optimizer`, `params`, `l1`, `l2` or `seed` has one value for each run, and so have the
    rows of a `sample_weight` of shape (runs, examples), by which runs see other splits or folds of the same
    examples, a `target_weight` of shape (runs, examples, outputs), and lists of `validation` and `test` sets. All
    lists have the same length; rules differ in their numbers, not in their kind (other kinds make another program,
    one after the other). Returns the runs in order. Ctrl-C ends them all, each with what it has; a second one raises
    KeyboardInterrupt. What is plainly wrong with most of the runs is logged in one line. With `checkpoint` they go on
    by the same call with `tw.Checkpoints(folder, resume=True)`.

    Args:
        net: The network.
        P: Inputs, as in `train`.
        T: Targets, as in `train`.
        {options}

    Raises ArgumentError for lists of different lengths, and whatever `train` raises.

    >>> import numpy as np, thalweg as tw
    >>> P, T = np.array([[0, 0], [0, 1], [1, 0], [1, 1]]), np.array([[0], [1], [1], [0]])
    >>> net = tw.mlp(2, 4, 1, output="sigmoid")
    >>> runs = tw.train_many(net, P, T, optimizer=[tw.Adam(0.05), tw.Adam(0.1)], seed=[1, 2], epochs=300)
    >>> [run.predict(P).round().astype(int).ravel().tolist() for run in runs]
    [[0, 1, 1, 0], [0, 1, 1, 0]]
    """
    return run_many(net, P, T, options)


def run_many(
    net: Network,
    P: Array | Mapping[str, Array],
    T: Array,
    options: dict[str, Any],
    on_look: Callable[[Sequence[Member]], None] | None = None,
) -> list[Run]:
    """`train_many` of options that are complete; `on_look` is called now and then with the members that run."""
    if isinstance(P, Blocks):
        raise ArgumentError("train_many trains networks on arrays, side by side: use train for each on blocks")
    for name, of_each in (("sample_weight", _has_rows), ("target_weight", _has_tables)):
        if options.get(name) is not None:
            of_each(options[name])
            options[name] = number_array(name, options[name])
    given = options.pop("checkpoint", None)
    checkpoints = None if given is None else as_checkpoints("checkpoint", given)
    lists = {name: list(value) for name, value in options.items() if name in _SEVERAL and _SEVERAL[name](value)}
    runs = _length(lists)
    weighed = not lists.keys().isdisjoint(("sample_weight", "target_weight"))
    everything: Examples | None = None
    members: list[Member] = []
    for i in range(runs):
        own = {name: values[i] for name, values in lists.items()}
        recipe = make_recipe(net, P, T, TrainingOptions(**{**options, **own}, engine="xla"))
        check_at_hand(recipe)
        rows = np.arange(len(recipe.examples.T))
        if weighed:  # each run leaves out other examples: all share the whole, and know their rows
            of_targets = options.get("targets", "complete")
            whole = everything or read_examples(net, recipe.program.loss, P, T, None, recipe.dtype, targets=of_targets)
            rows = np.arange(len(whole.T)) if recipe.rows is None else recipe.rows
            if recipe.program.drops and recipe.program.batch_size is None and recipe.rows is not None:
                raise ArgumentError(
                    "dropout draws for each example of a batch, and with examples of weight 0 runs on all of them draw "
                    "otherwise than alone: give a batch_size, or use train for each"
                )
            everything = whole
            weight = recipe.examples.weight
            weight = np.ones(len(rows), recipe.dtype) if weight is None else weight
            examples = Examples(whole.inputs, whole.T, _at(rows, weight, len(whole.T)))
            missing = None if recipe.missing is None else _at(rows, recipe.missing, len(whole.T))
            recipe = dataclasses.replace(recipe, examples=examples, rows=None, missing=missing)
        elif members:
            recipe = dataclasses.replace(recipe, examples=members[0].recipe.examples)
        if members and "validation" not in lists:
            recipe = dataclasses.replace(recipe, validation=members[0].recipe.validation)
        if members and "test" not in lists:
            recipe = dataclasses.replace(recipe, test=members[0].recipe.test)
        members.append(Member(recipe, rows))
    found: dict[int, Run] = {}
    with (
        saving_many(checkpoints, members) as saver,
        termination(saver is not None) as listed,
        interruption(listed) as interrupted,
    ):
        for numbers in _alike(members):
            found |= run_members({number: members[number] for number in numbers}, interrupted, saver, on_look)
    ended = [found[number] for number in range(runs)]
    for finding in common_findings(ended):
        _log.warning(str(finding))
    return ended


def _is_list(value: Any) -> bool:
    if isinstance(value, np.ndarray):
        return value.ndim > 0
    return isinstance(value, Sequence) and not isinstance(value, str | bytes)


def _has_rows(weights: Any) -> bool:
    """Whether weights of the examples have a row for each run; raises ArgumentError for rows of different lengths."""
    try:
        return weights is not None and np.ndim(weights) == 2
    except ValueError:
        raise ArgumentError(
            "sample_weight has rows of different lengths: give each run a weight for every example"
        ) from None


def _has_tables(weights: Any) -> bool:
    """The same of weights of the targets."""
    try:
        return weights is not None and np.ndim(weights) == 3
    except ValueError:
        raise ArgumentError(
            "target_weight has rows of different lengths: give each run a weight for every target"
        ) from None


def _at(rows: np.ndarray, values: np.ndarray, count: int) -> np.ndarray:
    """The values at these of so many rows, and 0 at the others."""
    found = np.zeros((count, *values.shape[1:]), values.dtype)
    found[rows] = values
    return found


_SEVERAL: dict[str, Callable[[Any], bool]] = {
    "optimizer": lambda value: isinstance(value, list),
    "params": lambda value: isinstance(value, Sequence),
    "l1": _is_list,
    "l2": _is_list,
    "seed": _is_list,
    "sample_weight": _has_rows,
    "target_weight": _has_tables,
    "validation": lambda value: isinstance(value, list),
    "test": lambda value: isinstance(value, list),
}
"""The options of which each run may have its own, and what a list of them is."""


def _length(lists: Mapping[str, Sequence[Any]]) -> int:
    """The common length of the lists; 1 without any."""
    lengths = {name: len(values) for name, values in lists.items()}
    if len(set(lengths.values())) > 1:
        told = ", ".join(f"{name} has {length}" for name, length in lengths.items())
        raise ArgumentError(f"the lists of train_many differ in length ({told}): give one value for each run")
    if 0 in lengths.values():
        raise ArgumentError(f"{next(iter(lengths))} is an empty list: give one value for each run")
    return next(iter(lengths.values()), 1)


def _alike(members: Sequence[Member]) -> list[list[int]]:
    """The numbers of the members that one program can run, group by group."""
    groups: dict[Any, list[int]] = {}
    for number, member in enumerate(members):
        judged = member.recipe.validation is not None, member.recipe.test is not None
        groups.setdefault((member.recipe.program, member.recipe.dtype, judged), []).append(number)
    return list(groups.values())
