"""docs/sources.md keeps its word: links lead somewhere, names exist, commands run, nothing of the texts is missing."""

import importlib
import re
import shlex
from itertools import chain
from pathlib import Path

import pytest
from sources_document import PATH, ROOT, SECTIONS, TEXT, WORKED, commands, links, rows_of

NUMBERED = {
    "AIFH": "6.1-6.5, 6.8, 6.12-6.14, section 6.4.2, section 6.5.3, figure 6.1, figures 6.3, 6.4",
    "NND": "3.1-3.5, 3.9-3.12, 3.14-3.24, 3.28-3.35, 3.38-3.40, 3.42-3.50, 3.53, P3.1-P3.3, E3.1, E3.2, E3.4, E3.5, "
    "figures 3.2-3.4",
}
"""What the two texts that number their equations, sections, figures, problems and exercises have of each."""
TOPICS = {
    "AIFH": (
        "deriv_sigmoid", "XOR online", "XOR batch", "Nesterov", "linear 1;", "φ(1 - φ)", "tanh 1 - φ²",
        "ReLU 1 above 0", "steps 1 to 4", "sum of the single gradients", "negative: raise",
        "online, batch, mini-batch, stochastic", "600", "resilient propagation", "stopping", "diverges", "advice",
        "too high bounces", "vanishing", "autoencoders", "momentum 0.9", "-0.5622",
    ),
    "BRL": (
        "inputs and targets", "bias as a weight", "half MSE", "error term", "hidden layers",
        "mean over the examples", "gradient descent", "stored output", "uniform in [-1, 1]", "10,000", "α = 0.1",
    ),
    "NCSU": (
        "softmax", "saturation", "half sum square error", "cross-entropy", "differentiating sigmoid", "chain rule",
        "sign of a gradient", "Xavier", "online, batch, mini-batch", "B = 1", "B = Q", "priority sampling", "momentum",
        "Nesterov", "AdaGrad", "fixed, then steadily decreasing", "error goal", "comparison of learning rates",
        "vanishing", "autoencoders", "tanh rather than sigmoid",
    ),
    "NND": (
        "dl3gd", "dl3aa", "Levenberg-Marquardt", "conjugate gradient", "AdaGrad", "AdaDelta", "AdaMax", "L-BFGS",
        "one vector", "stages of a layer", "B = Q", "2/λ",
    ),
    "QMIND": ("expected - actual", "stored output", "⊗", "0.05", "AND network"),
}  # fmt: skip
"""What else they describe, and those that number nothing: words that a row of the text's table must have."""

FILES = [(text, target) for text, target in links() if not target.startswith("#")]


def slug(heading):
    """The anchor that GitHub makes of a heading."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def test_there_is_something_to_check():
    assert len(FILES) > 100
    assert len(commands()) > 5


def test_every_anchor_is_a_heading():
    anchors = [slug(heading) for heading in SECTIONS]
    assert len(anchors) == len(set(anchors))
    assert {target.removeprefix("#") for _, target in links() if target.startswith("#")} <= set(anchors)


def test_links_lead_somewhere():
    assert not [target for _, target in FILES if not (PATH.parent / target).exists()]


@pytest.mark.parametrize("file", sorted({target for _, target in FILES if target.startswith("../src/")}))
def test_names_are_of_the_file_that_they_lead_to(file):
    module = file.removeprefix("../src/").removesuffix(".py").replace("/", ".")
    for name in [f"thalweg.{text.strip('`')}" for text, target in FILES if target == file]:
        assert name == module or name.startswith(f"{module}.")
        found = importlib.import_module(module)
        for part in filter(None, name.removeprefix(module).split(".")):
            found = getattr(found, part)


@pytest.mark.parametrize("file", sorted({target for _, target in FILES if not target.startswith("../src/")}))
def test_tests_and_files_are_called_by_their_names(file):
    for name in [text.strip("`") for text, target in FILES if target == file]:
        if name.startswith("test_"):
            assert f"def {name}(" in (PATH.parent / file).read_text(encoding="utf-8")
        else:
            assert name == Path(file).name


@pytest.mark.parametrize("command", commands())
def test_a_command_runs(command, monkeypatch):
    from cli.command_line import ok

    monkeypatch.chdir(ROOT)
    _, name, *rest = shlex.split(command)
    shorter = ["--epochs", "3", "--hidden", "5"] if name == "rates" else []
    assert ok(name, *(rest or ["--help"]), *shorter).out


def test_every_step_file_is_named():
    files = [path.name for path in WORKED.glob("*.toml")]
    assert files
    assert not [name for name in files if f"[`{name}`]" not in TEXT]


def test_every_file_of_numbers_is_named():
    files = [path.name for path in (ROOT / "tests" / "reference").glob("*.json")]
    assert files
    assert not [name for name in files if f"[`{name}`]" not in SECTIONS["Worked numbers"]]


def test_every_drawn_figure_is_named():
    drawn = [path.name for path in (ROOT / "examples" / "landscape").glob("*.py")]
    assert not [name for name in drawn if f"[`{name}`]" not in TEXT]


def numbers_in(listed):
    """The equations, sections and figures of a list, its ranges written out."""
    found, kind = set(), ""
    for entry in listed.split(", "):
        given = re.fullmatch(r"(?:(figure|section)s? )?([PE]?)([\d.]+)\.(\d+)(?:-[PE]?[\d.]+\.(\d+))?", entry)
        if given is None:
            continue
        named, letter, chapter, first, last = given.groups()
        kind = named or (kind if kind == "figure" and not letter else "")
        numbers = range(int(first), int(last or first) + 1)
        found |= {f"{kind} {letter}{chapter}.{number}".strip() for number in numbers}
    return found


def test_how_lists_are_read():
    assert numbers_in("3.2-3.4, P3.3") == {"3.2", "3.3", "3.4", "P3.3"}
    assert numbers_in("section 6.5.3, figures 6.3, 6.4") == {"section 6.5.3", "figure 6.3", "figure 6.4"}
    assert numbers_in("figure 3.2, dl3gd, P3.1-P3.2") == {"figure 3.2", "P3.1", "P3.2"}
    assert numbers_in("the first book, chapter 11") == set()


@pytest.mark.parametrize("source", NUMBERED)
def test_every_number_has_a_row_and_every_row_is_of_the_text(source):
    found = set(chain.from_iterable(numbers_in(row[0]) for row in rows_of(source)))
    assert found == numbers_in(NUMBERED[source])


@pytest.mark.parametrize("source", TOPICS)
def test_every_topic_has_a_row(source):
    rows = [f"{row[0]} | {row[1]}" for row in rows_of(source)]
    assert not [topic for topic in TOPICS[source] if not any(topic in row for row in rows)]


@pytest.mark.parametrize("source", TOPICS)
def test_every_row_names_its_place_and_what_shows_it(source):
    for _, what, place in rows_of(source):
        where, _, shown = place.partition("<br>*shown by* ")
        assert what
        assert "](../src/thalweg/" in where
        assert "](../" in shown or "`thalweg " in shown
