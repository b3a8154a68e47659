"""Estimators on tables as they are."""

import pickle
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
import sklearn
from sklearn.base import clone
from sklearn.inspection import permutation_importance
from sklearn.model_selection import GridSearchCV, cross_val_score, cross_validate

import thalweg as tw
from thalweg.estimators import TabularClassifier, TabularRegressor

RNG = np.random.default_rng(1)
N = 240
X = pd.DataFrame(
    {
        "size": np.where(RNG.random(N) < 0.1, np.nan, RNG.uniform(0, 10, N)),
        "colour": pd.Categorical(RNG.choice(["red", "green", "blue"], N)),
        "day": pd.to_datetime("2024-01-01") + pd.to_timedelta(RNG.integers(0, 300, N), unit="D"),
        "new": pd.array(RNG.random(N) < 0.5, dtype="boolean"),
        "town": RNG.choice(["Ulm", "Bonn"], N),
    },
    index=np.arange(N)[::-1],
)
VALUE = X["size"].fillna(5).to_numpy() + 4 * (X["colour"] == "red") + 3 * (X["town"] == "Ulm")
KIND = np.where(VALUE.median() < VALUE, "dear", "cheap")
SMALL: dict[str, Any] = {
    "hidden": (12,), "epochs": 60, "random_state": 0, "learning_rate": 0.02, "best": False, "engine": "numpy",
}  # fmt: skip


def test_a_frame_of_mixed_columns() -> None:
    assert TabularRegressor(**SMALL).fit(X, VALUE).score(X, VALUE) > 0.9
    model = TabularClassifier(**SMALL).fit(X, KIND)
    assert model.score(X, KIND) > 0.9
    assert model.classes_.tolist() == ["cheap", "dear"]
    assert list(model.feature_names_in_) == list(X.columns)
    np.testing.assert_allclose(model.predict_proba(X).sum(axis=1), 1.0, rtol=1e-12)
    np.testing.assert_allclose(np.exp(model.predict_log_proba(X)), model.predict_proba(X))


def test_it_is_what_train_table_does() -> None:
    """With the seed that the random state draws."""
    model = TabularRegressor(**{**SMALL, "engine": "auto"}, validation_fraction=0.2).fit(X, VALUE)
    seed = int(np.random.RandomState(0).randint(2**31))
    settings = tw.Settings(hidden=(12,), epochs=60, learning_rate=0.02, seed=seed, split="80/20/0", task="regression")
    trained = tw.train_table(X.assign(target=VALUE), "target", settings)
    assert (model.predict(X) == trained.model.predict_table(X).values).all()
    assert model.run_.history.validation_loss is not None


@pytest.mark.parametrize(
    "labels",
    [
        pytest.param(np.array([3, 1]), marks=pytest.mark.thorough),
        np.array([True, False]),
        np.array(["b", "a"]),
        pytest.param(np.array([2.0, 0.0]), marks=pytest.mark.thorough),
    ],
)
def test_labels_of_any_kind_come_back(labels: np.ndarray) -> None:
    y = labels[(KIND == "dear").astype(int)]
    model = TabularClassifier(**SMALL).fit(X, y)
    assert model.classes_.tolist() == sorted(labels.tolist())
    assert model.predict(X).dtype == y.dtype
    assert model.score(X, y) > 0.9


@pytest.mark.parametrize("as_other", [pl.from_pandas, lambda x: x, lambda x: {name: x[name].tolist() for name in x}])
def test_other_tables(as_other: Any) -> None:
    some = pd.DataFrame({"a": RNG.uniform(size=60), "b": RNG.uniform(size=60)})
    y = some["a"] * 2
    expected = TabularRegressor(**SMALL).fit(some, y).predict(some)
    given = as_other(some)
    assert (TabularRegressor(**SMALL).fit(given, pl.Series(y.to_numpy())).predict(given) == expected).all()


