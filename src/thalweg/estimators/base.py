"""What the estimators of a multi-layer perceptron share: from `fit` to a run, and from a run to `coefs_`."""

from __future__ import annotations

import dataclasses
import math
import warnings
from collections.abc import Callable, Sequence
from numbers import Integral, Real
from typing import Any

import numpy as np
import scipy.sparse
from sklearn.base import BaseEstimator, is_classifier
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import check_scoring
from sklearn.model_selection import train_test_split
from sklearn.utils import check_array, check_random_state
from sklearn.utils._param_validation import Interval, Options, StrOptions
from sklearn.utils.optimize import _check_optimize_result
from sklearn.utils.validation import _check_sample_weight, check_is_fitted, validate_data

from ..core.activations import ACTIVATIONS, Activation
from ..core.blocks import output_in_blocks
from ..core.initializers import INITIALIZERS, Initializer
from ..core.losses import LOSSES, Loss
from ..core.network import Network
from ..core.propagation import forward_phase, total_loss
from ..optimizers import RULES
from ..optimizers.full_batch import FullBatchRule
from ..optimizers.resilient import Rprop
from ..training.choices import ENGINES
from ..training.examples import Examples
from ..training.fit import drive
from ..training.given_order import GivenOrder
from ..training.history import History
from ..training.options import TrainingOptions
from ..training.recipe import Recipe, make_recipe
from ..training.run import Run
from ..training.unlogged import unlogged
from .lbfgs import loss_and_packed_gradient, minimize, pack, unpack
from .losses import loss_of
from .network import (
    ACTIVATION_NAMES,
    INPUT,
    OUTPUT_NAMES,
    activation_of,
    coefs_of,
    each_layer,
    make_network,
    parameters_of,
    start_of,
)
from .shuffling import EpochShuffles
from .solvers import STOCHASTIC, EpochRates, SolverState, has_rate, inverse_scaled, rule_of
from .watching import EpochWatch

_NOT_FINITE = (
    "Solver produced non-finite parameter weights. The input data may contain large values and need to be preprocessed."
)


def _names(registry: Any, *others: str) -> StrOptions:
    return StrOptions({*registry, *others})


