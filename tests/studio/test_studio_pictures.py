"""The pictures of the page, as text: what they say, and that nothing in a name is markup."""

import numpy as np
import pytest
from driven import built_of, ran

from thalweg.studio.building import OwnTable, build
from thalweg.studio.equation import equation
from thalweg.studio.figures import confusion, headline, judged, parts_of, regression_points
from thalweg.studio.session import Session
from thalweg.studio.spec import Spec
from thalweg.studio.train_pictures import sections_of

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
        confusion(judged(built, sample.parameters, parts_of(built)["training"])[0]),
        equation(sample.upcoming),
    ]
    for text in texts:
        assert "<img" not in text
        assert "<script" not in text
    assert "&lt;img src=x onerror=alert(1)&gt;" in texts[0]


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


def test_regions_say_what_the_network_says():
    built = built_of(data="xor", rule={"learning_rate": 0.1}, epochs=200)
    params = ran(Session(built), "run").sample().parameters
    section, maps = sections_of(built)
    said = section.said(params).grid.argmax(axis=-1)
    assert said[[8, 8, -8, -8], [8, -8, 8, -8]].tolist() == [0, 1, 1, 0]
    assert maps.maps(params)["layer2"].shape == (20, 20, 1)
    assert len(section.places) == 4


def test_a_curve_is_fitted_in_the_tables_own_units():
    built = built_of(data="sine", points=80, noise=0, optimizer="lm", epochs=60)
    params = ran(Session(built), "run").finished().params
    section, _ = sections_of(built)
    x, y = np.linspace(*section.ends[0], *section.shape), section.said(params).grid
    inside = np.abs(x) < 0.9
    assert np.abs(y[inside] - np.sin(1.5 * np.pi * x[inside])).max() < 0.2
    assert len(section.places) == 80


def test_of_more_columns_the_others_are_held_and_units_have_no_maps():
    section, maps = sections_of(built_of(data="iris"))
    assert len(section.held) == 2
    assert maps is None


def test_rows_with_something_missing_are_no_points():
    import polars as pl

    x = np.arange(60.0)
    gaps = [None if k % 20 == 7 else value for k, value in enumerate(x)]
    own = OwnTable("t.csv", pl.DataFrame({"x": gaps, "y": x * 2}))
    section, _ = sections_of(build(Spec(data="table", engine="numpy", epochs=1, split="40/30/30"), own))
    assert np.isfinite(section.places).all()
    assert len(section.places) == len(section.targets) == len(section.parts) == 57
