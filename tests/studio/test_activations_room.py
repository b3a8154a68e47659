"""The room Activations, driven as a person would."""

import re

import numpy as np
import pytest

PICTURE = "[data-part=picture]"


def at(page):
    return float(page.get_attribute(PICTURE, "aria-valuenow"))


def test_functions_are_added_set_derived_and_shared(opened):
    page = opened("/activations?f=tahn", PICTURE)
    page.get_by_text("the address is broken: unknown activation 'tahn'").wait_for()
    page.get_by_role("heading", name="The derivative of sigmoid").wait_for()
    assert page.locator("tr.line").count() == 10
    page.locator(PICTURE).press("Shift+ArrowRight")
    page.wait_for_function("location.search === '?at=2'")
    page.get_by_label("A formula of your own").fill("x*tnh(x)")
    page.get_by_label("A formula of your own").press("Enter")
    page.get_by_role("alert").filter(has_text="formula, column 3: unknown function 'tnh'").wait_for()
    page.get_by_label("A formula of your own").fill("x*tanh(x)")
    page.get_by_role("button", name="Add").click()
    page.get_by_role("heading", name=re.compile("The derivative of n tanh")).wait_for()
    page.get_by_role("alert").filter(has_text="formula, column 3").wait_for(state="hidden")
    page.get_by_label("Functions, up to 6").click()
    page.get_by_role("option", name="elu", exact=True).click()
    page.keyboard.press("Escape")
    page.get_by_label("elu: alpha").fill("-1")
    page.get_by_role("alert").filter(has_text="alpha is -1").wait_for()
    page.get_by_label("elu: alpha").fill("0.5")
    page.wait_for_function("location.search.includes('alpha%3D0.5')")
    page.get_by_role("button", name="elu (alpha 0.5)").click()
    page.get_by_text("Here α = 0.5.").wait_for()
    page.locator("[data-part=facts]").get_by_text("a kink at n = 0: slope 0.5 on its left, 1 on its right").wait_for()
    page.wait_for_function("location.search.includes('chosen=2')")
    second = opened("/activations" + page.url.partition("/activations")[2], PICTURE)
    second.get_by_text("Here α = 0.5.").wait_for()
    assert at(second) == 2
    assert second.locator("[data-part=values] tbody tr").count() == 3
    second.get_by_role("button", name="remove x*tanh(x)").click()
    second.get_by_role("button", name="remove x*tanh(x)").wait_for(state="detached")
    assert second.locator("[data-part=values] tbody tr").count() == 2


def test_a_notation_a_threshold_and_bounds(opened):
    page = opened("/activations?f=tanh&notation=nielsen&saturated=0.2&from=-3&to=3&at=0.5", PICTURE)
    words = page.get_by_text("The words beside the lines call n what is written z").first
    words.wait_for()
    assert at(page) == 0.5
    edge = float(re.search(r"above n = ([\d.]+)", page.inner_text("[data-part=facts]"))[1])
    assert 1 - np.tanh(edge) ** 2 == pytest.approx(0.2, abs=0.01)
    page.get_by_label("To net input").fill("-5")
    page.get_by_role("alert").filter(has_text="low and high are -3.0 and -5.0").wait_for()
    assert page.evaluate("thalwegViews.size") == 1
    page.get_by_role("link", name="Compare").click()
    page.wait_for_function("thalwegViews.size === 0")  # nothing listens on for a picture that is gone
