"""From the same start, order and batches an estimator's books are scikit-learn's, attribute by attribute."""

import functools
import itertools
import warnings
from typing import Any

import numpy as np
import pytest
import scipy.sparse
from sklearn import neural_network
from sklearn.datasets import make_classification, make_multilabel_classification, make_regression
from sklearn.exceptions import ConvergenceWarning

import thalweg as tw
from thalweg.estimators import MLPClassifier, MLPRegressor

THEIRS = {MLPClassifier: neural_network.MLPClassifier, MLPRegressor: neural_network.MLPRegressor}
BOOKS = ("loss_curve_", "validation_scores_", "best_loss_", "best_validation_score_", "loss_", "n_iter_", "t_",
         "n_layers_", "n_outputs_", "out_activation_", "_no_improvement_count", "n_features_in_")  # fmt: skip


@functools.cache
def problem(kind: str) -> tuple[Any, Any, Any]:
    """An estimator's class, rows and targets."""
    match kind:
        case "two classes":
            return MLPClassifier, *make_classification(90, 6, random_state=1)
        case "four classes":
            X, y = make_classification(90, 6, n_informative=4, n_classes=4, n_clusters_per_class=1, random_state=1)
            return MLPClassifier, X, np.array(["a", "b", "c", "d"])[y]
        case "labels":
            return MLPClassifier, *make_multilabel_classification(90, 6, n_classes=3, random_state=1)
        case "a number":
            X, y = make_regression(90, 6, random_state=1)
            return MLPRegressor, X, y / 100
        case "three numbers":
            X, y = make_regression(90, 6, n_targets=3, random_state=1)
            return MLPRegressor, X, y / 100
    raise AssertionError(kind)


def fitted(estimator: Any, X: Any, y: Any, times: int = 1, **fit: Any) -> tuple[Any, list[type]]:
    """The estimator, fitted, and the kinds of its warnings."""
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        for _ in range(times):
            estimator.fit(X, y, **fit)
    return estimator, [warning.category for warning in seen]


def same(ours: Any, theirs: Any, tolerance: float = 1e-11) -> None:
    for mine, its in zip(ours.coefs_ + ours.intercepts_, theirs.coefs_ + theirs.intercepts_, strict=True):
        assert mine.shape == its.shape
        assert mine.dtype == its.dtype
        np.testing.assert_allclose(mine, its, rtol=tolerance, atol=tolerance)
    for name in BOOKS:
        mine, its = getattr(ours, name, "absent"), getattr(theirs, name, "absent")
        if its is None or isinstance(its, str):
            assert mine == its, name
        elif its != "absent":
            np.testing.assert_allclose(np.asarray(mine, float), np.asarray(its, float), rtol=1e-9, atol=1e-11)


def both(kind: str, times: int = 1, fit: dict[str, Any] | None = None, tolerance: float = 1e-11, **params: Any) -> None:
    Ours, X, y = problem(kind)
    params = {"hidden_layer_sizes": (7, 5), "max_iter": 8, "random_state": 3, "batch_size": 16, **params}
    ours, my_warnings = fitted(Ours(**params), X, y, times, **(fit or {}))
    theirs, its_warnings = fitted(THEIRS[Ours](**params), X, y, times, **(fit or {}))
    assert my_warnings == its_warnings
    same(ours, theirs, tolerance)
    np.testing.assert_allclose(
        np.asarray(ours.predict(X) == y if ours.__class__ is MLPClassifier else ours.predict(X), float),
        np.asarray(theirs.predict(X) == y if ours.__class__ is MLPClassifier else theirs.predict(X), float),
        atol=1e-8,
    )
    if Ours is MLPClassifier:
        np.testing.assert_allclose(ours.predict_proba(X), theirs.predict_proba(X), atol=1e-9)


KINDS = ("two classes", "four classes", "labels", "a number", "three numbers")
SOME = [
    pytest.param(kind, marks=[] if kind in ("four classes", "three numbers") else [pytest.mark.thorough])
    for kind in KINDS
]
"""Of the same course, which does not look at what is learnt."""


