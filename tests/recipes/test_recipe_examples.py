"""The examples of a recipe: weights divided with the rows, against examples given twice or left out; names kept."""

import numpy as np
import pandas as pd
import polars as pl
import pytest

import thalweg as tw

RNG = np.random.default_rng(1)
P = RNG.uniform(0, 10, (60, 2))
T = np.column_stack([np.sin(P[:, 0] / 3), P[:, 0] * P[:, 1]])
LABELS = np.where(P[:, 0] > 5, "right", "left")
PARTS = np.arange(40), np.arange(40, 50), np.arange(50, 60)
QUICK = {"hidden": 3, "epochs": 12, "engine": "numpy"}


def dealt(train=PARTS[0], validation=PARTS[1], test=PARTS[2]):
    return {"divide": "indices", "indices": (train, validation, test), **QUICK}


@pytest.mark.parametrize(("recipe", "targets"), [(tw.fitnet, T), (tw.patternnet, LABELS)])
def test_a_weight_of_two_is_an_example_given_twice(recipe, targets):
    twice = np.flatnonzero(np.arange(60) % 3 == 0)
    weight = np.where(np.isin(np.arange(60), twice), 2.0, 1.0)
    weighed = recipe(P, targets, sample_weight=weight, **dealt())
    doubled, again = np.concatenate([P, P[twice]]), np.concatenate([targets, targets[twice]])
    parts = [np.concatenate([rows, 60 + np.flatnonzero(np.isin(twice, rows))]) for rows in PARTS]
    given_twice = recipe(doubled, again, **dealt(*parts))
    for name in ("loss", "validation_loss"):
        expected = getattr(given_twice.run.history, name)
        np.testing.assert_allclose(getattr(weighed.run.history, name), expected, rtol=1e-5)
    np.testing.assert_allclose(weighed.run.history["test_loss"], given_twice.run.history["test_loss"], rtol=1e-5)
    np.testing.assert_allclose(weighed.predict(P), given_twice.predict(P), rtol=1e-4, atol=1e-6)
    of_weighed, of_twice = weighed.scores["test"].compared(), given_twice.scores["test"].compared()
    assert weighed.scores["test"].weighed_by == "sample_weight"
    for (name, value, constant), (_, expected, of_constant) in zip(of_weighed, of_twice, strict=True):
        numbers = [float(text.split()[0]) for text in (value, expected, constant, of_constant)]
        np.testing.assert_allclose(numbers[::2], numbers[1::2], rtol=2e-3, err_msg=name)


@pytest.mark.parametrize("weights", ["sample_weight", "target_weight"])
def test_a_weight_of_zero_is_an_example_left_out(weights):
    out = np.isin(np.arange(60), [0, 7, 45, 55])
    far = P.copy()
    far[out] *= 100  # no scale may have seen them
    weight = np.where(out, 0.0, 1.0)
    given = weight if weights == "sample_weight" else np.column_stack([weight, weight])
    fit = tw.fitnet(far, T, **{weights: given}, **dealt())
    without = tw.fitnet(far, T, **dealt(*(rows[~out[rows]] for rows in PARTS)))
    assert fit.notes == ("4 examples of weight 0 left out",)
    assert fit.model.encoding.inputs == without.model.encoding.inputs
    np.testing.assert_allclose(fit.run.history.loss, without.run.history.loss, rtol=1e-9)
    np.testing.assert_allclose(fit.predict(P), without.predict(P), rtol=1e-7, atol=1e-9)
    for part, scores in without.scores.items():
        np.testing.assert_allclose(fit.scores[part].together["r2"], scores.together["r2"], rtol=1e-9)


def test_a_target_of_weight_zero_is_as_missing():
    gone = RNG.random(T.shape) < 0.2
    missing = tw.fitnet(P, np.where(gone, np.nan, T), targets="ignore_nan", **dealt())
    weighed = tw.fitnet(P, np.where(gone, 1e6, T), target_weight=np.where(gone, 0.0, 1.0), **dealt())
    np.testing.assert_allclose(weighed.predict(P), missing.predict(P), rtol=1e-9)
    assert weighed.model.encoding.targets == missing.model.encoding.targets
    rows = dict(zip(("train", "validation", "test"), PARTS, strict=True))
    for part, scores in missing.scores.items():
        np.testing.assert_allclose(weighed.scores[part].together["r2"], scores.together["r2"], rtol=1e-9)
        there = (~gone[rows[part]]).sum(axis=0)
        assert [one.examples for one in weighed.scores[part].each] == there.tolist()


