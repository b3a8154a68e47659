"""What estimators have beyond scikit-learn's."""

import pickle
import typing
import warnings

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.datasets import load_diabetes, load_iris
from sklearn.exceptions import ConvergenceWarning, NotFittedError
from sklearn.inspection import permutation_importance
from sklearn.linear_model import Ridge
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import thalweg as tw
from thalweg.estimators import MLPClassifier, MLPRegressor
from thalweg.estimators.lbfgs import loss_and_packed_gradient
from thalweg.estimators.network import make_network, start_of
from thalweg.estimators.poisson import Exponential, Poisson
from thalweg.optimizers import RULES

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

X, Y = load_iris(return_X_y=True)
X = StandardScaler().fit_transform(X)
RX, RY = load_diabetes(return_X_y=True)
RX, RY = RX[:120] / RX.std(), (RY[:120] - RY.mean()) / RY.std()


@pytest.mark.parametrize("rule", [name for name in RULES if name != "lbfgs"])
def test_every_rule_of_ours(rule: str) -> None:
    model = MLPRegressor(hidden_layer_sizes=(3,), solver=rule, learning_rate_init=0.01, max_iter=12, random_state=0)
    model.fit(RX, RY)
    assert type(model.run_.optimizer) is type(RULES.get(rule))
    assert model.loss_curve_[-1] < model.loss_curve_[0]
    assert model.run_.updates == model.n_iter_  # of 120 rows each sees all


def test_a_rule_with_its_own_numbers() -> None:
    model = MLPRegressor(hidden_layer_sizes=(3,), solver=tw.Adam(0.5, beta1=0.2), max_iter=3).fit(RX, RY)
    assert model.run_.optimizer == tw.Adam(0.5, beta1=0.2)


def test_levenberg_marquardt_finds_the_least_squares_of_ridge() -> None:
    """Without a hidden layer it is ridge regression, but for the bias, which neither of them shrinks."""
    model = MLPRegressor(hidden_layer_sizes=(), solver="lm", alpha=2.0, max_iter=200, tol=0.0).fit(RX, RY)
    ridge = Ridge(alpha=2.0).fit(RX, RY)
    np.testing.assert_allclose(model.coefs_[0][:, 0], ridge.coef_, rtol=1e-5)
    np.testing.assert_allclose(model.intercepts_[0][0], ridge.intercept_, rtol=1e-5)


def test_an_activation_for_each_layer() -> None:
    model = MLPClassifier((4, 3), activation=["tanh", tw.activations.GELU()], max_iter=3, random_state=0).fit(X, Y)
    assert [layer.activation for layer in model.run_.network.layers[:2]] == [
        tw.activations.Tanh(),
        tw.activations.GELU(),
    ]
    first, second, out = model.forward_outputs(X)
    np.testing.assert_allclose(first, np.tanh(X @ model.coefs_[0] + model.intercepts_[0]), rtol=1e-12)
    assert second.shape == (150, 3)
    np.testing.assert_allclose(out, model.predict_proba(X))
    with pytest.raises(ValueError, match="activation has 1 values for 2 hidden layers"):
        MLPClassifier((4, 3), activation=["tanh"]).fit(X, Y)


@pytest.mark.parametrize("loss", ["mae", "huber", "mse", tw.losses.Huber(delta=0.3)])
def test_losses_of_ours(loss) -> None:
    model = MLPRegressor(loss=loss, hidden_layer_sizes=(4,), max_iter=200, learning_rate_init=0.01, random_state=0)
    model.fit(RX, RY)
    terms = model.run_.loss.value(model.predict(RX)[:, None], RY[:, None])
    assert terms.mean() < model.run_.loss.value(np.full((120, 1), np.median(RY)), RY[:, None]).mean()


def test_dropout_drops_and_frozen_layers_stay() -> None:
    plain = MLPClassifier((6, 4), max_iter=5, random_state=0).fit(X, Y)
    drops = MLPClassifier((6, 4), dropout=[0.5, 0.0], max_iter=5, random_state=0).fit(X, Y)
    assert not np.allclose(plain.coefs_[0], drops.coefs_[0])
    assert [layer.dropout for layer in drops.run_.network.layers] == [0.5, 0.0, 0.0]
    frozen = MLPClassifier((6, 4), max_iter=5, random_state=0, frozen=[0], init=(plain.coefs_, plain.intercepts_))
    frozen.fit(X, Y)
    assert (frozen.coefs_[0] == plain.coefs_[0]).all()
    assert not np.allclose(frozen.coefs_[1], plain.coefs_[1])


