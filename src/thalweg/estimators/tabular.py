"""Estimators that take a table as it is: mixed columns, missing values, dates, categories."""

from __future__ import annotations

import dataclasses
import inspect
from numbers import Integral, Real
from typing import Any

import numpy as np
import polars as pl
import scipy.sparse
from sklearn.base import ClassifierMixin, RegressorMixin, _fit_context
from sklearn.utils import check_array, check_random_state, column_or_1d
from sklearn.utils._param_validation import Interval
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import _check_feature_names, _check_n_features, check_consistent_length, check_is_fitted

from ..data.frames import as_frame
from ..errors import unknown
from ..files.model import Model, Prediction
from ..tables.settings import Settings
from ..tables.training import Trained, train_table
from ..training.ending import unlogged
from ..training.run import Run
from .pickled import PickledWithoutRows

_OWN: dict[str, Any] = {"validation_fraction": 0.15, "random_state": None}
_OTHERWISE: dict[str, Any] = {"best": True}
"""The settings of a table that have another default here."""
_MADE = ("task", "split", "seed")
"""The settings of a table that the estimators make themselves."""
_TARGET = "target"


def takes_settings(estimator: type) -> type:
    """Give an estimator the settings of a training on a table as parameters, by name, with their defaults and words."""
    options = [option for option in dataclasses.fields(Settings) if option.name not in _MADE]
    defaults = {**{option.name: option.default for option in options}, **_OTHERWISE, **_OWN}

    def __init__(self: Any, **given: Any) -> None:  # noqa: N807
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

    _parameter_constraints: dict[str, list[Any]] = {  # noqa: RUF012 - scikit-learn's own convention
        "validation_fraction": [Interval(Real, 0, 1, closed="left")],
        "random_state": ["random_state"],
        "epochs": [Interval(Integral, 1, None, closed="left")],
    }

    validation_fraction: Any
    random_state: Any
    model_: Model
    run_: Run
    runs_: tuple[Run, ...]
    notes_: tuple[str, ...]
    n_features_in_: int

    def _fit(self, X: Any, target: pl.Series, task: str) -> None:
        table = self._table(X, reset=True)
        check_consistent_length(table, target)
        if table.height < 2:
            raise ValueError("X has n_samples=1: one row is not enough to train on")
        name = _TARGET
        while name in table.columns:
            name += "_"
        held = round(100 * float(self.validation_fraction))
        settings = Settings(
            **{key: value for key, value in self.get_params(deep=False).items() if key not in _OWN},
            task=task,
            split=f"{100 - held}/{held}/0",
            seed=int(check_random_state(self.random_state).randint(2**31)),
        )
        with unlogged():
            trained: Trained = train_table(table.with_columns(target.alias(name)), name, settings)
        self.model_, self.run_ = trained.model, trained.run
        self.runs_ = (trained.run,)
        if trained.ensemble is not None:
            self.runs_ = tuple(member.run for member in trained.ensemble.members)
        self.n_iter_ = max(run.epochs for run in self.runs_)
        self.notes_ = tuple(map(str, trained.prepared.notes))

    def _table(self, X: Any, reset: bool) -> pl.DataFrame:
        """X as a table: a frame as it is, an array with columns x0, x1, ..."""
        if isinstance(X, np.ndarray | list | tuple) or (hasattr(X, "__array__") and not hasattr(X, "columns")):
            X = check_array(X, dtype=None, ensure_all_finite=False)  # pyright: ignore[reportArgumentType]
            _check_feature_names(self, X, reset=reset)
            _check_n_features(self, X, reset=reset)
            if X.dtype.kind not in "biufOUSM":
                raise ValueError(f"X holds values of type {X.dtype}; it must hold numbers, texts or dates")
            names = getattr(self, "feature_names_in_", [f"x{number}" for number in range(X.shape[1])])
            return as_frame({name: X[:, number] for number, name in enumerate(names)}, "X").table
        if scipy.sparse.issparse(X):
            raise TypeError("X is sparse, and a table is not: give an array (X.toarray()), or use MLPClassifier")
        table = as_frame(X, "X").table
        if hasattr(X, "columns"):
            _check_feature_names(self, X, reset=reset)
            _check_n_features(self, X, reset=reset)
        elif reset:
            self.n_features_in_ = table.width
        return table

    def _predicted(self, X: Any) -> Prediction:
        check_is_fitted(self)
        return self.model_.predict_table(self._table(X, reset=False))

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.input_tags.categorical = True
        tags.input_tags.string = True
        return tags


@takes_settings
class TabularClassifier(ClassifierMixin, BaseTabular):
    """A classifier of the rows of a table as it is: numbers, texts, categories, dates and missing values mixed.

    What `thalweg train --best` does, as an estimator: columns are encoded by what they hold, several settings are tried
    on folds, and the mean of the best one's networks is kept. With `best=False` one network is trained, and kept as it
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

    @_fit_context(prefer_skip_nested_validation=True)
    def fit(self, X: Any, y: Any) -> TabularClassifier:
        """Train on the rows of X (a table, or rows and columns) of classes y (rows,)."""
        y = column_or_1d(check_array(_values(y), ensure_2d=False, dtype=None), warn=True)  # pyright: ignore[reportArgumentType]
        check_classification_targets(y)
        self.classes_, codes = np.unique(y, return_inverse=True)
        if len(self.classes_) < 2:
            raise ValueError(f"y has one class, {self.classes_.tolist()[0]!r}: a classifier needs at least 2 classes")
        names = list(map(str, self.classes_))
        if len(set(names)) < len(names):
            names = [f"{number} {name}" for number, name in enumerate(names)]
        self._names = names
        self._fit(X, pl.Series([names[code] for code in codes], dtype=pl.Enum(names)), "classification")
        return self

    def predict(self, X: Any) -> np.ndarray:
        """The class of each row."""
        probabilities = self.predict_proba(X)
        return self.classes_[probabilities.argmax(axis=1)]

    def predict_proba(self, X: Any) -> np.ndarray:
        """The probability (rows, classes) of each class, in the order of `classes_`."""
        found = self._predicted(X)
        assert found.probabilities is not None
        order = [found.classes.index(name) for name in self._names]
        return found.probabilities[:, order]

    def predict_log_proba(self, X: Any) -> np.ndarray:
        """The logarithm of `predict_proba`."""
        with np.errstate(divide="ignore"):
            return np.log(self.predict_proba(X))


@takes_settings
class TabularRegressor(RegressorMixin, BaseTabular):
    """A regressor by the rows of a table as it is: numbers, texts, categories, dates and missing values mixed.

    What `thalweg train --best` does, as an estimator: columns are encoded by what they hold, several settings are tried
    on folds, and the mean of the best one's networks is kept. With `best=False` one network is trained, and kept as it
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

    @_fit_context(prefer_skip_nested_validation=True)
    def fit(self, X: Any, y: Any) -> TabularRegressor:
        """Train on the rows of X (a table, or rows and columns) of targets y (rows,)."""
        y = column_or_1d(check_array(_values(y), ensure_2d=False, dtype=np.float64), warn=True)  # pyright: ignore[reportArgumentType]
        self._fit(X, pl.Series(y), "regression")
        return self

    def predict(self, X: Any) -> np.ndarray:
        """The target of each row."""
        return self._predicted(X).values


def _values(y: Any) -> Any:
    """Targets as an array, of a series of Polars too."""
    if y is None:
        raise ValueError("This estimator requires y to be passed, but the target y is None")
    return y.to_numpy() if isinstance(y, pl.Series) else y
