"""What a recipe leaves: the model with its scaling, the run, and how each part of the examples is answered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ..data.split import Split
from ..files import save
from ..files.model import Model
from ..notebook import InWords
from ..notebook.pieces import beside, paragraph, points
from ..tables.scores import ClassificationScores, RegressionScores
from ..tables.several_scores import SeveralScores
from ..training.run import Run


@dataclass(frozen=True, repr=False)
class Fitted(InWords):
    """A network fitted to arrays by a recipe such as `fitnet`.

    `run` is in the scaled units of the network, all else in those of the arrays. `rows` has the examples of the parts;
    `scores` those of "train", "validation" and "test", as far as there are such; `notes` tell what was left out.
    """

    model: Model
    run: Run
    rows: Split
    scores: Mapping[str, ClassificationScores | RegressionScores | SeveralScores]
    notes: tuple[str, ...] = ()

    def predict(self, P: Any) -> np.ndarray:
        """The answers (examples, outputs) for P as it was given to the recipe: `model.predict`."""
        return self.model.predict(P)

    def save(self, path: str | Path) -> None:
        """Write the model to a file, which `tw.load` reads."""
        save(self.model, path)

    @property
    def record(self) -> dict[str, Any]:
        """That of the model: settings, history, ending and scores as plain data."""
        return self.model.record

    def in_words(self) -> str:
        """The network, how its training went, and the scores of each part."""
        title = f"{self.record['recipe']['name']}: {self.model.network.in_words()}; {self.run.explanation}"
        return "\n".join([title, *(f"{part}: {scores}" for part, scores in self.scores.items()), *self.notes])

    def in_html(self) -> str:
        """The run, the scores of the last part, and the notes."""
        last = list(self.scores.values())[-1].in_html() if self.scores else ""
        title = paragraph(f"{self.record['recipe']['name']}: {self.model.network.in_words()}", "title")
        return title + beside(self.run.in_html(), last) + points(self.notes)
