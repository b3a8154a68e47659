"""The network alone, in a browser and in a notebook."""

import pytest
from moving_runs import PHONE, WILD, classifier, painted
from pages import steps_of, two_by_two

import thalweg as tw


def test_it_shows_the_numbers_of_a_phase_and_of_what_is_clicked(shown):
    step = two_by_two()
    page = shown(tw.widgets.Network(step).to_html(), wait="svg")
    assert page.text_content('[data-unit="out|0"] text') == "0.7514"
    page.select_option("[data-name=phase]", "backward")
    assert page.text_content('[data-unit="out|1"] text') == "−0.0381"
    page.select_option("[data-name=phase]", "update")
    assert (
        page.text_content('text[data-weight="hidden|0|input|0"]')
        == f"{step.new_params['hidden'].weights['input'][0, 0]:.4g}"
    )
    page.click('[data-unit="hidden|0"]')
    assert "0.59327" in page.text_content("table")


def test_examples_are_chosen(shown):
    page = shown(tw.widgets.Network(steps_of("nnd_e3_5_softmax")[0]).to_html(), wait="svg")
    before = page.text_content('[data-unit="out|0"] text')
    page.select_option("[data-name=example]", index=1)
    assert page.text_content('[data-unit="out|0"] text') != before


def test_in_python_it_is_a_widget():
    anywidget = pytest.importorskip("anywidget", reason="anywidget is not installed: the extra notebook")
    picture = tw.widgets.Network(two_by_two())
    assert isinstance(picture, anywidget.AnyWidget)
    assert picture._esm.endswith("export default network_.default;\n")


def test_a_run_is_gone_through_by_its_weights_and_what_its_units_say(shown):
    run = classifier()
    picture = tw.widgets.Network(run, frames=5, names=[WILD, "b"])
    page = shown(picture.to_html(), wait="svg.diagram image")
    assert page.locator("img").count() == 0
    assert WILD[:15] in page.locator("svg.diagram").text_content()
    assert page.locator("path.wire").count() == 12
    negative = sum(int((w < 0).sum()) for layer in run.params.values() for w in layer.weights.values())
    assert page.locator("path.wire.minus").count() == negative
    before = page.locator("svg.diagram image").first.get_attribute("href")
    page.keyboard.press("Home")
    painted(page)
    assert page.locator("svg.diagram image").first.get_attribute("href") != before
    page.locator("[data-unit]").first.focus()
    page.keyboard.press("Enter")
    numbers = page.locator("[data-part=unit] td").all_inner_texts()
    first = run.recipe.params["layer1"]
    expected = [first.bias[0], *first.weights["input"][0]]
    assert [float(text.replace("−", "-")) for text in numbers] == pytest.approx(expected, rel=1e-3)
    page.keyboard.press("ArrowRight")
    painted(page)
    assert page.locator("[data-part=where]").inner_text().startswith(f"at epoch {picture.frames[1]['epoch']}")
    page.keyboard.press("Escape")
    assert page.locator("[data-part=unit]").inner_text() == ""


def test_a_network_is_followed_live(shown):
    net = tw.mlp(3, 2, 1)
    picture = tw.widgets.Network(net, params=net.init(0))
    picture.show(net.init(1), epoch=5, update=9)
    page = shown(picture.to_html(), wait="path.wire", **PHONE)
    assert page.locator("[data-part=where]").inner_text() == "at epoch 5 · update 9"
    assert page.locator("svg.diagram image").count() == 0
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    picture.begin(tw.mlp(1, 1))
    assert (picture.frames, picture.now, picture.data["parameters"]) == ([], {}, 2)


def test_what_is_refused():
    with pytest.raises(tw.ArgumentError, match="digits is of a step, and this is none"):
        tw.widgets.Network(classifier(), digits=3)
    with pytest.raises(tw.ArgumentError, match="must be a worked step, a run, or a network"):
        tw.widgets.Network(3)
