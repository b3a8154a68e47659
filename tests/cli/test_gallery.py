"""`--gallery` in place of a step file, and without a name."""

import json
from pathlib import Path

import pytest
from command_line import ok, refused, run

import thalweg as tw


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def test_a_step_of_an_example():
    out = ok("step", "--gallery", "mazur", "--weight", "out[0,0]", "--digits", "9").out
    assert out.startswith("A step by step backpropagation example (Mazur 2015)")
    assert "0.35891648" in out
    assert "https://mattmazur.com" in out
    assert ok("step", "--gallery", "hagan").out == ok("step", "--gallery", "nnd_function_approximation").out
    assert ok("step", "--gallery", "mitchell", "--step", "2", "--format", "json").json["step"] == 2


@pytest.mark.parametrize("arguments", [("--gallery",), ("--gallery", "--digits", "4"), ("--gallery", "")])
def test_without_a_name_it_lists_them(arguments):
    out = ok("step", *arguments).out
    for example in tw.worked.gallery():
        (line,) = (line for line in out.splitlines() if line.split()[0] == example.name)
        assert example.source in line
        assert (example.about or example.title) in line
    assert "more" not in out.splitlines()[-1]


def test_wherever_a_step_file_is_taken():
    assert "12 of 12 weights agree" in ok("check", "--gallery", "mazur").out
    ok("surface", "--gallery", "nnd_p3_3", "--points", "5", "--steps", "2", "--json", "s.json", "-q")
    assert json.loads(Path("s.json").read_text())["plane"]["names"] == ["a[0,0]", "a[0,1]"]
    assert ok("check", "--gallery").out == ok("surface", "--gallery").out == ok("step", "--gallery").out


def test_what_is_refused():
    assert "unknown example of the gallery 'mazer': did you mean 'mazur'?" in refused("step", "--gallery", "mazer")
    Path("x.toml").write_text("")
    assert "x.toml and --gallery both name what to open" in refused("step", "x.toml", "--gallery", "mazur")
    for command in ("step", "check", "surface"):
        ended = run(command)
        assert ended.status == 2
        assert "Missing argument" in ended.err
    assert "--row goes with a model file" in refused("step", "--gallery", "mazur", "--row", "3")
