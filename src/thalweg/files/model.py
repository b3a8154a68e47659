"""A trained model: network, parameters, the encoding of its table, and the record of its training."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ..core.arrays import Inputs, table_array
from ..core.blocks import output_in_blocks
from ..core.checked import check_inputs
from ..core.kinds import takes_kinds
from ..core.losses import LOSSES, Loss
from ..core.network import Network, Parameters
from ..core.plain_data import JsonObject
from ..data import Encoding, TargetEncoding
from ..data.array_layout import ArrayLayout
from ..data.frames import as_frame
from ..data.given_table import GivenTable
from ..data.target import Label
from ..data.targets import outputs_of, side_by_side
from ..ensembles.averaging import mean_output
from ..ensembles.calibration import Calibration
from ..errors import ArgumentError, DataError
from ..notebook import InWords
from ..notebook.pictures import loss_curves
from ..notebook.pieces import beside, paragraph, points, table
from ..registry import title_of
from .record import numbers_at, object_at

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl

    from ..training.history import History
    from ..training.run import Run


_MOST_ROWS, _MOST_COLUMNS = 10, 12
"""Of a prediction shown in a notebook."""


@dataclass(frozen=True, repr=False)
class Prediction(InWords):
    """What a model says of the rows of a table.

    `values` are labels or numbers, one a row; `probabilities` (rows, classes) in the order of `classes`, None for a
    regression; `notes` tell what of the table was unexpected. Of several targets `values` are (rows, targets),
    `probabilities` (rows, targets) those of the second class of each, `classes` the classes of each, and `each` has the
    prediction of every target alone.
    """

    values: np.ndarray
    probabilities: np.ndarray | None
    classes: tuple[Label, ...] | tuple[tuple[Label, ...], ...]
    notes: tuple[str, ...]
    index: pd.Index | None = None
    """That of the table, if it was one of pandas."""
    target: str = "target"
    each: tuple[Prediction, ...] = ()

    def in_words(self) -> str:
        """How many rows, the first predictions, and the notes."""
        first = ", ".join(map(str, self.values[:5].tolist()))
        told = f"{len(self.values):,} of {self.target!r}: {first}{', ...' if len(self.values) > 5 else ''}"
        return "\n".join([told, *self.notes])

    def in_html(self) -> str:
        """The first rows as a table, and the notes."""
        columns = self.columns()
        shown = dict(list(columns.items())[:_MOST_COLUMNS])
        rows = zip(*(values[:_MOST_ROWS].tolist() for values in shown.values()), strict=True)
        index = range(1, _MOST_ROWS + 1) if self.index is None else list(self.index[:_MOST_ROWS])
        told = table(["row", *shown], [[str(name), *row] for name, row in zip(index, rows, strict=False)])
        rest, wide = len(self.values) - _MOST_ROWS, len(columns) - len(shown)
        more = [f"{rest:,} rows" if rest > 0 else "", f"{wide:,} columns" if wide else ""]
        left = paragraph(f"... and {' and '.join(filter(None, more))} more", "faint") if any(more) else ""
        return paragraph(f"Prediction of {self.target!r}", "title") + told + left + points(self.notes)

    def columns(self) -> dict[str, np.ndarray]:
        """What `thalweg predict` adds to a table: `predicted_TARGET`, and `probability_CLASS` of each class.

        Of several targets `predicted_TARGET` of each, and `probability_TARGET_CLASS` of each of its classes.

        >>> Prediction(np.array(["a"]), np.array([[0.75, 0.25]]), ("a", "b"), (), target="y").columns()
        {'predicted_y': array(['a'], dtype='<U1'), 'probability_a': array([0.75]), 'probability_b': array([0.25])}
        """
        found = {f"predicted_{one.target}": one.values for one in self.each or (self,)}
        for one in self.each or (self,):
            if one.probabilities is not None:
                of = f"{one.target}_" if self.each else ""
                shares = zip(one.classes, one.probabilities.T, strict=True)
                found |= {f"probability_{of}{label}": share for label, share in shares}
        return found

    def taken(self, rows: np.ndarray) -> Prediction:
        """That of some rows, by their numbers or by a mask."""
        return dataclasses.replace(
            self,
            values=self.values[rows],
            probabilities=None if self.probabilities is None else self.probabilities[rows],
            each=tuple(one.taken(rows) for one in self.each),
        )

    def to_polars(self) -> pl.DataFrame:
        """The columns as a frame of Polars."""
        import polars as pl

        return pl.DataFrame(self.columns())

    def to_pandas(self) -> pd.DataFrame:
        """The columns as a frame of pandas, with the index of the table if that had one."""
        import pandas as pd

        return pd.DataFrame(self.columns(), index=self.index)


@dataclass(frozen=True, repr=False)
class Model(InWords):
    """What a model file holds. `encoding` is None for a network trained on arrays; `record` is plain data.

    A model of several networks has `members`, each a model of its own, and answers with the mean of their outputs by
    their `weights`, calibrated if `calibration` says how; `network` and `params` are then those of the first member.
    """

    network: Network
    params: Parameters
    loss: Loss
    encoding: Encoding | None = None
    record: JsonObject = field(default_factory=dict)
    members: tuple[Model, ...] = ()
    weights: tuple[float, ...] = ()
    calibration: Calibration | None = None

    @classmethod
    def from_run(
        cls, run: Run, encoding: Encoding | None = None, record: JsonObject | None = None, *, folders: int = 1
    ) -> Model:
        """The model of a run: its parameters, and its history and ending in the record beside what `record` adds.

        So many `folders` of its checkpoints are named, the last ones: more than 1 where they lie in that of others.
        """
        told: JsonObject = {
            "history": {name: None if values is None else [*values] for name, values in run.history.to_dict().items()},
            "epochs": run.epochs,
            "updates": run.updates,
            "best_epoch": run.best_epoch,
            "stopped_because": run.stopped_because,
            "explanation": run.explanation,
            "engine": run.engine,
            "seconds": run.seconds,
            "seed": run.seed,
            "loss": LOSSES.describe(run.loss),
        }
        if run.saved_in is not None:
            told["checkpoints"] = run.saved_in.told(folders)
        return cls(run.network, run.params, run.loss, encoding, {**told, **(record or {})})

    @property
    def history(self) -> History:
        """What each epoch of its training recorded; raises ArgumentError for a model whose record does not tell."""
        from ..training.history import History

        told = self.record.get("history")
        if not isinstance(told, dict):
            raise ArgumentError(
                "this model's record has no history of one training: look at its members', if it has some"
            )
        return History.from_dict(told)

    def in_words(self) -> str:
        """The network, and what it was trained for."""
        sizes = " - ".join(str(size) for size in self.network.sizes.values())
        lines = [f"a network {sizes} of {self.network.parameter_count:,} parameters, loss {title_of(self.loss)}"]
        if self.members:
            lines = [f"the mean of {len(self.members)} networks, the first {lines[0][2:]}"]
        if self.encoding is not None:
            names = ", ".join(column.name for column in self.encoding.inputs[:8])
            more = ", ..." if len(self.encoding.inputs) > 8 else ""
            lines.append(f"{self.encoding.task} of {self.encoding.targets_told} from {names}{more}")
        return "\n".join([*lines, *filter(None, [str(self.record.get("explanation", ""))])])

    def in_html(self) -> str:
        """The network, what it was trained for, its losses and scores as far as the record tells."""
        title, *more = self.in_words().splitlines()
        losses = ("loss", "validation_loss")
        told = object_at(self.record, "history")
        history = {name: numbers_at(self.record, "history", name) for name in losses if told.get(name) is not None}
        curves = loss_curves(history, None)
        told = "".join(map(paragraph, more))
        return paragraph(f"Model: {title}", "title") + told + beside(self.network.in_html(), curves)

    def predict(self, P: Inputs) -> np.ndarray:
        """The network's outputs (examples, outputs) for encoded inputs (examples, features), block by block of rows.

        Of a model that was made of arrays by a recipe, such as `tw.fitnet`, P is as it was given to that, and so are
        the answers: values in their own units, or the probabilities of the classes. Of a model with members the mean of
        theirs, calibrated. Raises ArgumentError for shapes that do not fit,
        DataError for what are no finite numbers.
        """
        if self.encoding is not None and self.encoding.layout is not None:
            return self._predict_arrays(P, self.encoding, self.encoding.layout)
        if self.members:
            return self._together([member.predict(P) for member in self.members])
        return output_in_blocks(self.network, self.params, check_inputs(self.network, P))

    def _predict_arrays(self, P: Inputs, encoding: Encoding, layout: ArrayLayout) -> np.ndarray:
        frame = layout.frame(P)
        for column in encoding.inputs:
            if not getattr(column, "indicator", True) and frame[column.name].has_nulls():
                row = int(frame[column.name].is_null().arg_max() or 0)
                raise DataError(
                    f"P has nan at row {row}, column {layout.inputs.index(column.name)} (counted from 0), where no "
                    "training row lacked a value: fill it in"
                )
        return self.as_arrays(self.predict_rows(encoding.inputs_of(frame)[0]))

    def as_arrays(self, found: Prediction) -> np.ndarray:
        """A prediction as `predict` gives it of a model that was made of arrays by a recipe: (examples, outputs)."""
        if found.probabilities is None:
            return found.values.reshape(len(found.values), len(found.each) or 1)
        layout = None if self.encoding is None else self.encoding.layout
        return found.probabilities[:, 1:] if layout is not None and layout.single else found.probabilities

    def export(self, path: str | Path, *, dtype: str | None = None, fixed_buffers: bool = False) -> tuple[Path, ...]:
        """Write the model for elsewhere, as `tw.exchange.export` does: the end of the name says how."""
        from ..exchange.exporting import export

        return export(self, path, dtype=dtype, fixed_buffers=fixed_buffers)

    def with_record(self, record: JsonObject) -> Model:
        """The model with another record, which its members have too beside what theirs say otherwise."""
        members = tuple(dataclasses.replace(one, record={**record, **one.record}) for one in self.members)
        return dataclasses.replace(self, record=record, members=members)

    def member(self, number: int) -> Model:
        """A member, counted from 1; raises ArgumentError for one that there is not."""
        if not self.members:
            raise ArgumentError(f"member {number}: this model is one network, without members: leave it out")
        if not 1 <= number <= len(self.members):
            raise ArgumentError(f"member {number}: the model has {len(self.members)} members, counted from 1")
        return self.members[number - 1]

    def single(self) -> Model:
        """The model itself if it is one network; raises ArgumentError for the mean of several."""
        if self.members:
            raise ArgumentError(
                f"this model is the mean of {len(self.members)} networks: choose one, --member 1, or model.members[0]"
            )
        return self

    def _together(self, outputs: list[np.ndarray]) -> np.ndarray:
        mean = mean_output(outputs, self.weights)
        return mean if self.calibration is None else self.calibration.apply(self.network.output.activation, mean)

    @takes_kinds
    def predict_table(self, frame: GivenTable) -> Prediction:
        """Predictions for the rows of a table that has the columns of the training table.

        A frame of Polars (also lazy) or pandas, an Arrow table or what speaks its protocol, a dict of columns or of one
        row, or a path.

        Raises ArgumentError if the model was trained on arrays, DataError for columns that lack or cannot be read.
        """
        if self.encoding is None:
            raise ArgumentError("this model was trained on arrays, not on a table: use predict(P)")
        read = as_frame(frame)
        P, notes = self.encoding.inputs_of(read.table)
        found = self.predict_rows(P, (*read.notes, *notes))
        return dataclasses.replace(found, index=read.index)

    @takes_kinds
    def predict_rows(self, P: np.ndarray, notes: tuple[str, ...] = ()) -> Prediction:
        """Predictions for encoded rows; raises DataError for a row so far from the training rows that it overflows."""
        with np.errstate(all="ignore"):
            P = P.astype(self.dtype, copy=False)
            outputs = self._outputs(P)
        bad = ~(np.isfinite(P).all(axis=1) & np.isfinite(outputs).all(axis=1))
        if bad.any():
            raise DataError(
                f"row {int(bad.argmax()) + 1} has values too far from the training rows for {self.dtype}: "
                "correct it, or leave it out"
            )
        return self.decode(outputs, notes)

    def _outputs(self, P: np.ndarray) -> np.ndarray:
        """The outputs for encoded rows of any numbers."""
        if self.members:
            return self._together([member._outputs(P.astype(member.dtype, copy=False)) for member in self.members])
        return output_in_blocks(self.network, self.params, check_inputs(self.network, P, table_array))

    def decode(self, outputs: np.ndarray, notes: tuple[str, ...] = ()) -> Prediction:
        """Outputs of the network as labels with probabilities, or as numbers in the target's own unit."""
        if self.encoding is None:
            raise ArgumentError("this model was trained on arrays: its outputs stand for themselves")
        targets = self.encoding.targets
        parts = outputs_of(targets, outputs.astype(np.float64))
        each = tuple(_predicted(target, part, notes) for target, part in zip(targets, parts, strict=True))
        if len(each) == 1:
            return each[0]
        chances = [one.probabilities[:, 1] for one in each if one.probabilities is not None]
        return Prediction(
            side_by_side([one.values for one in each]),
            np.column_stack(chances) if chances else None,
            tuple(target.classes for target in targets) if chances else (),
            notes,
            target=", ".join(self.encoding.target_names),
            each=each,
        )

    @property
    def parameter_count(self) -> int:
        """The number of parameters, of all members together."""
        return sum(one.network.parameter_count for one in self.members or (self,))

    @property
    def dtype(self) -> np.dtype:
        """The type of the parameters."""
        return self.network.ravel(self.params).dtype


def _predicted(target: TargetEncoding, outputs: np.ndarray, notes: tuple[str, ...]) -> Prediction:
    """What the outputs (rows, its outputs) of a target say."""
    classify = target.task == "classification"
    probabilities = target.probabilities(outputs) if classify else None
    return Prediction(
        target.decode(outputs), probabilities, target.classes if classify else (), notes, target=target.name
    )