def test_targets_are_weighed_in_the_scores():
    weight = RNG.uniform(0.5, 2.0, T.shape)
    fit = tw.fitnet(P, T, target_weight=weight, sample_weight=weight[:, 0], **dealt())
    scores, rows = fit.scores["test"], PARTS[2]
    e, both = (T - fit.predict(P))[rows], weight[rows] * weight[rows, :1]
    expected = np.sqrt((both * e**2).sum(axis=0) / both.sum(axis=0))
    np.testing.assert_allclose([one.rmse for one in scores.each], expected, rtol=1e-9)
    assert scores.weighed_by == "target_weight"
    trained, w = PARTS[0], weight[PARTS[0]] * weight[PARTS[0], :1]
    means = (w * T[trained]).sum(axis=0) / w.sum(axis=0)
    np.testing.assert_allclose([one["mean"] for one in fit.record["constant"]["targets"]], means, rtol=1e-12)
    single = tw.fitnet(P, T[:, 0], target_weight=weight[:, :1], **dealt()).scores["test"]
    assert single.weighed_by == "target_weight"


def test_a_run_begins_at_the_parameters_given():
    net = tw.mlp(2, 3, 2, hidden="tansig", output="purelin")
    start = net.init(5, "xavier_normal")
    fit = tw.fitnet(P, T, params=start, **dealt())
    np.testing.assert_array_equal(net.ravel(fit.run.recipe.params), net.ravel(start))
    first = tw.fitnet(P, T, **dealt())
    on = tw.fitnet(P, T, params=first.run.params, **dealt())
    assert on.run.history.loss[0] < first.run.history.loss[0]
    with pytest.raises(tw.ArgumentError, match=r"layer1.*shape"):
        tw.fitnet(P, T, params=tw.mlp(2, 4, 2).init(0), **dealt())


@pytest.mark.parametrize(
    ("weights", "told"),
    [
        ({"sample_weight": np.ones(59)}, r"sample_weight has shape \(59,\); it must be \(60,\), one an example"),
        ({"sample_weight": -np.ones(60)}, "sample_weight is -1.0 at row 0; a weight must not be negative"),
        ({"sample_weight": np.zeros(60)}, "sample_weight is 0 everywhere; some example must count"),
        ({"sample_weight": np.full(60, np.nan)}, "sample_weight has nan at row 0"),
        ({"sample_weight": "abc"}, "sample_weight is 'abc'; it must be an array of numbers or None"),
        ({"sample_weight": np.arange(60) >= 40}, "every training row has the weight 0: weigh some, or divide"),
        ({"target_weight": np.ones(60)}, r"target_weight has shape \(60,\) and T \(60, 2\): give a weight for each"),
        ({"target_weight": -np.ones((60, 2))}, "target_weight is -1 at row 0, column 0; a weight must not be negative"),
    ],
)  # fmt: skip
def test_weights_that_are_none(weights, told):
    with pytest.raises(tw.ThalwegError, match=told):
        tw.fitnet(P, T, **weights, **dealt())


def test_names_of_targets_are_kept():
    frames = [pl.DataFrame(T, schema=["sine", "product"]), pd.DataFrame(T, columns=["sine", "product"])]
    for frame in frames:
        fit = tw.fitnet(P, frame, **dealt())
        assert fit.model.encoding.target_names == ("sine", "product")
        assert fit.scores["test"].names == ("sine", "product")
    for series in (pl.Series("sine", T[:, 0]), pd.Series(T[:, 0], name="sine")):
        assert tw.fitnet(P, series, **dealt()).model.encoding.target_names == ("sine",)
    assert tw.fitnet(P, pd.Series(T[:, 0]), **dealt()).model.encoding.target_names == ("y",)
    assert tw.fitnet(P, pd.DataFrame(T), **dealt()).model.encoding.target_names == ("y1", "y2")


def test_names_of_classes_are_kept(tmp_path):
    one_hot = np.eye(3)[np.digitize(P[:, 0], [3, 7])]
    named = tw.patternnet(P, pd.DataFrame(one_hot, columns=["low", "middle", "high"]), **dealt())
    plain = tw.patternnet(P, one_hot, **dealt())
    assert named.model.encoding.target.classes == ("low", "middle", "high")
    np.testing.assert_array_equal(named.predict(P), plain.predict(P))
    named.save(tmp_path / "n.thalweg")
    model = tw.load(tmp_path / "n.thalweg")
    expected = np.array(["low", "middle", "high"])[plain.predict(P).argmax(axis=1)]
    assert model.predict_table({"x1": P[:, 0], "x2": P[:, 1]}).values.tolist() == expected.tolist()
    assert tw.patternnet(P, pl.Series("side", LABELS), **dealt()).model.encoding.target_names == ("side",)
    yes = pl.DataFrame({"passed": (P[:, 0] > 5).astype(int)})
    assert tw.patternnet(P, yes, **dealt()).model.encoding.target_names == ("passed",)
