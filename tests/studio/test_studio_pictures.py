"""The pictures of the page, as text: what they say, and that nothing in a name is markup."""

import dataclasses
import re

import numpy as np
import pytest
from driven import built_of, ran

from thalweg.studio import charts
from thalweg.studio.building import OwnTable, build
from thalweg.studio.curve import Curve
from thalweg.studio.diagram import diagram
from thalweg.studio.equation import equation
from thalweg.studio.figures import confusion, headline, judged, parts_of, regression_points
from thalweg.studio.plane import answers, fit_series, grid_of, plane
from thalweg.studio.session import Session
from thalweg.studio.spec import Spec

WILD = "<img src=x onerror=alert(1)>"


def wild_table():
    import polars as pl

    rng = np.random.default_rng(0)
    x = rng.normal(size=(60, 2))
    classes = np.where(x[:, 0] > 0, WILD, "b&\"'")
    return OwnTable("t.csv", pl.DataFrame({WILD: x[:, 0], "</svg><script>": x[:, 1], "y": classes}))


def test_no_name_is_markup():
    built = build(Spec(data="table", engine="numpy", epochs=2, target=("y",)), wild_table())
    session = ran(Session(built), "step")
    sample = session.sample()
    texts = [
        diagram(built.network, sample.parameters, tuple(built.prepared.encoding.feature_names)),
        plane(built, grid_of(built), sample.parameters),
        confusion(judged(built, sample.parameters, parts_of(built)["training"])[0]),
        equation(sample.upcoming),
    ]
    for text in texts:
        assert "<img" not in text
        assert "<script" not in text
    assert "&lt;img src=x onerror=alert(1)&gt;" in texts[0]


def test_the_diagram_is_as_wide_as_the_weights_and_folds_large_layers():
    built = built_of(data="clouds", points=60, layers=((30,),))
    params = built.recipe.params
    drawn = diagram(built.network, params)
    widths = [float(one) for one in re.findall(r'stroke-width="([\d.]+)"', drawn)]
    assert max(widths) <= 5.5
    assert drawn.count("<circle") == 2 + 8 + 3
    negative = sum(int((w[:8, :8] < 0).sum()) for layer in params.values() for w in layer.weights.values())
    assert drawn.count('class="negative"') == negative


def test_regions_say_what_the_network_says():
    built = built_of(data="xor", rule={"learning_rate": 0.1}, epochs=200)
    session = ran(Session(built), "run")
    grid = grid_of(built)
    params = session.sample().parameters
    outputs = answers(built.network, params, grid.P)[:, 0].reshape(72, 72)
    for row, column, said in ((10, 10, 0), (10, -10, 1), (-10, 10, 1), (-10, -10, 0)):
        assert round(outputs[row, column]) == said
    assert plane(built, grid, params).count("<title>") == 4


def test_a_curve_is_fitted_in_the_tables_own_units():
    built = built_of(data="sine", points=80, noise=0, optimizer="lm", epochs=60)
    session = ran(Session(built), "run")
    found = fit_series(built, grid_of(built), session.finished().params)
    x, y = np.array(found["fitted"]).T
    inside = np.abs(x) < 0.9
    assert np.abs(y[inside] - np.sin(1.5 * np.pi * x[inside])).max() < 0.2
    assert sum(map(len, found["rows"].values())) == 80


@pytest.mark.parametrize("data", ["iris", "digits"])
def test_tables_of_more_columns_have_no_plane(data):
    assert grid_of(built_of(data=data)) is None


def test_rows_with_something_missing_are_no_points():
    import polars as pl

    x = np.arange(60.0)
    gaps = [None if k % 20 == 7 else value for k, value in enumerate(x)]
    own = OwnTable("t.csv", pl.DataFrame({"x": gaps, "y": x * 2}))
    seen = 0
    for seed in range(6):
        spec = Spec(data="table", engine="numpy", epochs=1, seed=seed, split="40/30/30")
        grid = grid_of(build(spec, own))
        if grid is not None:  # what is missing in a training row is marked by a second feature
            seen += 1
            assert np.isfinite(grid.rows).all()
            assert len(grid.rows) == len(grid.labels) == len(grid.parts)
    assert seen


def test_figures_are_those_of_the_command():
    built = built_of(data="iris", epochs=3)
    session = ran(Session(built), "run")
    part = parts_of(built)["test"]
    scores, _ = judged(built, session.sample().parameters, part)
    assert sum(map(sum, scores.confusion)) == len(part.labels)
    assert headline(scores).startswith("accuracy ")
    built = built_of(data="diabetes", epochs=3)
    session = ran(Session(built), "run")
    part = parts_of(built)["test"]
    scores, prediction = judged(built, session.sample().parameters, part)
    pairs = np.array(regression_points(scores, part, prediction))
    assert np.sqrt(np.mean((pairs[:, 0] - pairs[:, 1]) ** 2)) == pytest.approx(scores.rmse)


def test_the_rule_is_shown_with_its_numbers():
    for rule in ("gd", "adam", "rprop", "lm"):
        built = built_of(data="sine", points=30, optimizer=rule, epochs=2)
        sample = ran(Session(built), "step").sample()
        text = equation(sample.upcoming)
        assert "<math>" in text
        assert "weight layer2[0,0]" in text


def test_a_long_curve_is_thinned_evenly_and_keeps_its_last_point():
    curve = Curve(most=100)
    rng = np.random.default_rng(0)
    values = np.arange(10_000.0)
    at = 0
    while at < len(values):
        step = int(rng.integers(1, 700))
        curve.add(values[at : at + step])
        at += step
    epochs, seen = curve.points()
    assert len(epochs) <= 101
    assert [epoch - 1 for epoch in epochs] == seen
    assert epochs[-1] == 10_000
    assert len(set(np.diff(epochs[:-1]).tolist())) == 1


def test_a_chart_leaves_out_what_a_log_scale_has_not():
    curve = Curve()
    curve.add(np.array([1.0, 0.0, np.nan, 0.5]))
    (one,) = charts.series({"loss": curve}, charts.LOSSES, log=True, stopped=4)
    assert one["data"] == [[1, 1.0], [4, 0.5]]
    assert one["markLine"]["data"] == [{"xAxis": 4}]
    (one,) = charts.series({"loss": curve}, charts.LOSSES, log=False, stopped=None)
    assert one["data"] == [[1, 1.0], [2, 0.0], [4, 0.5]]


def test_outputs_that_are_not_finite_are_told():
    built = built_of()
    params = {name: dataclasses.replace(layer) if False else layer for name, layer in built.recipe.params.items()}
    x = built.network.ravel(params) * np.nan
    assert "not finite" in plane(built, grid_of(built), built.network.unravel(x))
