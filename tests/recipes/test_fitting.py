"""The recipes: MATLAB's documented defaults, the same run made by hand, the model on arrays, and bad input."""

import dataclasses
import inspect

import numpy as np
import pandas as pd
import polars as pl
import pytest

import thalweg as tw
from thalweg.core.initializers import InitNW
from thalweg.recipes.choices import Choices
from thalweg.recipes.fitting import _initializer

RNG = np.random.default_rng(0)
P = RNG.uniform(0, 10, (60, 2))
T = np.column_stack([np.sin(P[:, 0] / 3), P[:, 0] * P[:, 1]])
CLASSES = np.eye(3)[np.digitize(P[:, 0], [3, 7])]
QUICK = {"hidden": 3, "epochs": 15, "engine": "numpy"}


@pytest.fixture(scope="module")
def fit():
    return tw.fitnet(P, T, hidden=4, train="trainlm", divide="interleaved", epochs=30, engine="numpy")


def scaled(values, train):
    low, high = values[train].min(axis=0), values[train].max(axis=0)
    return 2 * (values - low) / (high - low) - 1


def test_it_is_the_run_that_one_makes_by_hand(fit):
    train, validation = fit.rows.train, fit.rows.validation
    X, Y = scaled(P, train), scaled(T, train)
    net = tw.mlp(2, 4, 2, hidden="tansig", output="purelin")
    run = tw.train(
        net, X[train], Y[train], "mse", tw.LevenbergMarquardt(acceleration=False),
        params=net.init(0, InitNW(-1.0, 1.0)), validation=(X[validation], Y[validation]), epochs=30, patience=6,
        min_gradient=1e-7, goal=0.0, batch_size="all", dtype="float64", engine="numpy",
    )  # fmt: skip
    np.testing.assert_allclose(fit.run.history.loss, run.history.loss, rtol=1e-8)
    np.testing.assert_allclose(fit.run.history.validation_loss, run.history.validation_loss, rtol=1e-8)
    low, high = T[train].min(axis=0), T[train].max(axis=0)
    np.testing.assert_allclose(fit.predict(P), (run.predict(X) + 1) / 2 * (high - low) + low, rtol=1e-7, atol=1e-7)


def test_the_scores_of_each_part_are_those_of_its_rows(fit):
    assert set(fit.scores) == {"train", "validation", "test"}
    answers = fit.predict(P)
    for part, scores in fit.scores.items():
        rows = getattr(fit.rows, part)
        e = T[rows] - answers[rows]
        assert scores.examples == len(rows)
        r2 = 1 - (e**2).sum(axis=0) / ((T[rows] - T[rows].mean(axis=0)) ** 2).sum(axis=0)
        np.testing.assert_allclose([one.r2 for one in scores.each], r2, rtol=1e-9)
    assert fit.record["scores"] == fit.scores["test"].to_dict()
    assert fit.record["recipe"]["name"] == "fitnet"
    assert fit.record["recipe"]["train"] == "trainlm"
    assert fit.record["recipe"]["examples"] == {part: len(getattr(fit.rows, part)) for part in fit.scores}
    assert "fitnet: 2 - 4 tansig - 2 purelin, 22 parameters" in str(fit)
    assert "test: " in str(fit)
    assert "fitnet: 2 - 4 tansig" in fit.in_html()


def test_the_model_comes_back_from_its_file(fit, tmp_path):
    fit.save(tmp_path / "f.thalweg")
    model = tw.load(tmp_path / "f.thalweg")
    np.testing.assert_array_equal(model.predict(P), fit.predict(P))
    assert model.encoding == fit.model.encoding
    assert model.record == fit.record
    frame = {"x1": P[:, 0], "x2": P[:, 1]}
    np.testing.assert_array_equal(model.predict_table(frame).values, fit.predict(P))
    assert [row.detail.endswith("as -1 to 1") for row in model.encoding.summary()] == [True, True]


