"""The test rows of files that are more than fit in memory, scored in a passage."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from typing import Any

from ..data.stream import renumbered
from ..errors import DataError
from ..files.model import Model
from ..training.read_ahead import ahead
from ..training.readers import ALONE, Readers
from .streamed_rows import PartRows
from .streamed_scores import StreamedScores


def part_scores(
    model: Model,
    rows: PartRows,
    constant: Mapping[str, Any],
    weighed_by: str | None = None,
    readers: Readers = ALONE,
) -> Any:
    """The scores of all rows of a part, as `score` gives them; raises DataError, with the row, for one too far off.

    Of several processes each reads its share, and all have the scores.
    """
    assert model.encoding is not None
    own = StreamedScores(model.encoding, constant, weighed_by)
    with readers.agreeing():
        share = readers.share(rows.rows_of_pieces)
        with closing(ahead(rows.labelled(share))) as parts:
            for number, part in zip(share, parts, strict=True):
                if not len(part.T):
                    continue
                try:
                    prediction = model.predict_rows(part.P)
                except DataError as error:
                    piece = rows.files.pieces[number]
                    told = renumbered(str(error), (part.rows + 1).tolist())
                    raise DataError(f"{rows.files.name(piece)}: {told}") from error
                own.add(part.labels, prediction, part.sample_weight)
    if readers.count == 1:
        return own.scores()
    found = StreamedScores(model.encoding, constant, weighed_by)
    for told in readers.data(own.told()):
        found.merge(told)
    return found.scores()
