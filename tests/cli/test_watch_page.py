"""--watch changes nothing of what a command prints, writes and returns."""

import logging

import pytest
from command_line import DATA, run

import thalweg as tw
from thalweg.studio.watch_pictures import TablePictures

TABLE = ("train", DATA / "wine.csv", "--target", "cultivar", "--epochs", "4", "--hidden", "3", "--engine", "numpy")


def test_output_model_and_status_are_those_without_it(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    looked_on, closed = [], []
    handler = logging.StreamHandler()
    monkeypatch.setattr(handler, "close", lambda: closed.append("a log handler of somebody else's"))
    monkeypatch.setattr(TablePictures, "conclude", lambda self, trained: looked_on.append(self.looking.updates))
    alone = run(*TABLE, "--json", "--output", "a.thalweg")
    watched = run(*TABLE, "--json", "--output", "b.thalweg", "--watch", "--no-open")
    assert alone.status == watched.status == 0
    apart = {"model", "report", "seconds", "created"}
    assert {k: v for k, v in alone.json.items() if k not in apart} == {
        k: v for k, v in watched.json.items() if k not in apart
    }
    a, b = (tw.load(f"{name}.thalweg") for name in "ab")
    assert (a.network.ravel(a.params) == b.network.ravel(b.params)).all()
    assert looked_on == [watched.json["updates"]]
    assert watched.err.startswith("watch   http://127.0.0.1:")
    assert len(watched.err.splitlines()) == 1
    assert not closed


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--port", "8300"], "--port goes with --watch"),
        (["--no-open"], "--no-open goes with --watch"),
        (["--watch", "--no-open", "--best"], "--watch shows one network that trains"),
    ],
)
def test_what_does_not_go_together_is_told(words, told, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    ended = run(*TABLE, *words)
    assert ended.status == 1
    assert told in ended.err
    assert len(ended.err.splitlines()) == 1
    assert not list(tmp_path.iterdir())


def test_it_is_not_said_again(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    ended = run(*TABLE, "--watch", "--no-open")
    hints = [line for line in ended.out.splitlines() if line.startswith("thalweg train ") and "--best" in line]
    assert len(hints) == 1
    assert "--watch" not in hints[0]
    assert "--no-open" not in hints[0]