def test_matlabs_documented_defaults():
    own = {
        name: parameter.default
        for recipe in (tw.fitnet,)
        for name, parameter in inspect.signature(recipe).parameters.items()
    }
    documented = {
        "hidden": 10, "epochs": 1000, "patience": 6, "goal": 0.0, "divide": "random", "ratios": (0.7, 0.15, 0.15),
        "activation": "tansig", "output": "purelin", "initializer": "initnw", "scaling": "mapminmax", "loss": "mse",
    }  # fmt: skip
    assert {name: own[name] for name in documented} == documented
    pattern = inspect.signature(tw.patternnet).parameters
    assert (pattern["train"].default, pattern["loss"].default) == ("scg", "cross_entropy")
    for recipe in (tw.feedforwardnet, tw.cascadeforwardnet):
        assert inspect.signature(recipe) == inspect.signature(tw.fitnet)
    lm = tw.fitnet(P, T[:, 0], 2, "trainlm", epochs=1, engine="numpy").run.optimizer
    assert (lm.mu, lm.mu_decrease, lm.mu_increase, lm.mu_max, lm.acceleration) == (1e-3, 0.1, 10.0, 1e10, False)


@pytest.mark.parametrize(
    ("train", "least"),
    [("lm", 1e-7), ("trainbr", 1e-7), ("trainscg", 1e-6), ("bfgs", 1e-6), ("traincgf", 1e-10), ("oss", 1e-10),
     ("traingdx", 1e-5), ("trainrp", 1e-5), (tw.Adam(0.01), 1e-5)],
)  # fmt: skip
def test_the_least_gradient_is_that_of_the_rule(train, least):
    run = tw.fitnet(P, T, 2, train, epochs=1, engine="numpy").run
    assert run.recipe.hyperparameters.stopping.min_gradient == least


def test_classes_by_softmax_and_two_by_one_output(tmp_path):
    fit = tw.patternnet(P, CLASSES, **{**QUICK, "epochs": 60})
    assert str(fit.model.network) == "2 - 3 tansig - 3 softmax, 21 parameters"
    found = fit.predict(P)
    np.testing.assert_allclose(found.sum(axis=1), 1.0)
    for part, scores in fit.scores.items():
        rows = getattr(fit.rows, part)
        assert scores.accuracy == (found[rows].argmax(axis=1) == CLASSES[rows].argmax(axis=1)).mean()
    assert fit.scores["train"].accuracy > 0.8
    two = np.column_stack([P[:, 0] > 5, P[:, 0] <= 5])
    both = tw.patternnet(P, two, **QUICK)
    one = tw.patternnet(P, two[:, 1:], **QUICK)
    assert str(both.model.network) == "2 - 3 tansig - 2 softmax, 17 parameters"
    assert str(one.model.network) == "2 - 3 tansig - 1 logsig, 13 parameters"
    assert both.predict(P).shape == (60, 2)
    assert one.predict(P).shape == (60, 1)
    assert both.scores["train"].accuracy == one.scores["train"].accuracy
    both.save(tmp_path / "b.thalweg")
    np.testing.assert_array_equal(tw.load(tmp_path / "b.thalweg").predict(P), both.predict(P))
    one.save(tmp_path / "c.thalweg")
    np.testing.assert_array_equal(tw.load(tmp_path / "c.thalweg").predict(P), one.predict(P))
    labels = np.where(two[:, 0], "right", "left")
    named = tw.patternnet(P, labels, **QUICK)
    assert named.model.predict_table({"x1": P[:, 0], "x2": P[:, 1]}).values.tolist()[:3] == [
        ["left", "right"][k] for k in named.predict(P[:3]).argmax(axis=1)
    ]


def test_a_cascade_and_several_layers():
    net = tw.cascadeforwardnet(P, T, [3, 2], epochs=2, engine="numpy").model.network
    assert net == tw.cascade(2, 3, 2, 2, hidden="tanh", output="linear")
    assert tw.feedforwardnet(P, T, [3, 2], epochs=2, engine="numpy").record["recipe"]["name"] == "feedforwardnet"


