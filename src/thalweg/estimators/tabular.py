"""Estimators that take a table as it is: mixed columns, missing values, dates, categories."""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Callable
from numbers import Integral, Real
from typing import TYPE_CHECKING, Self, TypeVar, cast

import numpy as np
import polars as pl
import scipy.sparse
from numpy.typing import ArrayLike
from sklearn.base import ClassifierMixin, RegressorMixin, _fit_context
from sklearn.utils import Tags, check_random_state, column_or_1d
from sklearn.utils._param_validation import Interval
from sklearn.utils.multiclass import check_classification_targets, type_of_target
from sklearn.utils.validation import (
    _check_feature_names,
    _check_n_features,
    _check_sample_weight,
    check_consistent_length,
    check_is_fitted,
)

from ..core.arrays import Array
from ..data.frames import as_frame
from ..data.given_table import GivenTable
from ..errors import unknown
from ..files.model import Model, Prediction
from ..tables.settings import Settings
from ..tables.training import Trained, train_table
from ..training.ending import unlogged
from ..training.run import Run
from .checks import checked_array
from .given import ArrayOrFrame
from .pickled import PickledWithoutRows
from .repeated import repeated

Estimator = TypeVar("Estimator", bound=type)
_OWN: dict[str, object] = {"validation_fraction": 0.15, "random_state": None}
_OTHERWISE: dict[str, object] = {"best": True}
"""The settings of a table that have another default here."""
_MADE = ("task", "split", "seed", "sample_weight")
"""The settings of a table that the estimators make themselves."""


def takes_settings(estimator: Estimator) -> Estimator:
    """Give an estimator the settings of a training on a table as parameters, by name, with their defaults and words."""
    left_out = (*_MADE, *estimator.__dict__.get("_left_out", ()))
    options = [option for option in dataclasses.fields(Settings) if option.name not in left_out]
    defaults = {**{option.name: option.default for option in options}, **_OTHERWISE, **_OWN}

    def __init__(self: BaseTabular, **given: object) -> None:  # noqa: N807 - it becomes the __init__ of a class
        for name in given:
            if name not in defaults:
                raise TypeError(f"{type(self).__name__}() {unknown('parameter', name, defaults)}")
        for name, default in defaults.items():
            setattr(self, name, given.get(name, default))

    own = inspect.Parameter("self", inspect.Parameter.POSITIONAL_OR_KEYWORD)
    named = [inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=value) for name, value in defaults.items()]
    __init__.__signature__ = inspect.Signature([own, *named])
    estimator.__init__ = __init__  # pyright: ignore[reportAttributeAccessIssue]
    lines = [f"{option.name}: {option.metadata['help']}" for option in options]
    filled = "\n".join(f"        {line}" for line in lines)
    estimator.__doc__ = (estimator.__doc__ or "").replace("        {settings}", filled)
    return estimator


