"""What a recipe leaves: the model with its scaling, the run, and how each part of the examples is answered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike

from ..core.plain_data import JsonObject
from ..data.split import Split
from ..files import save
from ..files.model import Model
from ..notebook import InWords
from ..notebook.pieces import beside, paragraph, points
from ..tables.scores import ClassificationScores, RegressionScores
from ..tables.several_scores import SeveralScores
from ..training.run import Run
from .arrays import encoded_inputs


@dataclass(frozen=True, repr=False)
class Fitted(InWords):
    """A network fitted to arrays by a recipe such as `fitnet`.

    `run` is in the scaled units of the network, and so does not predict; all else is in those of the arrays. `rows` has
    the examples of the parts; `scores` those of "train", "validation" and "test", as far as there are such; `notes`
    tell what was left out. `P` (examples, inputs) and `T` are the arrays: T (examples, outputs) as `predict` answers,
    of classes 1 for the right one, NaN where a target is missing or weighs nothing. `tw.plots` draw it in these units.
    """

    model: Model
    run: Run
    rows: Split
    scores: Mapping[str, ClassificationScores | RegressionScores | SeveralScores]
    notes: tuple[str, ...]
    P: np.ndarray
    T: np.ndarray

    @property
    def parts(self) -> dict[str, tuple[np.ndarray, np.ndarray, np.ndarray]]:
        """Inputs, targets and answers, in the units of the arrays, of "training", "validation" and "test".

        As far as there are such, and of their rows those that have a target.
        """
        of_all = {"training": self.rows.train, "validation": self.rows.validation, "test": self.rows.test}
        found = {}
        for name, of_part in of_all.items():
            rows = of_part[~np.isnan(self.T[of_part]).all(axis=1)]
            if len(rows):
                answers = self.model.as_arrays(
                    self.model.predict_rows(encoded_inputs(self.model.encoding, self.P[rows]))
                )
                found[name] = self.P[rows], self.T[rows], answers
        return found

    def predict(self, P: ArrayLike) -> np.ndarray:
        """The answers (examples, outputs) for P as it was given to the recipe: `model.predict`."""
        return self.model.predict(P)

    def save(self, path: str | Path) -> None:
        """Write the model to a file, which `tw.load` reads."""
        save(self.model, path)

    @property
    def record(self) -> JsonObject:
        """That of the model: settings, history, ending and scores as plain data."""
        return self.model.record

    @property
    def _name(self) -> str:
        recipe = self.record["recipe"]
        assert isinstance(recipe, dict)
        return str(recipe["name"])

    def in_words(self) -> str:
        """The network, how its training went, and the scores of each part."""
        title = f"{self._name}: {self.model.network.in_words()}; {self.run.explanation}"
        return "\n".join([title, *(f"{part}: {scores}" for part, scores in self.scores.items()), *self.notes])

    def in_html(self) -> str:
        """The run, the scores of the last part, and the notes."""
        last = list(self.scores.values())[-1].in_html() if self.scores else ""
        title = paragraph(f"{self._name}: {self.model.network.in_words()}", "title")
        return title + beside(self.run.in_html(), last) + points(self.notes)