def test_br_trains_on_the_validation_part_too():
    fit = tw.fitnet(P, T[:, 0], 2, "br", epochs=3, engine="numpy")
    assert fit.rows.train.size == 51
    assert fit.rows.validation.size == 0
    assert fit.notes == ("BayesianRegularization needs no validation part: its 9 examples trained too",)
    assert set(fit.scores) == {"train", "test"}


def test_without_a_validation_part_all_epochs_are_run():
    fit = tw.fitnet(P, T[:, 0], 2, "gda", divide="none", epochs=40, engine="numpy")
    assert fit.run.epochs == 40
    assert set(fit.scores) == {"train"}


def test_the_range_of_each_input_spreads_the_first_layer():
    fit = tw.fitnet(P, T, scaling="standard", epochs=1, hidden=5, engine="numpy")
    train = fit.rows.train
    X = (P - P[train].mean(axis=0)) / P[train].std(axis=0)
    net = fit.model.network
    expected = net.init(0, InitNW(tuple(X[train].min(axis=0)), tuple(X[train].max(axis=0))))
    np.testing.assert_allclose(net.ravel(fit.run.recipe.params), net.ravel(expected), rtol=1e-9, atol=1e-12)
    wide = tw.fitnet(P * [1.0, 1000.0], T, scaling="none", epochs=1, hidden=5, engine="numpy").run.recipe.params
    scaled_to_one = net.init(0, "initnw")["layer1"]  # the same net inputs, of inputs from -1 to 1
    n = scaled(P, train) @ scaled_to_one.weights["input"].T + scaled_to_one.bias
    found = (P * [1.0, 1000.0]) @ wide["layer1"].weights["input"].T + wide["layer1"].bias
    np.testing.assert_allclose(found, n, rtol=1e-9, atol=1e-9)
    drawn = tw.fitnet(P, T, initializer="xavier_normal", epochs=1, hidden=5, engine="numpy").run.recipe.params
    np.testing.assert_array_equal(net.ravel(drawn), net.ravel(net.init(0, "xavier_normal")))


def test_missing_inputs_are_marked_and_unheard_of_ones_refused():
    holes = P.copy()
    holes[::4, 1] = np.nan
    fit = tw.fitnet(holes, T, **QUICK)
    assert fit.model.network.inputs["input"] == 3
    assert np.isfinite(fit.predict([[1.0, np.nan]])).all()
    with pytest.raises(tw.DataError, match=r"P has nan at row 1, column 0 .*, where no training row lacked a value"):
        fit.predict([[1.0, 2.0], [np.nan, 2.0]])


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ({"P": P.T}, r"T has 60 examples and P has 2: transposed. examples are rows here, give P.T$"),
        ({"T": T.T}, r"T has 2 examples and P has 60: transposed. examples are rows here, give T.T$"),
        ({"P": P[:40]}, "T has 60 examples and P has 40: they must have the same"),
        ({"P": P[:, :, None]}, r"P has shape \(60, 2, 1\); it must be .examples, columns."),
        ({"P": P * np.inf}, "P has inf at row 0, column 0"),
        ({"T": np.where(T > 90, np.nan, T)}, "T has nan at row"),
        ({"P": np.zeros((0, 2)), "T": np.zeros((0, 2))}, "P has no examples"),
        ({"hidden": 0}, "hidden is 0; it must be a size"),
        ({"hidden": "10"}, "hidden is '10'; it must be a"),
        ({"hidden": [3, 0.5]}, "hidden is .3, 0.5.; it must be a whole number or a list of whole numbers"),
        ({"scaling": "minmax"}, "unknown scaling 'minmax': did you mean 'mapminmax'"),
        ({"train": "trainlmm"}, "unknown optimizer 'trainlmm': did you mean 'trainlm'"),
        ({"activation": "hardlim"}, "hardlim is a step"),
    ],
)
def test_what_makes_no_training(arguments, told):
    with pytest.raises(tw.ThalwegError, match=told):
        tw.fitnet(**{"P": P, "T": T, **QUICK, **arguments})


