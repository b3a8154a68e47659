"""The curves of runs, in a browser: read, hidden, gone through, on a phone; and as a run goes on."""

import json

import numpy as np
import pytest
from moving_runs import NOTEBOOK, PHONE, WILD, classifier, curve, painted

import thalweg as tw


def cells(page):
    return page.locator("[data-part=read] tbody td").all_inner_texts()


def test_a_run_is_read_by_keys_and_pointer_hidden_and_gone_through(shown):
    run = classifier()
    page = shown(tw.widgets.Curves(run).to_html(), wait=".plots svg path.curve")
    losses = page.locator(".plots svg").first
    assert page.locator("[data-part=where]").inner_text() == "at epoch 60 of 60"
    assert f"best: epoch {run.kept_epoch}" in losses.inner_html()
    assert page.locator("[data-part=ends]").inner_text().startswith("Stopped after epoch 60: all 60 epochs were run")
    assert losses.locator("path.best").count() == losses.locator("rect.stop").count() == 1
    page.keyboard.press("Home")
    for _ in range(4):
        page.keyboard.press("ArrowRight")
    painted(page)
    assert page.locator("[data-part=where]").inner_text() == "at epoch 5 of 60"
    read = [float(text) for text in cells(page)[:3]]
    told = [run.history[name][4] for name in ("loss", "validation_loss", "test_loss")]
    np.testing.assert_allclose(read, told, rtol=1e-5)
    assert losses.locator("path.curve.later").count() == 3
    box = losses.bounding_box()
    page.mouse.move(box["x"] + box["width"] - 17, box["y"] + 40)
    painted(page)
    assert float(cells(page)[0]) == pytest.approx(run.history.loss[-1], rel=1e-5)
    page.get_by_role("button", name="test", exact=True).click()
    painted(page)
    assert losses.locator("path.curve").count() == 4  # two of them, before and after the epoch
    page.get_by_role("button", name="validation checks").click()
    painted(page)
    assert page.locator(".plots svg").count() == 4


def test_the_scale_is_turned_by_a_key_and_what_it_has_not_is_told(shown):
    page = shown(tw.widgets.Curves({"loss": [1.0, 0.0, float("nan"), 0.001]}, log=True).to_html(), wait="path.curve")
    told = page.locator("p[data-part=told]").inner_text()
    assert "1 value is not finite, and a gap" in told
    assert "values of 0 and below are not on a logarithmic scale" in told
    page.keyboard.press("l")
    painted(page)
    assert page.get_by_role("button", name="Log scale").get_attribute("aria-pressed") == "false"
    assert "logarithmic" not in page.locator("p[data-part=told]").inner_text()


def test_several_runs_have_names_that_are_only_names(shown):
    page = shown(tw.widgets.Curves({WILD: classifier(), "b": curve()}).to_html(), wait="path.curve", **PHONE)
    assert page.locator("img").count() == 0
    names = page.locator("[data-part=legend] [data-run] span").all_inner_texts()
    assert names == [WILD, "b"]
    before = page.locator(".plots svg").first.locator("path.curve").count()
    page.locator("[data-run]").first.click()
    painted(page)
    assert before == 5
    assert page.locator(".plots svg").first.locator("path.curve").count() == 2
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_the_recorded_run_is_played_where_motion_is_wanted(shown):
    own = {"reduced_motion": "no-preference", "locale": "en-GB"}  # so it is alone: all tabs beside it have its clock
    page = shown(tw.widgets.Curves(curve()).to_html(), wait="path.curve", **own)
    page.clock.install(time=0)
    page.clock.pause_at(60_000)  # time goes on by what is said here alone
    page.keyboard.press(" ")
    page.locator("[data-part=play]").get_by_text("pause").wait_for()
    page.get_by_text("epoch 1 of 12").wait_for()
    page.clock.run_for(10_000)
    page.get_by_text("epoch 12 of 12").wait_for()
    assert page.locator("[data-part=play]").inner_text().strip() == "play"


def test_of_a_run_that_goes_on_little_is_sent_and_all_is_shown(visited, home):
    picture = tw.widgets.Curves(title="")
    page = visited(home, reduced_motion="reduce")
    page.evaluate(NOTEBOOK, [picture._esm, {name: getattr(picture, name) for name in
                                            ("data", "tail", "log", "panels", "hidden", "epoch")}])  # fmt: skip
    values = np.random.default_rng(0).random(2000) + 0.5
    values[1234] = 40.0
    sizes = []
    for begin in range(0, 2000, 20):
        before = picture.data
        picture.append({"loss": values[begin : begin + 20], "gradient_norm": values[begin : begin + 20]})
        sizes.append(len(json.dumps(picture.tail)))
        if picture.data is not before:
            page.evaluate("data => model.set('data', data)", picture.data)
        page.evaluate("tail => model.set('tail', tail)", picture.tail)
    painted(page)
    assert max(sizes) < 6000 < len(json.dumps(picture.data))
    assert page.locator("[data-part=where]").inner_text() == "at epoch 2,000 of 2,000"
    assert picture.panels == ["losses", "gradient_norm"]
    d = page.locator("path.curve").first.get_attribute("d")
    whole = tw.widgets.Curves({"loss": values, "gradient_norm": values}, log=True, title="")
    page.evaluate("([data, panels]) => { model.set('data', data); model.set('tail', []); model.set('panels', panels) }",
                  [whole.data, whole.panels])  # fmt: skip
    painted(page)
    assert page.locator("path.curve").first.get_attribute("d") == d
    page.keyboard.press("Tab")
    page.locator("[data-curve=loss]").click()
    assert page.evaluate("model.sent.at(-1).hidden") == ["loss"]
    page.evaluate("end()")


def test_a_finished_run_takes_the_place_of_what_was_live_and_runs_come_and_go():
    picture = tw.widgets.Curves()
    picture.append({"loss": [3.0, 2.0]}, best=1, ended="enough")
    assert picture.data["runs"][0]["ended"] == "enough"
    picture.conclude(curve())
    assert picture.data["runs"][0]["epochs"] == 12
    picture.add("other", classifier())
    assert [run["name"] for run in picture.data["runs"]] == ["run", "other"]
    picture.remove("run")
    assert list(picture.runs) == ["other"]
    with pytest.raises(tw.ArgumentError, match="run"):
        picture.remove("run")
    with pytest.raises(tw.ArgumentError, match="did you mean 'losses'"):
        tw.widgets.Curves(curve(), panels=["loses"])
