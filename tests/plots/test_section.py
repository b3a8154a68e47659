"""What a network says of a line or a plane, beside its own predictions there."""

import dataclasses

import numpy as np
import polars as pl
import pytest

import thalweg as tw
from thalweg.plots.section import MOST_EXAMPLES, section_of_function, section_of_run
from thalweg.plots.table_section import section_of_table

RNG = np.random.default_rng(0)
P = RNG.normal(size=(60, 4))
LABELS = (P[:, 0] > 0).astype(int) + (P[:, 1] > 0.5)
T = np.eye(3)[LABELS]
HOW = {"epochs": 3, "engine": "numpy"}


@pytest.fixture(scope="module")
def classifier():
    return tw.train(
        tw.mlp(4, 3, 3, output="softmax"), P[:40], T[:40], validation=(P[40:50], T[40:50]), test=(P[50:], T[50:]), **HOW
    )


def test_the_others_are_held_at_their_median_and_the_classes_are_those_that_it_predicts(classifier):
    section = section_of_run(classifier, ["input 2", "input 1"], cells=5)
    said = section.said(classifier.params)
    (left, right), (low, high) = section.ends
    middle = np.median(P[:40], axis=0)
    for row, second in enumerate(np.linspace(low, high, 5)):
        for column, first in enumerate(np.linspace(left, right, 5)):
            one = np.array([[second, first, *middle[2:]]])
            np.testing.assert_allclose(said.grid[row, column], classifier.predict(one)[0], atol=1e-6)
    np.testing.assert_allclose(said.examples, classifier.predict(P), atol=1e-6)
    assert section.classes == ("0", "1", "2")
    np.testing.assert_array_equal(section.targets, LABELS)
    np.testing.assert_allclose(section.places, P[:, [1, 0]], atol=1e-6)
    assert section.part_names == ("training", "validation", "test")
    assert np.bincount(section.parts).tolist() == [40, 10, 10]
    assert [name for name, _ in section.held] == ["input 3", "input 4"]
    assert (P[:, [1, 0]].min(axis=0) > section.ends[:, 0]).all()
    assert (P[:, [1, 0]].max(axis=0) < section.ends[:, 1]).all()


def test_units_say_what_the_forward_phase_says(classifier):
    section = section_of_run(classifier, cells=4)
    maps = section.maps(classifier.params)
    passed = tw.forward(classifier.network, classifier.params, section.grid_inputs)
    assert list(maps) == ["layer1", "layer2"]
    np.testing.assert_allclose(maps["layer1"].reshape(16, 3), passed.outputs["layer1"], atol=1e-6)


def test_what_is_held_elsewhere_is_told(classifier):
    section = section_of_run(classifier, [0], {"input 3": 2.5}, cells=3)
    assert dict(section.held)["input 3"] == "2.5"
    np.testing.assert_array_equal(section.grid_inputs[:, 2], 2.5)
    assert section.said(classifier.params).grid.shape == (3, 3)


def test_one_output_of_two_values_is_a_share_of_the_upper_class():
    run = tw.train(tw.mlp(4, 2, 1, output="tanh"), P, np.where(P[:, :1] > 0, 1.0, -1.0), "mse", **HOW)
    section = section_of_run(run, classes=("no", "yes"), cells=3)
    said = section.said(run.params)
    np.testing.assert_allclose(said.examples[:, 1], (run.predict(P)[:, 0] + 1) / 2, atol=1e-6)
    np.testing.assert_allclose(said.examples.sum(axis=1), 1)
    np.testing.assert_array_equal(section.targets, P[:, 0] > 0)
    values = section_of_run(run, classes=(), cells=3)
    np.testing.assert_allclose(values.said(run.params).examples, run.predict(P)[:, 0], atol=1e-6)


