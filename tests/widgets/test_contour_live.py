"""A contour with Python behind it: sliders, a start that is dragged, the eigenvectors, the surface."""

import json
from pathlib import Path

import pytest
from schema_check import validate
from test_contour_picture import MODEL, PICTURE

import thalweg as tw
from thalweg import widgets

SCHEMA = json.loads((Path(widgets.__file__).parent / "contour.schema.json").read_text(encoding="utf-8"))
NAMES = ("data", "paths", "start", "step", "live", "rules", "turned", "curvature", "view", "eigenvectors", "told")


def contour(rules, **more):
    shown = tw.surface.demonstration("dl3gd")
    return tw.widgets.Contour(
        shown.network, shown.loss, shown.params, shown.P, shown.T, shown.views[0].weights, rules,
        span=shown.views[0].span, points=25, **{"steps": 20, **more},
    )  # fmt: skip


def values_of(picture):
    return {name: getattr(picture, name) for name in NAMES}


@pytest.fixture
def live(visited, home):
    """A picture in a page, and a function that lets Python answer what the page has sent."""

    def shows(picture):
        validate(values_of(picture), SCHEMA)
        page = visited(home, reduced_motion="reduce", viewport={"width": 1100, "height": 900})
        page.add_style_tag(content=picture._css)
        page.evaluate(MODEL, [picture._esm, values_of(picture)])

        def answer():
            sent = page.evaluate("model.sent.splice(0)")
            for one in sent:
                picture.take({name: value for name, value in one.items() if name in ("start", "turned", "step")})
            answered = ("told", "curvature", "rules", "step", "paths")
            page.evaluate(
                "values => { for (const [name, value] of values) model.set(name, value); }",
                [[name, getattr(picture, name)] for name in answered],
            )
            return len(sent)

        return page, answer

    return shows


def test_a_rate_that_is_dragged_past_its_mark_diverges_and_is_told(live):
    picture = contour([tw.GradientDescent(0.05), tw.optimizers.Momentum(0.02, 0.5)])
    page, answer = live(picture)
    slider = page.get_by_label("learning rate of gd", exact=True)
    mark = page.locator(".bound i").first
    assert "2/λ_max = 0.1" in mark.inner_text()
    box, at = slider.bounding_box(), mark.bounding_box()
    middle = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"] * (0.05 / 0.3), middle)
    page.mouse.down()
    page.mouse.move(at["x"] + 25, middle, steps=4)
    page.mouse.up()
    assert float(slider.input_value()) > 0.1
    while answer():
        pass
    alert = page.locator("[data-part=alert]")
    assert "diverges: its rate" in alert.inner_text()
    assert page.get_by_label("learning rate of gd, as a number").input_value() == slider.input_value()
    assert picture.rules[0]["learning_rate"] == float(slider.input_value())
    slider.fill("0.08")
    while answer():
        pass
    assert alert.is_hidden()
    page.get_by_label("momentum of momentum", exact=True).fill("0.8")
    while answer():
        pass
    assert "2(1+α)/λ_max = 0.18" in page.locator(".bound i").nth(1).inner_text()
    number = page.get_by_label("learning rate of gd, as a number")
    number.fill("-1")
    assert "at least 0" in alert.inner_text()
    assert number.get_attribute("aria-invalid") == "true"
    assert answer() == 0


def test_while_python_is_at_work_only_the_last_wish_waits(live):
    picture = contour([tw.GradientDescent(0.05)])
    page, answer = live(picture)
    sent = page.get_by_label("learning rate of gd", exact=True).evaluate("""(slider) => {
      for (const rate of [0.06, 0.07, 0.09]) {
        slider.value = rate;
        slider.dispatchEvent(new Event("input", { bubbles: true }));
      }
      return model.sent.map((one) => one.turned[0][0]);
    }""")
    assert sent == [0.06]
    assert answer() + answer() == 2  # at once, where it has been waited for too long
    assert picture.following[0].learning_rate == 0.09


def test_the_start_is_dragged_and_typed(live):
    picture = contour([tw.GradientDescent(0.05)])
    page, answer = live(picture)
    grip = page.locator(".grip").bounding_box()
    x, y = grip["x"] + grip["width"] / 2, grip["y"] + grip["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 60, y - 80, steps=3)
    page.mouse.up()
    while answer():
        pass
    first, second = picture.start
    assert first > -1
    assert second > -2.95
    assert picture.paths[0]["points"][0] == pytest.approx([first, second])
    fields = [page.get_by_label(f"start: a[0,{k}]") for k in (0, 1)]
    assert [float(field.input_value()) for field in fields] == pytest.approx([first, second])
    fields[0].fill("-9")
    fields[0].blur()
    assert "lies outside the picture, which goes from −4 to 2" in page.inner_text("[data-part=alert]")
    assert answer() == 0
    fields[0].fill("0.5")
    fields[0].blur()
    while answer():
        pass
    assert picture.start == pytest.approx([0.5, second])
    assert page.locator("[data-part=alert]").is_hidden()


def test_eigenvectors_and_the_surface_are_in_the_page_too(shown):
    picture = contour([tw.GradientDescent(0.02)], eigenvectors=True)
    page = shown(picture.to_html(), wait=PICTURE)
    assert [one.text_content() for one in page.locator("text.eigen").all()] == ["λ = 20", "λ = 4"]
    page.get_by_role("button", name="Eigenvectors").click()
    assert page.locator("path.eigen").count() == 0
    page.get_by_role("button", name="Surface").click()
    canvas = page.locator("canvas")
    seen = "of => of.toDataURL()"
    first = canvas.evaluate(seen)
    canvas.focus()
    page.keyboard.press("ArrowLeft")
    turned = canvas.evaluate(seen)
    assert turned != first
    page.mouse.move(*_middle(canvas))
    page.mouse.down()
    page.mouse.move(_middle(canvas)[0] + 50, _middle(canvas)[1] + 20)
    page.mouse.up()
    assert canvas.evaluate(seen) not in (first, turned)
    before = canvas.evaluate(seen)
    page.click("[data-do=first]")
    assert canvas.evaluate(seen) != before  # the path is gone
    page.get_by_role("button", name="Contours").click()
    assert page.locator(PICTURE).count() == 1


def _middle(canvas):
    box = canvas.bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
