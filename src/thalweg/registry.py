"""Tables of named parts: a string names a part with its usual settings, an object is a part with its own."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Generic, TypeVar

from .errors import ArgumentError, unknown

Part = TypeVar("Part")
Kind = TypeVar("Kind", bound=type)


class Registry(Mapping[str, type[Part]], Generic[Part]):
    """The one list of the parts of a kind; documentation, command line, messages and tests read it.

    >>> from thalweg.core.activations import ACTIVATIONS, LeakyReLU
    >>> ACTIVATIONS.get("leaky_relu")
    LeakyReLU(slope=0.01)
    >>> ACTIVATIONS.describe(LeakyReLU(slope=0.2))
    {'name': 'leaky_relu', 'slope': 0.2}
    >>> ACTIVATIONS.build({'name': 'leaky_relu', 'slope': 0.2})
    LeakyReLU(slope=0.2)
    """

    def __init__(self, kind: str, base: type) -> None:
        self.kind = kind
        self._base = base
        self._parts: dict[str, type[Part]] = {}
        self._plain: dict[str, Part] = {}
        """With their default settings, made once."""

    def register(self, name: str) -> Callable[[Kind], Kind]:
        """Decorate a frozen dataclass, whose fields all have defaults, to enter it under `name`."""

        def enter(part: Kind) -> Kind:
            if name in self._parts:
                raise ArgumentError(f"{self.kind} {name!r} is registered already: choose another name")
            self._parts[name] = part  # pyright: ignore[reportArgumentType]
            return part

        return enter

    def get(self, thing: Any, default: Any = None) -> Any:
        """The part that a name stands for, or the part itself; raises ArgumentError for an unknown name."""
        if isinstance(thing, self._base):
            return thing
        if not isinstance(thing, str):
            raise ArgumentError(
                f"{self.kind} must be a name or a {self._base.__name__} object, not {type(thing).__name__}"
            )
        if thing not in self._parts:
            raise ArgumentError(unknown(self.kind, thing, self._parts))
        if type(self._plain.get(thing)) is not self._parts[thing]:
            self._plain[thing] = self._parts[thing]()
        return self._plain[thing]

    def name_of(self, part: Part) -> str:
        """The name under which a part's class is registered."""
        for name, known in self._parts.items():
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
        if not isinstance(name, str) or name not in self._parts:
            raise ArgumentError(unknown(self.kind, name, self._parts))
        known = [field.name for field in dataclasses.fields(self._parts[name])]  # pyright: ignore[reportArgumentType]
        for setting in settings:
            if setting not in known:
                raise ArgumentError(unknown(f"setting of {self.kind} {name!r},", setting, known))
        return self._parts[name](**settings)

    def __getitem__(self, name: str) -> type[Part]:
        return self._parts[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._parts)

    def __len__(self) -> int:
        return len(self._parts)
