"""The names of what a training can be told, apart from the code that trains: the command line lists them."""

from __future__ import annotations

from ..optimizers import RULES
from ..optimizers.rule import Rule

ENGINES = ("auto", "numpy", "xla")
"""What may compute; "auto" chooses."""

ORDERS = ("shuffle", "sequential", "random")
"""In which examples are presented."""

DTYPES = ("float32", "float64")
"""The types of the parameters."""

EVERYTHING = "all"
LOSSES = ("loss", "validation_loss", "test_loss")
"""Recorded wherever there are the examples for them."""
OF_EVERY_RULE = ("gradient_norm", "validation_checks", "seconds")
"""Recorded of any rule."""


def names_of(rule: Rule | type[Rule]) -> tuple[str, ...]:
    """What a rule lets be recorded: its learning rate, if it has one, and the parts of its state that it names.

    >>> from thalweg.optimizers import BayesianRegularization, Adam
    >>> names_of(BayesianRegularization()), names_of(Adam)
    (('mu', 'effective_parameters'), ('learning_rate',))
    """
    has_rate = any(field.name == "learning_rate" for field in rule.numbers())
    return tuple(dict.fromkeys([*["learning_rate"] * has_rate, *rule.recorded]))


def known_names() -> tuple[str, ...]:
    """All that some rule of the table records, or every one."""
    of_rules = (name for rule in RULES.values() for name in names_of(rule))
    return tuple(dict.fromkeys([*LOSSES, *of_rules, *OF_EVERY_RULE]))


def records() -> tuple[str, ...]:
    """What an epoch may be asked to record: one of these names, or all."""
    return (*known_names(), EVERYTHING)
