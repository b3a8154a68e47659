"""Scores in words, and as what a notebook shows of them: beside those of the constant answer."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any

from ..notebook import InWords
from ..notebook.pieces import beside, paragraph, table

_MOST_CLASSES = 12


class ScoresShown(InWords):
    """Scores that have headline numbers, each beside that of the constant answer."""

    @property
    @abstractmethod
    def constant_told(self) -> str:
        """What the constant answer is, in words; empty without one."""

    @abstractmethod
    def compared(self) -> list[tuple[str, str, str]]:
        """The headline numbers, each as a name, a formatted value, and that of the constant answer, empty without."""

    @property
    def rows_told(self) -> str:
        """How many rows were scored, in words."""
        scores: Any = self
        return f"{scores.examples:,} rows"

    def in_words(self) -> str:
        """The headline numbers in a line."""
        told = ", ".join(f"{name} {value}" for name, value, _ in self.compared())
        return f"{told}; {self.rows_told}"

    def in_html(self) -> str:
        """The headline numbers beside the constant answer's; of a classifier each class and the confusion too."""
        told = [paragraph(f"Scores of {self.rows_told}", "title"), self._headline()]
        if hasattr(self, "classes"):
            told.append(self._of_classes())
        return "".join(told)

    def _headline(self) -> str:
        compared = self.compared()
        if not self.constant_told:
            return table(["score", "model"], [row[:2] for row in compared])
        return table(["score", "model", self.constant_told], compared)

    def _of_classes(self) -> str:
        scores: Any = self
        shown = scores.worst_classes(_MOST_CLASSES)
        rows = []
        for k in shown:
            shares = [scores.precision[k], scores.recall[k], scores.f1[k]]
            told = ["none" if share is None else f"{share:.3f}" for share in shares]
            rows.append([scores.classes[k], *told, f"{scores.support[k]:,}"])
        of_each = table(["class", "precision", "recall", "F1", "rows"], rows)
        if len(shown) < len(scores.classes):
            of_each += paragraph(f"the lowest F1 first; and {len(scores.classes) - len(shown):,} more classes", "faint")
        if not scores.confusion or len(scores.classes) > _MOST_CLASSES:
            return of_each
        heads = ["actual \\ predicted", *scores.classes]
        lines = [[str(name), *counts] for name, counts in zip(scores.classes, scores.confusion, strict=True)]
        return beside(of_each, table(heads, lines))
