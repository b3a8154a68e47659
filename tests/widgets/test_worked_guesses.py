"""Values hidden, guessed and revealed, in a browser: what a guess is told, and that nothing shows them before."""

import pytest
from pages import about_of, two_by_two

from thalweg.formulas.writer import rounded
from thalweg.widgets.picture_page import joined, worked_page


def test_values_are_hidden_guessed_and_revealed(shown):
    step = two_by_two()
    page = shown(worked_page(step, notations=["nnd"]))
    about = about_of(page)[0]["about"]
    line = next(at for at, of in enumerate(about) if of["quantity"] == "net_input")
    page.keyboard.press("h")
    assert page.locator(".calculation [data-guess]").count() == sum(
        of["quantity"] not in ("input", "target") for of in about
    )
    assert "0.3775" not in page.inner_text(".calculation")
    assert "?" in page.text_content("svg")
    guess = page.locator(f".calculation [data-guess='{line}']")
    for wrong, told in (("0.5", "too large"), ("-0.3775", "sign"), ("x", "no number"), ("0.1", "too small")):
        guess.fill(wrong)
        guess.press("Enter")
        assert told in page.inner_text(f"#line-{line} .verdict")
    guess.fill("0,3775")
    guess.press("Enter")
    assert "✓" in page.inner_text(f"#line-{line}")
    assert page.evaluate("document.activeElement.dataset.guess") == str(line + 1)  # the next one
    assert "1 right of 5 tried" in page.inner_text(".score")
    page.click(f".calculation [data-reveal='{line + 1}']")
    assert "0.59327" in page.inner_text(f"#line-{line + 1}")
    page.keyboard.press("Escape")
    page.click("[data-do=hide]")
    assert page.locator(".calculation [data-guess]").count() == 0


def test_a_guess_is_judged_at_the_precision_that_is_shown(shown):
    program = joined("formulas", "calculation")
    page = shown(f"<script>{program} window.judging = calculation_;</script><p class='line'></p>")
    judged = {
        "0.593269992": True, "0.59327": True, "0.593": True, "0.59": True, "0.594": False, "5.9327e-1": True,
        "0.6": False, "59327/100000": True, ".59327": True, "0.59328": False, "": False, "1e": False, "-0.59327": False,
        "0,59327": True, "5.9327·10^-1": False, "5.9327 x 10^-1": True,
    }  # fmt: skip
    for typed, right in judged.items():
        found = page.evaluate("(text) => judging.judged(text, 0.5932699921071872, 6)", typed)
        assert found["right"] is right, (typed, found)


def test_a_matrix_is_guessed_number_by_number(shown):
    page = shown(worked_page(two_by_two(), notations=["nnd"], form="matrix", hidden=["net_input"]))
    fields = page.locator("#line-2 [data-guess]")
    assert fields.count() == 2
    fields.nth(0).fill("0.3775")
    fields.nth(0).press("Enter")
    assert fields.nth(0).evaluate("(of) => of.readOnly")
    assert page.evaluate("document.activeElement.dataset.entry") == "1,0"
    fields.nth(1).fill("0.41")
    fields.nth(1).press("Enter")
    assert "too large" in page.inner_text("#line-2 .verdict")
    fields.nth(1).fill("0.3925")
    fields.nth(1).press("Enter")
    assert "✓" in page.inner_text("#line-2")
    assert page.locator("#line-2 [data-guess]").count() == 0


@pytest.mark.parametrize("form", ["units", "matrix"])
def test_what_is_hidden_is_nowhere_on_the_page(shown, form):
    step = two_by_two()
    page = shown(worked_page(step, notations=["nnd"], form=form, hidden=True))
    for weight in page.locator("g[data-weight]").all():
        weight.dispatch_event("click")
        told = page.inner_text("body")
        for value in (*step.passed.net_inputs["hidden"][0], *step.passed.output[0], *step.sensitivities["out"][0]):
            assert rounded(abs(value), 4) not in told
    page.keyboard.press("h")
    assert rounded(step.passed.output[0, 0], 6) in page.inner_text("body")


def test_the_exact_value_beside_a_rounded_one_is_hidden_with_it(shown):
    step = two_by_two(decimals=4)
    page = shown(worked_page(step, notations=["nnd"]))
    assert "exact 0.59326999" in page.inner_text(".calculation")
    assert "exact" not in page.text_content("svg")
    page.keyboard.press("h")
    assert "exact" not in page.inner_text("body")


def test_some_quantities_alone_are_hidden_at_first(shown):
    page = shown(worked_page(two_by_two(), notations=["nnd"], hidden=["sensitivity", "new_weight"]))
    about = about_of(page)[0]["about"]
    hidden = page.evaluate(
        "[...document.querySelectorAll('.calculation [data-guess]')].map((of) => Number(of.dataset.guess))"
    )
    assert hidden == [at for at, of in enumerate(about) if of["quantity"] in ("sensitivity", "new_weight")]
