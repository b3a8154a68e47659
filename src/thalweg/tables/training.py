"""From a table to a trained, scored model in one call: what the command line runs."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ..core.kinds import takes_kinds
from ..core.network import Network
from ..data import Encoding, Prepared
from ..data.equal_rows import shared_rows
from ..data.frames import as_frame
from ..data.given_table import GivenTable
from ..data.notes import Importance, Note, most_important_first
from ..data.prepared import Part
from ..data.values import counted
from ..errors import ArgumentError
from ..files.model import Model, Prediction
from ..notebook import InWords
from ..notebook.pieces import beside, paragraph, points
from ..training.callbacks import Callback
from ..training.checkpoints import Checkpoints, as_checkpoints
from ..training.common_findings import common_findings
from ..training.finding import Finding
from ..training.loop import train
from ..training.outcome import TRY, findings_of
from ..training.run import Run
from .arguments import prepare_table, training_options, wants_several, with_makers
from .fold_scores import fold_scores
from .no_better import OR_ELSE, no_better
from .objects import build_network
from .record import constant_of, training_record
from .score import score
from .scores import ClassificationScores, RegressionScores
from .settings import Settings
from .several import ensemble_model, plan_of, train_several
from .several_scores import SeveralScores

TOO_FEW = Note("too few rows to choose settings by: one network was trained", Importance.ASIDE)

if TYPE_CHECKING:
    from ..ensembles.candidates import Tried
    from ..ensembles.ensemble import Ensemble
    from .fold_scores import FoldScores


@dataclass(frozen=True, repr=False)
class Trained(InWords):
    """What `train_table` leaves: the model, how its table was read, how the run went, and how it scores.

    `scores` and `prediction` are of the test part (None without one), `actual` its labels or values, (rows,) or of
    several targets (rows, targets); `findings` are the notes on what was learnt, the first of `prepared.notes`. Of
    several networks `ensemble` has all that were trained, `fold_scores` those of the folds, and `run` is that of the
    first member.
    """

    model: Model
    prepared: Prepared
    run: Run
    scores: ClassificationScores | RegressionScores | SeveralScores | None
    findings: tuple[str, ...]
    actual: np.ndarray | None
    prediction: Prediction | None
    ensemble: Ensemble | None = None
    fold_scores: FoldScores | None = None
    unscored: str | None = None
    """Why there is a test part and no scores of it: "interrupted", or what was wrong with a file read once more."""

    def in_words(self) -> str:
        """What was trained, how it went, how it scores, and the notes."""
        encoding = self.prepared.encoding
        told = [f"{encoding.task} of {encoding.targets_told}: {self.model.record['explanation']}"]
        told += [] if self.scores is None else [f"test part: {self.scores}"]
        return "\n".join([*told, *map(str, self.prepared.notes)])

    def in_html(self) -> str:
        """The run, the scores beside those of the constant answer, and the notes."""
        encoding = self.prepared.encoding
        title = f"{encoding.task.capitalize()} of {encoding.targets_told}"
        scores = "" if self.scores is None else self.scores.in_html()
        course = self.run.in_html() if self.ensemble is None else paragraph(self.model.record["explanation"])
        return paragraph(title, "title") + beside(course, scores) + points(self.prepared.notes)


@takes_kinds
def train_table(
    frame: GivenTable,
    target: str | Sequence[str],
    settings: Settings | None = None,
    *,
    validation: GivenTable | None = None,
    test: GivenTable | None = None,
    name: str = "table",
    validation_name: str = "validation table",
    test_name: str = "test table",
    notes: Sequence[str] = (),
    callbacks: Sequence[Callback] = (),
    checkpoint: str | os.PathLike[str] | Checkpoints | None = None,
    verbose: bool | None = None,
    on_prepared: Callable[[Prepared, Network], object] = lambda prepared, net: None,
    on_tried: Callable[[Tried], object] = lambda tried: None,
) -> Trained:
    """Read a table's columns, split its rows, train a network on them, and score it on the test part.

    Args:
        frame: The table: a frame of Polars (also lazy) or pandas, an Arrow table or what speaks its protocol, a dict of
            columns, or a path.
        target: The name of the column to predict, or of several: all measured, or all of two classes.
        settings: How to train, what rows and classes count, and how the rows are split (by groups, by time); None: the
            defaults of `Settings`.
        validation: A table for the validation part, if that is not to be split off.
        test: A table for the test part, likewise.
        name: What the record calls the table.
        validation_name: What it calls the validation table.
        test_name: What it calls the test table.
        notes: What is to be told of the tables beside what is found here, such as `open_table(path).notes`.
        callbacks: As in `tw.train`; not where several networks train at once.
        checkpoint: As in `tw.train`; of several networks each has a folder in that one.
        verbose: As in `tw.train`; of several networks `on_tried` tells.
        on_prepared: Called before the training starts, with what was understood of the table, and the network.
        on_tried: Called with each setting, where several networks are trained, when its networks are.

    Raises DataError for a table, and ArgumentError for settings, that cannot be used.

    >>> import polars as pl, thalweg as tw
    >>> frame = pl.DataFrame({"x": list(range(40)), "y": [2.0 * x + 1 for x in range(40)]})
    >>> trained = tw.train_table(frame, "y", tw.Settings(hidden=(8,), activation="tanh", learning_rate=0.01))
    >>> trained.scores.r2 > 0.9
    True
    """
    settings = settings or Settings()
    read = as_frame(frame)
    table, notes = read.table, (*notes, *read.notes)
    held = None if validation is None else as_frame(validation, "validation").table
    tested = None if test is None else as_frame(test, "test").table
    prepared, plan = prepare_table(table, target, settings, held, tested), None
    if wants_several(settings):
        plan = plan_of(prepared, settings)
        if plan is None:
            settings, notes = dataclasses.replace(settings, best=False), (*notes, TOO_FEW)
            prepared = prepare_table(table, target, settings, held, tested)
        elif not all(getattr(callback, "of_one_network", False) for callback in callbacks):
            raise ArgumentError("callbacks go with one network, not with several that train at once: leave them out")
    prepared = dataclasses.replace(prepared, notes=(*notes, *prepared.notes))
    net = build_network(prepared.encoding, settings)
    on_prepared(prepared, net)
    part, ensemble = prepared.train, None
    if plan is None:
        options = training_options(prepared, net, settings)
        saved = with_makers(checkpoint, prepared.encoding.target_names, settings)
        run = train(net, part.P, part.T, **options, callbacks=callbacks, verbose=verbose, checkpoint=saved)
        model = Model.from_run(run, prepared.encoding)
    else:
        checkpoints = None if checkpoint is None else as_checkpoints("checkpoint", checkpoint)
        ensemble, said = train_several(prepared, plan, on_tried, checkpoints)
        prepared = dataclasses.replace(prepared, notes=(*prepared.notes, *said))
        run, model = ensemble.members[0].run, ensemble_model(ensemble, prepared, plan)
    constant = constant_of(prepared.encoding, part)
    scores = prediction = actual = None
    runs = [run] if ensemble is None else [member.run for member in ensemble.members]
    plain = _plain(runs, prepared.encoding)
    findings = seen = ()
    if prepared.test is not None:
        prediction = model.predict_rows(prepared.test.P)
        actual = prepared.test.labels
        weighed = {"sample_weight": prepared.test.sample_weight, "weighed_by": settings.sample_weight}
        scores = score(prepared.encoding, actual, prediction, constant, **weighed)
        remedy = TRY if plain else OR_ELSE
        findings, seen = no_better(scores, remedy), _seen_before(prepared, actual, prediction, constant, weighed)
    if validation is not None:
        seen = (*_followed(prepared), *seen)
    by_fold = None
    if ensemble is not None and plan is not None:

        def of_fold(rows: np.ndarray, outputs: np.ndarray) -> ClassificationScores | RegressionScores | SeveralScores:
            weights = None if part.sample_weight is None else part.sample_weight[rows]
            told: dict[str, Any] = {"sample_weight": weights, "weighed_by": settings.sample_weight}
            return score(prepared.encoding, part.labels[rows], model.decode(outputs), constant, **told)

        there = ~np.isnan(part.labels) if part.labels.dtype.kind == "f" and part.labels.ndim == 2 else None
        by_fold = fold_scores(of_fold, ensemble.outputs, plan.folds.validation, there)
    own = (str(one) for one in plain if not findings or one.kind != "no better than a constant")
    findings = (*own, *findings, *seen)
    told = (*(Note(finding, Importance.MAY_BE_WRONG) for finding in findings), *prepared.notes)
    prepared = dataclasses.replace(prepared, notes=most_important_first(told))
    record = training_record(
        model,
        prepared,
        settings,
        tables={
            "table": (name, table),
            "validation_table": (validation_name, held),
            "test_table": (test_name, tested),
        },
        scores=None if scores is None else scores.to_dict(),
        constant=constant,
        fold_scores=None if by_fold is None else by_fold.to_dict(),
    )
    return Trained(model.with_record(record), prepared, run, scores, findings, actual, prediction, ensemble, by_fold)


def _plain(runs: Sequence[Run], encoding: Encoding) -> Sequence[Finding]:
    """What is plain of a run, or of most."""
    names = encoding.output_names or None
    if len(runs) > 1:
        return common_findings(runs, names, "networks")
    return runs[0].findings if names is None else findings_of(runs[0], names)


def _seen_before(
    prepared: Prepared,
    actual: np.ndarray,
    prediction: Prediction,
    constant: Mapping[str, Any],
    weighed: Mapping[str, Any],
) -> tuple[str, ...]:
    """A note on rows of the test part that are training rows too, and the scores without them."""
    test = prepared.test
    assert test is not None
    seen = _shared(prepared, test)
    if not seen.any():
        return ()
    told = f"{seen.sum()} of {counted(len(seen), 'test row')} are equal to training rows"
    weight = test.sample_weight
    unknown = actual.dtype.kind == "f" and not seen.all() and np.isnan(actual[~seen]).all(axis=0).any()
    if seen.all() or unknown or (weight is not None and not weight[~seen].any()):
        return (f"{told}: their scores say nothing about new rows",)
    weighed = {**weighed, "sample_weight": None if weight is None else weight[~seen]}
    without = score(prepared.encoding, actual[~seen], prediction.taken(~seen), constant, **weighed)
    return (f"{told}; without these: {', '.join(f'{name} {value}' for name, value in without.lines())}",)


def _followed(prepared: Prepared) -> tuple[str, ...]:
    """A note on rows of a validation table that are training rows too."""
    assert prepared.validation is not None
    seen = _shared(prepared, prepared.validation)
    if not seen.any():
        return ()
    return (
        f"{seen.sum()} of {counted(len(seen), 'validation row')} are equal to training rows: the validation loss says "
        "little about new rows, and when to stop",
    )


def _shared(prepared: Prepared, part: Part) -> np.ndarray:
    """Which rows of a part are training rows too (rows,)."""
    train = prepared.train
    one_hot = train.T.shape[1] > 1 and not prepared.encoding.several
    answers = [one.T.argmax(axis=1)[:, None] if one_hot else one.T for one in (train, part)]
    return shared_rows((train.P, answers[0]), (part.P, answers[1]))
