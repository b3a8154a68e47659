"""tw.watch: the run of tw.train, shown in a notebook while it goes on."""

import importlib.util
import sys
import types

import numpy as np
import pytest

import thalweg as tw
from thalweg.errors import ArgumentError
from thalweg.widgets import run_pictures, watched_run

P, T = np.array([[0, 0], [0, 1], [1, 0], [1, 1]]), np.array([[0], [1], [1], [0]])
NET = tw.mlp(2, 3, 1, output="sigmoid")
HOW = {"loss": "mse", "optimizer": tw.Adam(0.1), "engine": "numpy", "validation": (P, T)}


@pytest.fixture
def shown(monkeypatch):
    """A notebook: what is displayed in it."""
    found = []
    module = types.ModuleType("IPython")
    kernel = types.SimpleNamespace(parent=types.SimpleNamespace(connection_file="/somewhere/kernel-0f-1a.json"))
    module.get_ipython = lambda: types.SimpleNamespace(kernel=kernel)
    module.display = types.ModuleType("IPython.display")
    module.display.display = found.append
    monkeypatch.setitem(sys.modules, "IPython", module)
    monkeypatch.setitem(sys.modules, "IPython.display", module.display)
    return found


def test_its_run_is_that_of_train_and_its_pictures_go_through_it(shown):
    run, alone = tw.watch(NET, P, T, epochs=60, **HOW), tw.train(NET, P, T, epochs=60, record="all", **HOW)
    np.testing.assert_array_equal(NET.ravel(run.params), NET.ravel(alone.params))
    np.testing.assert_array_equal(run.history["gradient_norm"], alone.history["gradient_norm"])
    (board,) = shown
    assert list(board) == ["status", "curves", "network", "regions"]
    assert not board["status"].going
    assert board["status"].kernel == "0f-1a"
    assert board["status"].data["ended"] == run.explanation
    frames = board["regions"].frames
    assert frames[0]["epoch"] == 0
    assert frames[-1]["epoch"] == run.epochs
    assert [one["epoch"] for one in board["network"].frames] == [one["epoch"] for one in frames]
    at = board["network"].frame
    kept = np.array(board["network"].frames[at]["weights"]["layer1"]["input"])
    np.testing.assert_allclose(kept, run.params["layer1"].weights["input"], rtol=1e-3)


def test_its_button_ends_it_and_the_run_so_far_is_returned(shown):
    def press(end):
        if end.epoch == 40:
            shown[0]["status"].stop = True

    run = tw.watch(NET, P, T, epochs=10**7, callbacks=[press], **HOW)
    assert run.stopped_because == "interrupted"
    assert 40 <= run.epochs < 10**6
    assert shown[0]["status"].heard
    assert "interrupted" in shown[0]["status"].data["ended"]


def test_a_button_that_is_heard_after_the_end_does_nothing(shown):
    run = tw.watch(NET, P, T, epochs=3, **HOW)
    shown[0]["status"].stop = True
    assert run.stopped_because == "epochs"
    assert tw.watch(NET, P, T, epochs=3, **HOW).stopped_because == "epochs"


def test_what_fails_in_a_picture_is_told_once_and_ends_nothing(shown, monkeypatch, caplog):
    def fails(*_, **__):
        raise RuntimeError("no picture")

    monkeypatch.setattr(run_pictures.GoingPictures, "refresh", fails)
    run = tw.watch(NET, P, T, epochs=5, **HOW)
    assert run.stopped_because == "epochs"
    assert caplog.text.count("the pictures of tw.watch failed") == 1


def test_many_inputs_have_no_regions(shown):
    inputs = np.random.default_rng(0).normal(size=(20, 5))
    tw.watch(tw.mlp(5, 9, 1), inputs, inputs[:, :1], epochs=2, engine="numpy")
    assert list(shown[0]) == ["status", "curves", "network"]
    assert shown[0]["network"].data["columns"][1]["drawn"] == 8


def test_outside_a_notebook_it_shows_the_progress_of_train(capsys):
    run = tw.watch(NET, P, T, epochs=2, **HOW)
    assert "epoch 2/2" in capsys.readouterr().err
    assert "gradient_norm" in run.history.names()
    tw.watch(NET, P, T, epochs=2, verbose=False, **HOW)
    assert capsys.readouterr() == ("", "")


def test_without_anywidget_what_to_install_is_told_before_the_training(shown, monkeypatch):
    there = importlib.util.find_spec
    monkeypatch.setattr(watched_run, "find_spec", lambda name: None if name == "anywidget" else there(name))
    with pytest.raises(ArgumentError, match=r"pip install 'thalweg\[notebook\]'"):
        tw.watch(NET, P, T, epochs=2)
    assert not shown


@pytest.mark.parametrize("frames", [0, 5])
def test_a_finished_run_shows_itself(frames):
    run = tw.train(NET, P, T, epochs=30, **HOW)
    board = run.show(frames)
    assert list(board) == ["curves", "network", "regions"]
    assert len(board["network"].frames) == len(board["regions"].frames) == (frames or 1)
    assert board["network"].frames[board["network"].frame]["epoch"] == (
        run.kept_epoch or run.epochs if frames else run.epochs
    )
    with pytest.raises(ArgumentError, match=r"picture 'region'.*regions"):
        board["region"]


def test_pictures_of_a_run_follow_one_another():
    board = tw.train(NET, P, T, epochs=30, **{**HOW, "validation": None}).show(frames=5)
    curves, weights, regions = (board[name] for name in board)
    regions.frame = 1
    assert (weights.frame, curves.epoch) == (1, regions.frames[1]["epoch"])
    curves.epoch = 30
    assert regions.frame == weights.frame == len(regions.frames) - 1
