"""`thalweg step` on step files: what it prints and writes, and what it refuses."""

import math
import shutil
from pathlib import Path

import pytest
from command_line import DATA, ok, refused, run

import thalweg as tw

WORKED = Path(__file__).parents[2] / "examples" / "worked"
XOR = WORKED / "aifh_xor_online.toml"


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def test_one_example_in_a_notation():
    out = ok("step", XOR, "--input", "1,0", "--target", "1", "--notation", "aifh").out
    assert "δ[O1] = (y[O1] - ŷ[O1]) φ′(sum[O1]) = (0.7549938 - 1)(0.1849782) = -0.0453208" in out
    assert out.count("Weight update") == 1
    assert (
        "e₁ = t₁ - a²₁ = 1 - 0.754994 = 0.245006"
        in ok("step", XOR, "--input", "1,0", "--target", "1", "--notation", "nnd").out
    )


def test_all_steps_of_the_file_or_one():
    assert ok("step", XOR).out.count("Weight update") == 4
    third = ok("step", XOR, "--step", "3").out
    assert third.count("Weight update") == 1
    assert "step 3" in third
    assert "row 3" in third


@pytest.mark.parametrize(
    ("name", "begins"),
    [("a.md", "# XOR"), ("a.tex", "\\documentclass"), ("a.json", "["), ("a.txt", "XOR")],
)
def test_files_by_their_ending(name, begins):
    ended = ok("step", XOR, "--output", name)
    assert ended.out == f"step    {name}\n"
    assert Path(name).read_text(encoding="utf-8").startswith(begins)


def test_a_page_that_steps_or_one_without_a_program():
    ok("step", XOR, "--step", "1", "--output", "steps.html", "--notation", "nnd")
    stepping = Path("steps.html").read_text(encoding="utf-8")
    assert stepping.startswith("<!doctype html>")
    assert '<script type="module">' in stepping
    assert '"notation":"nnd"' in stepping
    assert ok("step", XOR, "--step", "1", "--format", "page", "--notation", "nnd").out.strip() == stepping.strip()
    ok("step", XOR, "--output", "read.html", "--format", "html")
    assert "<script" not in Path("read.html").read_text(encoding="utf-8")


def test_json_for_programs():
    told = ok("step", XOR, "--step", "1", "--format", "json", "--notation", "qmind").json
    assert told["notation"] == "qmind"
    assert told["step"] == 1
    lines = [line for section in told["sections"] for line in section["lines"] if line.get("quantity") == "new_weight"]
    assert len(lines) == 9


def test_one_weight():
    out = ok("step", XOR, "--step", "1", "--weight", "hidden[1,0]", "--notation", "nnd").out
    assert "w¹₂,₁" in out
    assert "∂F̂/∂w¹₁,₁" not in out
    assert "Δw²₁" not in out


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--weight", "hiden[0,0]"), "did you mean 'hidden'"),
        (("--neuron", "hidden[7]"), "0 to 1"),
        (("--layer", "hiddn"), "did you mean 'hidden'"),
        (("--weight", "hidden[1,0]", "--neuron", "hidden[0]"), "is not of the layer or neuron asked for"),
        (("--step", "0"), "counted from 1"),
        (("--example", "9"), "the step has 1, counted from 1"),
        (("--input", "1,0"), "belong together"),
        (("--input", "1,a", "--target", "1"), "numbers with commas"),
        (("--input", "1", "--target", "1"), "takes 2"),
        (("--digits", "0"), "from 1 to 17"),
        (("--table", "wine.csv"), "leave it out"),
        (("--row", "3"), "leave it out"),
    ],
)
def test_mistakes_are_told_in_a_line(arguments, told):
    assert told in refused("step", XOR, *arguments)


def test_a_table_of_symbols_of_ones_own():
    symbols = {
        "input": "x_{i}", "net_input": "z_{i}^{layer}", "output": "a_{i}^{layer}", "target": "y_{i}", "error": "e_{i}",
        "sensitivity": "d_{i}^{layer}", "weight": "w_{to},{from}^{layer}", "bias": "b_{to}^{layer}", "function": "f",
    }  # fmt: skip
    lines = ['title = "Mine"', "[symbols]", *(f'{key} = "{pattern}"' for key, pattern in symbols.items())]
    Path("mine.toml").write_text("\n".join([*lines, 'loss = "C"']), encoding="utf-8")
    given = ("step", XOR, "--input", "1,0", "--target", "1", "--notation", "mine.toml")
    assert "e₁ = a²₁ - y₁ = 0.754994 - 1 = -0.245006" in ok(*given).out
    assert "Notation: Mine." in ok("derive", "chain", "2-3-1", "--weight", "layer1[1,0]", *given[-2:]).out
    Path("mine.toml").write_text("\n".join(lines), encoding="utf-8")
    assert "mine.toml: symbols.loss is missing: write its pattern" in refused(*given)
    assert "no such file: name a table of symbols" in refused(*given[:-1], "none.toml")
    misspelled = run(*given[:-1], "niesen")
    assert misspelled.status == 2
    assert "did you mean 'nielsen'" in " ".join(misspelled.err.replace("│", " ").split())


