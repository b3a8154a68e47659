"""The model of a training of the page as the bytes of its file."""

from __future__ import annotations

import dataclasses

from ..files.model import Model
from ..files.model_file import model_bytes
from ..tables.record import constant_of, training_record
from ..tables.score import score
from ..training.run import Run
from .building import Built
from .scripts import command_of, may_be_cut


def model_file(built: Built, run: Run) -> bytes:
    """The file: with the record from which the commands replay it, where its settings say the whole training."""
    model = Model.from_run(run, built.prepared.encoding)
    if not command_of(built).text:
        return model_bytes(model)
    prepared = built.prepared
    constant = constant_of(prepared.encoding, prepared.train)
    scores = None
    if prepared.test is not None:
        prediction = model.predict_rows(prepared.test.P)
        scores = score(prepared.encoding, prepared.test.labels, prediction, constant).to_dict()
    epochs = max(built.settings.epochs, run.epochs) if may_be_cut(built) else built.settings.epochs
    settings = dataclasses.replace(built.settings, engine=built.recipe.engine, epochs=epochs)  # it may have gone on
    record = training_record(
        model, prepared, settings, tables={"table": (built.name, built.frame), "validation_table": ("", None),
                                           "test_table": ("", None)}, scores=scores, constant=constant,
    )  # fmt: skip
    return model_bytes(model.with_record(record))
