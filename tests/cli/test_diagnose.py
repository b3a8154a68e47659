"""`thalweg diagnose`: what it prints and writes, as text and as JSON, and what it refuses."""

import os
import re
import shutil
from pathlib import Path

import pytest
from command_line import DATA, folder, ok, refused, run

import thalweg as tw
from thalweg.cli.commands import app
from thalweg.reports.page import PageFigure
from thalweg.tables.diagnosis import diagnose_model

pytestmark = pytest.mark.usefixtures("short_trials")


@pytest.fixture(scope="module", name="models")
def _models(tmp_path_factory) -> Path:
    """A folder with a model of the wine, and one whose training diverged."""
    place = tmp_path_factory.mktemp("models")
    ok("train", DATA / "wine.csv", "--target", "cultivar", "--hidden", 6, "--epochs", 30, "-q",
       "--output", place / "wine.thalweg")  # fmt: skip
    ok("train", DATA / "houses.csv", "--target", "price", "--hidden", 4, "--epochs", 30, "--optimizer", "gd",
       "--learning-rate", 100, "-q", "--output", place / "wild.thalweg")  # fmt: skip
    return place


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path, monkeypatch, models):
    monkeypatch.chdir(tmp_path)
    for name in ("wine", "wild"):
        shutil.copy(models / f"{name}.thalweg", ".")
    for name in ("wine", "houses"):
        shutil.copy(DATA / f"{name}.csv", ".")


@pytest.fixture
def undrawn(monkeypatch):
    """Figures are not drawn, which takes most of the time."""
    monkeypatch.setattr(
        "thalweg.reports.diagnosis_page._figures", lambda diagnosis: [PageFigure("<svg></svg>", "", False)]
    )


def words(text: str) -> str:
    return " ".join(text.split())


def test_the_whole_path():
    before = folder()
    ended = ok("diagnose", "wine.thalweg", "--table", "wine.csv")
    found = diagnose_model(tw.load("wine.thalweg"), tw.read_table("wine.csv"))
    assert ended.err == ""
    lines = ended.out.splitlines()
    assert lines[0] == "wine.thalweg on wine.csv: 13 inputs - 6 tanh - 3 softmax (105 parameters)"
    assert lines[1] == f"note over the {found.examples} training rows of the table"
    for part in (
        f"λ_max {found.lambda_max:.4g}", f"λ_min {found.lambda_min:.4g}", "learning rate of adam 0.001",
        f"largest stable rate of gradient descent, 2/λ_max {2 / found.lambda_max:.3g}",
        f"error (cross_entropy + l2 penalty) {found.F:.4g}", f"norm of ∇F {found.gradient_norm:.3g}",
        f"examples {found.examples}", "layer1 tanh 6", "layer2 softmax 3",
        found.verdict.splitlines()[0].split(". R")[0],
    ):  # fmt: skip
        assert part in words(ended.out), part
    assert lines[-1] == "page  wine.diagnosis.html"
    assert "\x1b" not in ended.out
    after = folder()
    page = after.pop("wine.diagnosis.html").decode()
    assert after == before
    assert page.count("<svg") == 7
    assert "<title>wine: diagnosis</title>" in page
    assert "wine.thalweg on wine.csv" in page
    assert f"Thalweg {tw.__version__}" in page


def test_a_training_that_diverged(undrawn):
    ended = ok("diagnose", "wild.thalweg", "--table", "houses.csv")
    found = diagnose_model(tw.load("wild.thalweg"), tw.read_table("houses.csv"))
    assert found.findings[0].kind == "diverged"
    told = [line for line in ended.out.splitlines() if line.startswith(("the training div", "  remedy: "))]
    assert told[0] == found.findings[0].text
    assert told[1] == f"  remedy: {found.findings[0].remedy}"
    assert len(told) == 1 + len(found.findings)
    assert "note at the " in ended.out


def test_all_numbers_as_json(undrawn):
    for name, table in (("wine", "wine.csv"), ("wild", "houses.csv")):
        told = ok("diagnose", f"{name}.thalweg", "--table", table, "--json").json
        found = diagnose_model(tw.load(f"{name}.thalweg"), tw.read_table(table))
        assert {key: told.pop(key) for key in ("model", "table", "page")} == {
            "model": f"{name}.thalweg",
            "table": table,
            "page": f"{name}.diagnosis.html",
        }
        assert told == found.to_dict()
        assert Path(f"{name}.diagnosis.html").exists()


def test_quietly_the_verdict_alone(undrawn):
    ended = ok("diagnose", "wine.thalweg", "--table", "wine.csv", "--quiet")
    found = diagnose_model(tw.load("wine.thalweg"), tw.read_table("wine.csv"))
    expected = [text for f in found.findings for text in (f.text, f"  remedy: {f.remedy}")] or [found.verdict]
    assert ended.out.splitlines() == expected
    assert Path("wine.diagnosis.html").exists()


def test_the_page_goes_where_it_is_told(undrawn):
    Path("pages").mkdir()
    assert "page  pages/a.html" in ok("diagnose", "wine.thalweg", "--table", "wine.csv", "--output", "pages/a.html").out
    assert sorted(folder()) == ["houses.csv", "pages/a.html", "wild.thalweg", "wine.csv", "wine.thalweg"]
    Path("pages/b.model").write_bytes(Path("wine.thalweg").read_bytes())
    ok("diagnose", "pages/b.model", "--table", "wine.csv")
    assert Path("pages/b.model.diagnosis.html").exists()


def test_rows(undrawn):
    told = ok("diagnose", "wine.thalweg", "--table", "wine.csv", "--rows", 20, "--json").json
    assert told["examples"] == 20
    assert any(note.startswith("20 of 1") for note in told["notes"])


