"""Models whose record was edited, by the commands that read it: each ends in one line that names the part."""

import copy
import dataclasses
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from command_line import run

import thalweg as tw

P = np.random.default_rng(3).uniform(0, 1, (40, 2))
FRAME = pl.DataFrame({"x1": P[:, 0], "x2": P[:, 1], "y": P[:, 0] * P[:, 1], "w": np.ones(40)})
SETTINGS = tw.Settings(hidden=(3,), epochs=3, sample_weight="w", engine="numpy")


@pytest.fixture(scope="module", name="models")
def _models() -> dict[str, tw.Model]:
    """One of a table, one of arrays, and one of two networks."""
    several = dataclasses.replace(SETTINGS, members=2, folds=2)
    return {
        "table": tw.train_table(FRAME, "y", SETTINGS, name="t.csv").model,
        "arrays": tw.fitnet(P, FRAME["y"].to_numpy(), 3, epochs=3, engine="numpy").model,
        "several": tw.train_table(FRAME, "y", several, name="t.csv").model,
    }


SHOW, PREDICT, DIAGNOSE = ("show",), ("predict", "t.csv"), ("diagnose", "--table", "t.csv")
STEP, ROW = ("step", "--table", "t.csv", "--step", 1), ("step", "--table", "t.csv", "--row", 3)


@pytest.mark.parametrize(
    ("kind", "command", "place", "value", "told"),
    [
        ("table", SHOW, "table", "t.csv", "table is 't.csv'; it must be an object"),
        ("table", SHOW, "table.rows", -1, "table.rows is -1; it must be a whole number of at least 0"),
        ("table", SHOW, "seconds", "long", "seconds is 'long'; it must be a number"),
        ("table", SHOW, "seconds", 10**400, "seconds is 100000000000000000...0000000000000000000; it must be a number"),
        ("table", SHOW, "notes", ["one", 2], "notes holds 2; it must hold texts"),
        ("table", SHOW, "scores.rmse", "low", "scores are damaged"),
        ("arrays", SHOW, "recipe.ratios", [0.7, "x"], "recipe.ratios holds 'x'; it must hold numbers"),
        ("arrays", SHOW, "recipe.name", None, "recipe.name is None; it must be a text"),
        ("several", SHOW, "ensemble", None, "'ensemble.settings' is missing"),
        ("several", SHOW, "ensemble.settings", [3], "setting 1 of the ensemble is 3; it must be an object"),
        ("several", SHOW, "fold_scores.summary.r2", 3, "fold_scores.summary.r2 is 3; it must be an object"),
        ("table", STEP, "settings", 3, "settings is 3; it must be an object"),
        ("table", STEP, "settings.hiden", 3, "unknown setting 'hiden'"),
        ("table", STEP, "split.train", "all", "split.train is 'all'; it must be a whole number"),
        ("table", STEP, "history.loss", [[1.0]], "history.loss holds [1.0]; it must hold numbers"),
        ("table", STEP, "stopped_because", 3, "stopped_because is 3; it must be a text"),
        ("table", STEP, "recipe", 3, "recipe is 3; it must be an object"),
        ("table", STEP, "member", {}, "'member.number' is missing"),
        ("table", STEP, "files", [], "files is []; it must be an object"),
        ("table", ROW, "settings.l1", None, "settings: l1 is None; it must be a number"),
        ("arrays", STEP, "recipe.rule", [], "recipe.rule is []; it must be an object"),
        ("arrays", STEP, "recipe.not_in_file", "x", "recipe.not_in_file is 'x'; it must be a list"),
        ("arrays", ROW, "recipe.penalties", [0.0], "recipe.penalties is [0.0]; it must be two numbers"),
        ("table", DIAGNOSE, "history", 3, "history is 3; it must be an object"),
        ("table", DIAGNOSE, "best_epoch", None, "best_epoch is None; it must be a whole number"),
        ("arrays", DIAGNOSE, "history.validation_loss", [1.0], "3 losses and 1 validation losses"),
        ("table", PREDICT, "settings", 3, "settings is 3; it must be an object"),
        ("arrays", PREDICT, "recipe.options", "none", "recipe.options is 'none'; it must be an object"),
    ],
)  # fmt: skip
def test_a_damaged_part_is_named_in_one_line(kind, command, place, value, told, models, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    FRAME.write_csv("t.csv")
    model = models[kind]
    record = inside = copy.deepcopy(model.record)
    *way, name = place.split(".")
    for one in way:
        inside = inside[one]
    inside[name] = value
    tw.save(dataclasses.replace(model, record=record), "net.thalweg")
    ended = run(command[0], "net.thalweg", *command[1:])
    assert ended.status == 1
    assert told in ended.err
    assert "record of the model's training is damaged" in ended.err
    assert ended.err.count("\n") == 1
    assert {path.name for path in Path().iterdir()} == {"net.thalweg", "t.csv"}


def test_what_was_not_finite_is_shown_and_whole_models_stay(models, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    FRAME.write_csv("t.csv")
    model = models["several"]
    record = copy.deepcopy(model.record)
    record["fold_scores"]["summary"]["r2"]["spread"] = float("nan")
    tw.save(dataclasses.replace(model, record=record), "net.thalweg")
    assert run("show", "net.thalweg").out.count("nan") == 1
    record = {**models["table"].record, "history": {"loss": [1.0, float("inf")], "validation_loss": None}}
    tw.save(dataclasses.replace(models["table"], record=record), "net.thalweg")
    assert "<svg" in tw.load("net.thalweg").in_html()
    whole = tw.fitnet(P, FRAME["y"].to_numpy(), 3, "adam", batch_size=None, epochs=2, engine="numpy")
    FRAME.head(20).write_csv("t.csv")
    whole.save("net.thalweg")
    assert "over all 20 rows" in run(*DIAGNOSE[:1], "net.thalweg", *DIAGNOSE[1:]).out
