"""`thalweg export`: files for elsewhere, checked there; what it refuses."""

import shutil
from pathlib import Path

import pytest
from command_line import DATA, folder, ok, refused, run

import thalweg as tw


@pytest.fixture(scope="module", name="trained")
def _trained(tmp_path_factory):
    place = tmp_path_factory.mktemp("model") / "wine.thalweg"
    ok("train", DATA / "wine.csv", "--target", "cultivar", "--epochs", 2, "--engine", "numpy", "-q", "--output", place)
    return place


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path, monkeypatch, trained):
    monkeypatch.chdir(tmp_path)
    shutil.copy(trained, "wine.thalweg")


def test_an_export_is_checked_at_once_and_later():
    ended = ok("export", "wine.thalweg", "wine.py", "--check")
    assert ended.out.splitlines() == ["written: wine.py", "'wine.py' in Python: 3 check rows: as expected"]
    assert ok("export", "--check", "wine.py").out == "'wine.py' in Python: 3 check rows: as expected\n"


def test_json_and_quiet():
    found = ok("export", "wine.thalweg", "wine.c", "--fixed-buffers", "--dtype", "float64", "--json").json
    assert found == {"model": "wine.thalweg", "files": ["wine.c", "wine.h"], "check": None}
    assert "static double" in (folder()["wine.c"]).decode()
    assert ok("export", "wine.thalweg", "wine.m", "-q").out == ""


def test_a_member_alone():
    model = tw.load("wine.thalweg")
    together = tw.Model(
        model.network, model.params, model.loss, model.encoding, model.record, (model, model), (1.0, 1.0)
    )
    tw.save(together, "two.thalweg")
    ok("export", "two.thalweg", "one.py", "--member", 2, "-q")
    ok("export", "two.thalweg", "both.py", "-q")
    assert ("_member2" in folder()["one.py"].decode(), "_member2" in folder()["both.py"].decode()) == (False, True)


def test_a_check_that_fails_ends_with_1():
    ok("export", "wine.thalweg", "wine.py", "-q")
    text = folder()["wine.py"].decode()
    Path("wine.py").write_text(text.replace("EXPECTED = [[0.", "EXPECTED = [[1."))
    ended = run("export", "--check", "wine.py")
    assert (ended.status, "NOT as expected" in ended.out) == (1, True)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("wine.thalweg",), "no file to write is named: thalweg export wine.thalweg wine.onnx"),
        (("wine.thalweg", "wine.keras"), "for Keras name it wine.weights.h5"),
        (("wine.thalweg", "wine.py", "--fixed-buffers"), "fixed buffers are for C"),
        (("wine.thalweg", "wine.py", "--dtype", "half"), "dtype is 'half'; it must be 'float32' or 'float64'"),
        (("wine.thalweg", "nowhere/wine.py"), "there is no folder"),
        (("wine.thalweg", "wine.py", "--member", "1"), "this model is one network"),
        (("--check", "wine.thalweg"), "must end in one of"),
        (("--check", "wine.c"), "there is no such file"),
        (("--check", "--dtype", "float32", "wine.c"), "--dtype says how to write"),
        (("none.thalweg", "wine.py"), "cannot read 'none.thalweg'"),
    ],
)
def test_what_is_refused_leaves_nothing(arguments, told):
    assert told in refused("export", *arguments)