class BaseMLP(BaseEstimator):
    """A multi-layer perceptron by scikit-learn's conventions, trained by ours."""

    _parameter_constraints: dict[str, list[Any]] = {  # noqa: RUF012 - scikit-learn's own convention
        "hidden_layer_sizes": ["array-like", Interval(Integral, 1, None, closed="left")],
        "activation": [_names(ACTIVATIONS, *ACTIVATION_NAMES), Activation, list, tuple],
        "solver": [_names(RULES, *STOCHASTIC, "lbfgs"), object],
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

    def _validate_input(self, X: Any, y: Any, incremental: bool, reset: bool) -> tuple[Any, np.ndarray]:
        """X and y, checked and encoded, y as (rows, outputs)."""
        raise NotImplementedError

    def _output(self) -> Any:
        """The output activation of the loss."""
        raise NotImplementedError

    def _predict_from(self, outputs: np.ndarray) -> np.ndarray:
        """Predictions from the outputs of the network."""
        raise NotImplementedError

    def _row_weights(self, y: Any, sample_weight: Any) -> Any:
        """The weights of rows, with those of their classes."""
        return sample_weight

    def _fit(self, X: Any, y: Any, sample_weight: Any = None, incremental: bool = False, validation: Any = None) -> Any:
        sizes = self._sizes()
        first_pass = not hasattr(self, "coefs_") or (not self.warm_start and not incremental)
        weight = self._row_weights(y, sample_weight)
        X, Y = self._validate_input(X, y, incremental, reset=first_pass)
        if weight is not None:
            weight = _check_sample_weight(weight, X, dtype=X.dtype, ensure_non_negative=True)
            if not weight.any():
                raise ValueError("sample_weight is 0 everywhere: some sample must count")
        self._random_state = check_random_state(self.random_state)
        self.n_outputs_ = Y.shape[1]
        if first_pass:
            self._initialize([X.shape[1], *sizes, Y.shape[1]], X.dtype)
        elif (X.shape[1], Y.shape[1]) != (len(self.coefs_[0]), len(self.intercepts_[-1])):
            raise ValueError(
                f"X has {X.shape[1]} features and y {Y.shape[1]} outputs; the network that was fitted has "
                f"{len(self.coefs_[0])} and {len(self.intercepts_[-1])}"
            )
        net = self._network()
        loss = loss_of(self.loss, self.n_outputs_, self.solver)
        loss.check(net.output.activation)
        if isinstance(self.solver, str) and self.solver == "lbfgs":
            self._fit_lbfgs(net, loss, X, Y, weight)
        else:
            if incremental and self.early_stopping:
                raise ValueError("partial_fit does not support early_stopping=True")
            self._fit_by_run(net, loss, X, Y, weight, first_pass, incremental, validation)
        return self

    def _types(self) -> Any:
        """The types that X may have, the first if it has another."""
        return (np.float64, np.float32) if self.dtype is None else np.dtype(self.dtype).type

    @staticmethod
    def _check_validation(X_val: Any, y_val: Any) -> None:
        """Raise ValueError for rows without targets, or targets without rows."""
        if (X_val is None) != (y_val is None):
            raise ValueError("X_val and y_val belong together: give both, or neither")

    def _held(self, X_val: Any, y_val: Any, weight: Any, dtype: Any) -> tuple[Any, np.ndarray, Any]:
        """Rows of one's own to hold out, checked and encoded."""
        X_val = validate_data(self, X_val, accept_sparse=["csr", "csc"], dtype=dtype, reset=False)
        Y = self._encoded(check_array(y_val, ensure_2d=False, dtype=None), dtype)
        if Y.shape != (X_val.shape[0], self.n_outputs_):
            raise ValueError(f"y_val has shape {Y.shape}; it must be ({X_val.shape[0]}, {self.n_outputs_}), as X_val")
        return X_val, Y, None if weight is None else _check_sample_weight(weight, X_val, dtype=dtype)

    def _sizes(self) -> list[int]:
        """The sizes of the hidden layers."""
        sizes = self.hidden_layer_sizes
        sizes = list(sizes) if hasattr(sizes, "__iter__") else [sizes]
        if any(not size > 0 for size in sizes):
            raise ValueError(f"hidden_layer_sizes must be > 0, got {sizes}.")
        return sizes

    def _network(self) -> Network:
        """The network that the coefficients are of."""
        units = [len(self.coefs_[0]), *(len(b) for b in self.intercepts_)]
        hidden = len(units) - 2
        activations = each_layer("activation", self.activation, hidden)
        return make_network(units, activations, self._output(), each_layer("dropout", self.dropout, hidden))

    def _initialize(self, units: Sequence[int], dtype: Any) -> None:
        """Initial coefficients, and books without an entry."""
        self.n_iter_ = self.t_ = 0
        self.n_layers_ = len(units)
        output = activation_of(self._output())
        name = ACTIVATIONS.name_of(output)
        self.out_activation_ = OUTPUT_NAMES.get(name, name)
        hidden = len(units) - 2
        activations = each_layer("activation", self.activation, hidden)
        net = make_network(units, activations, output, [0.0] * hidden)
        self.coefs_, self.intercepts_ = start_of(net, self.init, activations, self._random_state, dtype)
        self.loss_curve_: list[float] = []
        self._no_improvement_count = 0
        self.validation_scores_ = [] if self.early_stopping else None
        self.best_validation_score_ = -np.inf if self.early_stopping else None
        self.best_loss_ = None if self.early_stopping else np.inf
        self.validation_curve_: list[float] | None = None
        self.__dict__.pop("_optimizer", None)

    def _fit_lbfgs(self, net: Network, loss: Loss, X: Any, Y: np.ndarray, weight: np.ndarray | None) -> None:
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
        self.loss_ = float(result.fun)
        coefs, intercepts = unpack(net, result.x.astype(X.dtype))
        self.coefs_, self.intercepts_ = [W.copy() for W in coefs], [b.copy() for b in intercepts]
        if not np.isfinite(result.x).all():
            raise ValueError(_NOT_FINITE)
        self.run_ = Run(
            network=net, params=parameters_of(net, self.coefs_, self.intercepts_), loss=loss,
            optimizer=RULES.get("lbfgs"), history=History(np.asarray(result.losses), None, None),
            epochs=int(result.nit), updates=int(result.nit), best_epoch=0, stopped_because="stalled",
            explanation=f"SciPy's L-BFGS-B: {result.message}", engine="numpy", seconds=math.nan, seed=0,
        )  # fmt: skip

    def _loss_grad_lbfgs(
        self, packed: np.ndarray, X: Any, y: np.ndarray, sample_weight: np.ndarray | None, *_: Any
    ) -> tuple[float, np.ndarray]:
        """The loss and its gradient at coefficients and intercepts in one vector, as scikit-learn's tests ask for it."""
        net = self._network()
        loss = loss_of(self.loss, self.n_outputs_, self.solver)
        return loss_and_packed_gradient(net, loss, packed, X, np.asarray(y, packed.dtype), sample_weight, self.alpha)

    def _fit_by_run(
        self,
        net: Network,
        loss: Loss,
        X: Any,
        Y: np.ndarray,
        weight: np.ndarray | None,
        first_pass: bool,
        incremental: bool,
        validation: Any,
    ) -> None:
        """Epoch after epoch, by a run of ours."""
        if not incremental or not hasattr(self, "_optimizer"):
            self._optimizer = SolverState(float(self.learning_rate_init))
        held = None if validation is None or validation[0] is None else validation
        if held is not None:
            held = self._held(*held, X.dtype)
        elif self.early_stopping:
            X, Y, weight, held = self._split(X, Y, weight)
        watched = bool(incremental or held is not None or self.verbose or self.learning_rate == "adaptive")
        watched = watched or not first_pass
        recipe, shuffles, rates = self._recipe(net, loss, X, Y, weight, held, tolerates=not watched)
        if incremental:
            recipe = dataclasses.replace(recipe, epochs=1)
        watch = None
        if watched:
            score = self._scorer(net, loss, held) if self.early_stopping else None
            watch = EpochWatch(self, len(Y), rates, score, once=incremental)
        self.n_iter_ = 0
        with unlogged():
            run = drive(recipe, callbacks=[] if watch is None else [watch])
        if watch is None:
            self._book(run, len(Y), rates)
        assert run.checkpoint is not None
        self._optimizer.rule = run.checkpoint.state.rule_state
        self._optimizer.kind = (recipe.program.rule, recipe.program.flat)
        self.coefs_, self.intercepts_ = coefs_of(recipe.program.unpack(run.checkpoint.state.x))
        if watch is not None and self.early_stopping:
            self.coefs_, self.intercepts_ = self._best_coefs, self._best_intercepts
        self._keep(run, watch, held is not None)
        if shuffles is not None and not isinstance(self.random_state, Integral):
            shuffles.leave(self._random_state, self.n_iter_)
        if run.stopped_because == "interrupted":
            warnings.warn("Training interrupted by user.", stacklevel=4)
        ended = run.stopped_because == "epochs" and self.n_iter_ == self.max_iter and not incremental
        if ended and not (watch is not None and watch.message):
            warnings.warn(
                f"Stochastic Optimizer: Maximum iterations ({self.max_iter}) reached and the optimization hasn't "
                "converged yet.",
                ConvergenceWarning,
                stacklevel=4,
            )
        diverged = run.stopped_because == "diverged" and not self.early_stopping
        if diverged or not all(np.isfinite(part).all() for part in (*self.coefs_, *self.intercepts_)):
            raise ValueError(f"{_NOT_FINITE} The training {run.explanation}")

    def _recipe(
        self,
        net: Network,
        loss: Loss,
        X: Any,
        Y: np.ndarray,
        weight: np.ndarray | None,
        held: Any,
        tolerates: bool,
    ) -> tuple[Recipe, EpochShuffles | None, EpochRates | None]:
        """What the run is made from; its order of rows and its learning rates, where these are drawn or change."""
        rows, dtype = len(Y), str(Y.dtype)
        batch_size = self._batch_size(rows)
        rates, rate = None, self._optimizer.learning_rate
        rule = rule_of(self, rate)
        changes = self.learning_rate != "constant" and has_rate(rule) and self.solver != "adam"
        kept = self._optimizer.rule
        if changes:
            first = 0 if kept is None else int(kept.step)
            rates = EpochRates(first, -(-rows // batch_size), [rate])
            if tolerates and self.learning_rate == "invscaling":
                later = (inverse_scaled(self, self.t_ + epoch * rows) for epoch in range(1, self.max_iter))
                rates.rates.extend(later)
            rule = rule_of(self, rates)
        shuffles = None
        if self.shuffle and not isinstance(rule, FullBatchRule):
            shuffles = EpochShuffles(self._random_state, rows)
        takes_all = isinstance(rule, FullBatchRule | Rprop) and self.batch_size == "auto"
        options = TrainingOptions(
            loss=loss,
            optimizer=rule,
            batch_size="all" if takes_all else batch_size,
            epochs=int(self.max_iter),
            params=parameters_of(net, self.coefs_, self.intercepts_),
            l2=float(self.alpha),
            shares_penalties=True,
            tolerance=float(self.tol) if tolerates else None,
            tolerance_epochs=2**31 - 1 if math.isinf(self.n_iter_no_change) else int(self.n_iter_no_change) + 1,
            order="sequential" if shuffles is None else GivenOrder(shuffles),
            seed=self.random_state if isinstance(self.random_state, Integral) else 0,
            dtype=dtype,
            engine="numpy" if scipy.sparse.issparse(X) else self.engine,
            frozen=[net.layers[number].name for number in self.frozen],
        )
        recipe = make_recipe(net, None, None, options, Examples({INPUT: X}, Y, weight))
        if held is not None:
            recipe = dataclasses.replace(recipe, validation=Examples({INPUT: held[0]}, held[1], held[2]))
        if kept is not None and self._optimizer.kind == (recipe.program.rule, recipe.program.flat):
            recipe = dataclasses.replace(recipe, rule_state=kept)
        return recipe, shuffles, rates

    def _batch_size(self, rows: int) -> int:
        if self.batch_size == "auto":
            return min(200, rows)
        if self.batch_size > rows:
            warnings.warn(
                "Got `batch_size` less than 1 or larger than sample size. It is going to be clipped", stacklevel=6
            )
        return min(int(self.batch_size), rows)

    def _split(self, X: Any, Y: np.ndarray, weight: np.ndarray | None) -> tuple[Any, np.ndarray, Any, Any]:
        """Rows to train on and rows held out, as scikit-learn splits them."""
        labels = Y.astype(bool) if is_classifier(self) else Y
        arrays = [X, labels] if weight is None else [X, labels, weight]
        parts = train_test_split(
            *arrays,
            random_state=self._random_state,
            test_size=self.validation_fraction,
            stratify=labels if is_classifier(self) and self._stratifies() else None,
        )
        X, X_held, labels, labels_held, *weights = parts
        if X_held.shape[0] < 2:
            raise ValueError(
                "The validation set is too small. Increase 'validation_fraction' or the size of your dataset."
            )
        weight, weight_held = weights or (None, None)
        return X, labels.astype(Y.dtype), weight, (X_held, labels_held.astype(Y.dtype), weight_held)

    def _stratifies(self) -> bool:
        return True

    def _scorer(self, net: Network, loss: Loss, held: Any) -> Callable[[Any], float]:
        """The score of parameters on the rows held out."""
        X, Y, weight = held
        if self.scoring == "loss":

            def by_loss(params: Any) -> float:
                return -float(total_loss(net, loss, forward_phase(net, params, {INPUT: X}), Y, weight))

            return by_loss
        labels = self._predict_from(Y)
        if self.scoring is None:

            def by_score(params: Any) -> float:
                outputs = forward_phase(net, params, {INPUT: X}).output
                if not np.isfinite(outputs).all():
                    return math.nan
                return float(self._score_of(labels, self._predict_from(outputs), weight))

            return by_score
        scorer = check_scoring(self, self.scoring)

        def by_scorer(params: Any) -> float:
            self.coefs_, self.intercepts_ = coefs_of(params)
            return float(scorer(self, X, labels) if weight is None else scorer(self, X, labels, sample_weight=weight))

        return by_scorer

    def _score_of(self, y: np.ndarray, predicted: np.ndarray, weight: Any) -> float:
        raise NotImplementedError

    def _book(self, run: Run, rows: int, rates: EpochRates | None) -> None:
        """The books of a run that nothing watched."""
        assert run.checkpoint is not None
        self.loss_curve_.extend(run.history.loss.tolist())
        self.n_iter_ = run.epochs
        self.t_ += rows * run.epochs
        self.loss_ = self.loss_curve_[-1] if self.loss_curve_ else math.nan
        self.best_loss_ = float(run.checkpoint.state.best_loss)
        self._no_improvement_count = int(run.checkpoint.state.idle)
        if rates is not None:
            self._optimizer.learning_rate = inverse_scaled(self, self.t_)

    def _keep(self, run: Run, watch: EpochWatch | None, validated: bool) -> None:
        """The run with the parameters that the estimator has."""
        best = run.epochs if watch is None or not self.early_stopping else watch.best_epoch
        curve = run.history.validation_loss
        if curve is not None:
            self.validation_curve_ = [*(self.validation_curve_ or []), *curve.tolist()]
        self.run_ = dataclasses.replace(
            run,
            params=parameters_of(run.network, self.coefs_, self.intercepts_),
            best_epoch=best if validated else run.best_epoch,
            explanation=watch.message if watch is not None and watch.message else run.explanation,
        )

    def _outputs(self, X: Any) -> np.ndarray:
        """The outputs of the network for rows as they come."""
        check_is_fitted(self)
        X = validate_data(self, X, accept_sparse=["csr", "csc"], reset=False)
        return self._outputs_of(X)

    def _outputs_of(self, X: Any) -> np.ndarray:
        net = self._network()
        params = parameters_of(net, self.coefs_, self.intercepts_)
        with np.errstate(all="ignore"):
            if scipy.sparse.issparse(X):
                return forward_phase(net, params, {INPUT: X}).output
            return output_in_blocks(net, params, {INPUT: X})

    def forward_outputs(self, X: Any) -> list[np.ndarray]:
        """The outputs (rows, units) of every layer for rows X, the output layer's last."""
        check_is_fitted(self)
        X = validate_data(self, X, accept_sparse=["csr", "csc"], reset=False)
        net = self._network()
        passed = forward_phase(net, parameters_of(net, self.coefs_, self.intercepts_), {INPUT: X})
        return [passed.outputs[layer.name] for layer in net.layers]

    def __getstate__(self) -> dict[str, Any]:
        """All but the examples that the run was made from."""
        state = super().__getstate__()
        if "run_" in state:
            state = {**state, "run_": dataclasses.replace(state["run_"], recipe=None, checkpoint=None)}
        return state

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        return tags
