"""The room Rates, driven as a person would."""

import re

START = "button:has-text('Train them all')"


def test_a_map_is_trained_a_cell_looked_at_and_its_rate_taken_to_train(opened):
    page = opened(
        "/rates?data=xor&rates.columns=3&rates.momenta=0,0.9&rates.low=0.1&rates.high=1000000&rates.epochs=40", START
    )
    page.get_by_text("3 rates × 2 momenta: 6 networks at once").wait_for()
    page.locator(START).click()
    page.get_by_text("Done.").wait_for(timeout=60_000)
    cells = page.locator("[data-cell]")
    assert cells.count() == 6
    page.locator('[data-cell="0,0"]').click()
    page.get_by_text(re.compile(r"^learning rate 0\.1, momentum 0: training loss")).wait_for()
    page.wait_for_function("location.search.includes('rates.cell=0%2C0')")
    page.locator('[data-cell="0,0"]').press("ArrowUp")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    page.wait_for_function("location.search.includes('rates.cell=1%2C1')")
    assert page.locator('[data-cell="1,1"]').get_attribute("aria-pressed") == "true"
    page.locator('[data-cell="1,0"]').click()
    page.get_by_text(re.compile(r"^learning rate 0\.1, momentum 0\.9: ")).wait_for()
    page.locator("section[aria-label=cell] .curves-picture, section[aria-label=cell] .thalweg").first.wait_for()
    page.get_by_role("link", name="Train with these numbers").click()
    page.get_by_role("button", name="Run", exact=True).wait_for()
    assert page.get_by_label("learning rate").input_value() == "0.1"
    assert page.get_by_label("momentum", exact=True).input_value() == "0.9"


def test_a_long_one_is_stopped_a_range_test_shown_and_bad_numbers_told(opened):
    page = opened("/rates?data=circle&rates.columns=2&rates.momenta=0&rates.epochs=5000&rates.updates=40", START)
    page.locator(START).click()
    page.get_by_text(re.compile("Running")).first.wait_for()
    page.get_by_role("button", name="Stop").click()
    page.get_by_text("Stopped.").wait_for(timeout=60_000)
    page.get_by_role("button", name="Range test").click()
    page.get_by_text(re.compile("Range test: the loss")).wait_for(timeout=30_000)
    page.get_by_role("link", name=re.compile("Train with a rate of")).wait_for()
    page.get_by_label("Momenta").fill("0, 1.5")
    page.get_by_role("alert").filter(has_text="momenta has 1.5").wait_for()
    page.get_by_label("Lowest rate").fill("-1")
    page.get_by_role("alert").filter(has_text="momenta has 1.5").wait_for()  # it still stands there
    page.get_by_label("Momenta").fill("0, 0.5")
    page.get_by_role("alert").filter(has_text="lowest rate is -1").wait_for()
    page.get_by_label("Lowest rate").fill("")
    page.get_by_role("link", name="Activations").click()
    page.locator("[data-part=picture]").wait_for()
    page.get_by_role("link", name="Rates").click()
    page.get_by_role("heading", name=re.compile("Range test: the loss")).wait_for()
    page.wait_for_function("location.search.includes('rates.momenta=0%2C0.5')")