def test_matrix_form():
    given = ("step", XOR, "--input", "1,0", "--target", "1", "--notation", "bishop", "--form", "matrix")
    out = ok(*given).out
    assert "  a⁽¹⁾ = W⁽¹⁾ x + w⁽¹⁾₀ = [-0.06782948  0.2234108] [1] + [-0.4635107] = [-0.53134]\n" in out
    told = ok(*given, "--format", "json").json
    lines = [line for section in told["sections"] for line in section["lines"] if line.get("form") == "matrix"]
    assert {tuple(line["shape"]) for line in lines if line["quantity"] == "new_weight"} == {
        (2, 2),
        (2, 1),
        (1, 2),
        (1, 1),
    }
    assert run(*given[:-1], "matrices").status == 2


def test_files_that_are_none():
    assert "no such file: name a step file" in refused("step", "nothing.toml")
    Path("x.toml").write_text("[network")
    assert "is no TOML file" in refused("step", "x.toml")
    assert run("step", XOR, "--notation", "nmd").status == 2
    assert "would overwrite" in refused("step", "x.toml", "--output", "x.toml")


def test_a_model_by_row_and_by_step():
    shutil.copy(DATA / "wine.csv", ".")
    ok("train", "wine.csv", "--target", "cultivar", "--hidden", 4, "--epochs", 5, "--engine", "numpy", "-q")
    by_row = ok("step", "wine.thalweg", "--table", "wine.csv", "--row", 17).out
    assert by_row.startswith("A step on row 17 of wine.csv")
    beside = ok("step", "wine.thalweg", "--row", 17).out
    assert beside == by_row
    assert "Update 2 of 4 in epoch 3" in ok("step", "wine.thalweg", "--step", 10).out
    Path("wine.csv").rename("other.csv")
    assert "--table wine.csv" in refused("step", "wine.thalweg", "--row", 17)
    assert "Update 2 of 4" in ok("step", "wine.thalweg", "--table", "other.csv", "--step", 10).out
    for arguments, told in (
        (("--table", "other.csv"), "say what to open"),
        (("--table", "other.csv", "--row", 1, "--step", 1), "say what to open"),
        (("--table", "other.csv", "--row", 179), "178 rows"),
        (("--table", "other.csv", "--step", 21), "ends with update 20"),
        (("--input", "1", "--row", 1), "goes with a step file"),
        (("--row", 1, "--validation", "other.csv"), "leave it out"),
    ):
        assert told in refused("step", "wine.thalweg", *arguments)


def test_a_step_in_python():
    step = tw.worked_step(tw.mlp(1, 1), "sse", tw.mlp(1, 1).init(0), [[1.0]], [[2.0]])
    assert step.show().splitlines()[0] == "A step of GradientDescent"


@pytest.mark.parametrize("ending", [".pdf", ".png", ".svg", ".docx", ".ipynb"])
def test_endings_that_cannot_be_written_are_refused(ending):
    """field s07-output-ending-ignored."""
    assert "must end in .txt, .md, .html, .htm, .tex or .json" in refused("step", XOR, "--output", f"m{ending}")
    assert not Path(f"m{ending}").exists()


def test_examples_are_counted_from_1_as_on_the_page():
    told = ok("step", Path(XOR).with_name("aifh_xor_batch.toml"), "--example", "2").out
    assert "example 2" in told
    assert "example 1" not in told
    assert "counted from 1" in refused("step", XOR, "--example", "0")


def test_a_step_rounded_as_by_hand(tmp_path):
    """Each line has the rounded value, and in JSON the exact one beside it."""
    path = tmp_path / "one.toml"
    path.write_text(
        'loss = "half_sse"\nround = 2\n[network]\ninputs = 1\n[[network.layers]]\nname = "out"\nactivation = "σ"\n'
        "weights = [[0.5]]\nbias = [0.25]\n[data]\ninputs = [1.5]\ntargets = [1]\n",
        encoding="utf-8",
    )
    plain = ok("step", path, "--format", "json").json
    output = next(line for line in plain["sections"][0]["lines"] if line["quantity"] == "output")
    assert plain["decimals"] == 2
    assert output["value"] == 0.73
    assert output["exact"] == pytest.approx(1 / (1 + math.exp(-1.0)), rel=1e-12)
    assert "= 0.73    exact 0.73105858" in ok("step", path).out