def test_what_fitnet_leaves_is_in_the_units_of_its_arrays():
    x = np.linspace(100, 200, 40)
    fit = tw.fitnet(x, x**2, 3, epochs=5, engine="numpy")
    section = section_of_run(fit, cells=7)
    at = np.linspace(*section.ends[0], 7)
    np.testing.assert_allclose(section.said(fit.run.params).grid, fit.predict(at)[:, 0], rtol=1e-6)
    assert section.maps(fit.run.params)["layer1"].shape == (7, 3)
    assert section.ends[0, 0] < x.min() < x.max() < section.ends[0, 1]


def test_a_function_is_asked_as_it_is():
    section = section_of_function(lambda p: p.sum(axis=1), {"training": (P, P[:, 0])}, cells=4)
    np.testing.assert_allclose(section.said(None).examples, P.sum(axis=1))
    np.testing.assert_allclose(section.said(lambda p: 2 * p[:, :1]).examples, 2 * P[:, 0])
    with pytest.raises(tw.ArgumentError, match="has no units"):
        section.maps(None)


def test_a_table_says_what_its_model_predicts():
    frame = pl.DataFrame({"a": P[:, 0], "kind": ["x", "y", "y"] * 20, "b": P[:, 1], "y": P[:, 0] * 3 + 100})
    trained = tw.train_table(frame, "y", tw.Settings(epochs=2, hidden=(2,), engine="numpy"))
    model = trained.model
    rows = np.arange(60)
    section = section_of_table(model.encoding, frame, {"all": (rows, frame["y"].to_numpy())}, model.network, cells=4)
    assert section.names == ("a", "b")
    assert section.held == (("kind", "y"),)
    asked = pl.DataFrame({"a": np.full(4, section.ends[0, 0]), "b": np.linspace(*section.ends[1], 4), "kind": "y"})
    expected = model.predict_table(asked).values
    np.testing.assert_allclose(section.said(model.params).grid[:, 0], expected, rtol=1e-5)
    np.testing.assert_allclose(section.said(model.params).examples, model.predict_table(frame).values, rtol=1e-5)
    other = section_of_table(
        model.encoding, frame, {"all": (rows, frame["y"].to_numpy())}, model.network, ["b"], {"kind": "x"}, cells=4
    )
    assert dict(other.held)["kind"] == "x"
    two = frame.with_columns(z=pl.when(pl.int_range(pl.len()) > 3).then(1000 * pl.col("a")))  # missing in four rows
    settings = tw.Settings(hidden=(2,), epochs=3, engine="numpy", split="100/0/0", missing_targets="ignore")
    model = tw.train_table(two, ["y", "z"], settings).model
    labels = two["y", "z"].to_numpy()
    second = section_of_table(model.encoding, two, {"all": (rows, labels)}, model.network, cells=4, which=1)
    assert (second.target, second.examples) == ("z", len(rows) - 4)
    np.testing.assert_allclose(second.said(model.params).examples, model.predict_table(two[4:]).values[:, 1], rtol=1e-5)


def test_of_many_examples_some_are_drawn_and_all_are_counted():
    many = RNG.normal(size=(MOST_EXAMPLES + 50, 2))
    section = section_of_function(lambda p: p, {"all": (many, many)}, cells=2)
    assert len(section.places) == MOST_EXAMPLES
    assert section.examples == MOST_EXAMPLES + 50


def test_what_is_refused(classifier):
    for across, told in ((["input 9"], "did you mean"), ([0, 0], "two different ones"), ([], "one input, or two")):
        with pytest.raises(tw.ArgumentError, match=told):
            section_of_run(classifier, across)
    with pytest.raises(tw.ArgumentError, match="input to hold"):
        section_of_run(classifier, [0, 1], {"input 1": 3.0})
    with pytest.raises(tw.ArgumentError, match="classes names 2, and the targets are of 3"):
        section_of_run(classifier, classes=["a", "b"])
    with pytest.raises(tw.ArgumentError, match="does not hold its examples"):
        section_of_run(dataclasses.replace(classifier, recipe=None))
    with pytest.raises(tw.ArgumentError, match="must be a dict"):
        section_of_function(lambda p: p, {})
    with pytest.raises(tw.DataError, match="as many examples"):
        section_of_function(lambda p: p, {"a": (P, P[:3])})
