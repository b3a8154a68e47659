"""Progress: who sees it, when, and what it says."""

import io
import sys
import types

import numpy as np
import pytest

import thalweg as tw
from thalweg.training import loop, progress
from thalweg.training.progress import Display, Progress, Standing

CLOSED = "\n\x1b[?25h"
"""A line ended, and the cursor shown again."""
P = np.linspace(-1, 1, 20)[:, None]


def train(**settings):
    return tw.train(tw.mlp(1, 4, 1), P, P**2, epochs=200, engine="numpy", **settings)


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture
def at_once(monkeypatch):
    """A second is over at once."""
    monkeypatch.setattr(loop, "SECONDS_UNSEEN", 0.0)


@pytest.fixture
def terminal(monkeypatch):
    stream = Terminal()
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setattr(progress, "sys", types.SimpleNamespace(stderr=stream))
    return stream


@pytest.fixture
def notebook(monkeypatch):
    """What a kernel has: a shell with a kernel, and displays that are made once and changed."""
    shown = []

    class Handle:
        def update(self, data, raw):
            assert raw
            shown.append(data)

    def display(data, raw, display_id):
        assert raw
        assert display_id
        shown.append(data)
        return Handle()

    module = types.ModuleType("IPython")
    module.get_ipython = lambda: types.SimpleNamespace(kernel=object())
    module.display = types.ModuleType("IPython.display")
    module.display.display = display
    monkeypatch.setitem(sys.modules, "IPython", module)
    monkeypatch.setitem(sys.modules, "IPython.display", module.display)
    return shown


def test_nobody_who_cannot_see_it_is_shown_anything(at_once, capsys):
    train()
    assert capsys.readouterr() == ("", "")


def test_a_terminal_shows_a_run_that_takes_long(at_once, terminal, capsys):
    run = train()
    told = terminal.getvalue()
    assert "200/200" in told
    assert f"loss {run.history.loss[-1]:.4g}" in told
    assert "in 0:00" in told
    assert told.endswith(CLOSED)
    assert capsys.readouterr().out == ""


def test_a_terminal_shows_no_run_that_is_soon_over(terminal):
    train()
    assert terminal.getvalue() == ""


@pytest.mark.parametrize("verbose", [False, None])
def test_verbose_false_shows_nothing(verbose, at_once, terminal):
    train(verbose=verbose)
    assert bool(terminal.getvalue()) is (verbose is None)


def test_verbose_true_shows_a_short_run_too_as_lines_where_there_is_no_terminal(capsys):
    run = train(verbose=True, validation=(P, P**2))
    out, told = capsys.readouterr()
    assert out == ""
    *_, last = told.splitlines()
    loss, validation = run.history.loss[-1], run.history.validation_loss[-1]
    assert last == f"epoch 200/200  loss {loss:.4g}  validation {validation:.4g}  in 0:00"


def test_a_notebook_has_one_display_that_changes(at_once, notebook, capsys):
    run = train(callbacks=[lambda end: None])
    assert len(notebook) > 2
    last = notebook[-1]
    assert last["text/plain"].startswith(f"epoch 200/200  loss {run.history.loss[-1]:.4g}")
    assert 'value="1.0000"' in last["text/html"]
    assert "color" not in last["text/html"]
    assert capsys.readouterr() == ("", "")


def test_a_run_that_goes_on_shows_all_of_it(capsys):
    train().more(100, verbose=True)
    assert "epoch 300/300" in capsys.readouterr().err


def test_the_progress_of_a_table(capsys):
    frame = {"x": P[:, 0], "y": P[:, 0] ** 2}
    settings = tw.Settings(hidden=(2,), epochs=3, engine="numpy")
    tw.train_table(frame, "y", settings, verbose=True)
    assert "epoch 3/3" in capsys.readouterr().err
    tw.train_table(frame, "y", settings)
    assert capsys.readouterr().err == ""


def test_an_error_leaves_the_display_closed(at_once, terminal):
    with pytest.raises(ZeroDivisionError):
        train(callbacks=[lambda end: 1 / 0 if end.epoch > 100 else None])
    assert "epoch" in terminal.getvalue()
    assert terminal.getvalue().endswith(CLOSED)


class Kept(Display):
    def __init__(self):
        self.told = []

    def show(self, standing, told):
        self.told.append(told)


def test_time_left_is_reckoned_from_what_was_seen():
    """The first standing came late, as after a compilation."""
    kept = Kept()
    shown = Progress(kept)
    for share, seconds in ((0.1, 10.0), (0.2, 12.0), (0.6, 20.0)):
        shown.show(Standing(0, 10, share, seconds))
    shown.close()
    assert kept.told == ["", "0:16 left", "0:08 left", "in 0:20"]


def test_lines_are_some_seconds_apart(capsys, monkeypatch):
    clock = [0.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: clock[0])
    lines = progress.Lines()
    for second in range(6):
        clock[0] = float(second)
        lines.show(Standing(second, 9, second / 9, second), "")
    lines.close()
    assert [line.split()[1] for line in capsys.readouterr().err.splitlines()] == ["0/9", "2/9", "4/9", "5/9"]
