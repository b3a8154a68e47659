"""Several targets, weights and splits on the command line, from the table to the predictions."""

import io
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from command_line import folder, ok, refused, run
from read_page import Page

import thalweg as tw

FAST = ("--epochs", 3, "--hidden", 4, "--engine", "numpy")
IGNORED = ("--ignore", "water,fat,ripe,sold,patient,w,day")


@pytest.fixture(scope="module", name="place")
def _place(tmp_path_factory) -> Path:
    """A folder with a table, a model of measured targets and one of labels."""
    place = tmp_path_factory.mktemp("several")
    random = np.random.default_rng(0)
    x, z = random.normal(size=(2, 80))
    frame = pl.DataFrame(
        {
            "x": x, "z": z, "water": 50 + 9 * x, "fat": z + 0.1, "ripe": np.where(x > 0, "yes", "no"), "sold": z > 0.5,
            "patient": [f"p{number}" for number in random.integers(0, 20, 80)], "w": random.integers(1, 4, 80),
            "day": pl.date_range(pl.date(2024, 1, 1), pl.date(2024, 3, 20), eager=True),
        }
    )  # fmt: skip
    frame.write_csv(place / "meat.csv")
    return place


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path, monkeypatch, place):
    monkeypatch.chdir(tmp_path)
    Path("meat.csv").write_bytes((place / "meat.csv").read_bytes())


def ignoring(*kept: str) -> tuple[str, str]:
    return ("--ignore", ",".join(name for name in IGNORED[1].split(",") if name not in kept))


def test_measured_targets_from_the_table_to_the_predictions():
    both = ("--target", "water", "--target", "fat", *ignoring("water", "fat"))
    ended = ok("train", "meat.csv", *both, *FAST)
    for words in ("regression of 'water' and 'fat'", "2 linear", "mean R²", "always saying the mean of each", "target"):
        assert words in ended.out
    Page(Path("meat.report.html").read_text(encoding="utf-8"))
    told = ok("show", "meat.thalweg").out
    assert "mean R²" in told
    predicted = ok("predict", "meat.thalweg", "meat.csv")
    frame = pl.read_csv(io.StringIO(predicted.out))
    model = tw.load("meat.thalweg")
    said = model.predict_table(tw.read_table("meat.csv")).values
    np.testing.assert_allclose(frame["predicted_water", "predicted_fat"].to_numpy(), said)
    assert "the table has the targets: mean R²" in predicted.err
    told = ok("predict", "meat.thalweg", "meat.csv", "--json").json
    assert list(told["predictions"]) == list(told["scores"]["targets"]) == ["water", "fat"]
    np.testing.assert_allclose(told["predictions"]["fat"], said[:, 1])
    assert "fat" in ok("step", "meat.thalweg", "--table", "meat.csv", "--row", 3).out


def test_labels_and_what_is_printed_as_json():
    both = ("--target", "ripe", "--target", "sold", *ignoring("ripe", "sold", "patient", "w"))
    weights = ("--class-weight", "{ripe = {yes = 2}, sold = {true = 3}}", "--group", "patient", "--sample-weight", "w")
    told = ok("train", "meat.csv", *both, *FAST, *weights, "--json").json
    assert told["targets"] == ["ripe", "sold"]
    assert told["settings"]["class_weight"] == {"ripe": {"yes": 2}, "sold": {"true": 3}}
    assert set(told["scores"]["together"]) == {"all_right", "accuracy", "balanced_accuracy", "log_loss"}
    assert told["scores"]["targets"]["ripe"]["weighed_by"] == "w"
    ended = ok("predict", "meat.thalweg", "meat.csv")
    heads = "predicted_ripe,predicted_sold,probability_ripe_no,probability_ripe_yes,probability_sold_False"
    assert heads in ended.out.splitlines()[0]
    assert "the table has the targets, weighed by 'w': all targets right" in ended.err
    assert "the table has" not in ok("predict", "meat.thalweg", write_without("ripe")).err
    assert "are the run's to the bit" in ok("step", "meat.thalweg", "--table", "meat.csv", "--step", 4).out


def write_without(*names: str) -> str:
    tw.read_table("meat.csv").drop(names).write_csv("new.csv")
    return "new.csv"


