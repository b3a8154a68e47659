"""`thalweg studio`: what it begins with, and what ends it before it begins."""

import subprocess
import sys

import pytest
from command_line import run

from thalweg.studio import app


@pytest.fixture
def served(monkeypatch):
    calls = []
    monkeypatch.setattr(app, "serve", lambda **given: calls.append(given))
    monkeypatch.setattr(app, "check_port", lambda host, port: None)
    return calls


def test_it_begins_with_a_table_and_its_target(served, tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("a,b\n" + "".join(f"{k},{k % 2}\n" for k in range(40)))
    status, _, error = run("studio", str(path), "--target", "a", "--no-open", "--port", "9000")
    assert (status, error) == (0, "")
    (given,) = served
    assert given["spec"].target == ("a",)
    assert given["own"].name == "t.csv"
    assert (given["port"], given["host"], given["opens"]) == (9000, "127.0.0.1", False)


def test_alone_it_begins_with_what_is_built_in(served):
    assert run("studio")[0] == 0
    assert served[0]["own"] is None
    assert served[0]["opens"] is True


def test_what_is_wrong_is_told_before_anything_is_served(served, tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("a,b\n1,2\n3,4\n")
    for words, told in (
        (["studio", str(tmp_path / "none.csv")], f"{tmp_path}/none.csv: no such file"),
        (["studio", str(path), "--target", "c"], "target 'c' is not a column"),
        (["studio", "--target", "a"], "--target goes with a table"),
    ):
        status, _, error = run(*words)
        assert status == 1
        assert told in error
        assert len(error.strip().splitlines()) == 1
    assert served == []


def test_no_other_command_imports_the_pages_library():
    code = "import sys, thalweg.cli.commands; print([name for name in sys.modules if 'nicegui' in name])"
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ended.stdout.strip() == "[]"