@pytest.mark.parametrize("kind", SOME)
@pytest.mark.parametrize(
    "params",
    [
        {"solver": "adam", "learning_rate_init": 0.01},
        {"solver": "sgd", "momentum": 0.0, "learning_rate_init": 0.05},
        {"solver": "sgd", "nesterovs_momentum": False, "learning_rate_init": 0.02},
        {"solver": "sgd", "nesterovs_momentum": True, "learning_rate_init": 0.02, "alpha": 0.1},
    ],
    ids=["adam", "plain", "momentum", "nesterov"],
)
def test_every_solver(kind: str, params: dict[str, Any]) -> None:
    both(kind, **params)


@pytest.mark.parametrize("activation", ["identity", "logistic", "tanh", "relu"])
@pytest.mark.parametrize("kind", ["labels", "a number"])
def test_every_activation(kind: str, activation: str) -> None:
    both(kind, activation=activation, max_iter=10)


def test_two_classes() -> None:
    both("two classes")


@pytest.mark.parametrize("kind", SOME)
@pytest.mark.parametrize(
    "params",
    [
        {"learning_rate": "invscaling", "power_t": 0.3},
        {"learning_rate": "adaptive", "tol": 0.02, "n_iter_no_change": 2, "max_iter": 60},
        {"tol": 0.05, "n_iter_no_change": 3, "max_iter": 30},
        {"n_iter_no_change": np.inf, "tol": 10.0, "max_iter": 12},
        {"shuffle": False},
        {"batch_size": "auto"},
        {"batch_size": 1000},
        {"early_stopping": True, "validation_fraction": 0.2, "n_iter_no_change": 4, "tol": 0.001, "max_iter": 30},
        {"early_stopping": True, "learning_rate": "adaptive", "n_iter_no_change": 2, "tol": 0.01, "max_iter": 30},
    ],
    ids=lambda params: "-".join(f"{name}={value}" for name, value in params.items()),
)
def test_every_course(kind: str, params: dict[str, Any]) -> None:
    both(kind, solver="sgd", learning_rate_init=0.05, **params)


@pytest.mark.parametrize("kind", ["two classes", "three numbers"])
@pytest.mark.parametrize("solver", ["adam", "sgd"])
def test_warm_starts(kind: str, solver: str) -> None:
    both(kind, times=3, warm_start=True, solver=solver, max_iter=5)
    both(kind, times=2, warm_start=True, solver=solver, max_iter=5, learning_rate="invscaling")


def test_a_warm_start_keeps_the_best_coefficients() -> None:
    """scikit-learn 1.9 loses them: its best ones are the arrays that the second fit changes in place."""
    Ours, X, y = problem("two classes")
    once, _ = fitted(Ours((7, 5), max_iter=5, random_state=3, warm_start=True, early_stopping=True), X, y)
    best = [W.copy() for W in once.coefs_]
    twice, _ = fitted(once, X, y)
    assert max(twice.validation_scores_[5:]) <= once.best_validation_score_
    assert all((mine == its).all() for mine, its in zip(twice.coefs_, best, strict=True))


@pytest.mark.parametrize("kind", ["two classes", "four classes", "a number"])
def test_weights_of_rows(kind: str) -> None:
    _, X, _ = problem(kind)
    weight = np.random.default_rng(0).uniform(0, 2, len(X))
    both(kind, fit={"sample_weight": weight}, batch_size=len(X))
    both(kind, fit={"sample_weight": weight}, batch_size=len(X), early_stopping=True)
    both(kind, fit={"sample_weight": weight}, batch_size=16)  # whose losses count by their rows
    both(kind, fit={"sample_weight": weight}, batch_size=16, solver="sgd", learning_rate="adaptive")


def test_a_score_that_stays_where_no_gain_is_asked_is_a_gain() -> None:
    both("two classes", early_stopping=True, tol=0.0, learning_rate_init=1e-5, max_iter=15, n_iter_no_change=4)