def test_weights_that_cannot_be_used_leave_the_predictions_unscored():
    ok("train", "meat.csv", "--target", "water", *ignoring("water", "w"), "--sample-weight", "w", *FAST, "-q")
    tw.read_table("meat.csv").with_columns(w=-pl.col("w")).write_csv("new.csv")
    assert "not scored: sample weight 'w' is -" in ok("predict", "meat.thalweg", "new.csv").err


def test_all_of_it_in_a_configuration_file():
    Path("c.toml").write_text(
        'table = "meat.csv"\ntarget = ["ripe", "sold"]\nignore = ["water", "fat", "patient", "day"]\nepochs = 2\n'
        'hidden = 4\njson = true\nsample-weight = "w"\nstratify = "x"\n'
        "[class-weight]\nripe = {yes = 2.5}\n\n[class-weight.sold]\ntrue = 3\n"
    )
    settings = ok("train", "--config", "c.toml").json["settings"]
    assert (settings["sample_weight"], settings["stratify"]) == ("w", "x")
    assert settings["class_weight"] == {"ripe": {"yes": 2.5}, "sold": {"true": 3}}
    Path("c.toml").write_text('class-weight = {yes = "2"}\n')
    assert "c.toml: class-weight: 'yes' is '2'; it must be a number" in refused("train", "--config", "c.toml")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--target", "water", "--target", "ripe"), "ask for regression and classification"),
        (("--target", "water", "--target", "fat", "--ignore", "fat"), "target 'fat' is also ignored"),
        (("--target", "water", "--group", "water"), "group 'water' is also the target"),
        (
            ("--target", "water", "--time", "ripe"),
            "time 'ripe' is 'yes' in row 1, which is neither a date nor a number",
        ),
        (("--target", "water", "--sample-weight", "x"), "which is negative"),
        (("--target", "ripe", "--class-weight", "{yes = -1}"), "class_weight of 'yes' is -1"),
    ],
)
def test_what_cannot_be_used_is_one_line(options, words):
    told = refused("train", "meat.csv", *options, *FAST)
    assert words in told
    assert told.count("\n") <= 1
    assert set(folder()) == {"meat.csv"}


def test_a_weight_that_is_no_table_is_usage():
    ended = run("train", "meat.csv", "--target", "ripe", "--class-weight", "even")
    assert ended.status == 2
    assert "'even' is neither 'balanced' nor a" in ended.err


def test_rates_say_the_targets_again():
    both = ("--target", "water", "--target", "fat", *ignoring("water", "fat"))
    more = ("--learning-rates", "0.01", "--momenta", "0.5", "--epochs", 2, "--hidden", 4)
    assert "thalweg train meat.csv --target water --target fat --ignore" in ok("rates", "meat.csv", *both, *more).out


def test_missing_targets_are_ignored_if_that_is_said():
    frame = pl.read_csv("meat.csv").with_columns(fat=pl.when(pl.int_range(80) % 4 > 0).then("fat"))
    frame.write_csv("holes.csv")
    both = ("--target", "water", "--target", "fat", *ignoring("water", "fat"), *FAST, "--json")
    left_out = ok("train", "holes.csv", *both).json
    told = ok("train", "holes.csv", *both, "--missing-targets", "ignore").json
    assert (sum(left_out["split"].values()), sum(told["split"].values())) == (60, 80)
    assert "20 of 80 rows have no target 'fat', which is ignored there" in told["notes"]
    found = ok("predict", "holes.thalweg", "holes.csv", "--json").json
    assert [scores["examples"] for scores in found["scores"]["targets"].values()] == [80, 60]
    errors = np.array(found["predictions"]["fat"]) - frame["fat"].to_numpy()
    assert found["scores"]["targets"]["fat"]["rmse"] == pytest.approx(np.sqrt(np.nanmean(errors**2)), rel=1e-6)
    frame.with_columns(fat=pl.lit(None, pl.Float64)).write_csv("none.csv")
    assert "not scored: no row has the target 'fat'" in ok("predict", "holes.thalweg", "none.csv").err
    given = ("--target", "water", "--target", "fat", *FAST, "--missing-targets", "ignore", "--folds", 3)
    found = ok("train", "holes.csv", *given, "--json").json
    counts = [[one["examples"] for one in fold["targets"].values()] for fold in found["fold_scores"]["folds"]]
    assert sum(water for water, _ in counts) > sum(fat for _, fat in counts)