def test_arrays_of_objects_are_columns_of_what_they_hold() -> None:
    rows = np.array([[1.0, "a", None], [2.0, "b", 3], [3.0, "a", 4], [4.0, "b", 5]] * 10, dtype=object)
    model = TabularClassifier(hidden=(4,), epochs=5, random_state=0, best=False).fit(rows, rows[:, 1])
    kinds = {column.name: type(column).__name__ for column in model.model_.encoding.inputs}
    assert kinds == {"x0": "NumericColumn", "x1": "CategoricalColumn", "x2": "NumericColumn"}


def test_searches_and_pickles() -> None:
    search = GridSearchCV(TabularClassifier(**SMALL), {"hidden": [(4,), (8,)]}, cv=2)
    assert search.fit(X, KIND).best_score_ > 0.7
    assert cross_val_score(clone(search.best_estimator_), X, KIND, cv=2).min() > 0.7
    importances = permutation_importance(search.best_estimator_, X, KIND, n_repeats=2, random_state=0).importances_mean
    assert importances.argmax() in (0, 1)
    packed = pickle.dumps(search.best_estimator_)
    assert len(packed) < 40_000
    assert (pickle.loads(packed).predict(X) == search.predict(X)).all()


def test_best_is_the_default_and_is_what_train_table_does() -> None:
    params = {**SMALL, "epochs": 5}
    del params["best"]
    model = TabularClassifier(**params).fit(X, KIND)
    settings = {**params, "seed": int(np.random.RandomState(0).randint(2**31)), "best": True}
    del settings["random_state"]
    kinds = X.assign(target=pd.Categorical(KIND))
    trained = tw.train_table(kinds, "target", tw.Settings(**settings, split="85/15/0", task="classification"))
    assert len(model.model_.members) == len(model.runs_) >= 5
    found = trained.model.predict_table(X)
    np.testing.assert_allclose(model.predict_proba(X), found.probabilities, rtol=1e-12)
    packed = pickle.dumps(model)
    assert len(packed) < 200_000
    assert (pickle.loads(packed).predict_proba(X) == model.predict_proba(X)).all()
    few = TabularClassifier(**params).fit(X[:25], KIND[:25])
    assert few.model_.members == ()
    assert any("too few rows" in note for note in few.notes_)


def test_the_run_can_be_opened() -> None:
    model = TabularClassifier(**{**SMALL, "epochs": 5}).fit(X, KIND)
    assert "to the bit" in " ".join(model.run_.step(3).notes)
    assert isinstance(tw.diagnose(model), tw.Diagnosis)


def test_parameters_are_those_of_settings() -> None:
    params = TabularRegressor().get_params()
    settings = tw.Settings()
    for name, value in params.items():
        if name not in ("validation_fraction", "random_state"):
            assert value == (True if name == "best" else getattr(settings, name))
    assert "patience: Stop after so many epochs" in (TabularRegressor.__doc__ or "")
    with pytest.raises(TypeError, match="did you mean 'hidden'"):
        TabularRegressor(hiden=(3,))


