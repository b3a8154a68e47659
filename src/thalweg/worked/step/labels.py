"""What the numbers of an example are in the table that it is from: texts that stand beside them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Labels:
    """A text for each input, target and output of each example (examples, ...); none where nothing is known."""

    inputs: tuple[tuple[str, ...], ...] = ()
    targets: tuple[tuple[str, ...], ...] = ()
    outputs: tuple[tuple[str, ...], ...] = ()

    def input(self, example: int, index: int) -> str:
        """What an input is.

        >>> Labels(inputs=(("alcohol 14.3",),)).input(0, 0), Labels().input(0, 0)
        ('alcohol 14.3', '')
        """
        return _at(self.inputs, example, index)

    def target(self, example: int, index: int) -> str:
        """What a target is."""
        return _at(self.targets, example, index)

    def output(self, example: int, index: int) -> str:
        """What an output is."""
        return _at(self.outputs, example, index)


def _at(texts: tuple[tuple[str, ...], ...], example: int, index: int) -> str:
    return texts[example][index] if example < len(texts) and index < len(texts[example]) else ""
