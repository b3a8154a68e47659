"""A classifier by a multi-layer perceptron, in the place of scikit-learn's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, Self

import numpy as np
import scipy.sparse
from numpy.typing import ArrayLike, DTypeLike
from sklearn.base import ClassifierMixin, _fit_context
from sklearn.callback import with_callbacks
from sklearn.metrics import accuracy_score
from sklearn.preprocessing import LabelBinarizer
from sklearn.utils import Tags, column_or_1d, compute_sample_weight
from sklearn.utils._param_validation import StrOptions
from sklearn.utils.metaestimators import available_if
from sklearn.utils.multiclass import _check_partial_fit_first_call, type_of_target, unique_labels
from sklearn.utils.validation import _check_sample_weight

from ..core.arrays import Array, DType
from ..core.losses import Loss
from .base import BaseMLP
from .checks import checked_examples
from .given import ActivationOrName, ArrayOrFrame, InitializerOrPair, Scorer, Solver
from .partial import is_stochastic


class MLPClassifier(ClassifierMixin, BaseMLP):
    """A multi-layer perceptron for classes, in the place of `sklearn.neural_network.MLPClassifier`.

    Every parameter, attribute and method of scikit-learn 1.9's means the same, and from the same start, order and
    batches the coefficients are the same up to rounding. The parameters from `loss` on are ours.

    Args:
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
        scoring: What early stopping watches: None for the accuracy, "loss", a scorer or the name of one.
        dtype: "float32" or "float64"; None: that of X.
        engine: "numpy", "xla", or "auto".
        loss: "log_loss", or a name or object of `tw.losses`.
        class_weight: Weights of the classes as a dict, or "balanced": as if each had as many rows.

    Attributes are scikit-learn's (`coefs_`, `intercepts_`, `loss_curve_`, `classes_`, ...), and `run_`, the run of the
    last `fit`: `run_.step(k)` opens its update k, `tw.diagnose(estimator)` says what ails it. `validation_curve_` is
    the loss of the rows held out after each epoch. A pickled estimator leaves its training rows behind.

    Raises scikit-learn's errors; a training that diverged raises ValueError, with the largest learning rate that holds.

    >>> from sklearn.datasets import load_iris
    >>> X, y = load_iris(return_X_y=True)
    >>> MLPClassifier(random_state=0, max_iter=500).fit(X, y).score(X, y) > 0.95
    True

    Source: scikit-learn 1.9, sklearn.neural_network.
    """

    _parameter_constraints: dict[str, list[object]] = {  # noqa: RUF012 - scikit-learn's own convention
        **BaseMLP._parameter_constraints,
        "class_weight": [None, dict, StrOptions({"balanced"})],
    }

    def __init__(
        self,
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
        loss: str | Loss = "log_loss",
        init: InitializerOrPair = "sklearn",
        out_activation: ActivationOrName | None = None,
        dropout: float | Sequence[float] = 0.0,
        frozen: Sequence[int] = (),
        scoring: str | Scorer | None = None,
        dtype: DTypeLike | None = None,
        engine: str = "auto",
        class_weight: Mapping[str, float] | Mapping[int, float] | Literal["balanced"] | None = None,
    ) -> None:
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
        self.loss = loss
        self.init = init
        self.out_activation = out_activation
        self.dropout = dropout
        self.frozen = frozen
        self.scoring = scoring
        self.dtype = dtype
        self.engine = engine
        self.class_weight = class_weight

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
        """Train on rows X (rows, features), dense or sparse, of classes y (rows,), or of labels (rows, labels) of 0/1.

        `X_val`, `y_val` are rows of one's own to hold out, in place of a share of X.
        """
        return self._fit(X, y, sample_weight, held=self._held_out(X_val, y_val, sample_weight_val))

    @available_if(is_stochastic)
    @_fit_context(prefer_skip_nested_validation=True)
    def partial_fit(
        self, X: ArrayOrFrame, y: ArrayOrFrame, sample_weight: ArrayLike | None = None, classes: ArrayLike | None = None
    ) -> Self:
        """One more epoch over rows X of classes y; the first call names all `classes` that will come."""
        if _check_partial_fit_first_call(self, classes):
            self._label_binarizer = LabelBinarizer()
            self._label_binarizer.fit(y if type_of_target(y).startswith("multilabel") else classes)
        return self._fit(X, y, sample_weight, incremental=True)

    def predict(self, X: ArrayOrFrame) -> Array:
        """The class of each row; for labels, 0/1 of each (rows, labels), sparse if those to fit were."""
        return self._predict_from(self._outputs(X))

    def predict_proba(self, X: ArrayOrFrame) -> np.ndarray:
        """The probability (rows, classes) of each class, in the order of `classes_`."""
        outputs = self._outputs(X)
        return np.hstack([1 - outputs, outputs]) if self.n_outputs_ == 1 else outputs

    def predict_log_proba(self, X: ArrayOrFrame) -> np.ndarray:
        """The logarithm of `predict_proba`."""
        with np.errstate(divide="ignore"):
            return np.log(self.predict_proba(X))

    def _validate_input(
        self, X: ArrayOrFrame, y: ArrayOrFrame, incremental: bool, reset: bool
    ) -> tuple[Array, np.ndarray]:
        rows, targets = checked_examples(self, X, y, self._types(), reset=reset)
        if targets.ndim == 2 and targets.shape[1] == 1:
            targets = column_or_1d(targets, warn=True)
        if not hasattr(self, "classes_") or (not self.warm_start and not incremental):
            self._label_binarizer = LabelBinarizer().fit(targets)
            self.classes_ = self._label_binarizer.classes_
        else:
            found = unique_labels(targets)
            if self.warm_start:
                if set(found) != set(self.classes_):
                    raise ValueError(
                        "warm_start can only be used where `y` has the same classes as in the previous call to fit. "
                        f"Previously got {self.classes_}, `y` has {found}"
                    )
            elif len(np.setdiff1d(found, self.classes_, assume_unique=True)):
                raise ValueError(
                    f"`y` has classes not in `self.classes_`. `self.classes_` has {self.classes_}. 'y' has {found}."
                )
        return rows, self._encoded(targets, rows.dtype)

    def _encoded(self, y: Array, dtype: DType) -> np.ndarray:
        if scipy.sparse.issparse(y) or y.ndim == 2 or "multilabel" in self._label_binarizer.y_type_:
            return self._label_binarizer.transform(y).astype(dtype)
        count = len(self.classes_)
        numbers = np.searchsorted(self.classes_, y).clip(max=count - 1)
        foreign = np.flatnonzero(self.classes_[numbers] != y)
        if len(foreign):
            found = y[foreign[:1]].tolist()[0]
            raise ValueError(f"row {foreign[0]} has the class {found!r}; `self.classes_` has {self.classes_}")
        if count < 3:
            return numbers.astype(dtype)[:, None]
        one_hot = np.zeros((len(y), count), dtype)
        one_hot[np.arange(len(y)), numbers] = 1
        return one_hot

    def _row_weights(self, y: ArrayOrFrame, sample_weight: ArrayLike | None) -> ArrayLike | None:
        if self.class_weight is None:
            return sample_weight
        by_class = compute_sample_weight(self.class_weight, y)
        return by_class if sample_weight is None else by_class * _check_sample_weight(sample_weight, y)

    def _output(self) -> ActivationOrName:
        if self.out_activation is not None:
            return self.out_activation
        return "softmax" if self._label_binarizer.y_type_ == "multiclass" else "logistic"

    def _predict_from(self, outputs: np.ndarray) -> Array:
        match self._label_binarizer.y_type_:
            case "multiclass":
                return self.classes_[outputs.argmax(axis=1)]
            case "binary" if len(self.classes_) == 2:
                return self.classes_[(outputs[:, 0] > 0.5).astype(np.intp)]
            case _:
                one_column = outputs.ravel() if self.n_outputs_ == 1 else outputs
                return self._label_binarizer.inverse_transform(one_column)

    def _score_of(self, y: np.ndarray, predicted: np.ndarray, weight: np.ndarray | None) -> float:
        if isinstance(y, np.ndarray) and y.ndim == 1:  # the same, without checks that cost more than an epoch
            return float(np.average(y == predicted, weights=weight))
        return float(accuracy_score(y, predicted, sample_weight=weight))

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = True
        return tags