def test_turned_arrays_are_told():
    with pytest.raises(tw.ArgumentError, match=r"T has 2 examples and P has 3: transposed. .* give P.T and T.T"):
        tw.fitnet(np.zeros((3, 60)), T.T)
    with pytest.raises(tw.DataError, match="transposed") as raised:
        tw.patternnet(P.T, CLASSES.T)
    assert len(str(raised.value)) < 200
    row = P.T[:1]
    with pytest.raises(tw.DataError, match=r"shape \(1, 60\), one example: transposed. .* P.T and T.T"):
        tw.fitnet(row, row)
    with pytest.raises(tw.DataError, match=r"^2 examples: too few to divide 70/15/15; transposed."):
        tw.fitnet(P.T, T.T)
    with pytest.raises(tw.DataError, match=r"^2 examples: too few to divide 70/15/15; add .* divide='none'$"):
        tw.fitnet(P[:2], T[:2])
    with pytest.raises(tw.DataError, match=r"transposed. .* P.T and T.T"):
        tw.patternnet(row, row > 5)
    with pytest.raises(tw.DataError, match=r"transposed. examples are rows here, give T.T$"):
        tw.patternnet(P, CLASSES.T)


@pytest.mark.parametrize("one", [np.ones(60), np.zeros((60, 1)), np.eye(3)[[1] * 60], ["a"] * 60])
def test_one_class_only_is_none(one):
    with pytest.raises(tw.DataError, match=r"has one class only, (1|0|2|'a'): give rows of at least two classes"):
        tw.patternnet(P, one, **QUICK)


def test_one_example_and_numbers_that_are_no_classes(fit):
    for one, told in ((P[0], r"P\[None\]"), (P[0].tolist(), r"\[P\]")):
        with pytest.raises(tw.ArgumentError, match=f"the model has 2 inputs: one example. .*, give {told}$"):
            fit.predict(one)
    with pytest.raises(tw.ArgumentError, match=r"the model has 2 inputs$"):
        fit.predict([1.0, 2.0, 3.0])
    with pytest.raises(tw.DataError, match=r"T has 60 different numbers in 60 rows, .* use tw.fitnet"):
        tw.patternnet(P, P[:, 0])


def test_an_argument_that_there_is_not():
    for recipe in (tw.fitnet, tw.patternnet, tw.cascadeforwardnet):
        with pytest.raises(TypeError, match=rf"{recipe.__name__}\(\) got an unexpected keyword argument 'optimizer'"):
            recipe(P, T, optimizer="lm")


@pytest.mark.parametrize("kind", ["numbers", "texts", "rows"])
def test_examples_without_a_class_are_refused_by_name_or_left_out_with_a_note(kind):
    right = P[:, 0] > 5
    numbers = np.where(np.arange(60) == 3, np.nan, right)
    one_hot = np.column_stack([numbers, 1 - numbers])
    texts = [None if np.isnan(number) else ["no", "yes"][int(number)] for number in numbers]
    given = {"numbers": numbers, "texts": texts, "rows": one_hot}[kind]
    with pytest.raises(tw.DataError, match=r"^T has no class in row 3 \(counted from 0\): leave the row out"):
        tw.patternnet(P, given, **QUICK)
    fit = tw.patternnet(P, given, targets="ignore_nan", divide="block", **QUICK)
    assert fit.notes == ("1 example has no class in T: left out",)
    assert fit.rows.train.tolist() == [row for row in range(42) if row != 3]
    kept = np.delete(np.arange(60), 3)
    parts = [np.searchsorted(kept, rows) for rows in (fit.rows.train, fit.rows.validation, fit.rows.test)]
    labels = [given[row] for row in kept] if kind == "texts" else given[kept]
    alone = tw.patternnet(P[kept], labels, divide="indices", indices=parts, **QUICK)
    np.testing.assert_array_equal(fit.predict(P), alone.predict(P))
    with pytest.raises(tw.DataError, match="T has no class in any row"):
        tw.patternnet(P, np.full(60, np.nan), targets="ignore_nan", **QUICK)