@pytest.mark.parametrize(
    ("params", "given", "y", "message"),
    [
        ({"optimizer": "adma"}, X, VALUE, "did you mean 'adam"),
        ({"epochs": 0}, X, VALUE, "epochs"),
        ({"validation_fraction": 1.0}, X, VALUE, "validation_fraction"),
        ({}, X[:10], VALUE[:9], "inconsistent numbers of samples"),
        ({}, X[:1], VALUE[:1], "one row is not enough"),
        ({}, X, np.full(N, np.nan), "NaN"),
        ({}, X, None, "y"),
    ],
)
def test_bad_input(params: dict[str, Any], given: Any, y: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        TabularRegressor(**params).fit(given, y)


def test_another_table_at_prediction() -> None:
    model = TabularClassifier(**{**SMALL, "epochs": 2}).fit(X, KIND)
    with pytest.raises(ValueError, match="feature names"):
        model.predict(X.rename(columns={"size": "length"}))
    with pytest.raises(ValueError, match="one class"):
        TabularClassifier().fit(X, np.zeros(N))


QUICK: dict[str, Any] = {
    "best": False,
    "hidden": (8,),
    "epochs": 40,
    "random_state": 0,
    "learning_rate": 0.01,
    "engine": "numpy",
}


def test_several_measured_targets() -> None:
    Y = np.column_stack([VALUE, 1000 * np.sin(VALUE), np.full(N, 7.0)])
    model = TabularRegressor(**QUICK).fit(X, Y)
    found = model.predict(X)
    assert found.shape == Y.shape
    assert (found[:, 2] == 7.0).all()
    np.testing.assert_array_equal(found[:, :2], model.model_.predict_table(X).values)
    assert model.score(X, Y[:, :3]) > 0.3
    assert (TabularRegressor(**QUICK).fit(X, pl.DataFrame(Y)).predict(X) == found).all()
    one = TabularRegressor(**QUICK).fit(X, Y[:, [0, 2]]).predict(X)
    assert one.shape == (N, 2)
    assert (one[:, 1] == 7.0).all()
    with pytest.raises(ValueError, match="y is the same in every sample"):
        TabularRegressor(**QUICK).fit(X, np.ones((N, 2)))


def test_labels_of_which_a_row_can_have_several() -> None:
    Y = np.column_stack([VALUE.median() < VALUE, X["colour"] == "red", np.ones(N)]).astype(int)
    model = TabularClassifier(**QUICK).fit(X, Y)
    chances = model.predict_proba(X)
    assert chances.shape == Y.shape
    np.testing.assert_array_equal(model.predict(X), (chances > 0.5).astype(int))
    assert (chances[:, 2] == 1.0).all()
    assert (model.predict(X)[:, :2] == Y[:, :2]).mean() > 0.85
    assert model.classes_.tolist() == [0, 1, 2]
    with pytest.raises(ValueError, match="y has 2 columns that are not 0 and 1"):
        TabularClassifier(**QUICK).fit(X, np.column_stack([KIND, X["town"]]))


def test_weights_of_samples_are_routed_and_count() -> None:
    weight = np.where(KIND == "dear", 3.0, 1.0)
    repeats = np.repeat(np.arange(N), weight.astype(int))
    model = TabularClassifier(**QUICK).fit(X, KIND, sample_weight=weight)
    again = TabularClassifier(**QUICK).fit(X.iloc[repeats], KIND[repeats])
    np.testing.assert_array_equal(model.predict_proba(X), again.predict_proba(X))
    plain = TabularClassifier(**QUICK).fit(X, KIND)
    fractions = TabularClassifier(**QUICK).fit(X, KIND, sample_weight=weight + 0.5)
    assert fractions.predict_proba(X)[:, 1].mean() > plain.predict_proba(X)[:, 1].mean()
    assert "sample_weight" in fractions.model_.record["settings"]["sample_weight"]
    with sklearn.config_context(enable_metadata_routing=True):
        routed = TabularRegressor(**{**QUICK, "epochs": 2}).set_fit_request(sample_weight=True)
        routed.set_score_request(sample_weight=True)
        cross_validate(routed, X, VALUE, cv=2, params={"sample_weight": weight})
    for wrong, words in (
        (np.zeros(N), "at least one non-zero"),
        (-weight, "Negative values"),
        (weight[:5], "sample_weight"),
    ):
        with pytest.raises(ValueError, match=words):
            TabularRegressor(**QUICK).fit(X, VALUE, sample_weight=wrong)


def test_class_weights_are_scikit_learns() -> None:
    balanced = TabularClassifier(**QUICK, class_weight="balanced", validation_fraction=0.0).fit(X[:150], KIND[:150])
    names, y = np.unique(KIND[:150]), KIND[:150]
    weights = dict(zip(names, sklearn.utils.compute_class_weight("balanced", classes=names, y=y), strict=True))
    given = TabularClassifier(**QUICK, class_weight=weights, validation_fraction=0.0).fit(X[:150], y)
    np.testing.assert_allclose(balanced.predict_proba(X), given.predict_proba(X), atol=1e-5)
    assert "class_weight" not in TabularRegressor().get_params()


def test_a_group_is_not_in_both_parts_of_an_estimator() -> None:
    patients = X.assign(patient=np.arange(N) // 8)
    model = TabularRegressor(**QUICK, group="patient").fit(patients, VALUE)
    assert model.predict(X.assign(patient=0)).shape == (N,)
    assert any("no 'patient' is in two parts" in note for note in model.notes_)