def test_class_weights_are_weights_of_rows() -> None:
    weights = {0: 1.0, 1: 4.0, 2: 0.5}
    by_class = MLPClassifier((4,), class_weight=weights, max_iter=5, random_state=0, batch_size=150).fit(X, Y)
    by_row = MLPClassifier((4,), max_iter=5, random_state=0, batch_size=150)
    by_row.fit(X, Y, sample_weight=np.vectorize(weights.get)(Y))
    np.testing.assert_allclose(by_class.coefs_[0], by_row.coefs_[0], rtol=1e-12)
    own = np.linspace(0.5, 2.0, 150)
    by_class.fit(X, Y, sample_weight=own)
    by_row.fit(X, Y, sample_weight=own * np.vectorize(weights.get)(Y))
    np.testing.assert_allclose(by_class.coefs_[0], by_row.coefs_[0], rtol=1e-12)
    assert MLPClassifier((4,), class_weight="balanced", max_iter=5).fit(X[:90], Y[:90]).classes_.tolist() == [0, 1]


def test_rows_of_ones_own_are_held_out() -> None:
    model = MLPClassifier((4,), max_iter=8, random_state=0, early_stopping=True, scoring="loss")
    model.fit(X[::2], Y[::2], X_val=X[1::2], y_val=Y[1::2])
    assert model.validation_curve_ == pytest.approx([-score for score in model.validation_scores_], rel=1e-12)
    best = int(np.argmin(model.validation_curve_))
    assert model.run_.kept_epoch == best + 1
    held = -np.log(model.predict_proba(X[1::2])[np.arange(75), Y[1::2]]).mean()
    assert held == pytest.approx(model.validation_curve_[best], rel=1e-12)
    weight = np.linspace(0.1, 3.0, 75)
    model.fit(X[::2], Y[::2], X_val=X[1::2], y_val=Y[1::2], sample_weight_val=weight)
    assert model.validation_curve_ == pytest.approx([-score for score in model.validation_scores_], rel=1e-12)
    held = np.average(-np.log(model.predict_proba(X[1::2])[np.arange(75), Y[1::2]]), weights=weight)
    assert held == pytest.approx(min(model.validation_curve_), rel=1e-12)
    with pytest.raises(ValueError, match="X_val and y_val belong together"):
        model.fit(X, Y, X_val=X)
    with pytest.raises(ValueError, match="row 50 has the class"):
        model.fit(X[:100], Y[:100], X_val=X[50:], y_val=Y[50:])


@pytest.mark.parametrize("scoring", ["balanced_accuracy", "neg_log_loss"])
def test_early_stopping_watches_any_scorer(scoring: str) -> None:
    model = MLPClassifier((4,), max_iter=6, random_state=0, early_stopping=True, scoring=scoring).fit(X, Y)
    assert len(model.validation_scores_) == model.n_iter_
    assert max(model.validation_scores_) == model.best_validation_score_


def test_the_run_can_be_opened_diagnosed_and_told() -> None:
    model = MLPClassifier((4,), solver="sgd", learning_rate="invscaling", max_iter=5, random_state=0).fit(X, Y)
    step = model.run_.step(3)
    assert "to the bit" in " ".join(step.notes)
    model = MLPClassifier((4,), solver="sgd", learning_rate="adaptive", n_iter_no_change=1, tol=1.0, max_iter=9)
    assert "to the bit" in " ".join(model.fit(X, Y).run_.step(8).notes)
    assert isinstance(tw.diagnose(model), tw.Diagnosis)
    rate = model._optimizer.learning_rate
    model.partial_fit(X, Y)
    assert "to the bit" in " ".join(model.run_.step(1).notes)
    assert tw.diagnose(model).learning_rate == rate
    with pytest.raises(tw.ArgumentError, match="that was fitted"):
        tw.diagnose(MLPClassifier())


def test_warm_starts_with_another_solver_and_another_stop() -> None:
    """Books that are not open are opened: scikit-learn raises TypeError and AttributeError here."""
    model = MLPClassifier((4,), solver="lbfgs", warm_start=True, max_iter=3, random_state=0).fit(X, Y)
    assert not hasattr(model, "loss_curve_")
    model.set_params(solver="adam").fit(X, Y)
    assert len(model.loss_curve_) == 3
    model.set_params(early_stopping=True).fit(X, Y)
    assert len(model.loss_curve_) == 6
    assert len(model.validation_scores_) == 3
    assert model.best_loss_ is None
    model.set_params(early_stopping=False).fit(X, Y)
    assert model.best_loss_ == min(model.loss_curve_[6:])
    assert model.validation_scores_ is None
    model.set_params(solver="lbfgs", warm_start=False).fit(X, Y)
    assert not hasattr(model, "loss_curve_")