class BaseTabular(PickledWithoutRows):
    """What both share: a table encoded as `thalweg train` does, a network trained on it."""

    _parameter_constraints: dict[str, list[object]] = {  # noqa: RUF012 - scikit-learn's own convention
        "validation_fraction": [Interval(Real, 0, 1, closed="left")],
        "random_state": ["random_state"],
        "epochs": [Interval(Integral, 1, None, closed="left")],
    }

    validation_fraction: float
    random_state: int | np.random.RandomState | None
    model_: Model
    run_: Run
    runs_: tuple[Run, ...]
    notes_: tuple[str, ...]
    n_features_in_: int
    _names_of_targets: list[str]
    _constants: dict[int, float]
    """Of several targets those that are the same in every row, by their places."""

    if TYPE_CHECKING:  # that of a class is made by `takes_settings`

        def __init__(self, **settings: object) -> None: ...

    def _fit(
        self, X: GivenTable | ArrayOrFrame, targets: list[pl.Series], task: str, sample_weight: ArrayLike | None
    ) -> None:
        """Train on the targets, those left out that are the same in every row."""
        table = self._table(X, reset=True)
        check_consistent_length(table, *targets)
        weight = None
        if sample_weight is not None:
            weight = _check_sample_weight(sample_weight, np.empty((table.height, 0)), ensure_non_negative=True)
        names = []
        for number, target in enumerate(targets):
            names.append(_free(f"target {number}" if len(targets) > 1 else "target", table.columns))
            table = table.with_columns(target.alias(names[-1]))
        self._names_of_targets = names
        table, weight = repeated(table, weight)
        if table.height < 2:
            raise ValueError("X has n_samples=1: one row is not enough to train on")
        self._constants = {
            number: table[name][0]
            for number, name in enumerate(names)
            if len(targets) > 1 and table[name].n_unique() == 1
        }
        if len(self._constants) == len(names):
            raise ValueError("y is the same in every sample: give targets that vary")
        table = table.drop([names[number] for number in self._constants])
        wanted = [name for number, name in enumerate(names) if number not in self._constants]
        weights = None if weight is None else _free("sample_weight", table.columns)
        if weights is not None:
            table = table.with_columns(pl.Series(weights, weight))
        held = round(100 * float(self.validation_fraction))
        settings = Settings(
            **{key: value for key, value in self.get_params(deep=False).items() if key not in _OWN},
            task=task,
            split=f"{100 - held}/{held}/0",
            seed=int(check_random_state(self.random_state).randint(2**31)),
            sample_weight=weights,
        )
        with unlogged():
            trained: Trained = train_table(table, wanted, settings)
        self.model_, self.run_ = trained.model, trained.run
        self.runs_ = (trained.run,)
        if trained.ensemble is not None:
            self.runs_ = tuple(member.run for member in trained.ensemble.members)
        self.n_iter_ = max(run.epochs for run in self.runs_)
        self.notes_ = tuple(map(str, trained.prepared.notes))

    def _table(self, X: GivenTable | ArrayOrFrame, reset: bool) -> pl.DataFrame:
        """X as a table: a frame as it is, an array with columns x0, x1, ..."""
        if isinstance(X, np.ndarray | list | tuple) or (hasattr(X, "__array__") and not hasattr(X, "columns")):
            rows = checked_array(X, ensure_2d=True, finite=False)
            _check_feature_names(self, rows, reset=reset)
            _check_n_features(self, rows, reset=reset)
            if rows.dtype.kind not in "biufOUSM":
                raise ValueError(f"X holds values of type {rows.dtype}; it must hold numbers, texts or dates")
            names = getattr(self, "feature_names_in_", [f"x{number}" for number in range(rows.shape[1])])
            return as_frame({name: rows[:, number] for number, name in enumerate(names)}, "X").table
        if scipy.sparse.issparse(X):
            raise TypeError("X is sparse, and a table is not: give an array (X.toarray()), or use MLPClassifier")
        table = as_frame(cast("GivenTable", X), "X").table
        if hasattr(X, "columns"):
            _check_feature_names(self, X, reset=reset)
            _check_n_features(self, X, reset=reset)
        elif reset:
            self.n_features_in_ = table.width
        return table

    def _predicted(self, X: GivenTable | ArrayOrFrame) -> Prediction:
        check_is_fitted(self)
        return self.model_.predict_table(self._table(X, reset=False))

    def _side_by_side(self, table: pl.DataFrame, of: Callable[[Prediction], np.ndarray]) -> np.ndarray:
        """What the prediction of each of several targets says, (rows, targets); of one that never varied, its value."""
        found = self.model_.predict_table(table)
        each = iter(found.each or (found,))
        constants = self._constants
        return np.column_stack(
            [
                np.full(table.height, float(constants[number])) if number in constants else of(next(each))
                for number in range(len(self._names_of_targets))
            ]
        )

    def onnx_shape_calculator(self) -> Callable[..., None]:
        """For skl2onnx: the function that tells the types of the outputs."""
        from .tabular_converter import output_types

        return output_types

    def onnx_converter(self) -> Callable[..., None]:
        """For skl2onnx: the function that adds the encoding and the network to a graph."""
        from .tabular_converter import converted

        return converted

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.input_tags.categorical = True
        tags.input_tags.string = True
        return tags


