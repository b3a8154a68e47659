"""The test rows of files that are more than fit in memory, scored in a passage."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from typing import Any

from ..data.stream import renumbered
from ..errors import DataError
from ..files.model import Model
from ..training.read_ahead import ahead
from .streamed_rows import PartRows
from .streamed_scores import StreamedScores


def part_scores(model: Model, rows: PartRows, constant: Mapping[str, Any], weighed_by: str | None) -> Any:
    """The scores of all rows of a part, as `score` gives them; raises DataError, with the row, for one too far off."""
    assert model.encoding is not None
    found = StreamedScores(model.encoding, constant, weighed_by)
    with closing(ahead(rows.labelled())) as parts:
        for number, part in enumerate(parts):
            if not len(part.T):
                continue
            try:
                prediction = model.predict_rows(part.P)
            except DataError as error:
                piece = rows.files.pieces[number]
                told = renumbered(str(error), (part.rows + 1).tolist())
                raise DataError(f"{rows.files.name(piece)}: {told}") from error
            found.add(part.labels, prediction, part.sample_weight)
    return found.scores()