def test_one_more_epoch_by_the_other_engine() -> None:
    """Adam's moments of a large network are carried over."""
    there = MLPClassifier((7000,), random_state=0)
    back = MLPClassifier((7000,), random_state=0)
    for engines in (("numpy", "numpy"), ("numpy", "xla"), ("numpy", "numpy")):
        for model, engine in zip((there, back), engines, strict=True):
            model.set_params(engine=engine).partial_fit(X, Y, classes=[0, 1, 2])
    np.testing.assert_allclose(there.coefs_[1], back.coefs_[1], rtol=1e-8, atol=1e-12)


def test_a_loss_set_after_the_fit_changes_no_prediction() -> None:
    counts = np.floor(np.exp(RY))
    model = MLPRegressor(hidden_layer_sizes=(4,), max_iter=3, warm_start=True, random_state=0).fit(RX, counts)
    before = model.predict(RX)
    model.set_params(loss="poisson")
    assert (model.predict(RX) == before).all()
    assert model.out_activation_ == "identity"
    model.fit(RX, counts)
    assert model.out_activation_ == "exp"
    assert (model.predict(RX) > 0).all()


def test_warnings_are_heard_as_scikit_learns_own() -> None:
    """A filter of the module `sklearn`, which many programs have, holds for them."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.filterwarnings("ignore", module="sklearn")
        MLPClassifier((3,), max_iter=1, batch_size=999).fit(X, Y)
        MLPClassifier((3,), batch_size=999).partial_fit(X, Y, classes=[0, 1, 2])


def test_what_is_pickled_has_no_training_rows() -> None:
    model = MLPClassifier((4,), max_iter=5, random_state=0).fit(np.tile(X, (400, 1)), np.tile(Y, 400))
    packed = pickle.dumps(model)
    assert len(packed) < 40_000
    again = pickle.loads(packed)
    assert (again.predict_proba(X) == model.predict_proba(X)).all()
    again.partial_fit(X, Y)
    model.partial_fit(X, Y)
    assert (again.coefs_[0] == model.coefs_[0]).all()
    with pytest.raises(tw.ArgumentError, match="cannot be replayed"):
        pickle.loads(packed).run_.step(1)


def test_divergence_names_a_rate_that_holds() -> None:
    model = MLPRegressor(hidden_layer_sizes=(5,), solver="sgd", learning_rate_init=1e4, random_state=0)
    with pytest.raises(ValueError, match=r"non-finite parameter weights.*largest stable"):
        model.fit(RX, RY)


def test_searches_pipelines_and_their_like() -> None:
    grid = GridSearchCV(
        make_pipeline(StandardScaler(), MLPClassifier((5,), max_iter=20, random_state=0)),
        {"mlpclassifier__activation": ["tanh", "gelu"], "mlpclassifier__solver": ["adam", "rprop"]},
        cv=2,
    ).fit(X, Y)
    assert grid.best_score_ > 0.6
    assert cross_val_score(MLPRegressor(max_iter=5), RX, RY, cv=2).shape == (2,)
    model = MLPClassifier((5,), max_iter=30, random_state=0).fit(X, Y)
    assert permutation_importance(model, X, Y, n_repeats=2).importances_mean.shape == (4,)
    assert CalibratedClassifierCV(clone(model), cv=2).fit(X, Y).score(X, Y) > 0.5
    assert "MLPClassifier" in model._repr_html_()


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"solver": "adma"}, "solver"),
        ({"activation": "reluu"}, "activation"),
        ({"dropout": 1.0}, "dropout"),
        ({"loss": "poison"}, "loss"),
        ({"frozen": [0, 1]}, "frozen names every layer"),
        ({"dtype": "int32"}, "dtype"),
        ({"init": "zero"}, "init"),
    ],
)
def test_parameters_out_of_place(params: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        MLPClassifier((3,), **params).fit(X, Y)


def test_other_bad_input() -> None:
    model = MLPClassifier((3,), max_iter=2)
    with pytest.raises(NotFittedError):
        model.predict(X)
    with pytest.raises(NotFittedError):
        model.forward_outputs(X)
    with pytest.raises(TypeError, match="cannot be interpreted as an integer"):
        MLPClassifier((2.5,)).fit(X, Y)
    with pytest.raises(ValueError, match="at least one non-zero"):
        model.fit(X, Y, sample_weight=np.zeros(150))
    with pytest.raises(ValueError, match=r"[Nn]egative"):
        model.fit(X, Y, sample_weight=-np.ones(150))
    with pytest.raises(ValueError, match="NaN"):
        MLPRegressor().fit(X, np.where(Y == 0, np.nan, Y))
    with pytest.raises(ValueError, match="below 0"):
        MLPRegressor(loss="poisson").fit(X, Y - 1.0)
    model.fit(X, Y)
    with pytest.raises(ValueError, match="features"):
        model.predict(X[:, :3])
    with warnings.catch_warnings():
        warnings.simplefilter("error", ConvergenceWarning)
        MLPClassifier((3,), tol=10.0, n_iter_no_change=1).fit(X, Y)


def test_the_loss_of_counts() -> None:
    """Against the deviance of scikit-learn, and finite differences."""
    from sklearn.metrics import mean_poisson_deviance

    n, t = np.array([[-1.0, 0.5], [2.0, -30.0]]), np.array([[0.0, 3.0], [5.0, 0.0]])
    f, loss, h = Exponential(), Poisson(), 1e-6
    a = f(n)
    assert loss.terms(f, n, a, t).mean() == pytest.approx(mean_poisson_deviance(t.ravel(), a.ravel()) / 2)
    np.testing.assert_allclose(loss.value(a, t), loss.terms(f, n, a, t), atol=1e-12)
    slope = (loss.terms(f, n + h, f(n + h), t) - loss.terms(f, n - h, f(n - h), t)) / (2 * h)
    np.testing.assert_allclose(loss.sensitivity(f, n, a, t), slope, atol=1e-8)
    by_output = (loss.value(a * (1 + h), t) - loss.value(a * (1 - h), t)) / (2 * h * a)
    np.testing.assert_allclose(loss.derivative(a, t), by_output, rtol=1e-5)
    curve = (loss.sensitivity(f, n + h, f(n + h), t) - loss.sensitivity(f, n - h, f(n - h), t)) / (2 * h)
    np.testing.assert_allclose(loss.sensitivity_dot(f, n, a, t, np.ones_like(n)), curve, atol=1e-6)
    np.testing.assert_allclose(f.second_derivative(n, a), a)
    bend = (loss.derivative(a * (1 + h), t) - loss.derivative(a * (1 - h), t)) / (2 * h * a)
    np.testing.assert_allclose(loss.second_derivative(a, t), bend, rtol=1e-5)
    c = np.array([[2.0, 0.0], [0.5, 1.0]])
    np.testing.assert_allclose(loss.sensitivity(f, n, a, t, c), c * slope, atol=1e-7)
    np.testing.assert_allclose(loss.gauss_newton(f, n, a, t, np.ones_like(n), c), c * curve, atol=1e-6)
    with pytest.raises(tw.ArgumentError, match="output of e"):
        loss.check(tw.activations.Linear())


def test_the_penalty_of_lbfgs_is_shared_by_the_weights_of_the_rows() -> None:
    """A row that weighs two is a row given twice."""
    rows, net = np.repeat(np.arange(20), np.arange(20) % 3), make_network([4, 3, 3], ["tanh"], "softmax", [0.0])
    x = np.random.default_rng(0).normal(size=net.parameter_count)
    loss, T = tw.losses.CrossEntropy(), np.eye(3)[Y[::7][:20]]
    F, g = loss_and_packed_gradient(net, loss, x, X[:20], T, np.arange(20) % 3.0, 0.7)
    whole, by_rows = loss_and_packed_gradient(net, loss, x, X[:20][rows], T[rows], None, 0.7)
    assert pytest.approx(whole, rel=1e-12) == F
    np.testing.assert_allclose(g, by_rows, rtol=1e-10, atol=1e-14)


def test_a_logistic_layer_among_others_draws_as_scikit_learn_draws_for_the_others() -> None:
    net = make_network([4, 3, 3, 1], ["logistic", "relu"], "identity", [0.0, 0.0])
    for activation, like in ((["logistic", "relu"], "relu"), (["logistic", "logistic"], "logistic")):
        drawn, alike = (start_of(net, "sklearn", one, np.random.RandomState(0), float) for one in (activation, like))
        for one, other in zip(drawn[0] + drawn[1], alike[0] + alike[1], strict=True):
            np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("known", [MLPRegressor.__init__, MLPClassifier.__init__, tw.PrioritySampling])
def test_types_of_parameters_are_known_as_the_program_runs(known):
    assert len(typing.get_type_hints(known)) >= 5
