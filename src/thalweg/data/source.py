"""The bytes of a table with all that is known of how to read them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Source:
    """The bytes of a file called `name` in the format of a `suffix`, which may unpack to `most` bytes.

    `header` says whether the names of the columns stand in its first line, `sheet` which one of a workbook's is meant
    (None: its only one).
    """

    raw: bytes
    name: str
    suffix: str
    most: int
    header: bool = True
    sheet: str | None = None