def test_another_table(undrawn):
    tw.read_table("wine.csv").head(50).write_csv("new.csv")
    ended = ok("diagnose", "wine.thalweg", "--table", "new.csv")
    assert "over all 50 rows of the table, since its training rows are not known" in ended.out
    assert ended.out.count("note ") == 1


def test_a_validation_table(undrawn):
    frame = tw.read_table("wine.csv").sample(fraction=1.0, shuffle=True, seed=0)
    frame.head(140).write_csv("train.csv")
    frame.tail(38).write_csv("valid.csv")
    ok("train", "train.csv", "--validation", "valid.csv", "--target", "cultivar", "--hidden", 4, "--epochs", 5, "-q",
       "--output", "m.thalweg")  # fmt: skip
    told = ok("diagnose", "m.thalweg", "--table", "train.csv", "--validation", "valid.csv", "--json").json
    assert told["notes"][0].startswith("over the ")
    assert len(told["loss_curve"]["validation_loss"]) == 5
    assert "validation table is another" in refused(
        "diagnose", "m.thalweg", "--table", "train.csv", "--validation", "wine.csv"
    )
    assert "would overwrite the input 'valid.csv'" in refused(
        "diagnose", "m.thalweg", "--table", "train.csv", "--validation", "valid.csv", "--output", "valid.csv"
    )


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("wine.thalweg",), "a model holds no data: give the table that it was trained on, --table wine.csv"),
        (("wine.thalweg", "--table", "nope.csv"), "nope.csv: no such file"),
        (("nope.thalweg", "--table", "wine.csv"), "cannot read 'nope.thalweg'"),
        (("wine.csv", "--table", "wine.csv"), "wine.csv"),
        (("wine.thalweg", "--table", "wine.csv", "--rows", "0"), "--rows is 0; it must be at least 1"),
        (("wine.thalweg", "--table", "wine.csv", "--rows", "-3"), "--rows is -3; it must be at least 1"),
        (("wine.thalweg", "--table", "wine.csv", "--output", "./wine.thalweg"), "would overwrite the input"),
        (("wine.thalweg", "--table", "wine.csv", "--output", "wine.csv"), "would overwrite the input 'wine.csv'"),
        (("wine.thalweg", "--table", "wine.csv", "--output", "no/page.html"), "cannot write the diagnosis"),
        (("wine.thalweg", "--table", "wine.csv", "--output", "page.pdf"), "it is a page: it must end in .html"),
        (("wine.csv", "--table", "wine.csv"), "name one that thalweg train or tw.save wrote"),
        (("wine.thalweg", "--table", "wine.csv", "--output", "."), "cannot write the diagnosis"),
        (("wine.thalweg", "--table", "wine.csv", "--validation", "wine.csv"), "knows of no validation table"),
        (("wine.thalweg", "--table", "houses.csv"), "the table lacks 13 columns of the training table"),
    ],
)
def test_what_cannot_be_diagnosed_is_one_line(arguments, reason):
    assert reason in refused("diagnose", *arguments)


def test_tables_that_do_not_fit():
    frame = tw.read_table("wine.csv")
    frame.drop("cultivar").write_csv("new.csv")
    assert "target 'cultivar' is not a column" in refused("diagnose", "wine.thalweg", "--table", "new.csv")
    frame.head(0).write_csv("new.csv")
    refused("diagnose", "wine.thalweg", "--table", "new.csv")


def test_models_that_cannot_be_diagnosed():
    net = tw.mlp(2, 1)
    tw.save(tw.Model(net, net.init(0), tw.losses.MSE()), "arrays.thalweg")
    assert "use tw.diagnose_network with the arrays" in refused("diagnose", "arrays.thalweg", "--table", "wine.csv")
    model = tw.load("wine.thalweg")
    for changed in ({"settings": {"hiden": 3}}, {"history": 5}, {"updates": None}):
        record = {**model.record, **changed}
        tw.save(tw.Model(model.network, model.params, model.loss, model.encoding, record), "odd.thalweg")
        assert "damaged" in refused("diagnose", "odd.thalweg", "--table", "wine.csv")
    Path("odd.thalweg").write_bytes(b"not a model")
    refused("diagnose", "odd.thalweg", "--table", "wine.csv")


def test_a_model_with_a_bare_record(undrawn):
    model = tw.load("wine.thalweg")
    tw.save(tw.Model(model.network, model.params, model.loss, model.encoding, {}), "bare.thalweg")
    assert "--table TABLE" in refused("diagnose", "bare.thalweg")
    assert "over all 178 rows" in ok("diagnose", "bare.thalweg", "--table", "wine.csv").out


@pytest.mark.skipif(os.name == "nt" or not os.getuid(), reason="root may write everywhere")
def test_a_folder_that_is_not_writable():
    Path("locked").mkdir(mode=0o500)
    words = refused("diagnose", "wine.thalweg", "--table", "wine.csv", "--output", "locked/page.html")
    assert "cannot write the diagnosis" in words


def test_usage():
    assert run("diagnose").status == 2
    assert run("diagnose", "wine.thalweg", "--tabel", "wine.csv").status == 2
    told = ok("diagnose", "--help").out
    for option in ("--table", "--validation", "--rows", "--output", "--json", "--quiet"):
        assert option in told


def test_the_example_of_the_help_runs(undrawn):
    (command,) = [info.callback for info in app.registered_commands if info.callback.__name__ == "diagnose"]
    (example,) = re.findall(r"Example: thalweg (.+)", command.__doc__)
    assert ok(*example.split()).out.endswith("page  wine.diagnosis.html\n")
