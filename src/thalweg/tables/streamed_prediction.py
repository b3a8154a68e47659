"""Predictions for a table of any size, block by block of its rows; its scores and notes are gathered on the way."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from ..data.appending import rows_of
from ..data.categorical import CategoricalColumn
from ..data.delimited import DelimitedLayout
from ..data.hashed import HashedColumn
from ..data.header import MISSING
from ..data.stream import GatheredNotes, TableBlock, rows_after, table_blocks
from ..data.targets import labels_of
from ..errors import DataError
from ..files.model import Prediction
from .opened import lacks_names, named_for
from .record import constant_in, ignores_missing
from .score import score
from .several_scores import Scores, SeveralScores
from .weighing import weighed_by_column

if TYPE_CHECKING:
    from ..data.encoding import Encoding
    from ..data.table import Table
    from ..files.model import Model

MOST_SCORED = 2_000_000
"""Rows up to which a stream is scored: their answers are kept, some tens of bytes a row."""


@dataclass
class StreamedPrediction:
    """What a stream has come to so far: the rows, the notes, and what the scores will be made of."""

    model: Model
    rows: int = 0
    notes: GatheredNotes = field(default_factory=GatheredNotes)
    unscored: str | None = None
    """Why there will be no scores; empty if the table has no targets."""
    _kept: list[tuple[np.ndarray, Prediction, dict[str, Any]]] = field(default_factory=list)

    def blocks(
        self, path: str | Path, *, no_header: bool = False, block: int | None = None
    ) -> Iterator[tuple[Table, Prediction]]:
        """Each block of a table's rows, in order, and its prediction; errors name the row in the whole table."""
        lacks = lacks_names(self.model, path, no_header)
        for one in table_blocks(path, header=not lacks, block=block):
            yield self._predicted(one, path, lacks)

    def scores(self) -> Scores | SeveralScores | None:
        """The scores of all rows, as `score` gives them; None if there are none, for which `unscored` says why."""
        encoding = self.model.encoding
        if self.unscored is not None or encoding is None or not self._kept:
            return None
        labels = np.concatenate([labels for labels, _, _ in self._kept])
        weighed = dict(self._kept[0][2])
        if "sample_weight" in weighed:
            weighed["sample_weight"] = np.concatenate([each["sample_weight"] for _, _, each in self._kept])
        together = joined([prediction for _, prediction, _ in self._kept])
        try:
            return score(encoding, labels, together, constant_in(self.model.record, encoding), **weighed)
        except DataError as error:
            self.unscored = str(error)
            return None

    def _predicted(self, one: TableBlock, path: str | Path, lacks: bool) -> tuple[Table, Prediction]:
        encoding = self.model.encoding
        with rows_after(one.before):
            table = named_for(self.model, one.table, path, lacks)
            frame = table.frame if encoding is None else names_as_texts(table, encoding)
            prediction = self.model.predict_table(frame)
        self.notes.add((*table.notes, *prediction.notes), one.before)
        self.rows = one.before + frame.height
        if encoding is not None and self.unscored is None:
            self._keep(encoding, frame, prediction, one.before)
        return table, prediction

    def _keep(self, encoding: Encoding, frame: pl.DataFrame, prediction: Prediction, before: int) -> None:
        if not set(encoding.target_names) <= set(frame.columns):
            self.unscored = ""
        elif self.rows > MOST_SCORED:
            self.unscored = f"a stream is scored up to {MOST_SCORED:,} rows, and this has more"
        else:
            try:
                with rows_after(before):
                    encoding.targets_of(frame, some=ignores_missing(self.model))
                    weighed = weighed_by_column(self.model, frame)
                self._kept.append((labels_of(encoding.targets, frame), prediction, weighed))
            except DataError as error:
                self.unscored = str(error)
        if self.unscored is not None:
            self._kept.clear()


def joined(parts: list[Prediction]) -> Prediction:
    """The predictions of blocks of rows as that of all of them.

    >>> one = Prediction(np.array([1.0]), None, (), (), target="y")
    >>> joined([one, one]).values.tolist()
    [1.0, 1.0]
    """
    first = parts[0]
    probabilities = [part.probabilities for part in parts if part.probabilities is not None]
    each = [joined(list(ones)) for ones in zip(*(part.each for part in parts), strict=True)]
    return Prediction(
        np.concatenate([part.values for part in parts]),
        np.concatenate(probabilities) if probabilities else None,
        first.classes,
        (),
        target=first.target,
        each=tuple(each),
    )


def names_as_texts(table: Table, encoding: Encoding) -> pl.DataFrame:
    """The rows of a block, in which a column of categories that looks like numbers here is text, as it stands.

    In the whole table another row may have shown that it is no column of numbers. A text that is no category and whose
    number is written as one is taken for that: 1.50 for 1.5.
    """
    frame = table.frame
    layout = table.layout
    if not isinstance(layout, DelimitedLayout):
        return frame
    for column in encoding.inputs:
        if not isinstance(column, CategoricalColumn | HashedColumn) or column.name not in frame.columns:
            continue
        series = frame[column.name]
        if series.dtype in (pl.String, pl.Null) or not series.count():
            continue
        place = layout.columns.index(column.name)
        texts = pl.Series(column.name, [fields[place].strip(" ") for fields in rows_of(layout)], pl.String)
        texts = texts.replace(dict.fromkeys(MISSING))
        known = pl.Series(column.categories if isinstance(column, CategoricalColumn) else [], dtype=pl.String)
        usual = series.cast(pl.String)
        taken = pl.when(~texts.is_in(known.implode()) & usual.is_in(known.implode())).then(usual).otherwise(texts)
        frame = frame.with_columns(pl.select(taken.alias(column.name)).to_series())
    return frame
