"""The test rows of files that are more than fit in memory, scored in a passage."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from typing import Any

from ..data.stream import renumbered
from ..errors import DataError
from ..files.model import Model
from ..training.interruption import interruption
from ..training.read_ahead import ahead
from ..training.readers import ALONE, Readers
from .several_scores import Scores, SeveralScores
from .streamed_rows import PartRows
from .streamed_scores import StreamedScores


def part_scores(
    model: Model,
    rows: PartRows,
    constant: Mapping[str, Any],
    weighed_by: str | None = None,
    readers: Readers = ALONE,
) -> Scores | SeveralScores | None:
    """The scores of all rows of a part, as `score` gives them; None if Ctrl-C came before the last of them.

    Of several processes each reads its share, and all have the scores, or none. Raises DataError, with the row, for one
    too far off.
    """
    assert model.encoding is not None
    own, cut = StreamedScores(model.encoding, constant, weighed_by), False
    with readers.agreeing(), interruption() as interrupted:
        share = readers.share(rows.rows_of_pieces)
        with closing(ahead(rows.labelled(share))) as parts:
            for number, part in zip(share, parts, strict=True):
                if cut := interrupted.pressed():
                    break
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
        return None if cut else own.scores()
    each = readers.data([cut, None if cut else own.told()])
    if any(one for one, _ in each):
        return None
    found = StreamedScores(model.encoding, constant, weighed_by)
    for _, told in each:
        found.merge(told)
    return found.scores()
