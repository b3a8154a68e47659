"""A contour in a notebook: what a click lets Python compute, and its page."""

import numpy as np
import pytest
from test_contour_data import ACROSS, NET, START, P, T

import thalweg as tw
from thalweg.errors import ArgumentError

FEW = {"steps": 3, "points": 5}
PICTURE = "[data-part=picture]"


def contour(across=ACROSS, rules="gd", **more):
    return tw.widgets.Contour(NET, "mse", START, P, T, across, rules, **{**FEW, **more})


def moved(first, second):
    x = NET.ravel(START).copy()
    x[[0, 7]] = first, second
    return NET.unravel(x)


def test_a_click_lets_python_follow_the_rules_from_there():
    rules = {"slow": tw.GradientDescent(0.1), "adam": tw.Adam(0.1)}
    picture = contour(rules=rules)
    assert [path["name"] for path in picture.paths] == ["slow", "adam"]
    assert picture.start == pytest.approx([1.0, -0.8])
    picture.step = 1
    picture.start = [0.25, 1.5]  # as the module sets it
    for path, rule in zip(picture.paths, rules.values(), strict=True):
        expected = tw.trajectory(NET, "mse", moved(0.25, 1.5), P, T, rule, steps=3)
        assert path["F"] == expected.F.tolist()
        np.testing.assert_allclose(path["points"], expected.X[:, [0, 7]], atol=1e-12)
    assert picture.step == 3


def test_the_weights_of_the_axes_alone_and_one_weight():
    picture = contour(rules=tw.GradientDescent(0.5), only=True)
    picture.begin(0.25, 1.5)
    expected = tw.trajectory(NET, "mse", moved(0.25, 1.5), P, T, tw.GradientDescent(0.5), steps=3, only=ACROSS)
    assert picture.paths[0]["F"] == expected.F.tolist()
    assert picture.paths[0]["share"] == pytest.approx(1.0)
    one = contour([ACROSS[1]], tw.GradientDescent(0.5))
    one.begin(1.5)
    alone = tw.trajectory(NET, "mse", moved(1.0, 1.5), P, T, tw.GradientDescent(0.5), steps=3, only=[ACROSS[1]])
    assert one.paths[0]["F"] == alone.F.tolist()
    steps = np.diff(np.array(one.paths[0]["points"])[:, 0])
    np.testing.assert_allclose(steps, -0.5 * np.array(one.paths[0]["slopes"])[:-1], rtol=1e-12)


def test_a_plane_of_directions_begins_at_its_points():
    picture = contour("gradient")
    np.testing.assert_allclose(picture.start, [0.0, 0.0], atol=1e-12)
    g = NET.ravel(tw.gradient(NET, "mse", START, P, T)[1])
    picture.begin(0.5, 0.0)
    there = NET.unravel(NET.ravel(START) - 0.5 * g / np.linalg.norm(g))
    assert picture.paths[0]["F"][0] == pytest.approx(tw.gradient(NET, "mse", there, P, T)[0], rel=1e-12)


def test_weights_of_examples_and_a_penalty_count_on_each_path():
    how = {"sample_weight": np.array([1.0, 2.0, 0.5, 1.0]), "l2": 0.1, "batch_size": 2}
    picture = contour(rules=tw.GradientDescent(0.5), **how)
    picture.begin(0.25, 1.5)
    expected = tw.trajectory(
        NET, "mse", moved(0.25, 1.5), P, T, tw.GradientDescent(0.5), steps=3, order="sequential", **how
    )
    assert picture.paths[0]["F"] == expected.F.tolist()


def test_its_page_is_as_it_stands(shown):
    picture = contour(rules=[tw.GradientDescent(0.5), "adam"])
    picture.begin(0.25, 1.5)
    picture.step = 2
    page = shown(picture.to_html(), wait=PICTURE)
    assert page.inner_text("[data-part=where]") == "step 2 of 3"
    assert page.locator("[data-part=paths] tbody tr").count() == 2
    page.locator(PICTURE).click(position={"x": 150, "y": 100})
    assert "picture.begin(" in page.inner_text("[data-part=point]")


MODEL = """async ([source, values]) => {
  const heard = new Map();
  window.model = {
    sent: [],
    get: (name) => values[name],
    set(name, value) { values[name] = value; for (const one of heard.get(`change:${name}`) ?? []) one(); },
    on(event, listener) { heard.set(event, [...(heard.get(event) ?? []), listener]); },
    save_changes() { this.sent.push({ ...values, data: null }); },
  };
  const module = await import(URL.createObjectURL(new Blob([source], { type: "text/javascript" })));
  window.end = module.default.render({ model, el: document.body.appendChild(document.createElement("div")) });
}"""
"""A model as a notebook gives it, whose changes are sent where `save_changes` is called."""


def test_in_a_notebook_a_click_is_told_to_python_and_its_paths_are_shown(visited, home):
    picture = contour(rules=tw.GradientDescent(0.5))
    values = {"data": picture.data, "paths": picture.paths, "start": picture.start, "step": 3, "live": True}
    page = visited(home, reduced_motion="reduce")
    page.evaluate(MODEL, [picture._esm, values])
    page.locator(PICTURE).click(position={"x": 150, "y": 100})
    assert "≈" in page.inner_text("[data-part=point]")  # until Python has answered
    (sent,) = page.evaluate("model.sent")
    picture.start = sent["start"]
    page.evaluate("([step, paths]) => { model.set('step', step); model.set('paths', paths); }", [3, picture.paths])
    told = page.inner_text("[data-part=point]")
    assert "= " in told
    assert "≈" not in told
    assert page.inner_text("[data-part=where]") == "step 3 of 3"
    assert page.evaluate("typeof end") == "function"
    page.evaluate("end()")


def test_what_is_refused():
    picture = contour()
    with pytest.raises(ArgumentError, match="begin takes 2 values, one for each axis, and has 1"):
        picture.begin(1.0)
    with pytest.raises(ArgumentError, match="give finite numbers"):
        picture.begin(1.0, float("nan"))
    with pytest.raises(ArgumentError, match="only needs the weights"):
        contour("gradient", only=True)
    with pytest.raises(ArgumentError, match="at most 5"):
        contour(rules=["gd", "adam", "momentum", "nesterov", "rmsprop", "adagrad"])
    with pytest.raises(ArgumentError, match="did you mean 'adam'"):
        contour(rules="adm")