@takes_settings
class TabularClassifier(ClassifierMixin, BaseTabular):
    """A classifier of the rows of a table as it is: numbers, texts, categories, dates and missing values mixed.

    What `thalweg train --best` does, as an estimator: columns are encoded by what they hold, several settings are tried
    on folds, and the mean of the best ones' networks is kept. With `best=False` one network is trained, and kept as it
    did best on the rows held out: some times faster. So it is with fewer than 30 rows.

    Args:
        {settings}
        validation_fraction: The share of the rows that one network holds out to choose the best epoch.
        random_state: Of the split, the initial weights and the batches.

    X is a frame of pandas or Polars, an Arrow table, a dict of columns, or an array. Attributes: `model_` as `tw.load`
    gives one; `runs_`, those of its networks; `run_`, the first of them; `notes_`, what is to be told of the table and
    of what was learnt; `classes_`; `n_iter_`, the most epochs of a network. Raises ValueError for a table or a setting
    that cannot be used.

    >>> import polars as pl
    >>> X = pl.DataFrame({"colour": ["red", "blue"] * 20, "size": [1.0, None, 3.0, 4.0] * 10})
    >>> TabularClassifier(epochs=50, best=False, random_state=0).fit(X, ["yes", "no"] * 20).predict(X[:2])
    array(['yes', 'no'], dtype='<U3')
    """

    classes_: np.ndarray

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = True
        return tags

    @_fit_context(prefer_skip_nested_validation=True)
    def fit(self, X: GivenTable | ArrayOrFrame, y: ArrayOrFrame, sample_weight: ArrayLike | None = None) -> Self:
        """Train on the rows of X (a table, or rows and columns) of classes y (rows,), or of labels 0 and 1 (rows,
        outputs).

        `sample_weight` (rows,) says what each row counts: 2 as a row given twice, 0 as one left out.
        """
        given = checked_array(_values(y))
        if given.ndim == 2 and given.shape[1] > 1:
            return self._fit_labels(X, given, sample_weight)
        labels = column_or_1d(given, warn=True)
        check_classification_targets(labels)
        weight = None if sample_weight is None else _check_sample_weight(sample_weight, labels)
        self.classes_ = np.unique(labels if weight is None else labels[weight > 0])
        if len(self.classes_) == 1:
            raise ValueError(f"y has one class, {self.classes_.tolist()[0]!r}: a classifier needs at least 2 classes")
        names = list(map(str, self.classes_))
        if len(set(names)) < len(names):
            names = [f"{number} {name}" for number, name in enumerate(names)]
        self._names = names
        name_of = dict(zip(self.classes_.tolist(), names, strict=True))
        target = pl.Series([name_of.get(label) for label in labels.tolist()], dtype=pl.Enum(names))
        self._fit(X, [target], "classification", sample_weight)
        return self

    def _fit_labels(self, X: GivenTable | ArrayOrFrame, y: np.ndarray, sample_weight: ArrayLike | None) -> Self:
        """Train on labels, of which a row can have several."""
        if type_of_target(y) != "multilabel-indicator":
            raise ValueError(
                f"y has {y.shape[1]} columns that are not 0 and 1: give one column of classes, or labels of 0 and 1"
            )
        self.classes_ = np.arange(y.shape[1])
        self._fit(X, [pl.Series(column) for column in y.T.astype(np.int64)], "classification", sample_weight)
        return self

    def predict(self, X: GivenTable | ArrayOrFrame) -> np.ndarray:
        """The class of each row, or its labels of 0 and 1 (rows, outputs)."""
        probabilities = self.predict_proba(X)
        if len(self._names_of_targets) > 1:
            return (probabilities > 0.5).astype(np.int64)
        return self.classes_[probabilities.argmax(axis=1)]

    def predict_proba(self, X: GivenTable | ArrayOrFrame) -> np.ndarray:
        """The probability (rows, classes) of each class, in the order of `classes_`, or of each label."""
        check_is_fitted(self)
        if len(self._names_of_targets) > 1:
            table = self._table(X, reset=False)
            return self._side_by_side(table, _of_second_class)
        found = self._predicted(X)
        assert found.probabilities is not None
        order = [found.classes.index(name) for name in self._names]
        return found.probabilities[:, order]

    def predict_log_proba(self, X: GivenTable | ArrayOrFrame) -> np.ndarray:
        """The logarithm of `predict_proba`."""
        with np.errstate(divide="ignore"):
            return np.log(self.predict_proba(X))


