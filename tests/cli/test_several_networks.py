"""Several networks by the command line: --best, --folds, --members, and --member of what they leave."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from command_line import DATA, folder, ok, refused

import thalweg as tw
from thalweg.reports.page import PageFigure

pytestmark = pytest.mark.usefixtures("short_trials")
SMALL = ("--epochs", 5, "--engine", "numpy")


@pytest.fixture(scope="module", name="best")
def _best(tmp_path_factory) -> tuple[Path, str, dict]:
    """A folder with the wine and its best model, what was printed, and the JSON of four members of the houses."""
    place = tmp_path_factory.mktemp("best")
    for name in ("wine", "houses"):
        shutil.copy(DATA / f"{name}.csv", place)
    out = ok(
        "train", place / "wine.csv", "--target", "cultivar", "--best", *SMALL, "--output", place / "wine.thalweg"
    ).out
    told = ok("train", place / "houses.csv", "--target", "price", "--members", 4, "--folds", 2, "--hidden", 5, *SMALL,
              "--output", place / "houses.thalweg", "--json").json  # fmt: skip
    return place, out, told


@pytest.fixture(autouse=True)
def _in_that_folder(best, monkeypatch):
    monkeypatch.chdir(best[0])


def test_every_setting_and_what_is_kept_is_told(best) -> None:
    out = best[1]
    record = tw.load("wine.thalweg").record["ensemble"]
    for one in record["settings"]:
        (line,) = [line for line in out.splitlines() if line.startswith(one["name"]) and "0." in line]
        assert f"{one['loss']:.4g}" in line
        assert ("kept" in line) == (one["weight"] > 0)
        assert len(one["members"]) == 5
    assert "Scores of the 5 folds" in out
    assert "--best" not in out


def test_json_has_every_member(best) -> None:
    told = best[2]
    assert told["ensemble"]["folds"] == 2
    assert [one["fold"] for one in told["ensemble"]["settings"][0]["members"]] == [0, 1, 0, 1]
    summary = told["fold_scores"]["summary"]["rmse"]
    assert summary["mean"] == pytest.approx(np.mean([one["rmse"] for one in told["fold_scores"]["folds"]]))
    assert told["parameters"] == sum(one.network.parameter_count for one in tw.load("houses.thalweg").members)


def test_show_and_predict() -> None:
    shown = ok("show", "houses.thalweg").out
    assert "the mean of 4 networks" in shown
    assert len([line for line in shown.splitlines() if "as given" in line]) == 4
    plain = ok("show", "houses.thalweg", "--json").json
    assert [one["weight"] for one in plain["members"]] == [0.25] * 4
    said = ok("predict", "houses.thalweg", "houses.csv", "--json").json["predictions"]
    model = tw.load("houses.thalweg")
    each = [member.predict_table(tw.read_table("houses.csv")).values for member in model.members]
    np.testing.assert_allclose(said, np.mean(each, axis=0), rtol=1e-6)


def test_the_report_has_settings_folds_and_members() -> None:
    page = Path("wine.report.html").read_text(encoding="utf-8")
    assert page.count("Member ") == min(5, len(tw.load("wine.thalweg").members))
    for heading in ("Settings", "Folds", "Members"):
        assert f"<h2>{heading}</h2>" in page


def test_a_step_of_a_member() -> None:
    told = ok("step", "houses.thalweg", "--step", 4, "--member", 3).out
    assert "the losses of" in told
    assert told != ok("step", "houses.thalweg", "--step", 4, "--member", 2).out
    for arguments in (("step", "houses.thalweg", "--step", 4), ("check", "houses.thalweg", "--table", "houses.csv")):
        assert "the mean of 4 networks: choose one, --member 1" in refused(*arguments)
        assert "member 9: the model has 4 members" in refused(*arguments, "--member", 9)
    assert "goes with a model file" in refused("step", DATA.parent / "worked" / "aifh_xor_online.toml", "--member", 1)


def test_a_diagnosis_of_each_member(monkeypatch) -> None:
    monkeypatch.setattr("thalweg.reports.diagnosis_page._figures", lambda found: [PageFigure("<svg></svg>", "", False)])
    told = ok("diagnose", "houses.thalweg", "--table", "houses.csv", "--json").json
    assert [one["member"] for one in told["members"]] == [1, 2, 3, 4]
    assert all(Path(one["page"]).is_file() for one in told["members"])
    one = ok("diagnose", "houses.thalweg", "--table", "houses.csv", "--member", 2, "--json").json
    assert one["examples"] == told["members"][1]["examples"]
    assert "member 2 on houses.csv" in Path("houses.member2.diagnosis.html").read_text(encoding="utf-8")
    assert "houses.diagnosis.html" not in folder()


def test_one_network_says_what_best_would_do() -> None:
    out = ok("train", "wine.csv", "--target", "cultivar", "--hidden", 4, "--epochs", 2, "--output", "one.thalweg").out
    (line,) = [line for line in out.splitlines() if "--best" in line]
    assert line.startswith("thalweg train wine.csv --target cultivar --hidden 4 --epochs 2 --best trains ")
    assert line.endswith(" networks and keeps the mean of those of the best settings")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--folds", 1), "folds is 1"),
        (("--folds", 500), "folds is 500, and there are"),
        (("--folds", 4, "--members", 2), "give a member to each fold at least"),
        (("--best", "--validation", "wine.csv"), "a validation table goes with one network"),
        (("--best", "--max-seconds", 9), "max_seconds ends one network"),
    ],
)
def test_what_cannot_be_had_is_one_line(options, message) -> None:
    assert message in refused("train", "wine.csv", "--target", "cultivar", *options, "--output", "no.thalweg")
    assert not Path("no.thalweg").exists()
