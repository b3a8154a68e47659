"""From files of any size to a trained, scored model: statistics in one pass, a split by hashes, epochs of blocks."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from ..core.network import Network
from ..data.class_weights import check_class_weight
from ..data.far_values import OUTSIDE
from ..data.left_to_learn import target_notes
from ..data.notes import Importance, Note, most_important_first
from ..data.prepared import Prepared
from ..data.split import parse_fractions
from ..data.stream_arrays import digest_of, found_files
from ..data.stream_files import TableFiles
from ..errors import ArgumentError, DataError, FileError
from ..files.model import Model
from ..training.block_look import COPIES
from ..training.blocks import Blocks
from ..training.callbacks import Callback
from ..training.fingerprint import digests_of
from ..training.loop import train
from ..training.outcome import TRY, findings_of
from ..training.readers import ALONE, Readers
from .arguments import training_options, wants_several, with_makers
from .no_better import OR_ELSE, no_better
from .objects import build_network, build_rule, schedule_numbers
from .record import training_record
from .score import score
from .settings import Settings
from .streamed_learning import learn, look, width_of
from .streamed_rows import PARTS, PartRows, PartRowsAtRandom, RowCut, gathered_parts
from .streamed_scoring import part_scores

if TYPE_CHECKING:
    from .training import Trained

_BYTES = 12
"""Of a number of a part that is kept: in float64, and a copy in float32."""
_NOT_STREAMED = {
    "folds": None, "members": None, "best": False, "time": None, "stratify": None, "pieces": 0,
    "missing_targets": "leave-out", "many_texts": "leave-out",
}  # fmt: skip


def refusal(settings: Settings) -> str | None:
    """The option that goes with tables in memory alone, if one was given."""
    return next((name for name, usual in _NOT_STREAMED.items() if getattr(settings, name) != usual), None)


def train_files(
    source: Any,
    target: str | Sequence[str],
    settings: Settings | None = None,
    *,
    memory: int = 2 * 10**9,
    name: str = "files",
    callbacks: Sequence[Callback] = (),
    verbose: bool | None = None,
    checkpoint: Any = None,
    on_prepared: Callable[[Prepared, Network, dict[str, int]], Any] = lambda prepared, net, rows: None,
) -> Trained:
    """Train a network on the rows of files that need not fit in memory, and score it on its test rows.

    A first passage learns the encoding from the training rows: counts, means and deviations exactly, medians by a
    sample (`ColumnStatistics`). A row's part is told by a hash of its file's name and its number, so that it does not
    depend on the order in which files are read; with `settings.group` by a hash of its group's name. Validation and
    test rows are kept if they fit in a sixth of the memory each, and else stream as training rows do: validation rows
    once an epoch, test rows once, for scores that are exact. Of those `Trained` has some, spread over all.

    Args:
        source: A file, a folder, a pattern, or a list of such: Parquet, Arrow, CSV, TSV or NDJSON files of one table.
        target: The name of the column to predict, or of several.
        settings: How to train; what needs all rows at once (folds, times, strata) is refused.
        memory: The bytes that rows may take.
        name: What the record calls the files.
        callbacks: As in `tw.train`.
        verbose: As in `tw.train`.
        checkpoint: As in `tw.train`.
        on_prepared: Called before the training starts, with what was understood (of the training rows some stand for
            all), the network, and how many rows each part has.

    Ctrl-C ends the training, which leaves what it has, and the passage through test rows that are read again, without
    whose scores the model is then; so it is, and `unscored` says why, if one of the files cannot be read that once
    more. Raises ArgumentError for settings, DataError and FileError for files that cannot be
    used, with file and row.
    """
    from .training import Trained

    settings = settings or Settings()
    readers = Readers.of(settings.devices)
    ready = ready_to_train(source, target, settings, memory, readers)
    prepared, encoding, constant = ready.prepared, ready.rows.encoding, ready.constant
    on_prepared(prepared, ready.network, ready.counts)
    saved = with_makers(checkpoint, encoding.target_names, settings, memory=memory)
    run = train(ready.network, ready.blocks, **ready.options, callbacks=callbacks, verbose=verbose, checkpoint=saved)
    model = Model.from_run(run, encoding)
    scores = prediction = actual = unscored = None
    test = prepared.test
    if test is not None and ready.test_fits:
        prediction, actual = model.predict_rows(test.P), test.labels
        weighed: dict[str, Any] = {"sample_weight": test.sample_weight, "weighed_by": settings.sample_weight}
        scores = score(encoding, actual, prediction, constant, **weighed)
    elif test is not None:
        unscored = "interrupted"
        if run.stopped_because != "interrupted":  # who waits for the end does not wait for another passage
            try:
                scores = part_scores(model, ready.rows.of_part(2), constant, settings.sample_weight, readers)
            except (DataError, FileError) as error:  # what was trained is not lost with a file
                unscored = str(error)
        if scores is not None:
            prediction, actual, unscored = model.predict_rows(test.P), test.labels, None
    plain = findings_of(run, encoding.output_names or None)
    findings = () if scores is None else no_better(scores, TRY if plain else OR_ELSE)
    findings = (*map(str, plain), *findings)
    notes = (*(Note(one, Importance.MAY_BE_WRONG) for one in findings), *prepared.notes)
    if unscored:
        told = f"the {ready.counts['test']:,} test rows were not scored, so there are no scores: {unscored}"
        notes = (Note(told, Importance.LEFT_OUT), *notes)
    prepared = dataclasses.replace(prepared, notes=most_important_first(notes))
    tables: dict[str, Any] = {f"{key}table": ("", None) for key in ("", "validation_", "test_")}
    found = training_record(model, prepared, settings, tables, scores and scores.to_dict(), constant)
    rows = sum(ready.counts.values())
    assert run.recipe is not None
    digests = digests_of(run.recipe)
    fingerprint = hashlib.sha256(" ".join(digests.values()).encode()).hexdigest()
    found["split"] = ready.counts
    found["table"] = {"name": name, "rows": rows, "fingerprint": fingerprint, "columns": ready.columns}
    found["files"] = {
        "name": name, "count": len(ready.rows.files.paths), "rows": rows, "memory": memory, "digests": digests,
    }  # fmt: skip
    return Trained(model.with_record(found), prepared, run, scores, findings, actual, prediction, unscored=unscored)


class Ready(NamedTuple):
    """All that a training on files is made from."""

    prepared: Prepared
    """Of the training rows, and of parts that do not fit in memory, some stand for all."""
    network: Network
    blocks: Blocks
    options: dict[str, Any]
    """Those of `tw.train`."""
    rows: PartRows
    counts: dict[str, int]
    constant: dict[str, Any]
    columns: list[str]
    test_fits: bool


def ready_to_train(
    source: Any, target: str | Sequence[str], settings: Settings, memory: int, readers: Readers = ALONE
) -> Ready:
    """The files read, as `train_files` does it before it trains; raises what that raises, in all who read together."""
    with readers.agreeing():
        refuse_unstreamed(settings)
        build_rule(settings)
        check_class_weight(settings.class_weight)
        files = TableFiles(found_files(source), header=not settings.no_header)
        known = look(files, target, settings)
        files.about()
        row = COPIES * 4 * (width_of(known) + 1) * 8
        if _of_training(memory) < row:
            least = 3 * row // 2
            raise ArgumentError(
                f"memory of {memory:,} bytes holds no row: {least:,} hold one, so give a thousand times that"
            )
        files.in_pieces_of(_of_training(memory) // row)
        cut = RowCut(parse_fractions(settings.split), settings.seed, known.group)
    columns = known.names, known.targets, known.group, [str(kind) for kind in known.sample.dtypes], known.task
    given = [getattr(settings, name) for name in ("split", "seed", "sample_weight", "class_weight", "no_header")]
    told = {"files": files.sizes, "columns or first rows": columns, "settings": (given, memory)}
    readers.check_alike({name: digest_of(one) for name, one in told.items()})
    learnt = learn(files, known, settings, cut, readers)
    encoding, counts = learnt.encoding, learnt.counts
    rows = (PartRows if files.packed else PartRowsAtRandom)(
        files, encoding, cut, settings.sample_weight, learnt.class_weights
    )
    width = len(encoding.feature_names) + encoding.outputs
    fits = [_BYTES * width * counts[part] <= memory / COPIES for part in PARTS[1:]]
    parts, noted = gathered_parts(rows, [False, *fits], learnt.of_pieces, readers)
    told = (*known.notes, *_empty(counts, settings, known.group), *_streamed(counts, fits), *learnt.notes)
    same = target_notes(encoding.targets, None, parts[1]) if fits[0] else ()
    told = (*same, *told, *encoding.notes, *_untold(noted))
    prepared = Prepared(encoding, known.task, known.reason, *parts, told)
    net = build_network(encoding, settings)
    options = training_options(prepared, net, dataclasses.replace(settings, schedule="fixed", final_momentum=None))
    options["optimizer"] = schedule_numbers(build_rule(settings)[0], settings, counts["train"])
    del options["sample_weight"]
    for number, part in enumerate(PARTS[1:]):
        if not fits[number] and options[part] is not None:
            options[part] = Blocks(rows.of_part(number + 1), memory // COPIES)
    blocks = Blocks(rows, _of_training(memory))
    return Ready(prepared, net, blocks, options, rows, counts, learnt.constant, known.sample.columns, test_fits=fits[1])


def refuse_unstreamed(settings: Settings) -> None:
    """Raise ArgumentError for settings that need all rows at once."""
    given = refusal(settings)
    if given is not None or wants_several(settings):
        option = f"--{(given or 'folds').replace('_', '-')}"
        raise ArgumentError(f"{option} needs all rows at once, and these stream: leave it out, or give more --memory")


def _empty(counts: dict[str, int], settings: Settings, group: str | None) -> list[Note]:
    """That a part which was asked for has no rows."""
    shares = dict(zip(PARTS, parse_fractions(settings.split), strict=True))
    few = "" if group is None else f", and the values of {group!r} are too few for all parts to have some"
    return [
        Note(
            f"the {part} part has no rows: a hash deals them out{few}; another --seed may deal them otherwise",
            Importance.MAY_BE_WRONG,
        )
        for part in PARTS[1:]
        if shares[part] > 0 and not counts[part]
    ]


def _streamed(counts: dict[str, int], fits: Sequence[bool]) -> list[Note]:
    """What it means that parts do not fit."""
    told = []
    if not fits[0]:
        told.append(
            f"the {counts['validation']:,} validation rows do not fit in the memory: each epoch reads the files a "
            "second time for them, which a smaller share spares, such as --split 98/1/1"
        )
    if not fits[1]:
        told.append(
            f"the {counts['test']:,} test rows do not fit in the memory: their scores are of all of them, and what "
            "shows single rows is of some, spread over all"
        )
    return [Note(one, Importance.ASIDE) for one in told]


def _untold(notes: Iterable[str]) -> list[str]:
    """Without those of single blocks on values that are far off, which the columns tell of all rows."""
    return [note for note in notes if OUTSIDE not in note]


def _of_training(memory: int) -> int:
    """What training rows may take: a sixth of the memory is for the validation part, and one for the test part."""
    return 2 * memory // 3
