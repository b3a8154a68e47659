"""An activation as a picture: dragged, moved by keys, its numbers in the formulas, one's own formula, its page."""

import numpy as np
import pytest
from read_page import ATTACK
from test_contour_picture import MODEL

import thalweg as tw
from thalweg.core.activations import ACTIVATIONS
from thalweg.errors import ArgumentError
from thalweg.plots.activation_facts import slopes_of
from thalweg.widgets.activation_data import activation_said, activations_data
from thalweg.widgets.picture_page import joined

PICTURE = "[data-part=picture]"
FORMULAS = (
    "erf(x) + 0.5*x**3", "min(max(x, -1), sin(x), 3)", "x if x < -1 else -1 if x < 1 else cos(x)",
    "2/(1 + e**(-2*x)) - 1",
)  # fmt: skip
VALUES = f"""([data, n]) => {{
{joined("formulas", "axes", "activation_values")}
  const at = (f, one) => {{ const {{ a, slope }} = activation_values_.atPoint(data, f, one); return [a, slope]; }};
  return data.functions.map((f) => n.map((one) => at(f, one)));
}}"""


def row(page, number=0):
    cells = page.locator("[data-part=values] tbody tr").nth(number).locator("td").all_inner_texts()
    return [float(cell.replace("−", "-")) for cell in cells[1:3]]


def at(page):
    return float(page.get_attribute(PICTURE, "aria-valuenow"))


def test_the_page_computes_what_the_engine_does(shown):
    names = [*ACTIVATIONS, "hardlim", "hardlims", *FORMULAS]
    page = shown(tw.widgets.Activation().to_html(), wait=PICTURE)
    n = np.array([-30.0, -7.3, -2.0, -1.0, -0.4, 0.0, 0.3, 1.0, 2.6, 6.1, 30.0])
    for start in range(0, len(names), 6):
        made = [activation_said(name) for name in names[start : start + 6]]
        data = activations_data(made)
        assert all(one["formulas"] for one in data["functions"])
        found = page.evaluate(VALUES, [data, n.tolist()])
        for function, values in zip(made, found, strict=True):
            a, slope = slopes_of(function, n)
            np.testing.assert_allclose(np.array(values), np.stack([a, slope], axis=1), rtol=1e-9, atol=1e-12)


def test_the_point_is_dragged_and_moved_by_keys_and_typed(shown):
    page = shown(tw.widgets.Activation(["sigmoid", "tanh"], at=0.0).to_html(), wait=PICTURE)
    box = page.locator(PICTURE).bounding_box()
    middle = box["x"] + 52 + (box["width"] - 64) / 2
    page.mouse.move(middle, box["y"] + 60)
    page.mouse.down()
    page.mouse.move(middle + (box["width"] - 64) / 6, box["y"] + 90, steps=3)
    page.mouse.up()
    assert at(page) == pytest.approx(2.0, abs=0.03)
    n = at(page)
    assert row(page) == pytest.approx([1 / (1 + np.exp(-n)), np.exp(-n) / (1 + np.exp(-n)) ** 2], rel=1e-4)
    assert row(page, 1) == pytest.approx([np.tanh(n), 1 - np.tanh(n) ** 2], rel=1e-4)
    page.locator(PICTURE).press("Home")
    assert at(page) == -6
    page.locator(PICTURE).press("Shift+ArrowRight")
    page.locator(PICTURE).press("ArrowRight")
    assert at(page) == pytest.approx(-4.9)
    assert "saturated" in page.locator("[data-part=values] tbody tr").first.inner_text()
    page.locator("[data-part=n]").fill("0.5")
    page.locator("[data-part=n]").press("Enter")
    assert at(page) == 0.5
    assert page.locator("[data-part=formulas] .line").count() == 2
    assert "0.62246" in page.locator("[data-part=formulas] .line").first.inner_text()
    page.locator(PICTURE).press("ArrowDown")
    assert "0.46212" in page.locator("[data-part=formulas] .line").first.inner_text()
    assert page.locator("button[aria-pressed=true]").inner_text() == "tanh"


def test_at_a_kink_there_are_two_tangents_and_it_is_told(shown):
    page = shown(tw.widgets.Activation("relu", at=0.0).to_html(), wait=PICTURE)
    assert page.locator(".tangent.side").count() == 2
    assert "a kink at n = 0: slope 0 on its left, 1 on its right: here the slope is 0" in page.inner_text(
        "[data-part=facts]"
    )
    page.locator(PICTURE).press("ArrowRight")
    assert page.locator(".tangent:not(.side)").count() == 1
    assert "outputs: from about 0 up" in page.inner_text("[data-part=facts]")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_fits_a_phone_and_runs_no_name(shown, scheme):
    phone = {"viewport": {"width": 360, "height": 740}, "color_scheme": scheme}
    picture = tw.widgets.Activation(["softmax", "x/(1 + abs(x)) + 0*sin(3*x)*cos(5*x)"], saturated_below=0.02)
    picture.data = {
        **picture.data,
        "functions": [{**one, "name": ATTACK + one["name"]} for one in picture.data["functions"]],
    }
    html = picture.to_html()
    assert "<img" not in html
    page = shown(html, wait=PICTURE, **phone)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert ATTACK.split()[0] in page.inner_text("[data-part=values]")
    assert page.locator(".saturated").count() > 0


def test_in_a_notebook_ones_own_formula_is_shown_or_its_fault_told(visited, home):
    picture = tw.widgets.Activation(["relu"])
    names = ("data", "at", "chosen", "formula", "told", "live")
    page = visited(home, reduced_motion="reduce")
    page.evaluate(MODEL, [picture._esm, {name: getattr(picture, name) for name in names}])

    def type_formula(text):
        page.locator("input[name=formula]").fill(text)
        page.locator("[data-part=own] button").click()
        picture.formula = page.evaluate("model.get('formula')")
        values = {name: getattr(picture, name) for name in names}
        page.evaluate("values => Object.entries(values).forEach(([name, value]) => model.set(name, value))", values)

    type_formula("x*tanh(")
    assert "formula, column" in page.inner_text("[data-part=fault]")
    type_formula("x*tanh(x)")
    assert page.locator("[data-part=fault]").is_hidden()
    assert page.inner_text("h1") == "relu, x*tanh(x)"
    assert page.locator("button[aria-pressed=true]").inner_text() == "x*tanh(x)"
    type_formula("x**3")
    assert page.inner_text("h1") == "relu, x**3"
    page.evaluate("end()")


def test_without_a_program_the_curves_are_a_table(shown):
    page = shown(tw.widgets.Activation("tanh").to_html(), wait="table", java_script_enabled=False)
    assert page.inner_text("caption") == "tanh"
    cells = page.locator("tbody tr").first.locator("td").all_inner_texts()
    assert [float(cell) for cell in cells] == pytest.approx([-6, np.tanh(-6), 1 - np.tanh(-6) ** 2], rel=1e-3)


def test_others_are_shown_and_what_cannot_be_is_refused():
    picture = tw.widgets.Activation(["relu", "tanh"], at=5.0)
    picture.chosen = 1
    picture.show(["sigmoid"], high=2.0)
    assert (picture.at, picture.chosen, picture.data["functions"][0]["name"]) == (2.0, 0, "sigmoid")
    with pytest.raises(ArgumentError, match="low and high"):
        picture.show(["sigmoid"], high=-9.0)
    assert picture.data["high"] == 2
    with pytest.raises(ArgumentError, match="at is nan"):
        tw.widgets.Activation("tanh", at=float("nan"))
