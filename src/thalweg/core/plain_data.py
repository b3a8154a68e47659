"""What a JSON file can hold: the types of what `to_dict` gives and `from_dict` takes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"
else:  # no checker of running code follows a type that holds itself
    Json = object

JsonObject: TypeAlias = dict[str, Json]
"""What is written: names, and what belongs to them."""
GivenObject: TypeAlias = Mapping[str, object]
"""What is read, before it is checked."""