@takes_settings
class TabularRegressor(RegressorMixin, BaseTabular):
    """A regressor by the rows of a table as it is: numbers, texts, categories, dates and missing values mixed.

    What `thalweg train --best` does, as an estimator: columns are encoded by what they hold, several settings are tried
    on folds, and the mean of the best ones' networks is kept. With `best=False` one network is trained, and kept as it
    did best on the rows held out: some times faster. So it is with fewer than 30 rows.

    Args:
        {settings}
        validation_fraction: The share of the rows that one network holds out to choose the best epoch.
        random_state: Of the split, the initial weights and the batches.

    X is a frame of pandas or Polars, an Arrow table, a dict of columns, or an array. Attributes: `model_` as `tw.load`
    gives one; `runs_`, those of its networks; `run_`, the first of them; `notes_`, what is to be told of the table and
    of what was learnt; `n_iter_`, the most epochs of a network. Raises ValueError for a table or a setting that cannot
    be used.

    >>> import polars as pl
    >>> X = pl.DataFrame({"colour": ["red", "blue"] * 20, "size": [1.0, None, 3.0, 4.0] * 10})
    >>> y = [1.0 if colour == "red" else 5.0 for colour in X["colour"]]
    >>> TabularRegressor(epochs=200, best=False, random_state=0).fit(X, y).score(X, y) > 0.9
    True
    """

    _left_out = ("class_weight",)

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags

    @_fit_context(prefer_skip_nested_validation=True)
    def fit(self, X: GivenTable | ArrayOrFrame, y: ArrayOrFrame, sample_weight: ArrayLike | None = None) -> Self:
        """Train on the rows of X (a table, or rows and columns) of targets y (rows,) or (rows, outputs).

        `sample_weight` (rows,) says what each row counts: 2 as a row given twice, 0 as one left out.
        """
        values = checked_array(_values(y), dtype=np.float64)
        several = values.ndim == 2 and values.shape[1] > 1
        columns = list(values.T) if several else [column_or_1d(values, warn=True)]
        self._fit(X, [pl.Series(np.ascontiguousarray(column)) for column in columns], "regression", sample_weight)
        return self

    def predict(self, X: GivenTable | ArrayOrFrame) -> np.ndarray:
        """The target of each row, or its targets (rows, outputs)."""
        check_is_fitted(self)
        if len(self._names_of_targets) == 1:
            return self._predicted(X).values
        table = self._table(X, reset=False)
        return self._side_by_side(table, lambda found: found.values)


def _free(name: str, taken: list[str]) -> str:
    """A name that is not taken."""
    while name in taken:
        name += "_"
    return name


def _of_second_class(found: Prediction) -> np.ndarray:
    assert found.probabilities is not None
    return found.probabilities[:, 1]


def _values(y: Array | None) -> Array:
    """Targets as an array, of a series of Polars too."""
    if y is None:
        raise ValueError("This estimator requires y to be passed, but the target y is None")
    if scipy.sparse.issparse(y):
        return y.toarray()
    return y.to_numpy() if isinstance(y, pl.Series | pl.DataFrame) else y
