"""The README keeps its word: its commands, examples, pictures, and the tests that its table names."""

import json
import re
from pathlib import Path

import pytest

import thalweg as tw
from thalweg.widgets.picture_data import steps_data

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "README.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| .+ \| \[(\w[\w.]*)\]\((tests/[\w/]+\.py)\) \|$", TEXT, re.MULTILINE)


def test_it_opens_with_two_commands():
    block = re.search(r"```sh\n(.*?)```", TEXT, re.DOTALL)
    assert block
    first, second = block[1].strip().splitlines()
    assert first == "pip install . && thalweg train examples/data/wine.csv --target cultivar"
    assert second.startswith("pip install")
    assert second.endswith("python -m pytest")
    assert TEXT.index("```sh") < 40  # nothing before it but the name


def test_the_table_of_coverage_names_tests():
    assert len(ROWS) > 30


@pytest.mark.parametrize("file", sorted({file for _, file in ROWS}))
def test_named_tests_exist(file):
    text = (ROOT / file).read_text(encoding="utf-8")
    named = [name for name, of in ROWS if of == file and name != Path(file).name]
    assert not [name for name in named if f"def {name}(" not in text]


def test_links_lead_somewhere():
    targets = re.findall(r"\]\((?!https?:)([^)#]+)\)", TEXT)
    assert targets
    assert not [target for target in targets if not (ROOT / target).exists()]


@pytest.mark.parametrize("path", sorted((ROOT / "examples").glob("*.py")), ids=lambda path: path.name)
def test_an_example_stands_in_it_as_it_is(path):
    assert f"```python\n{path.read_text(encoding='utf-8').strip()}\n```" in TEXT


def test_the_moving_picture_is_of_the_numbers_of_its_example():
    """`python examples/one_step.py docs/images/one_step.svg` writes it again."""
    path = ROOT / "docs" / "images" / "one_step.html"
    assert f"]({path.relative_to(ROOT).as_posix()})" in TEXT
    page = path.read_text(encoding="utf-8")
    assert len(page.encode()) < 300_000
    assert "Content-Security-Policy" in page
    found = re.search(r'<script type="application/json" id="values">(.*?)</script>', page, re.DOTALL)
    assert found
    data = json.loads(found[1])["data"]
    step = tw.read_step_file(ROOT / "examples" / "worked" / "aifh_xor_online.toml").with_example([1, 0], target=[1])
    made = steps_data(step.open(), ["aifh"], notation="aifh")
    values, expected = (of["steps"][0]["calculations"][0]["values"] for of in (data, made))  # unit by unit
    assert values == pytest.approx(expected, rel=1e-12)
    assert {"aifh", "nnd", "ncsu", "brilliant", "qmind"} <= {text["name"] for text in data["notations"]}