def test_weights_of_rows_compiled() -> None:
    Ours, X, y = problem("two classes")
    params: dict[str, Any] = {"hidden_layer_sizes": (4,), "batch_size": 16, "max_iter": 5, "random_state": 0}
    weight = np.random.default_rng(0).uniform(0, 2, len(X))
    compiled, _ = fitted(Ours(engine="xla", **params), X, y, sample_weight=weight)
    theirs, _ = fitted(THEIRS[Ours](**params), X, y, sample_weight=weight)
    same(compiled, theirs)
    assert "losses of 5 epochs are the run's to the bit" in " ".join(compiled.run_.step(30).notes)


@pytest.mark.parametrize("engine", ["numpy", "xla"])
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_a_batch_that_weighs_nothing_moves_nothing(engine: str) -> None:
    """Where scikit-learn divides by zero: the rows of the other batches alone give the same coefficients."""
    Ours, X, y = problem("a number")
    params: dict[str, Any] = {
        "hidden_layer_sizes": (4,), "solver": "sgd", "momentum": 0.0, "batch_size": 10, "max_iter": 4, "shuffle": False,
        "random_state": 0, "alpha": 0.5,
    }  # fmt: skip
    weight = np.repeat([1.0, 0.0, 2.0], 30)
    ours = Ours(engine=engine, **params).fit(X, y, sample_weight=weight)
    theirs = THEIRS[Ours](**params).fit(X[weight > 0], y[weight > 0], sample_weight=weight[weight > 0])
    for mine, its in zip(ours.coefs_, theirs.coefs_, strict=True):
        np.testing.assert_allclose(mine, its, rtol=1e-10)
    assert "to the bit" in " ".join(ours.run_.step(14).notes)


@pytest.mark.parametrize("kind", KINDS)
def test_lbfgs(kind: str) -> None:
    Ours, X, y = problem(kind)
    params: dict[str, Any] = {
        "solver": "lbfgs",
        "hidden_layer_sizes": (4,),
        "max_iter": 12,
        "random_state": 0,
        "alpha": 1.0,
    }
    ours, my_warnings = fitted(Ours(**params), X, y)
    theirs, its_warnings = fitted(THEIRS[Ours](**params), X, y)
    assert my_warnings == its_warnings == [ConvergenceWarning]
    for mine, its in zip(ours.coefs_ + ours.intercepts_, theirs.coefs_ + theirs.intercepts_, strict=True):
        np.testing.assert_allclose(mine, its, rtol=1e-6, atol=1e-7)
    assert ours.n_iter_ == theirs.n_iter_


@pytest.mark.parametrize("kind", ["two classes", "a number"])
@pytest.mark.parametrize("container", [scipy.sparse.csr_array, scipy.sparse.csc_matrix])
@pytest.mark.parametrize("solver", ["adam", "lbfgs"])
def test_sparse_rows(kind: str, container: Any, solver: str) -> None:
    Ours, X, y = problem(kind)
    X = np.where(X > 0.5, X, 0.0)
    params: dict[str, Any] = {"hidden_layer_sizes": (4,), "max_iter": 8, "random_state": 0, "solver": solver}
    ours, _ = fitted(Ours(**params), container(X), y)
    dense, _ = fitted(Ours(**params), X, y)
    theirs, _ = fitted(THEIRS[Ours](**params), container(X), y)
    np.testing.assert_allclose(ours.coefs_[0], theirs.coefs_[0], rtol=1e-6)
    np.testing.assert_allclose(ours.coefs_[0], dense.coefs_[0], rtol=1e-6)
    np.testing.assert_allclose(ours.forward_outputs(container(X))[-1], ours.forward_outputs(X)[-1], rtol=1e-12)
    assert ours.predict(container(X)).shape == ours.predict(X).shape


@pytest.mark.parametrize(
    "container", [scipy.sparse.csr_array, scipy.sparse.csc_array, scipy.sparse.csc_matrix, scipy.sparse.coo_array]
)
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_batches_of_sparse_rows(container: Any) -> None:
    Ours, X, y = problem("two classes")
    X = container(np.where(np.abs(X) > 0.5, X, 0.0))
    params: dict[str, Any] = {"hidden_layer_sizes": (4,), "max_iter": 8, "random_state": 0, "batch_size": 16}
    ours, _ = fitted(Ours(**params), X, y)
    theirs, _ = fitted(THEIRS[Ours](**params), X, y)
    same(ours, theirs)
    assert "to the bit" in " ".join(ours.run_.step(9).notes)
    assert tw.diagnose(ours).in_words()
    with pytest.raises(ValueError, match="largest stable"):
        Ours(**{**params, "solver": "sgd", "learning_rate_init": 1e200, "max_iter": 100}).fit(X, y)


