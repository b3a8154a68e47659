"""`thalweg derive`: derivations on the terminal and in files, and the one line of each mistake."""

import json
import time
from pathlib import Path

import pytest
from command_line import ok, refused, run

import thalweg as tw


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("what", ["sigmoid", "softmax", "mse", "cross_entropy", "x*tanh(log(1+exp(x)))", "1/x"])
def test_what_is_printed_is_the_derivation(what):
    ended = ok("derive", what)
    assert ended.out == tw.derive(what).show(120)
    assert ended.err == ""


CHAIN = ("derive", "chain", "2-3-1", "--weight", "layer1[1,0]", "--notation", "ncsu", "--hidden", "sigmoid")


def test_the_chain_rule():
    ended = ok(*CHAIN, "--output-activation", "sigmoid", "--loss", "half_sse")
    net = tw.mlp(2, 3, 1, hidden="sigmoid", output="sigmoid")
    assert ended.out == tw.derive_chain(net, "layer1[1,0]", loss="half_sse", notation="ncsu").show(120)
    assert "= (Y₁ - T₁) Y₁ (1 - Y₁) wᴴᴼ₂,₁ H₂ (1 - H₂) X₁" in ended.out


def test_the_chain_rule_has_defaults():
    assert ok("derive", "chain", "2-1", "--weight", "layer1[0]").out == tw.derive_chain((2, 1), "layer1[0]").show(120)


def test_forms():
    derivation = tw.derive("tanh")
    assert ok("derive", "tanh", "--format", "markdown").out == derivation.to_markdown()
    assert ok("derive", "tanh", "--format", "latex").out == derivation.to_latex()
    assert ok("derive", "tanh", "--format", "html").out == derivation.to_html()
    assert ok("derive", "tanh", "--format", "json").json == derivation.to_dict()


@pytest.mark.parametrize(
    ("name", "form"),
    [("s.md", "markdown"), ("s.html", "html"), ("s.tex", "latex"), ("s.json", "json"), ("s.txt", "text")],
)
def test_a_file_has_the_form_of_its_ending(name, form):
    ended = ok("derive", "sigmoid", "--output", name)
    assert ended.out == f"derivation    {name}\n"
    written = Path(name).read_text(encoding="utf-8")
    derivation = tw.derive("sigmoid")
    if form == "json":
        assert json.loads(written) == derivation.to_dict()
    else:
        assert written == getattr(derivation, "show" if form == "text" else f"to_{form}")()


def test_a_form_that_is_named_wins():
    ok("derive", "sigmoid", "--output", "s.md", "--format", "latex")
    assert Path("s.md").read_text(encoding="utf-8") == tw.derive("sigmoid").to_latex()


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("sigmod",), "unknown activation or loss 'sigmod': did you mean 'sigmoid'?"),
        (("x.__class__",), "formula, column 1: 'x.__class__' asks for an attribute"),
        (("__import__('os')",), "cannot stand in a formula"),
        (("9**9**9**9*x",), "raises to the power"),
        (("x if x else",), "invalid syntax"),
        (("tahn(x)",), "unknown function 'tahn': did you mean 'tan"),
        (("",), "the formula is empty"),
        (("chain",), "chain needs the sizes of a network"),
        (("chain", "2-3-1"), "chain needs --weight: one from layer1[0,0] to layer2[0]"),
        (("chain", "2-x", "--weight", "layer1[0]"), "'2-x' are no sizes of a network: write them as 2-3-1"),
        (("chain", "2", "--weight", "layer1[0]"), "a network needs the size"),
        (("chain", "2-1", "--weight", "layr1[0]"), "unknown layer 'layr1': did you mean 'layer1'"),
        (("chain", "2-1", "--weight", "layer1[0,2]"), "'input' has 2 units"),
        (("chain", "9-50-50-9", "--weight", "layer1[0,2]"), "over more than 48 paths"),
        (("chain", "2-1", "--weight", "layer1[0]", "--loss", "cross_entropy"), "needs sigmoid or softmax outputs"),
        (("sigmoid", "2-3-1"), "'2-3-1' goes with the word chain"),
        (("sigmoid", "--weight", "layer1[0]"), "--weight goes with the word chain"),
        (("sigmoid", "--output", "no/such/folder/s.md"), "cannot write the derivation"),
    ],
)
def test_mistakes_are_one_line(arguments, told):
    begun = time.process_time()
    assert told in refused("derive", *arguments)
    assert time.process_time() - begun < 5.0


@pytest.mark.parametrize(
    ("option", "value"), [("--notation", "nd"), ("--hidden", "tahn"), ("--loss", "mes"), ("--format", "pdf")]
)
def test_unknown_choices(option, value):
    ended = run("derive", "chain", "2-1", "--weight", "layer1[0]", option, value)
    assert ended.status == 2
    assert f"'{value}'" in " ".join(ended.err.split())
    assert "Known" in ended.err


def test_a_minus_at_the_start():
    assert "a = -x²" in ok("derive", "--", "-x**2").out


@pytest.mark.parametrize("formula", ["-x*exp(-x)", "-(1-x)**3", "-x", "-1/(1+x**2)"])
def test_a_formula_may_begin_with_a_minus(formula):
    """field s15-formula-that-begins-with-minus."""
    expected = tw.derive(formula).to_dict()
    assert ok("derive", formula, "--format", "json").json == expected
    assert ok("derive", "--format", "json", "--", formula).json == expected
    assert ok("derive", "--format=json", formula).json == expected


def test_a_wrong_option_is_still_one():
    assert run("derive", "tanh", "--fromat", "json").status == 2


def test_a_raised_two_gets_its_remedy():
    assert "write **2" in refused("derive", "x²")


@pytest.mark.parametrize("ending", [".pdf", ".png", ".svg", ".docx", ".ipynb", ""])
def test_endings_that_cannot_be_written_are_refused(ending):
    """field s07-output-ending-ignored: plain text stood under that name."""
    assert "it must end in .txt, .md, .html, .htm, .tex or .json" in refused(
        "derive", "sigmoid", "--output", f"s{ending}"
    )
    assert not Path(f"s{ending}").exists()


def test_options_of_the_chain_rule_alone():
    for option in ("--hidden", "--output-activation"):
        assert f"{option} goes with the word chain" in refused("derive", "tanh", option, "sigmoid")
