"""Something unusual about a training: its kind, what it is, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """Something unusual: its kind, the layers that it is about, what it is, and what to do about it.

    `severity` grows with it, among findings of one kind.

    >>> print(Finding("bouncing", (), "the training loss bounces", "a smaller learning rate"))
    the training loss bounces. Remedy: a smaller learning rate
    """

    kind: str
    layers: tuple[str, ...]
    text: str
    remedy: str
    severity: float = 1.0

    def __str__(self) -> str:
        return f"{self.text}. Remedy: {self.remedy}"