def test_no_rows_have_no_answers(fit):
    assert fit.predict(P[:0]).shape == (0, 2)
    assert tw.fitnet(P, T[:, 0], **QUICK).predict(P[:0]).shape == (0, 1)
    assert tw.patternnet(P, CLASSES, **QUICK).predict(P[:0]).shape == (0, 3)


@pytest.mark.parametrize("library", [pd, pl])
def test_the_columns_of_a_frame_are_taken_by_their_names(library, tmp_path):
    frame = library.DataFrame({"y": P[:, 0], "a": P[:, 1]})
    fit, plain = tw.fitnet(frame, T[:, 0], **QUICK), tw.fitnet(P, T[:, 0], **QUICK)
    assert fit.model.encoding.layout.inputs == ("y", "a")
    assert fit.model.encoding.target_names == ("target_y",)
    fit.save(tmp_path / "f.thalweg")
    for model in (fit, tw.load(tmp_path / "f.thalweg")):
        for given in (frame, frame[["a", "y"]], P):
            np.testing.assert_array_equal(model.predict(given), plain.predict(P))
        with pytest.raises(tw.DataError, match=r"^P lacks 'a' and has 'b', unlike the frame of the training"):
            model.predict(library.DataFrame({"y": P[:, 0], "b": P[:, 1]}))
        with pytest.raises(tw.DataError, match=r"^P lacks 'a', unlike"):
            model.predict(frame[["y"]])
    np.testing.assert_array_equal(plain.predict(frame), plain.predict(P))
    np.testing.assert_array_equal(tw.patternnet(frame, CLASSES, **QUICK).predict(frame[["a", "y"]]),
                                  tw.patternnet(P, CLASSES, **QUICK).predict(P))  # fmt: skip


def test_a_frame_whose_columns_have_one_name_or_numbers():
    with pytest.raises(tw.DataError, match=r"^P has 2 columns 'a': rename all but one"):
        tw.fitnet(pd.DataFrame(P, columns=["a", "a"]), T, **QUICK)
    assert tw.fitnet(pd.DataFrame(P), T, **QUICK).model.encoding.layout.inputs == ("x1", "x2")


def test_a_part_that_lacks_all_values_of_a_target_is_told(fit):
    holes = T.copy()
    holes[fit.rows.validation, 1] = np.nan
    found = tw.fitnet(P, holes, targets="ignore_nan", divide="interleaved", **QUICK)
    assert set(found.scores) == {"train", "test"}
    assert found.notes == ("no validation row has a target 'y2': that part has no scores",)
    assert found.record["notes"] == list(found.notes)
    holes[fit.rows.validation[0], 1] = 1.0
    found = tw.fitnet(P, holes, targets="ignore_nan", divide="interleaved", **QUICK)
    assert set(found.scores) == {"train", "validation", "test"}
    assert found.notes == ()


def test_missing_inputs_are_told_and_a_table_is_answered_as_an_array_is(tmp_path, fit):
    holes = P.copy()
    holes[fit.rows.test[:2], 1] = np.nan
    holes[fit.rows.train[0], 0] = holes[fit.rows.validation[0], 0] = np.nan
    found = tw.fitnet(holes, T, divide="interleaved", **QUICK)
    assert found.notes == (
        "input x1 lacks a value in 1 training row and 1 validation row: the training mean is taken, and an input "
        "'x1 is missing' marks it",
        "input x2 lacks a value in 2 test rows, and in no training row: the training mean is taken",
    )
    filled = np.where(np.isnan(holes[:, 1]), holes[fit.rows.train, 1].mean(), holes[:, 1])
    scores = found.scores["test"]
    e = (T - found.predict(np.column_stack([holes[:, 0], filled])))[fit.rows.test]
    np.testing.assert_allclose([one.rmse for one in scores.each], np.sqrt((e**2).mean(axis=0)))
    found.save(tmp_path / "f.thalweg")
    model = tw.load(tmp_path / "f.thalweg")
    with pytest.raises(tw.DataError, match=r"^column 'x2' has no value in row 2, where no training row lacked one"):
        model.predict_table({"x1": [1.0, 2.0], "x2": [2.0, None]})
    table = {"x1": [None, 1.0], "x2": [2.0, 3.0]}
    np.testing.assert_array_equal(model.predict_table(table).values, model.predict([[np.nan, 2.0], [1.0, 3.0]]))


