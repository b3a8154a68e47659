"""The data of a contour: its numbers those of the surface, its regions where the error is above a level."""

import json
import re
from pathlib import Path

import numpy as np
import pytest
from matplotlib.path import Path as Outline
from schema_check import validate

import thalweg as tw
from thalweg.errors import DataError
from thalweg.surface import Surface
from thalweg.widgets.contour_data import MOST_WEIGHTS, drawing_data, paths_data

NET = tw.mlp(2, 2, 1, hidden="tanh", output="sigmoid")
P, T = np.array([[0.0, 0], [0, 1], [1, 0], [1, 1]]), np.array([[0.0], [1], [1], [0]])
START = NET.unravel(np.array([1.0, -0.5, 0.25, 1.5, 0.1, -0.2, 1.2, -0.8, 0.3]))
ACROSS = "layer1[0,0]", "layer2[0,1]"


def surface(across=ACROSS, **more):
    taken = [tw.trajectory(NET, "mse", START, P, T, tw.GradientDescent(0.5), steps=4)]
    return tw.error_surface(NET, "mse", START, P, T, across, points=31, trajectories=taken, **more)


def polygons(d):
    """The polygons of an SVG's path."""
    return [np.array(re.findall(r"(\d+) (\d+)", ring), dtype=float) for ring in d.split("Z") if ring]


def inside(d, point):
    """Whether a point is within, a hole counting as outside."""
    return sum(Outline(ring).contains_point(point) for ring in polygons(d)) % 2 == 1


def test_regions_are_where_the_error_is_above_each_level():
    drawn = surface()
    data = json.loads(json.dumps(drawing_data(drawn), allow_nan=False))
    assert len(data["regions"]) == len(data["levels"]) + 1
    seen = 0
    for row in range(1, 30, 4):
        for column in range(1, 30, 4):
            at = 1000 * column / 30, 1000 - 1000 * row / 30
            F = drawn.F[row, column]
            assert inside(data["regions"][0], at)
            for level, region in zip(data["levels"], data["regions"][1:], strict=True):
                if abs(F - level) > 0.02 * np.ptp(drawn.F):  # not beside the line itself
                    assert inside(region, at) == (level < F)
                    seen += 1
    assert seen > 500


def test_where_the_error_is_not_finite_there_is_no_region():
    drawn = surface()
    F = drawn.F.copy()
    F[:, :15] = np.nan
    data = drawing_data(Surface(**{**vars(drawn), "F": F}))
    assert data["F"][0][0] is None
    assert not inside(data["regions"][0], (200, 500))
    assert inside(data["regions"][0], (800, 500))
    with pytest.raises(DataError, match="nowhere finite"):
        drawing_data(Surface(**{**vars(drawn), "F": np.full_like(F, np.nan)}))


def test_it_is_as_its_schema_says():
    schema = json.loads((Path(tw.__file__).parent / "widgets" / "contour.schema.json").read_text(encoding="utf-8"))
    one = "layer2[0,1]"
    taken = tw.trajectory(NET, "mse", START, P, T, "adam", steps=2, only=[one])
    curve = tw.error_along_weight(NET, "mse", START, P, T, one, trajectories=[taken], points=9)
    for drawn in (surface(), surface("gradient"), curve):
        data, paths = {**drawing_data(drawn, NET), "command": "thalweg {start}"}, paths_data(drawn.paths)
        values = {"data": data, "paths": paths, "start": data["start"], "step": 2, "live": True}
        validate(json.loads(json.dumps(values, allow_nan=False)), schema)


def test_the_grid_and_the_paths_are_those_of_the_surface():
    drawn = surface()
    data, (path,) = drawing_data(drawn), paths_data(drawn.paths)
    np.testing.assert_allclose(data["F"], drawn.F, rtol=1e-5)
    assert path["points"] == drawn.paths[0].points.tolist()
    assert path["F"] == drawn.paths[0].F.tolist()
    assert (path["ended"], path["share"]) == ("steps", drawn.paths[0].share)


def test_the_weights_of_a_plane_are_told_of_a_small_network():
    data = drawing_data(surface("gradient"), NET)
    assert data["weights"][:2] == ["layer1[0,0]", "layer1[0,1]"]
    c = np.array(data["start"])
    x = np.array(data["origin"]) + c @ np.array(data["directions"])
    np.testing.assert_allclose(x, NET.ravel(START), atol=1e-12)
    large = tw.mlp(2, MOST_WEIGHTS, 1)
    drawn = tw.error_surface(large, "mse", large.init(0), P, T, ("layer1[0,0]", "layer1[1,0]"), points=3)
    assert "weights" not in drawing_data(drawn, large)


def test_a_curve_has_its_slopes():
    one = "layer2[0,1]"
    taken = tw.trajectory(NET, "mse", START, P, T, tw.GradientDescent(0.5), steps=4, only=[one])
    drawn = tw.error_along_weight(NET, "mse", START, P, T, one, trajectories=[taken], points=9)
    data, (path,) = drawing_data(drawn), paths_data(drawn.paths)
    assert data["F"] == drawn.F.tolist()
    assert data["slope_start"] == drawn.slope == path["slopes"][0]
    steps = np.diff(np.array(path["points"])[:, 0])
    np.testing.assert_allclose(steps, -0.5 * np.array(path["slopes"])[:-1], rtol=1e-12)
    (low, high), held = data["ranges"][1], drawn.F
    assert low < held.min() < held.max() < high
