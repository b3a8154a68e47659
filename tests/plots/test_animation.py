"""Paths that grow over a surface or along a curve: what each frame shows, and the GIF of them."""

import base64
import itertools

import numpy as np
import pytest
from PIL import Image

import thalweg as tw
from thalweg.plots.animation import animated_paths

NET = tw.mlp(1, 1)
P, T = np.array([[-1.0], [0.0], [1.0]]), np.array([[-1.5], [0.5], [2.5]])
START = NET.unravel(np.array([0.0, -0.8]))
ACROSS = ("layer1[0,0]", "layer1[0]")
RULE = tw.optimizers.GradientDescent(0.1)


@pytest.fixture(scope="module")
def surface():
    path = tw.trajectory(NET, "mse", START, P, T, RULE, steps=6)
    return tw.error_surface(NET, "mse", START, P, T, ACROSS, points=12, trajectories=[path])


@pytest.fixture(scope="module")
def curve():
    path = tw.trajectory(NET, "mse", START, P, T, RULE, steps=6, only=ACROSS[:1])
    return tw.error_along_weight(NET, "mse", START, P, T, ACROSS[0], points=12, trajectories=[path])


def inked(frame, colour):
    """How many pixels of a frame are nearly of a colour."""
    pixels = np.asarray(frame.convert("RGB")).astype(int)
    return int((np.abs(pixels - colour).sum(axis=-1) < 40).sum())


def test_a_path_grows_from_frame_to_frame(surface):
    counts = [inked(frame, (0xD5, 0x5E, 0x00)) for frame in animated_paths(surface).frames()]
    assert len(counts) == 7
    assert all(before < after for before, after in itertools.pairwise(counts))


def test_the_steps_of_a_curve_come_with_their_tangents(curve):
    moving = animated_paths(curve)
    last = None
    for step, _ in zip(moving.steps, moving.frames(), strict=True):
        (line,) = [line for line in moving.figure.axes[0].lines if line.get_gid() == "path 0"]
        assert np.array_equal(line.get_xdata(), curve.paths[0].values[: step + 1])
        last = line
    assert np.array_equal(last.get_ydata(), curve.paths[0].F)
    gids = {str(artist.get_gid()) for artist in (*moving.figure.axes[0].lines, *moving.figure.axes[0].texts)}
    assert {"step 0 0", "step 0 5"} <= gids


def test_the_gif_holds_every_frame_and_rests_at_the_last(surface, tmp_path):
    moving = animated_paths(surface, frames=4, frames_per_second=5)
    assert moving.steps == (0, 2, 4, 6)
    moving.save(tmp_path / "paths.gif")
    with Image.open(tmp_path / "paths.gif") as gif:
        durations = []
        for frame in range(gif.n_frames):
            gif.seek(frame)
            durations.append(gif.info["duration"])
    assert durations == [200, 200, 200, 1600]
    html = moving._repr_html_()
    assert html.startswith('<img alt="')
    assert base64.b64encode((tmp_path / "paths.gif").read_bytes()).decode() in html


def test_what_cannot_be_animated_is_told(surface, tmp_path):
    still = tw.error_surface(NET, "mse", START, P, T, ACROSS, points=4)
    with pytest.raises(tw.ArgumentError, match=r"no path .*--rules"):
        animated_paths(still)
    with pytest.raises(tw.ArgumentError, match="frames is 1"):
        animated_paths(surface, frames=1)
    with pytest.raises(tw.ArgumentError, match=r"written as \.gif, not as \.png"):
        animated_paths(surface).save(tmp_path / "paths.png")
    assert not list(tmp_path.iterdir())
