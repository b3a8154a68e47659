"""Regions, values and fitted curves, in a browser: what is drawn is what the network says, frame by frame and live."""

import numpy as np
import pytest
from moving_runs import NOTEBOOK, PHONE, WILD, P, classifier, curve, painted

import thalweg as tw
from thalweg.plots.section import section_of_function


def crosses(page):
    return page.locator("[data-part=verdicts] path.wrong").evaluate_all(
        "all => all.reduce((sum, one) => sum + one.getAttribute('d').split('M').length - 1, 0)"
    )


def test_a_recorded_run_is_stepped_and_wrong_examples_are_crossed_out(shown):
    run = classifier()
    picture = tw.widgets.Regions(run, classes=[WILD, "b"], frames=6)
    page = shown(picture.to_html(), wait="[data-part=examples] path")
    assert page.locator("img").count() == 0
    assert WILD in page.locator("[data-part=legend]").inner_text()
    kept = picture.frames[picture.frame]
    assert kept["epoch"] == run.kept_epoch
    assert page.locator("[data-part=where]").inner_text().startswith(f"at epoch {run.kept_epoch}")
    assert crosses(page) == kept["wrong"]
    page.keyboard.press("Home")
    painted(page)
    assert crosses(page) == picture.frames[0]["wrong"] != kept["wrong"]
    page.keyboard.press("End")
    painted(page)
    assert page.locator("[data-part=where]").inner_text().startswith("at epoch 60 ")


def test_the_pixels_are_the_classes_by_colour_and_pattern(shown):
    section = section_of_function(lambda p: (p[:, :1] > 0).astype(float), {"training": (P, P[:, :1] > 0)})
    picture = tw.widgets.Regions(section)
    picture.show(None)
    page = shown(picture.to_html(), wait="[data-part=examples] path")
    left, right = page.evaluate("""() => {
      const { width, height } = document.querySelector('[data-part=canvas]');
      const { data } = document.querySelector('[data-part=canvas]').getContext('2d').getImageData(0, 0, width, height);
      const distinct = (begin) => { const found = new Set();
        for (let y = 40; y < 100; y += 1) for (let x = begin; x < begin + 60; x += 1) {
          const at = 4 * (y * width + x);
          found.add(data.slice(at, at + 3).join());
        }
        return [...found]; };
      return [distinct(10), distinct(width - 80)];
    }""")
    assert len(left) == 1  # the first class is plain, the second has a pattern
    assert len(right) == 2
    assert not set(left) & set(right)
    assert crosses(page) == 0


def test_a_point_is_read_by_keys_and_by_the_pointer(shown):
    run = classifier()
    page = shown(
        tw.widgets.Regions(run, classes=["a", "b"], frames=0).to_html(), wait="[data-part=examples] path", **PHONE
    )
    page.locator("[data-part=svg]").focus()
    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("Shift+ArrowUp")
    painted(page)
    rows = [row.split("\t") for row in page.locator("[data-part=point] tr").all_inner_texts()]
    at = np.array([[float(value.replace("−", "-")) for _, value in rows[:2]]])
    share = float(run.predict(at)[0, 0])
    assert rows[2][1] == ("b" if share > 0.5 else "a")
    assert float(rows[3][1]) == pytest.approx(max(share, 1 - share), abs=0.05)
    mark = page.locator("[data-part=examples] path.example").first
    mark.hover(force=True)
    painted(page)
    assert "An example of the training part" in page.locator("[data-part=point]").inner_text()
    page.keyboard.press("Escape")
    assert page.locator("[data-part=point]").inner_text() == ""
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_fitted_curve_has_its_points_and_errors(shown):
    page = shown(tw.widgets.Regions(curve(), names=["time"], frames=3).to_html(), wait="path.fitted")
    assert page.locator("path.example").count() == 20 + 2  # two in the legend
    assert page.locator("[data-part=svg] path.error").get_attribute("d").count("M") == 20
    assert "time" in page.locator("[data-part=svg]").text_content()
    d = page.locator("[data-part=curves] path").get_attribute("d")
    page.keyboard.press("Home")
    painted(page)
    assert page.locator("[data-part=curves] path").get_attribute("d") != d


def test_what_is_held_stands_on_the_picture(shown):
    inputs = np.random.default_rng(1).normal(size=(30, 3))
    run = tw.train(tw.mlp(3, 2, 1), inputs, inputs[:, :1], epochs=2, engine="numpy")
    page = shown(tw.widgets.Regions(run, across=[2, 0], held={"input 2": 0.75}, frames=0).to_html(), wait="canvas")
    assert "Held: input 2 = 0.75." in page.locator("[data-part=held]").inner_text()


def test_a_run_that_goes_on_is_followed_and_then_gone_through(visited, home):
    run = classifier()
    picture = tw.widgets.Regions(run, frames=0)
    values = {name: getattr(picture, name) for name in ("data", "frames", "frame", "now")}
    page = visited(home, reduced_motion="reduce")
    page.evaluate(NOTEBOOK, [picture._esm, values])
    picture.show(run.recipe.params, epoch=7)
    page.evaluate("now => model.set('now', now)", picture.now)
    painted(page)
    assert page.locator("[data-part=moment]").inner_text().startswith("at epoch 7 · ")
    assert crosses(page) == picture.now["wrong"]
    picture.conclude(run, 3)
    assert picture.now == {}
    for name in ("now", "frames", "data", "frame"):
        page.evaluate("([name, value]) => model.set(name, value)", [name, getattr(picture, name)])
    painted(page)
    assert page.locator("[data-part=where]").inner_text().startswith(f"at epoch {run.kept_epoch}")
    page.get_by_role("button", name="One back").click()
    assert page.evaluate("model.sent.at(-1).frame") == picture.frame - 1
    page.evaluate("end()")


def test_frames_are_added_and_another_section_is_begun():
    run = classifier()
    picture = tw.widgets.Regions(run, frames=0)
    picture.record(run.recipe.params, 0)
    assert (len(picture.frames), picture.frame) == (2, 1)
    picture.begin(section_of_function(lambda p: p[:, :1], {"all": (P, P[:, :1])}))
    assert (picture.frames, picture.data["kind"]) == ([], "values")
    with pytest.raises(tw.ArgumentError, match="not of str"):
        tw.widgets.Regions("run")
