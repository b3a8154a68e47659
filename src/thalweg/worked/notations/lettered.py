"""Names of layers by letters: I, H (or H1, H2, ...), O."""

from __future__ import annotations

from .notation import Notation


class Lettered(Notation):
    """A notation that calls its layers by letters."""

    def letter(self, name: str) -> str:
        """I for the input, H for a hidden layer (with its number if there are several), O for the output layer."""
        if name in self.net.inputs:
            return "I" if len(self.net.inputs) == 1 else f"I{list(self.net.inputs).index(name) + 1}"
        if name == self.net.output.name:
            return "O"
        hidden = len(self.net.layers) - 1
        return "H" if hidden == 1 else f"H{self.places[name]}"
