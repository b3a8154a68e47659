"""A regressor by a multi-layer perceptron, in the place of scikit-learn's."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, Self

import numpy as np
from numpy.typing import ArrayLike, DTypeLike
from sklearn.base import RegressorMixin, _fit_context
from sklearn.callback import with_callbacks
from sklearn.metrics import r2_score
from sklearn.utils import column_or_1d
from sklearn.utils.metaestimators import available_if

from ..core.arrays import Array, DType
from ..core.losses import Loss
from .base import BaseMLP
from .checks import checked_examples
from .given import ActivationOrName, ArrayOrFrame, InitializerOrPair, Scorer, Solver
from .partial import is_stochastic


class MLPRegressor(RegressorMixin, BaseMLP):
    """A multi-layer perceptron for numbers, in the place of `sklearn.neural_network.MLPRegressor`.

    Every parameter, attribute and method of scikit-learn 1.9's means the same, and from the same start, order and
    batches the coefficients are the same up to rounding. The parameters from `init` on are ours.

    Args:
        loss: "squared_error" (½ of it), "poisson" (half the deviance, with an output of e^n), or a name or object of
            `tw.losses`.
        hidden_layer_sizes: The units of each hidden layer; () for none.
        activation: Of the hidden layers, by scikit-learn's names or those of `tw.activations`; or a list with one for
            each.
        solver: "adam", "sgd" or "lbfgs" as scikit-learn's; or a name or object of `tw.optimizers`, such as "rprop",
            "lm" or "scg", with `learning_rate_init` if it has a learning rate.
        alpha: Adds alpha/2 Σ w² over the weights, divided by the rows of the batch, to the loss.
        batch_size: Rows an update; "auto": 200 or all, and all for rules that need them.
        learning_rate: "constant", "invscaling" or "adaptive", for solvers with a learning rate other than "adam".
        learning_rate_init: The learning rate, at first.
        power_t: The exponent of "invscaling": the rate is learning_rate_init / (samples presented + 1) ** power_t.
        max_iter: Epochs at most (iterations, for "lbfgs").
        shuffle: Whether rows are presented in another order in each epoch.
        random_state: Of the initial weights, the split and the order of rows.
        tol: By how much a loss or score must be better to count.
        verbose: Whether each epoch's loss is printed.
        warm_start: Whether `fit` goes on from the coefficients that are there.
        momentum: Of "sgd".
        nesterovs_momentum: Whether that is Nesterov's.
        early_stopping: Whether rows are held out, and training stops when their score is no better.
        validation_fraction: The share of the rows held out.
        beta_1: Of "adam".
        beta_2: Of "adam".
        epsilon: Of "adam".
        n_iter_no_change: Stop when more epochs than this, one after another, were no better by `tol`.
        max_fun: Evaluations of the loss at most, for "lbfgs".
        init: The initial weights: as scikit-learn draws them ("sklearn"), by a name or object of `tw.initializers`, or
            a pair (coefs, intercepts).
        out_activation: The output function; None: what fits the loss.
        dropout: The share of each hidden layer's outputs that is dropped in training, or a list with one for each.
        frozen: Numbers of layers that are left as they are, counted from 0.
        scoring: What early stopping watches: None for R², "loss", a scorer or the name of one.
        dtype: "float32" or "float64"; None: that of X.
        engine: "numpy", "xla", or "auto".

    Attributes are scikit-learn's (`coefs_`, `intercepts_`, `loss_curve_`, ...), and `run_`, the run of the last `fit`:
    `run_.step(k)` opens its update k, `tw.diagnose(estimator)` says what ails it. `validation_curve_` is the loss of
    the rows held out after each epoch. A pickled estimator leaves its training rows behind.

    Raises scikit-learn's errors; a training that diverged raises ValueError, with the largest learning rate that holds.

    >>> import numpy as np
    >>> X = np.linspace(-1, 1, 200)[:, None]
    >>> MLPRegressor(hidden_layer_sizes=(20,), solver="lm", max_iter=100, random_state=0).fit(X, X[:, 0] ** 2).score(
    ...     X, X[:, 0] ** 2
    ... ) > 0.999
    True

    Source: scikit-learn 1.9, sklearn.neural_network.
    """

    def __init__(
        self,
        loss: str | Loss = "squared_error",
        hidden_layer_sizes: int | Sequence[int] = (100,),
        activation: ActivationOrName | Sequence[ActivationOrName] = "relu",
        *,
        solver: Solver = "adam",
        alpha: float = 0.0001,
        batch_size: int | Literal["auto"] = "auto",
        learning_rate: Literal["constant", "invscaling", "adaptive"] = "constant",
        learning_rate_init: float = 0.001,
        power_t: float = 0.5,
        max_iter: int = 200,
        shuffle: bool = True,
        random_state: int | np.random.RandomState | None = None,
        tol: float = 1e-4,
        verbose: bool | int = False,
        warm_start: bool = False,
        momentum: float = 0.9,
        nesterovs_momentum: bool = True,
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-8,
        n_iter_no_change: float = 10,
        max_fun: int = 15000,
        init: InitializerOrPair = "sklearn",
        out_activation: ActivationOrName | None = None,
        dropout: float | Sequence[float] = 0.0,
        frozen: Sequence[int] = (),
        scoring: str | Scorer | None = None,
        dtype: DTypeLike | None = None,
        engine: str = "auto",
    ) -> None:
        self.loss = loss
        self.hidden_layer_sizes = hidden_layer_sizes
        self.activation = activation
        self.solver = solver
        self.alpha = alpha
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.learning_rate_init = learning_rate_init
        self.power_t = power_t
        self.max_iter = max_iter
        self.shuffle = shuffle
        self.random_state = random_state
        self.tol = tol
        self.verbose = verbose
        self.warm_start = warm_start
        self.momentum = momentum
        self.nesterovs_momentum = nesterovs_momentum
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.beta_1 = beta_1
        self.beta_2 = beta_2
        self.epsilon = epsilon
        self.n_iter_no_change = n_iter_no_change
        self.max_fun = max_fun
        self.init = init
        self.out_activation = out_activation
        self.dropout = dropout
        self.frozen = frozen
        self.scoring = scoring
        self.dtype = dtype
        self.engine = engine

    @_fit_context(prefer_skip_nested_validation=True)
    @with_callbacks
    def fit(
        self,
        X: ArrayOrFrame,
        y: ArrayOrFrame,
        sample_weight: ArrayLike | None = None,
        X_val: ArrayOrFrame | None = None,
        y_val: ArrayOrFrame | None = None,
        sample_weight_val: ArrayLike | None = None,
    ) -> Self:
        """Train on rows X (rows, features), dense or sparse, of targets y (rows,) or (rows, outputs).

        `X_val`, `y_val` are rows of one's own to hold out, in place of a share of X.
        """
        return self._fit(X, y, sample_weight, held=self._held_out(X_val, y_val, sample_weight_val))

    @available_if(is_stochastic)
    @_fit_context(prefer_skip_nested_validation=True)
    def partial_fit(self, X: ArrayOrFrame, y: ArrayOrFrame, sample_weight: ArrayLike | None = None) -> Self:
        """One more epoch over rows X of targets y."""
        return self._fit(X, y, sample_weight, incremental=True)

    def predict(self, X: ArrayOrFrame) -> np.ndarray:
        """The targets (rows,), or (rows, outputs), for rows X."""
        return self._predict_from(self._outputs(X))

    def _validate_input(
        self, X: ArrayOrFrame, y: ArrayOrFrame, incremental: bool, reset: bool
    ) -> tuple[Array, np.ndarray]:
        rows, targets = checked_examples(self, X, y, self._types(), reset=reset, y_numeric=True)
        if targets.ndim == 2 and targets.shape[1] == 1:
            targets = column_or_1d(targets, warn=True)
        return rows, self._encoded(targets, rows.dtype)

    def _encoded(self, y: Array, dtype: DType) -> np.ndarray:
        encoded = np.asarray(y).astype(dtype)
        encoded = encoded.reshape(-1, 1) if encoded.ndim == 1 else encoded
        if isinstance(self.loss, str) and self.loss == "poisson" and (encoded < 0).any():
            raise ValueError("y has values below 0, and loss='poisson' is for counts: use loss='squared_error'")
        return encoded

    def _output(self) -> ActivationOrName:
        if self.out_activation is not None:
            return self.out_activation
        return "exp" if isinstance(self.loss, str) and self.loss == "poisson" else "identity"

    def _predict_from(self, outputs: np.ndarray) -> np.ndarray:
        return outputs.ravel() if outputs.shape[1] == 1 else outputs

    def _score_of(self, y: np.ndarray, predicted: np.ndarray, weight: np.ndarray | None) -> float:
        return float(r2_score(y, predicted, sample_weight=weight))
