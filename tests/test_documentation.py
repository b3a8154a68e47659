"""The documentation: each command has a page, each page stands in the index, docstrings are shown as written."""

import importlib.util
import re
import tomllib
from pathlib import Path

import pytest

from thalweg.errors import ThalwegError

DOCS = Path(__file__).parents[1] / "docs"
PAGES = sorted(
    path.relative_to(DOCS) for path in [*DOCS.glob("*.md"), *DOCS.glob("commands/*.md"), *DOCS.glob("lessons/*.md")]
)


def _extension(name):
    spec = importlib.util.spec_from_file_location(name, DOCS / "_ext" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_each_command_has_a_page_with_its_options():
    from thalweg.cli.commands import app

    names = {command.name or command.callback.__name__ for command in app.registered_commands}
    assert names == {path.stem for path in DOCS.glob("commands/*.md")}
    for name in names:
        text = (DOCS / "commands" / f"{name}.md").read_text(encoding="utf-8")
        assert text.startswith(f"# thalweg {name}\n")
        assert f"```{{options}} {name}\n" in text
        assert f"$ thalweg {name} " in text


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_each_page_stands_in_the_index(page):
    index = (DOCS / "index.md").read_text(encoding="utf-8")
    assert page.stem == "index" or re.search(rf"^{page.with_suffix('')}$", index, re.MULTILINE)


@pytest.mark.parametrize(
    ("written", "escaped"),
    [
        ("a * b, `c * d` and |e|", r"a \* b, `c * d` and \|e\|"),
        ("F + (l2/2) Σ w_i w_", r"F + (l2/2) Σ w_i w\_"),
        ("``x*y``", "``x*y``"),
    ],
)
def test_marks_stand_for_themselves(written, escaped):
    assert _extension("plain_docstrings").escape(written) == escaped


def test_mathematics_of_github_becomes_that_of_sphinx():
    source = ["a $`x_{1}`$ b\n\n```math\ny\n```\n"]
    _extension("github_math")._rewrite(None, "page", source)
    assert source == ["a {math}`x_{1}` b\n\n```{math}\ny\n```\n"]


def test_each_room_has_a_page_of_the_reference():
    _extension("reference")._check_rooms()


STUDIO = sorted({
    address for page in PAGES
    for address in re.findall(r"\(http://127\.0\.0\.1:8188(/[^)\s]*)\)", (DOCS / page).read_text(encoding="utf-8"))
})  # fmt: skip


def _step_opens(query):
    """What an address of the room Work says is there: the step file, its letters, its phase, its units, its blanks."""
    from thalweg.studio.work_source import batched_file, notation_of
    from thalweg.studio.work_state import EXERCISE, state_from
    from thalweg.worked.exercises.exercise import exercise
    from thalweg.worked.sections.view import View, select
    from thalweg.worked.step_files.gallery import gallery_step

    state, spec = state_from(query)
    assert spec is None
    file = batched_file(gallery_step(state.of), state.batch)
    notation_of(state, None)
    stage, _, layer = state.phase.partition(":")
    stages = (DOCS.parent / "src" / "thalweg" / "widgets" / "static" / "steps.js").read_text(encoding="utf-8")
    words = re.search(r"STAGE_WORDS = \{(.*?)\}", stages, re.DOTALL)
    assert words
    assert not stage or re.search(rf"\b{stage}: ", words[1])
    assert not layer or layer in file.network.sizes
    select(file.network, View(**state.shown()))
    if state.view == EXERCISE:
        exercise(file, state.blank, 1, seed=state.seed, round=state.round, numbers=state.numbers)


def _opens(address):
    from urllib.parse import parse_qsl

    from thalweg.studio import activations_state, landscape_state, rates_state
    from thalweg.studio.building import build
    from thalweg.studio.landscape_case import case_of
    from thalweg.studio.links import spec_from
    from thalweg.studio.spec import Spec

    room, _, said = address.partition("?")
    query = dict(parse_qsl(said, keep_blank_values=True, strict_parsing=bool(said)))
    if room == "/train":
        build(spec_from(query))
    elif room == "/work":
        _step_opens(query)
    elif room == "/landscape":
        state = landscape_state.state_from(query)
        case_of(state, build(spec_from(state.training)))
    elif room == "/rates":
        rates_state.state_from(query, Spec())
    else:
        assert room == "/activations"
        activations_state.state_from(query)


@pytest.mark.parametrize("address", STUDIO)
def test_each_address_of_the_studio_opens(address):
    _opens(address)


@pytest.mark.parametrize(
    "address",
    [
        "/work?of=aifh_xor_onlin", "/work?of=qmind_and&phase=outputs", "/work?of=qmind_and&only=hidden[0]",
        "/work?of=qmind_and&view=exercise&blank=sensitivities:layer9", "/train?layers=2+sigmoyd+0.0",
        "/landscape?case=dl3gd&start=99,0", "/rates?data=wines", "/activations?f=sigmoyd",
    ],
)  # fmt: skip
def test_a_broken_address_would_be_seen(address):
    with pytest.raises((AssertionError, ThalwegError)):
        _opens(address)


def test_the_floors_are_told_in_the_order_that_is_checked():
    root = DOCS.parent
    text = (root / "CONTRIBUTING.md").read_text(encoding="utf-8")
    told = re.findall(r"^\| `(\w+)(?:/|\.py)` \|", text.partition("## Adding a part")[0], re.MULTILINE)
    contracts = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"][
        "contracts"
    ]
    checked = [name.removeprefix("thalweg.") for layer in contracts[0]["layers"] for name in layer.split(" | ")]
    assert [name for name in told if name != "environment"] == checked
    there = {path.stem for path in (root / "src" / "thalweg").iterdir() if path.suffix == ".py" or path.is_dir()}
    assert set(told) == {name for name in there if not name.startswith("__")}