def test_sparse_labels() -> None:
    Ours, X, y = problem("labels")
    params: dict[str, Any] = {"hidden_layer_sizes": (4,), "max_iter": 3, "random_state": 0}
    ours, _ = fitted(Ours(**params), X, scipy.sparse.csr_array(y))
    theirs, _ = fitted(THEIRS[Ours](**params), X, scipy.sparse.csr_array(y))
    assert (ours.predict(X) != theirs.predict(X)).nnz == 0
    assert ours.score(X, scipy.sparse.csr_array(y)) == theirs.score(X, scipy.sparse.csr_array(y))


@pytest.mark.parametrize("solver", ["adam", "lbfgs"])
def test_a_logistic_without_hidden_layers(solver: str) -> None:
    """scikit-learn's start is by the name of the activation, though nothing has it."""
    Ours, X, y = problem("a number")
    params: dict[str, Any] = {"hidden_layer_sizes": (), "activation": "logistic", "max_iter": 1, "random_state": 0}
    ours, _ = fitted(Ours(solver=solver, **params), X, y)
    theirs, _ = fitted(THEIRS[Ours](solver=solver, **params), X, y)
    np.testing.assert_allclose(ours.coefs_[0], theirs.coefs_[0], rtol=1e-9)


@pytest.mark.parametrize("solver", ["adam", "lbfgs"])
def test_what_there_is_after_a_fit(solver: str) -> None:
    Ours, X, y = problem("two classes")
    ours, theirs = (fitted(Kind((3,), solver=solver, max_iter=2), X, y)[0] for Kind in (Ours, THEIRS[Ours]))
    public = [{name for name in vars(each) if name.endswith("_") and name[0] != "_"} for each in (ours, theirs)]
    assert public[0] - public[1] == {"run_", "validation_curve_"}
    assert public[1] <= public[0]
    assert type(ours.loss_) is type(theirs.loss_)


@pytest.mark.parametrize("solver", ["adam", "lbfgs"])
def test_many_sparse_rows_at_once(solver: str) -> None:
    """More than go in one block of the forward phase."""
    X = scipy.sparse.random(20_000, 6, density=0.2, format="csr", random_state=0)
    y = np.asarray(X.sum(axis=1)).ravel() > 1
    params: dict[str, Any] = {"hidden_layer_sizes": (3,), "batch_size": 20_000, "max_iter": 3, "random_state": 0}
    ours, _ = fitted(MLPClassifier(solver=solver, **params), X, y)
    theirs, _ = fitted(THEIRS[MLPClassifier](solver=solver, **params), X, y)
    np.testing.assert_allclose(ours.coefs_[0], theirs.coefs_[0], rtol=1e-7)
    np.testing.assert_allclose(ours.predict_proba(X), theirs.predict_proba(X), atol=1e-9)


def test_float32() -> None:
    Ours, X, y = problem("four classes")
    ours, _ = fitted(Ours((5,), max_iter=10, random_state=0), X.astype(np.float32), y)
    theirs, _ = fitted(THEIRS[Ours]((5,), max_iter=10, random_state=0), X.astype(np.float32), y)
    for mine, its in zip(ours.coefs_, theirs.coefs_, strict=True):
        assert mine.dtype == its.dtype == np.float32
        np.testing.assert_allclose(mine, its, atol=2e-5)


