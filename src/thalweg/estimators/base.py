"""What the estimators of a multi-layer perceptron share: parameters, checks, coefficients, outputs."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Sequence
from numbers import Integral, Real
from operator import index
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import ArrayLike, DTypeLike
from sklearn.callback import CallbackSupportMixin
from sklearn.utils import Tags, check_random_state
from sklearn.utils._param_validation import Interval, Options, StrOptions
from sklearn.utils.optimize import _check_optimize_result
from sklearn.utils.validation import _check_sample_weight, check_is_fitted

from ..core.activations import ACTIVATIONS, Activation
from ..core.arrays import Array, DType
from ..core.blocks import output_in_blocks
from ..core.initializers import INITIALIZERS, Initializer
from ..core.losses import LOSSES, Loss
from ..core.network import Network
from ..core.propagation import Forward, forward_phase
from ..optimizers import RULES
from ..optimizers.rule import Rule
from ..registry import Registry
from ..training.choices import ENGINES
from ..training.examples import Examples
from ..training.history import History
from ..training.run import Run
from .checks import checked_array, checked_rows
from .fitting import NOT_FINITE, fit_by_run
from .given import ActivationOrName, ArrayOrFrame, HeldOut, InitializerOrPair, Scorer, Solver
from .lbfgs import loss_and_packed_gradient, minimize, pack, unpack
from .losses import loss_of
from .network import (
    ACTIVATION_NAMES,
    INPUT,
    OUTPUT_NAMES,
    activation_of,
    each_layer,
    make_network,
    parameters_of,
    start_of,
)
from .pickled import PickledWithoutRows
from .poisson import Exponential
from .solvers import STOCHASTIC, SolverState

_BOOKS = ("loss_curve_", "best_loss_", "validation_scores_", "best_validation_score_")


def _names(registry: Registry[Any], *others: str) -> StrOptions:
    return StrOptions({*registry, *registry.also, *others})


class BaseMLP(CallbackSupportMixin, PickledWithoutRows, ABC):
    """A multi-layer perceptron by scikit-learn's conventions, trained by ours."""

    _parameter_constraints: dict[str, list[object]] = {  # noqa: RUF012 - scikit-learn's own convention
        "hidden_layer_sizes": ["array-like", Interval(Integral, 1, None, closed="left")],
        "activation": [_names(ACTIVATIONS, *ACTIVATION_NAMES), Activation, list, tuple],
        "solver": [_names(RULES, *STOCHASTIC), Rule, tuple],  # a rule of optax is a tuple
        "alpha": [Interval(Real, 0, None, closed="left")],
        "batch_size": [StrOptions({"auto"}), Interval(Integral, 1, None, closed="left")],
        "learning_rate": [StrOptions({"constant", "invscaling", "adaptive"})],
        "learning_rate_init": [Interval(Real, 0, None, closed="neither")],
        "power_t": [Interval(Real, 0, None, closed="left")],
        "max_iter": [Interval(Integral, 1, None, closed="left")],
        "loss": [_names(LOSSES, "squared_error", "poisson", "log_loss"), Loss],
        "shuffle": ["boolean"],
        "random_state": ["random_state"],
        "tol": [Interval(Real, 0, None, closed="left")],
        "verbose": ["verbose"],
        "warm_start": ["boolean"],
        "momentum": [Interval(Real, 0, 1, closed="both")],
        "nesterovs_momentum": ["boolean"],
        "early_stopping": ["boolean"],
        "validation_fraction": [Interval(Real, 0, 1, closed="left")],
        "beta_1": [Interval(Real, 0, 1, closed="left")],
        "beta_2": [Interval(Real, 0, 1, closed="left")],
        "epsilon": [Interval(Real, 0, None, closed="neither")],
        "n_iter_no_change": [Interval(Integral, 1, None, closed="left"), Options(Real, {np.inf})],
        "max_fun": [Interval(Integral, 1, None, closed="left")],
        "init": [_names(INITIALIZERS, "sklearn", "auto"), Initializer, list, tuple],
        "out_activation": [None, _names(ACTIVATIONS, *ACTIVATION_NAMES), Activation],
        "dropout": [Interval(Real, 0, 1, closed="left"), list, tuple],
        "frozen": [list, tuple],
        "scoring": [None, str, callable],
        "dtype": [None, StrOptions({"float32", "float64"}), type, np.dtype],
        "engine": [StrOptions(set(ENGINES))],
    }

    hidden_layer_sizes: int | Sequence[int]
    activation: ActivationOrName | Sequence[ActivationOrName]
    solver: Solver
    alpha: float
    batch_size: int | Literal["auto"]
    learning_rate: Literal["constant", "invscaling", "adaptive"]
    learning_rate_init: float
    power_t: float
    max_iter: int
    loss: str | Loss
    shuffle: bool
    random_state: int | np.random.RandomState | None
    tol: float
    verbose: bool | int
    warm_start: bool
    momentum: float
    nesterovs_momentum: bool
    early_stopping: bool
    validation_fraction: float
    beta_1: float
    beta_2: float
    epsilon: float
    n_iter_no_change: float
    max_fun: int
    init: InitializerOrPair
    out_activation: ActivationOrName | None
    dropout: float | Sequence[float]
    frozen: Sequence[int]
    scoring: str | Scorer | None
    dtype: DTypeLike | None
    engine: str

    coefs_: list[np.ndarray]
    intercepts_: list[np.ndarray]
    n_iter_: int
    t_: int
    loss_: float
    loss_curve_: list[float]
    best_loss_: float | None
    validation_scores_: list[float] | None
    best_validation_score_: float | None
    validation_curve_: list[float] | None
    run_: Run
    n_features_in_: int
    _optimizer: SolverState
    _random_state: np.random.RandomState
    _fitted_output: Activation
    """Of the last fit, whatever `loss` is set to since."""
    _no_improvement_count: int
    _best_coefs: list[np.ndarray]
    _best_intercepts: list[np.ndarray]
    _known_network: tuple[tuple[object, ...], Network]

    @abstractmethod
    def _validate_input(
        self, X: ArrayOrFrame, y: ArrayOrFrame, incremental: bool, reset: bool
    ) -> tuple[Array, np.ndarray]:
        """X and y, checked and encoded, y as (rows, outputs)."""

    @abstractmethod
    def _encoded(self, y: Array, dtype: DType) -> np.ndarray:
        """y as (rows, outputs)."""

    @abstractmethod
    def _output(self) -> ActivationOrName:
        """The output activation of the loss."""

    @abstractmethod
    def _predict_from(self, outputs: np.ndarray) -> Array:
        """Predictions from the outputs of the network."""

    @abstractmethod
    def _score_of(self, y: np.ndarray, predicted: np.ndarray, weight: np.ndarray | None) -> float:
        """What early stopping watches, if nothing else is said."""

    def _row_weights(self, y: ArrayOrFrame, sample_weight: ArrayLike | None) -> ArrayLike | None:
        """The weights of rows, with those of their classes."""
        return sample_weight

    def _fit(
        self,
        X: ArrayOrFrame,
        y: ArrayOrFrame,
        sample_weight: ArrayLike | None,
        incremental: bool = False,
        held: HeldOut | None = None,
    ) -> Self:
        sizes = self._sizes()
        first = not hasattr(self, "coefs_") or (not self.warm_start and not incremental)
        weights = self._row_weights(y, sample_weight)
        rows, Y = self._validate_input(X, y, incremental, reset=first)
        weight: np.ndarray | None = None
        if weights is not None:
            weight = _check_sample_weight(weights, rows, dtype=rows.dtype, ensure_non_negative=True)
        self._random_state = check_random_state(self.random_state)
        self.n_outputs_ = Y.shape[1]
        self._fitted_output = activation_of(self._output())
        name = "exp" if isinstance(self._fitted_output, Exponential) else ACTIVATIONS.name_of(self._fitted_output)
        self.out_activation_ = OUTPUT_NAMES.get(name, name)
        if first:
            self._initialize([rows.shape[1], *sizes, Y.shape[1]], rows.dtype)
        elif (rows.shape[1], Y.shape[1]) != (len(self.coefs_[0]), len(self.intercepts_[-1])):
            raise ValueError(
                f"X has {rows.shape[1]} features and y {Y.shape[1]} outputs; the network that was fitted has "
                f"{len(self.coefs_[0])} and {len(self.intercepts_[-1])}"
            )
        elif self.dtype is None:
            rows, Y = (part.astype(self.coefs_[0].dtype, copy=False) for part in (rows, Y))
            weight = None if weight is None else weight.astype(rows.dtype, copy=False)
        net = self._network()
        self._known_network = self._made_for(), net
        loss = self._loss_of()
        loss.check(net.output.activation)
        if isinstance(self.solver, str) and self.solver == "lbfgs":
            self._fit_lbfgs(net, loss, rows, Y, weight)
        else:
            if incremental and self.early_stopping:
                raise ValueError("partial_fit does not support early_stopping=True")
            self._open_books()
            rows_held = None if held is None else self._held(held, rows.dtype)
            fit_by_run(self, net, loss, Examples({INPUT: rows}, Y, weight), rows_held, first, incremental)
        return self

    def _types(self) -> type | tuple[type, ...]:
        """The types that X may have, the first if it has another."""
        return (np.float64, np.float32) if self.dtype is None else np.dtype(self.dtype).type

    @staticmethod
    def _held_out(X_val: ArrayOrFrame | None, y_val: ArrayOrFrame | None, weight: ArrayLike | None) -> HeldOut | None:
        """Rows to hold out, if there are; raises ValueError for rows without targets, or targets without rows."""
        if X_val is not None and y_val is not None:
            return HeldOut(X_val, y_val, weight)
        if X_val is not None or y_val is not None:
            raise ValueError("X_val and y_val belong together: give both, or neither")
        return None

    def _held(self, held: HeldOut, dtype: DType) -> Examples:
        """Rows of one's own to hold out, checked and encoded."""
        rows = checked_rows(self, held.X, dtype)
        Y = self._encoded(checked_array(held.y), dtype)
        if Y.shape != (rows.shape[0], self.n_outputs_):
            raise ValueError(f"y_val has shape {Y.shape}; it must be ({rows.shape[0]}, {self.n_outputs_}), as X_val")
        weight = None if held.weight is None else _check_sample_weight(held.weight, rows, dtype=dtype)
        return Examples({INPUT: rows}, Y, weight)

    def _sizes(self) -> list[int]:
        """The sizes of the hidden layers."""
        given = self.hidden_layer_sizes
        sizes = list(given) if isinstance(given, Iterable) else [given]
        if any(not size > 0 for size in sizes):
            raise ValueError(f"hidden_layer_sizes must be > 0, got {sizes}.")
        return [index(size) for size in sizes]

    def _loss_of(self) -> Loss:
        return loss_of(self.loss, self.n_outputs_, self.solver)

    def _network(self) -> Network:
        """The network that the coefficients are of."""
        made_for = self._made_for()
        known = self.__dict__.get("_known_network")
        if known is not None and known[0] == made_for:
            return known[1]
        return self._network_of([len(self.coefs_[0]), *(len(b) for b in self.intercepts_)])

    def _made_for(self) -> tuple[object, ...]:
        """All that the network comes from."""
        units = (len(self.coefs_[0]), *map(len, self.intercepts_))
        return units, self.activation, self._fitted_output, self.dropout

    def _network_of(self, units: Sequence[int]) -> Network:
        hidden = len(units) - 2
        activations = each_layer("activation", self.activation, hidden)
        return make_network(units, activations, self._fitted_output, each_layer("dropout", self.dropout, hidden))

    def _initialize(self, units: Sequence[int], dtype: DType) -> None:
        """Initial coefficients, and closed books."""
        self.n_iter_ = self.t_ = 0
        self.n_layers_ = len(units)
        net = self._network_of(units)
        self.coefs_, self.intercepts_ = start_of(net, self.init, self.activation, self._random_state, dtype)
        self.validation_curve_ = None
        for name in (*_BOOKS, "_optimizer"):
            vars(self).pop(name, None)

    def _open_books(self) -> None:
        """The books of a solver that goes epoch by epoch, where they are not open, or of the other kind."""
        if not hasattr(self, "loss_curve_"):
            self.loss_curve_, self._no_improvement_count = [], 0
        if self.early_stopping and getattr(self, "validation_scores_", None) is None:
            self.validation_scores_, self.best_validation_score_, self.best_loss_ = [], -np.inf, None
            self._best_coefs, self._best_intercepts = self.coefs_, self.intercepts_
        elif not self.early_stopping and getattr(self, "best_loss_", None) is None:
            self.validation_scores_, self.best_validation_score_, self.best_loss_ = None, None, np.inf

    def _fit_lbfgs(self, net: Network, loss: Loss, X: Array, Y: np.ndarray, weight: np.ndarray | None) -> None:
        """All rows in each iteration, by SciPy."""

        def objective(x: np.ndarray) -> tuple[float, np.ndarray]:
            return loss_and_packed_gradient(net, loss, x, X, Y, weight, self.alpha)

        result = minimize(
            objective,
            pack(self.coefs_, self.intercepts_),
            max_iter=self.max_iter,
            max_fun=self.max_fun,
            tol=self.tol,
            verbose=bool(self.verbose),
        )
        self.n_iter_ = _check_optimize_result("lbfgs", result, self.max_iter)
        self.loss_ = np.float64(result.fun)
        coefs, intercepts = unpack(net, result.x if self.dtype is None else result.x.astype(X.dtype))
        self.coefs_, self.intercepts_ = [W.copy() for W in coefs], [b.copy() for b in intercepts]
        if not np.isfinite(result.x).all():
            raise ValueError(NOT_FINITE)
        self.run_ = Run(
            network=net, params=parameters_of(net, self.coefs_, self.intercepts_), loss=loss,
            optimizer=RULES.get("lbfgs"), history=History(np.asarray(result.losses), None, None),
            epochs=int(result.nit), updates=int(result.nit), best_epoch=0, stopped_because="stalled",
            explanation=f"SciPy's L-BFGS-B: {result.message}", engine="numpy", seconds=math.nan, seed=0,
        )  # fmt: skip

    def _loss_grad_lbfgs(
        self, packed: np.ndarray, X: Array, y: np.ndarray, sample_weight: np.ndarray | None, *_: object
    ) -> tuple[float, np.ndarray]:
        """The loss and its gradient at coefficients and intercepts in one vector, as scikit-learn's tests ask."""
        y = np.asarray(y, packed.dtype)
        return loss_and_packed_gradient(self._network(), self._loss_of(), packed, X, y, sample_weight, self.alpha)

    def _outputs(self, X: ArrayOrFrame) -> np.ndarray:
        """The outputs of the network for rows as they come."""
        rows = self._checked(X)
        net = self._network()
        params = parameters_of(net, self.coefs_, self.intercepts_)
        with np.errstate(all="ignore"):
            return np.asarray(output_in_blocks(net, params, {INPUT: rows}))

    def _checked(self, X: ArrayOrFrame) -> Array:
        """Rows as they come, checked; plain arrays in few steps, as one row is often asked for."""
        check_is_fitted(self)
        if (
            type(X) is np.ndarray
            and X.ndim == 2
            and X.dtype.char in "fd"
            and len(X) > 0
            and X.shape[1] == self.n_features_in_
            and not hasattr(self, "feature_names_in_")
        ):
            with np.errstate(all="ignore"):
                if math.isfinite(X.sum()):
                    return X
        return checked_rows(self, X)

    def _passed(self, X: Array) -> Forward:
        net = self._network()
        return forward_phase(net, parameters_of(net, self.coefs_, self.intercepts_), {INPUT: X})

    def onnx_shape_calculator(self) -> Callable[..., None]:
        """What skl2onnx asks for to convert a pipeline with this estimator: the types of the outputs."""
        from .onnx_converter import output_types

        return output_types

    def onnx_converter(self) -> Callable[..., None]:
        """What skl2onnx asks for to convert a pipeline with this estimator: its nodes."""
        from .onnx_converter import converted

        return converted

    def forward_outputs(self, X: ArrayOrFrame) -> list[np.ndarray]:
        """The outputs (rows, units) of every layer for rows X, the output layer's last."""
        passed = self._passed(self._checked(X))
        return [np.asarray(passed.outputs[name]) for name in passed.net_inputs]

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        return tags
