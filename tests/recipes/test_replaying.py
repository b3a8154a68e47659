"""The run of a recipe made anew from its file and the table of its arrays: the same, to the bit; and what cannot be."""

import dataclasses

import numpy as np
import optax
import polars as pl
import pytest

import thalweg as tw
from thalweg.recipes.replaying import replayed
from thalweg.tables.steps import open_step, replay_model

RNG = np.random.default_rng(3)
P = RNG.uniform(0, 10, (60, 2))
T = np.column_stack([np.sin(P[:, 0] / 3), P[:, 0] * P[:, 1]])
HOLES = np.where(RNG.random(T.shape) < 0.2, np.nan, T)
LABELS = np.where(P[:, 0] > 5, "b", "a")
THREE = np.eye(3)[np.digitize(P[:, 0], [3, 7])]
QUICK = {"hidden": 3, "epochs": 6, "engine": "numpy"}


@dataclasses.dataclass(frozen=True)
class OfOnesOwn(tw.optimizers.GradientDescent):
    """A rule that is in no registry."""


@dataclasses.dataclass(frozen=True)
class DrawnOtherwise(tw.initializers.Uniform):
    """Initial weights that are in no registry."""


def saved(fit, folder):
    fit.save(folder / "f.thalweg")
    return tw.load(folder / "f.thalweg")


def columns(**more):
    return pl.DataFrame({"x1": P[:, 0], "x2": P[:, 1], **more}).fill_nan(None)


NONE = np.where(np.arange(60)[:, None] % 7 == 3, np.nan, HOLES)
"""Some rows have no target at all."""
CASES = {
    "values": (lambda: tw.fitnet(P, T, train="trainlm", **QUICK), columns(y1=T[:, 0], y2=T[:, 1])),
    "missing": (
        lambda: tw.fitnet(P, HOLES, train="trainrp", targets="ignore_nan", scaling="mapstd", **QUICK),
        columns(y1=HOLES[:, 0], y2=HOLES[:, 1]),
    ),
    "rows without a target": (
        lambda: tw.fitnet(P, NONE, train="trainrp", targets="ignore_nan", divide="divideblock", **QUICK),
        columns(y1=NONE[:, 0], y2=NONE[:, 1]),
    ),
    "br": (lambda: tw.cascadeforwardnet(P, T[:, 0], train="br", divide="block", **QUICK), columns(y=T[:, 0])),
    "labels": (lambda: tw.patternnet(P, LABELS, divide="divideint", **QUICK), columns(**{"class": LABELS})),
    "one-hot": (
        lambda: tw.patternnet(P, THREE, train=tw.Adam(0.01), batch_size=16, dtype="float32", **QUICK),
        columns(**{"class": THREE.argmax(axis=1) + 1}),
    ),
    "indices": (
        lambda: tw.fitnet(
            P, T[:, 0], divide="indices", indices=(range(5, 40), [1, 2], []), l2=0.01,
            initializer=tw.initializers.Uniform(0.3), loss=tw.losses.Huber(0.5), train="scg", **QUICK,
        ),
        columns(y=T[:, 0]),
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_an_update_is_that_of_the_run_to_the_bit(case, tmp_path):
    make, table = CASES[case]
    fit = make()
    found = replay_model(saved(fit, tmp_path), table, fit.run.updates, recipe_from=replayed)
    assert "to the bit" in str(found.replay_error)
    assert "not" not in str(found.replay_error)
    mine, own = replayed(fit.model, table), fit.run.recipe
    np.testing.assert_array_equal(mine.examples.T, own.examples.T)
    np.testing.assert_array_equal(fit.model.network.ravel(mine.params), fit.model.network.ravel(own.params))
    assert (
        mine.rows.tolist() == fit.rows.train[np.arange(len(fit.rows.train)) if own.rows is None else own.rows].tolist()
    )


def test_a_step_is_that_of_the_run(tmp_path):
    make, table = CASES["values"]
    fit = make()
    step = tw.recipes.open_step(saved(fit, tmp_path), table, 2)
    own = fit.run.step(2)
    assert (step.value, step.value_after) == (own.value, own.value_after)
    net = fit.model.network
    np.testing.assert_array_equal(net.ravel(step.new_params), net.ravel(own.new_params))
    assert step.rows.tolist() == fit.rows.train.tolist()


@pytest.mark.parametrize(
    ("more", "away"),
    [
        ({"sample_weight": np.ones(60)}, "sample_weight"),
        ({"target_weight": np.ones((60, 2))}, "target_weight"),
        ({"params": tw.mlp(2, 3, 2).init(0)}, "params"),
        ({"train": tw.Adam(learning_rate=lambda k: 0.1 / (k + 1))}, "train"),
        ({"train": tw.Adam(), "order": tw.PrioritySampling()}, "order"),
        ({"train": OfOnesOwn()}, "train"),
        ({"train": optax.sgd(0.1), "epochs": 1, "engine": "xla"}, "train"),
        ({"initializer": DrawnOtherwise()}, "initializer"),
    ],
)
def test_what_the_file_does_not_hold_is_named(more, away, tmp_path):
    fit = saved(tw.fitnet(P, T, **{**QUICK, **more}), tmp_path)
    with pytest.raises(
        tw.ArgumentError, match=rf"does not hold what its training was given as {away}, so .* fit.run.step\(k\)"
    ):
        replayed(fit, CASES["values"][1])


@pytest.mark.parametrize(
    ("table", "told"),
    [
        (
            columns(y1=T[:, 0], y2=T[:, 1] + 1),
            "the table holds other numbers than the arrays that the model was fitted",
        ),
        (columns(y1=T[:, 0]), "target 'y2' is not a column"),
        (columns(y1=LABELS, y2=T[:, 1]), "target 'y1' holds String, and the arrays held numbers: give these"),
        (columns(y1=HOLES[:, 0], y2=T[:, 1]), "T has nan at row"),
        (columns(y1=T[:, 0], y2=T[:, 1])[:50], "the table holds other numbers"),
    ],
)
def test_another_table_is_refused(table, told):
    fit = CASES["values"][0]()
    with pytest.raises(tw.DataError, match=told):
        replayed(fit.model, table)


def test_what_was_not_fitted_by_a_recipe_and_a_damaged_record():
    model = tw.train_table(columns(y=T[:, 0]), "y", tw.Settings(hidden=(2,), epochs=1, engine="numpy")).model
    with pytest.raises(tw.ArgumentError, match="not fitted to arrays by a recipe"):
        replayed(model, columns(y=T[:, 0]))
    fit = CASES["values"][0]()
    recipe = {name: value for name, value in fit.record["recipe"].items() if name != "rule"}
    with pytest.raises(tw.FileError, match=r"damaged \('recipe.rule' is missing\)"):
        replayed(fit.model.with_record({**fit.record, "recipe": recipe}), CASES["values"][1])
    with pytest.raises(
        tw.ArgumentError, match=r"was fitted to arrays by fitnet: tw\.recipes\.open_step opens its updates"
    ):
        open_step(fit.model, CASES["values"][1], 1)
    with pytest.raises(tw.ArgumentError, match="leave the validation table out"):
        replayed(fit.model, CASES["values"][1], validation=CASES["values"][1])
