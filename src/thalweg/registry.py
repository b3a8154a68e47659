"""Tables of named parts: a string names a part with its usual settings, an object is a part with its own."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Generic, TypeVar

from .errors import ArgumentError, unknown

Part = TypeVar("Part")
Kind = TypeVar("Kind", bound=type)
_GIVEN = "_name_given"
"""The attribute of a part asked for by an alias; no field, so that the part is equal to that of the plain name."""


class Registry(Mapping[str, type[Part]], Generic[Part]):
    """The one list of the parts of a kind; documentation, command line, messages and tests read it.

    >>> from thalweg.core.activations import ACTIVATIONS, LeakyReLU
    >>> ACTIVATIONS.get("leaky_relu")
    LeakyReLU(slope=0.01)
    >>> ACTIVATIONS.describe(LeakyReLU(slope=0.2))
    {'name': 'leaky_relu', 'slope': 0.2}
    >>> ACTIVATIONS.build({'name': 'leaky_relu', 'slope': 0.2})
    LeakyReLU(slope=0.2)

    A part that goes by other names elsewhere has them as aliases. They are known wherever a name is, and what they gave
    is shown under them, but lists have one name of each part alone:

    >>> ACTIVATIONS.name_of(ACTIVATIONS.get("logsig")), ACTIVATIONS.get("logsig") == ACTIVATIONS.get("sigmoid")
    ('logsig', True)
    >>> "logsig" in ACTIVATIONS, "logsig" in list(ACTIVATIONS)
    (True, False)
    """

    def __init__(self, kind: str, base: type) -> None:
        self.kind = kind
        self._base = base
        self._parts: dict[str, type[Part]] = {}
        self._unlisted: dict[str, type[Part]] = {}
        self._aliases: dict[str, tuple[str, dict[str, Any]]] = {}
        self._plain: dict[str, Part] = {}
        """With their default settings, made once."""

    def register(self, name: str, *, listed: bool = True) -> Callable[[Kind], Kind]:
        """Decorate a frozen dataclass, whose fields all have defaults, to enter it under `name`.

        What is not listed can be had by its name, but is not among those that are offered.
        """

        def enter(part: Kind) -> Kind:
            self._check_free(name)
            (self._parts if listed else self._unlisted)[name] = part  # pyright: ignore[reportArgumentType]
            return part

        return enter

    def alias(self, alias: str, name: str, **settings: Any) -> None:
        """Let `alias` stand for the part of a name, with settings of its own where it differs from the defaults."""
        self._check_free(alias)
        self._aliases[alias] = name, settings

    @property
    def also(self) -> tuple[str, ...]:
        """The names that are known beside those that are listed."""
        return (*self._unlisted, *self._aliases)

    @property
    def aliases(self) -> dict[str, str]:
        """The other names, each with that of its part."""
        return {alias: name for alias, (name, _) in self._aliases.items()}

    def _check_free(self, name: str) -> None:
        if name in self:
            raise ArgumentError(f"{self.kind} {name!r} is registered already: choose another name")

    def get(self, thing: Any, default: Any = None) -> Any:
        """The part that a name stands for, or the part itself; raises ArgumentError for an unknown name."""
        if isinstance(thing, self._base):
            return thing
        if not isinstance(thing, str):
            raise ArgumentError(
                f"{self.kind} must be a name or a {self._base.__name__} object, not {type(thing).__name__}"
            )
        if thing not in self:
            raise self.unknown(thing)
        if type(self._plain.get(thing)) is not self[thing]:
            self._plain[thing] = self._made(thing, {})
        return self._plain[thing]

    def unknown(self, name: object) -> ArgumentError:
        """The error for a name that is not in the table; it tells the names that are, aliases only where one is near.

        >>> from thalweg.core.losses import LOSSES
        >>> print(LOSSES.unknown("msee"))
        unknown loss 'msee': did you mean 'mse'? Known: mse, half_mse, sse, half_sse, mae, huber, cross_entropy
        """
        return ArgumentError(unknown(self.kind, name, self, also=self.also))

    def name_of(self, part: Part) -> str:
        """The name under which a part's class is registered, or the alias by which it was asked for."""
        return getattr(part, "__dict__", {}).get(_GIVEN) or self.plain_name(part)

    def plain_name(self, part: Part) -> str:
        """The name under which a part's class is registered, whatever it was asked for by."""
        for name, known in (*self._parts.items(), *self._unlisted.items()):
            if type(part) is known:
                return name
        raise ArgumentError(
            f"{self.kind} {type(part).__name__} is not registered: enter it with its registry's register(name)"
        )

    def describe(self, part: Part) -> dict[str, Any]:
        """A part as plain data: its name and settings, the inverse of `build`."""
        fields = dataclasses.fields(part)  # pyright: ignore[reportArgumentType]
        return {"name": self.name_of(part), **{field.name: getattr(part, field.name) for field in fields}}

    def build(self, description: Mapping[str, Any]) -> Part:
        """A part from plain data; raises ArgumentError for a name or setting that does not exist."""
        settings = dict(description)
        name = settings.pop("name", None)
        if not isinstance(name, str) or name not in self:
            raise self.unknown(name)
        known = [field.name for field in dataclasses.fields(self[name])]  # pyright: ignore[reportArgumentType]
        for setting in settings:
            if setting not in known:
                raise ArgumentError(unknown(f"setting of {self.kind} {name!r},", setting, known))
        return self._made(name, settings)

    def has(self, part: Part) -> bool:
        """Whether a part's class is registered, so that it has a name."""
        return any(type(part) is known for known in (*self._parts.values(), *self._unlisted.values()))

    def _made(self, name: str, settings: Mapping[str, Any]) -> Part:
        if name not in self._aliases:
            return self[name](**settings)
        kind = self[name]
        try:
            part = kind(**{**self._aliases[name][1], **settings})
        except ArgumentError as error:  # which calls the part as its class, before it has its name
            told = str(error)
            raise ArgumentError(told.replace(f"{kind.__name__}: ", f"{name}: ", 1)) from None
        object.__setattr__(part, _GIVEN, name)
        return part

    def without(self, *names: str) -> Registry[Part]:
        """A table of all parts but those of some names and their aliases.

        >>> from thalweg.core.losses import LOSSES
        >>> list(LOSSES.without("mse"))[:2], "mse" in LOSSES.without("mse")
        (['half_mse', 'sse'], False)
        """
        kept: Registry[Part] = Registry(self.kind, self._base)
        kept._parts = {name: part for name, part in self._parts.items() if name not in names}
        kept._unlisted = {name: part for name, part in self._unlisted.items() if name not in names}
        kept._aliases = {alias: known for alias, known in self._aliases.items() if known[0] not in names}
        return kept

    def __getitem__(self, name: str) -> type[Part]:
        name = self._aliases.get(name, (name,))[0]
        return self._unlisted[name] if name in self._unlisted else self._parts[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._parts)

    def __len__(self) -> int:
        return len(self._parts)


def title_of(part: object) -> str:
    """What a part is called in a sentence: the alias by which it was asked for, else its class.

    >>> from thalweg.optimizers import RULES
    >>> title_of(RULES.get("trainscg")), title_of(RULES.get("scg"))
    ('trainscg', 'ScaledConjugateGradient')
    """
    return getattr(part, "__dict__", {}).get(_GIVEN) or type(part).__name__


def replaced(part: Part, **settings: Any) -> Part:
    """A part with other settings, still shown under the name by which it was asked for.

    >>> from thalweg.optimizers import RULES
    >>> RULES.name_of(replaced(RULES.get("trainlm"), mu=0.1))
    'trainlm'
    """
    changed = dataclasses.replace(part, **settings)  # pyright: ignore[reportArgumentType]
    given = getattr(part, "__dict__", {}).get(_GIVEN)
    if given is not None:
        object.__setattr__(changed, _GIVEN, given)
    return changed
