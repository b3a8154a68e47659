"""The README keeps its word: its commands, examples, pictures, and the tests that its table names."""

import re
from pathlib import Path

import pytest

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


@pytest.mark.parametrize(("name", "file"), sorted(set(ROWS)))
def test_a_named_test_exists(name, file):
    path = ROOT / file
    assert path.exists()
    assert name == path.name or f"def {name}(" in path.read_text(encoding="utf-8")


@pytest.mark.parametrize("target", sorted(set(re.findall(r"\]\((?!https?:)([^)#]+)\)", TEXT))))
def test_a_link_leads_somewhere(target):
    assert (ROOT / target).exists()


@pytest.mark.parametrize("path", sorted((ROOT / "examples").glob("*.py")), ids=lambda path: path.name)
def test_an_example_stands_in_it_as_it_is(path):
    assert f"```python\n{path.read_text(encoding='utf-8').strip()}\n```" in TEXT