@pytest.mark.parametrize(
    ("name", "made"),
    [("trainlm", tw.LevenbergMarquardt(acceleration=False)),
     ("trainbr", tw.BayesianRegularization(mu=0.005, acceleration=False)),
     ("trainscg", tw.ScaledConjugateGradient(damping=5e-7)),
     ("trainrp", tw.Rprop(delta0=0.07, delta_min=0.0, backtracking="turn")),
     ("traingdm", tw.Momentum(learning_rate=0.001)),
     ("traincgb", tw.ConjugateGradient(variant="powell_beale")),
     ("trainbfg", tw.BFGS()), ("trainoss", tw.OneStepSecant()), ("traingd", tw.GradientDescent())],
)  # fmt: skip
def test_a_rule_that_is_made_as_the_page_from_matlab_says_is_that_of_the_name(name, made):
    by_name, by_hand = (tw.fitnet(P, T, 2, train, epochs=3, engine="numpy") for train in (name, made))
    assert by_name.run.optimizer == made
    np.testing.assert_array_equal(by_name.predict(P), by_hand.predict(P))


def test_a_fit_whose_process_ended_goes_on(tmp_path):
    """As it would have been, to the bit; its record keeps no folder as a choice, so that its steps open from a file."""
    P = np.linspace(-2, 2, 60)

    def power_cut(end):
        if end.epoch == 5:
            raise SystemExit

    options = {"hidden": 3, "train": "rprop", "epochs": 9, "patience": None}
    place = tw.Checkpoints(tmp_path / "fit", every="2epochs")
    with pytest.raises(SystemExit):
        tw.fitnet(P, P**2, **options, callbacks=[power_cut], checkpoint=place)
    again = tw.fitnet(P, P**2, **options, checkpoint=dataclasses.replace(place, resume=True))
    whole = tw.fitnet(P, P**2, **options)
    ravel = whole.model.network.ravel
    np.testing.assert_array_equal(ravel(again.model.params), ravel(whole.model.params), strict=True)
    assert again.model.record["scores_by_part"] == whole.model.record["scores_by_part"]
    assert "from a checkpoint after epoch" in again.run.step(8).notes[1]
    named = tw.fitnet(P, P**2, **options, checkpoint=str(tmp_path / "named"))
    assert named.model.record["recipe"] == whole.model.record["recipe"]
    with pytest.raises(tw.ArgumentError, match="of another training: other inputs"):
        tw.fitnet(P + P**2, P**2, **options, checkpoint=dataclasses.replace(place, resume=True))


def test_the_seed_draws_the_weights_and_weights_of_examples_validate_too():
    weight = RNG.uniform(0.2, 3.0, 60)
    fit = tw.fitnet(P, T, **QUICK, divide="interleaved", seed=3, sample_weight=weight)
    net, rows = fit.model.network, fit.rows
    np.testing.assert_allclose(net.ravel(fit.run.recipe.params), net.ravel(net.init(3, InitNW(-1.0, 1.0))))
    X, Y = scaled(P, rows.train)[rows.validation], scaled(T, rows.train)[rows.validation]
    F = tw.gradient(net, "mse", fit.run.params, X, Y, weight[rows.validation])[0]
    assert fit.run.history.validation_loss[fit.run.best_epoch - 1] == pytest.approx(float(F))


def test_the_range_of_a_column_that_does_not_vary_is_opened_to_both_sides():
    given = _initializer(Choices(3, "lm", initializer="initnw"), np.array([[-1.0, 0.5], [1.0, 0.5]]))
    assert given == InitNW((-1.0, -0.5), (1.0, 1.5))