@pytest.mark.parametrize("solver", ["adam", "sgd", "lbfgs"])
@pytest.mark.parametrize("first", [np.float32, np.float64])
def test_types_of_rows_one_after_another(solver: str, first: Any) -> None:
    Ours, X, y = problem("a number")
    params: dict[str, Any] = {"hidden_layer_sizes": (4,), "warm_start": True, "max_iter": 2, "random_state": 0}
    ours, theirs = Ours(solver=solver, **params), THEIRS[Ours](solver=solver, **params)
    for dtype in (first, np.float32, np.float64):
        for estimator in (ours, theirs):
            fitted(estimator, X.astype(dtype), y, sample_weight=1.0)
        assert ours.predict(X).dtype == theirs.predict(X).dtype
        for mine, its in zip(ours.coefs_, theirs.coefs_, strict=True):
            assert mine.dtype == its.dtype
            np.testing.assert_allclose(mine, its, atol=1e-4)


@pytest.mark.parametrize("solver", ["adam", "sgd"])
def test_a_generator_is_left_where_theirs_leaves_it(solver: str) -> None:
    left = []
    for Kind in (MLPRegressor, neural_network.MLPRegressor):
        _, X, y = problem("a number")
        random = np.random.RandomState(5)
        fitted(Kind(hidden_layer_sizes=(4,), solver=solver, tol=1.0, n_iter_no_change=2, random_state=random), X, y)
        left.append(random.uniform())
    assert left[0] == left[1]


def test_one_more_epoch_on_other_rows() -> None:
    Ours, X, y = problem("four classes")
    classes = np.unique(y)
    for learning_rate, solver in itertools.product(("constant", "invscaling", "adaptive"), ("adam", "sgd")):
        params: dict[str, Any] = {
            "hidden_layer_sizes": (4,), "random_state": 0, "solver": solver, "learning_rate": learning_rate,
            "n_iter_no_change": 1, "tol": 0.1, "learning_rate_init": 0.01,
        }  # fmt: skip
        ours, theirs = Ours(**params), THEIRS[Ours](**params)
        for first in (0, 20, 30, 55, 10, 0, 20):
            for estimator in (ours, theirs):
                estimator.partial_fit(X[first : first + 30], y[first : first + 30], classes=classes)
        same(ours, theirs)
        if solver == "sgd":  # theirs of Adam is another number in every update
            assert ours._optimizer.learning_rate == pytest.approx(theirs._optimizer.learning_rate, rel=1e-12)


@pytest.mark.parametrize("solver", ["adam", "sgd"])
def test_parameters_set_between_epochs_on_other_rows(solver: str) -> None:
    """Those of the solver count from the next fit on; the others at once."""
    Ours, X, y = problem("a number")
    params: dict[str, Any] = {"hidden_layer_sizes": (4,), "random_state": 0, "solver": solver, "batch_size": 10}
    changes: list[dict[str, Any]] = [
        {"activation": "tanh", "alpha": 0.5}, {"beta_1": 0.1, "momentum": 0.2, "learning_rate_init": 0.1},
        {"learning_rate": "invscaling", "batch_size": 7}, {"solver": "sgd", "nesterovs_momentum": False},
    ]  # fmt: skip
    ours, theirs = Ours(**params), THEIRS[Ours](**params)
    for change in ({}, *changes):
        for estimator in (ours, theirs):
            estimator.set_params(**change).partial_fit(X, y)
        same(ours, theirs)


def test_what_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    printed = []
    for Kind in (MLPClassifier, neural_network.MLPClassifier):
        _, X, y = problem("two classes")
        for learning_rate, stops in itertools.product(("constant", "adaptive"), (True, False)):
            params: dict[str, Any] = {"learning_rate": learning_rate, "early_stopping": stops, "solver": "sgd"}
            fitted(Kind((4,), verbose=True, tol=0.1, n_iter_no_change=2, random_state=0, max_iter=20, **params), X, y)
        printed.append(capsys.readouterr().out)
    assert printed[0] == printed[1]


def test_compiled_it_is_the_same() -> None:
    both("four classes", **{"solver": "sgd"})
    Ours, X, y = problem("four classes")
    compiled, _ = fitted(Ours((7, 5), max_iter=8, random_state=3, batch_size=16, engine="xla"), X, y)
    theirs, _ = fitted(THEIRS[Ours]((7, 5), max_iter=8, random_state=3, batch_size=16), X, y)
    same(compiled, theirs)
