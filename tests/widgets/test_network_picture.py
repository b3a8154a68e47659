"""The network alone, in a browser and in a notebook."""

import pytest
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
