"""The page that steps, driven in a browser as a student would: keys, clicks, guesses, notations, phone and print."""

import dataclasses
import inspect
import io
import re
from functools import cache
from unicodedata import normalize

import numpy as np
import pytest
from pages import about_of, lines_in_python, lines_on, now, panel, plain, steps_of, two_by_two
from read_page import ATTACK

import thalweg as tw
from thalweg.formulas.writer import rounded
from thalweg.widgets import picture_page
from thalweg.widgets.activation_picture import Look
from thalweg.widgets.picture_page import joined, worked_page
from thalweg.widgets.worked_picture import WorkedSettings
from thalweg.worked.notations import NOTATIONS
from thalweg.worked.sections.view import ViewFields
from thalweg.worked.step.values import Labels

PHONE = {"viewport": {"width": 360, "height": 740}}
WIDER = """[...document.querySelectorAll("body *")].filter((element) => {
  const box = element.getBoundingClientRect();
  return box.width && !element.closest("svg") && (box.right > innerWidth + 1 || box.left < -1);
}).map((element) => element.tagName + element.textContent.slice(0, 40))"""


@cache
def deep():
    """A step of two examples through three small layers."""
    net = tw.mlp(1, 2, 2, 1)
    return tw.worked_step(net, "half_sse", net.init(0), [[0.5], [-1.0]], [[0.25], [1.0]])


# What is written.


FEW = {
    "aifh_xor_nesterov": slice(0, None, 4),
    "nnd_p3_2_shortcut": slice(1, None, 4),
    "nnd_function_approximation": slice(2, None, 4),
    "qmind_and": slice(3, None, 4),
    "nnd_e3_5_softmax": slice(0, 1),
}
"""Steps, each with some of the notations, which all are seen."""


@pytest.mark.parametrize("name", FEW)
def test_every_line_says_what_python_writes_in_every_notation_and_form(shown, name):
    """Long fractions alone are written with a slash, to be broken."""
    step, few = steps_of(name)[0], list(NOTATIONS)[FEW[name]]
    page = shown(worked_page(step, notations=few))
    for form in ("units", "matrix"):
        page.select_option("[data-menu=form]", form)
        for notation in few:
            page.select_option("[data-menu=notation]", notation)
            for ours, theirs in zip(lines_on(page), lines_in_python(step, notation, form), strict=True):
                assert ours == theirs or (len(theirs) > 60 and _without_slash(ours) == _without_slash(theirs))


def _without_slash(text):
    return text.translate(str.maketrans("", "", "/()"))


def test_numbers_are_rounded_as_python_rounds_them(shown):
    page = shown(f"<script>{joined('formulas')} window.formulas = formulas_;</script><p class='line'></p>")
    rng = np.random.default_rng(0)
    values = [
        0.001953125,
        2.5,
        0.5,
        0.125,
        1e22,
        123456.5,
        99999.95,
        1e-5,
        0.0001,
        -0.00009999995,
        5e-324,
        1.7e308,
        1 / 3,
    ]
    values += [k / 2**9 for k in range(-40, 40)] + list(rng.normal(size=200) * 10.0 ** rng.integers(-12, 12, 200))
    for digits in (1, 2, 3, 6, 12, 17):
        found = page.evaluate("([values, digits]) => values.map((v) => formulas.rounded(v, digits))", [values, digits])
        assert found == [rounded(value, digits) for value in values]


# Where one goes.


def test_notations_that_are_left_out_are_named(shown, monkeypatch):
    monkeypatch.setattr(picture_page, "LARGEST", 0)
    page = shown(worked_page(two_by_two()))
    assert page.locator("[data-menu=notation] option").count() == 1
    assert "the notations aifh, ncsu, brilliant" in page.inner_text("main")


def test_keys_go_forward_and_back_by_line_phase_step_and_back_again(shown):
    page = shown(worked_page(steps_of("aifh_xor_online"), notations=["aifh"]))
    about = about_of(page)
    assert now(page)[0] == 0
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowLeft")
    assert now(page)[0] == 1
    for quantity in ("error", "slope", "example_gradient", "delta"):
        page.keyboard.press("p")
        assert about[0]["about"][now(page)[0]]["quantity"] == quantity
    page.keyboard.press("P")
    assert about[0]["about"][now(page)[0]]["quantity"] == "example_gradient"
    page.keyboard.press("s")
    assert now(page)[0] == 0
    assert now(page)[1].startswith("Step 2 (2 of 4) · epoch 1 · Forward · line 1 of ")
    page.keyboard.press("ArrowLeft")  # past the first line: the last of the step before
    line, where = now(page)
    assert about[0]["about"][line]["quantity"] == "error_after"
    assert where.startswith("Step 1 ")
    page.keyboard.press("ArrowRight")
    assert now(page)[1].startswith("Step 2 ")
    page.keyboard.press("S")
    page.keyboard.press("S")
    assert now(page)[1].startswith("Step 1 ")


def test_one_phase_at_a_time_goes_forward_and_back_layer_by_layer(shown):
    page = shown(worked_page(deep(), notations=["nnd"]))
    about = about_of(page)[0]["about"]
    seen = (
        "[...document.querySelectorAll('.line[data-at]')].filter((of) => of.offsetParent).map((of) => +of.dataset.at)"
    )
    network = page.evaluate("JSON.parse(document.getElementById('values').textContent).data.network")
    page.keyboard.press("o")
    phases, lines = [], []
    for _ in range(10):
        phases.append(re.search(r"· ([^·]*) \(phase \d+ of 10\) ·", now(page)[1])[1])
        lines.append(page.evaluate(seen))
        page.keyboard.press("p")
    layers = [of["name"] for of in network["layers"]]
    forward, back = [f"Forward: {name}" for name in layers], [f"Interior sensitivities: {name}" for name in layers[:-1]]
    assert phases == [*forward, "Error", "Output sensitivities", *back[::-1], "Gradients", "Update", "After"]
    assert sorted(line for found in lines for line in found) == list(range(len(about)))
    kinds = {(about[line]["quantity"], about[line]["layer"]) for line in lines[phases.index("Output sensitivities")]}
    assert ("sensitivity", layers[-1]) in kinds
    assert {layer for _, layer in kinds} == {layers[-1]}
    assert {about[line]["quantity"] for line in lines[-3]} == {"example_gradient", "gradient"}
    page.keyboard.press("P")
    assert "Update" in now(page)[1]
    page.keyboard.press("ArrowLeft")  # the line before, of the phase before
    assert "Gradients" in now(page)[1]
    page.keyboard.press("o")
    assert len(page.evaluate(seen)) == len(about)


def test_it_begins_at_a_phase_that_is_named(shown):
    picture = tw.widgets.Worked(two_by_two(), notations=["nnd"], phased=True)
    picture.phase = "interior:hidden"
    page = shown(picture.to_html())
    assert "Interior sensitivities: hidden (phase 5 of 8)" in now(page)[1]


def test_buttons_go_by_example_and_epoch(shown):
    page = shown(worked_page(deep(), notations=["nnd"]))
    page.click("[data-pair=phase] [data-by='1']")
    first = now(page)[0]
    about = about_of(page)[0]["about"]
    page.click("[data-pair=example] [data-by='1']")
    second = now(page)[0]
    assert about[second] == {**about[first], "example": 1}
    assert "example 2" in now(page)[1]
    assert not page.is_visible("[data-pair=epoch]")
    online = steps_of("aifh_xor_online")
    again = dataclasses.replace(online[0], number=5)
    page = shown(worked_page([*online, again], notations=["aifh"]))
    page.keyboard.press("e")
    assert "epoch 2" in now(page)[1]
    page.click("[data-pair=epoch] [data-by='-1']")
    assert "Step 1 " in now(page)[1]


def test_up_to_this_line_shows_no_more(shown):
    page = shown(worked_page(two_by_two(), notations=["nnd", "aifh"]))
    for _ in range(5):
        page.keyboard.press("ArrowRight")
    page.keyboard.press("u")
    assert page.locator(".calculation .line:visible").count() == 6
    page.keyboard.press("ArrowRight")
    assert page.locator(".calculation .line:visible").count() == 7
    page.click("[data-do=upto]")
    assert page.locator(".calculation .line:visible").count() == page.locator(".calculation .line").count()


# Where numbers come from.


def test_every_number_that_leads_to_a_line_is_its_value(shown):
    for name, notation in (("aifh_xor_nesterov", "qmind"), ("nnd_p3_2_shortcut", "nnd")):
        page = shown(worked_page(steps_of(name)[0], notation, notations=[notation]))
        found = page.evaluate("""() => [...document.querySelectorAll(".calculation .number[data-line]")].map((of) => [
          of.textContent, document.querySelector(`#line-${of.dataset.line} .value`).textContent])""")
        assert len(found) > 60
        for text, value in found:
            as_numbers = [float(of.replace("−", "-").replace("×10", "e").strip("()")) for of in (text, value)]
            assert abs(as_numbers[0]) == pytest.approx(abs(as_numbers[1]), rel=2e-5)


def test_a_number_that_is_clicked_leads_to_the_line_that_made_it_and_back(shown):
    page = shown(worked_page(two_by_two(), notations=["nnd"]))
    about = about_of(page)[0]["about"]
    gradient = next(at for at, of in enumerate(about) if of.get("weight") == "out[0,1]")
    page.click(f"#line-{gradient} .number >> nth=0")
    assert about[now(page)[0]]["quantity"] == "sensitivity"
    assert "Where its numbers come from" in panel(page)
    page.click(".panel .origins [data-line] >> nth=0")
    assert about[now(page)[0]]["quantity"] in ("output", "target")
    page.keyboard.press("b")
    page.keyboard.press("b")
    assert now(page)[0] != gradient or about[now(page)[0]]["quantity"] == "example_gradient"


def test_a_weight_of_a_later_step_leads_to_the_step_before(shown):
    page = shown(worked_page(steps_of("aifh_xor_online"), notations=["aifh"]))
    page.keyboard.press("s")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    page.click(".calculation .now [data-given] >> nth=0")
    page.click(".panel [data-before]")
    line, where = now(page)
    assert where.startswith("Step 1 ")
    assert about_of(page)[0]["about"][line]["quantity"] == "new_weight"


def test_units_and_connections_show_their_lines_by_click_and_by_key(shown):
    page = shown(worked_page(two_by_two(), notations=["nnd", "aifh"]))
    page.click('[data-unit="hidden|1"]')
    assert "Unit 2 of hidden" in panel(page)
    assert page.locator(".panel .line").count() == 4  # n, a, f', s
    page.keyboard.press("Escape")
    page.focus('g[data-weight="out|1|hidden|0"]')
    page.keyboard.press("Enter")
    assert "Weight to out 2 from hidden 1" in panel(page)
    page.click('text.bias[data-weight="hidden|0||"]')
    assert "Bias of hidden 1" in panel(page)


@pytest.mark.parametrize("notation", ["nnd", "qmind"])
def test_the_chain_rule_of_each_weight_comes_to_its_gradient(shown, notation):
    step = two_by_two()
    page = shown(worked_page(step, notation, notations=[notation]))
    for layer, source in (("hidden", "input"), ("out", "hidden")):
        for i in range(2):
            for j in range(2):
                key = f"{layer}|{i}|{source}|{j}"
                page.locator(f'g[data-weight="{key}"]').dispatch_event("click")
                rows = [re.sub(r"\s+", "", row) for row in page.locator(".chain .line").all_text_contents()]
                gradient = float(step.gradient[layer].weights[source][i, j])
                product = next(row for row in rows[1:] if row.startswith(rows[0].split("=")[0]))
                assert float(product.rpartition("=")[2].replace("−", "-")) == pytest.approx(gradient, rel=1e-5)
                factors = [float(of.replace("−", "-")) for of in re.findall(r"\((−?[\d.]+)\)", product)]
                assert np.prod(factors) == pytest.approx(gradient, rel=1e-4)
                if layer == "hidden":  # the terms of the sum over the outputs, worked out
                    terms = [
                        step.params["out"].weights["hidden"][k, i] * step.sensitivities["out"][0, k] for k in (0, 1)
                    ]
                    assert any(all(rounded(abs(t), 5)[:6] in row for t in terms) for row in rows)


def test_by_matrices_a_matrix_leads_to_the_line_that_made_it(shown):
    page = shown(worked_page(two_by_two(), notations=["nnd", "aifh"]))
    page.keyboard.press("m")
    assert page.input_value("[data-menu=form]") == "matrix"
    gradient = page.locator(".calculation .line", has_text="∂").first
    gradient.locator(".number").first.click()
    assert "Sensitivity of layer 1" in panel(page)
    assert page.locator('.unit.on[data-unit="hidden|1"]').count() == 1
    page.click('g[data-weight="out|0|hidden|0"] path.hit', force=True)
    assert "By the chain rule" in panel(page)
    page.keyboard.press("m")
    assert page.input_value("[data-menu=form]") == "units"


# Where it is read.


@pytest.mark.parametrize(
    "name", ["nnd_e3_5_softmax", pytest.param("nnd_function_approximation", marks=pytest.mark.thorough)]
)
def test_nothing_is_cut_on_a_phone(shown, name):
    page = shown(worked_page(steps_of(name)[0], notations=["nnd"]), **PHONE)
    page.add_style_tag(content=".thalweg section { content-visibility: visible !important; }")  # all of it is laid out
    for form, keys in (("units", "m"), ("matrix", "hp"), ("matrix", "m"), ("units", "")):
        assert page.input_value("[data-menu=form]") == form
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
        assert page.evaluate(WIDER) == []
        if page.locator(".calculation [data-guess]").count() == 0:
            page.click(".calculation .now .number >> nth=0")
            assert page.is_visible(".panel")
            assert page.evaluate(WIDER) == []
        for key in keys:
            page.keyboard.press(key)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_is_legible_in_light_and_dark(shown, scheme):
    page = shown(worked_page(two_by_two(), notations=["nnd"]), color_scheme=scheme)

    def luminance(selector, what):
        colour = page.evaluate(f"getComputedStyle(document.querySelector('{selector}')).{what}")
        linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4
                  for c in (int(of) / 255 for of in re.findall(r"\d+", colour)[:3])]  # fmt: skip
        return float(np.dot([0.2126, 0.7152, 0.0722], linear))

    paper = luminance(".thalweg", "backgroundColor")
    assert (paper > 0.9) == (scheme == "light")
    for selector in (".calculation .line math", ".value", ".about", ".where", ".panel h3"):
        high, low = sorted((paper, luminance(selector, "color")), reverse=True)
        assert (high + 0.05) / (low + 0.05) > 4.5, selector


def test_what_can_be_pressed_has_a_name_and_keys_are_told(shown):
    page = shown(worked_page(steps_of("nnd_p3_2_shortcut"), notations=["nnd"]))
    nameless = page.evaluate("""[...document.querySelectorAll("button, [role=button], select, input")].filter((of) =>
      !(of.getAttribute("aria-label") || of.textContent || of.labels?.length)).length""")
    assert nameless == 0
    told = page.inner_text(".keys")
    for key in ("← →", "P p", "h", "r", "u", "n", "b"):
        assert key in told


@pytest.mark.parametrize(
    "name", ["nnd_function_approximation", pytest.param("nnd_e3_5_softmax", marks=pytest.mark.thorough)]
)
def test_print_holds_every_value(shown, name):
    pypdf = pytest.importorskip("pypdf", reason="pypdf is not installed: it reads the printed page")
    page = shown(worked_page(steps_of(name)[0], notations=["nnd"]))
    reader = pypdf.PdfReader(io.BytesIO(page.pdf(format="A4")))
    text = re.sub(r"\s+", "", "".join(of.extract_text() for of in reader.pages))
    values = [float(value) for value in about_of(page)[0]["values"] if isinstance(value, int | float)]
    assert len(values) > 30
    missing = [value for value in values if rounded(abs(value), 6).partition("e")[0] not in text]
    assert not missing
    assert "Hidevalues" not in text


def test_print_gives_what_is_there_now(shown):
    pypdf = pytest.importorskip("pypdf", reason="pypdf is not installed: it reads the printed page")
    page = shown(worked_page(two_by_two(), notations=["nnd", "aifh"]))
    page.keyboard.press("h")
    page.keyboard.press("n")
    reader = pypdf.PdfReader(io.BytesIO(page.pdf(format="A4")))
    text = re.sub(r"\s+", "", "".join(of.extract_text() for of in reader.pages))
    assert "0.59327" not in text
    assert "0.3775" not in text
    assert "sumH1" in text  # the notation that was chosen


def test_names_of_columns_are_told_as_they_are_written(shown):
    step = two_by_two()
    labels = Labels(inputs=((ATTACK, "b"),), targets=(("class <i>x</i>", ""),), outputs=((ATTACK, ""),))
    step = dataclasses.replace(step, labels=labels, title=ATTACK)
    page = shown(worked_page(step, notations=["nnd"]))
    assert page.locator("img, i").count() == 0
    assert ATTACK in page.text_content("#line-0")
    assert page.text_content("h1") == ATTACK
    assert page.text_content('[data-unit="input|0"] title').endswith(ATTACK)
    page.click('[data-unit="input|0"]')
    assert ATTACK in page.text_content(".panel")


def test_without_a_program_every_value_is_there(shown):
    step = two_by_two()
    page = shown(worked_page(step, notations=["nnd"]), wait=".worked .line", java_script_enabled=False)
    read = [normalize("NFKC", plain(line)) for line in page.locator(".worked .line").all_text_contents()]
    assert read == lines_in_python(step, "nnd")


def test_a_layer_that_is_folded_says_how_many_more_there_are(shown):
    net = tw.mlp(30, 12, 2)
    step = tw.worked_step(net, "mse", net.init(0), np.linspace(0, 1, 30)[None], [[0.0, 1.0]])
    page = shown(worked_page(step, notations=["nnd"]))
    assert "24 more" in page.text_content("svg")
    assert "6 more" in page.text_content("svg")
    page.click('[data-unit="input|0"]')
    assert "p1" in re.sub(r"\s+", "", page.text_content(".panel"))


# In a notebook.


def test_notations_on_demand_are_written_when_they_are_chosen():
    pytest.importorskip("anywidget", reason="anywidget is not installed: the extra notebook")
    picture = tw.widgets.Worked(two_by_two(), notations=["aifh", "ncsu"], on_demand=True)
    whole = tw.widgets.Worked(two_by_two(), "ncsu", notations=[])
    assert [one["name"] for one in picture.data["notations"]] == ["nnd"]
    assert [one["name"] for one in picture.data["offered"]] == ["nnd", "aifh", "ncsu"]
    picture.wanted = "ncsu"
    offered = picture.data.pop("offered")
    assert picture.data == whole.data
    picture.data["offered"] = offered
    picture.notation = "ncsu"
    page = picture.to_html()
    assert '"name":"aifh"' in page
    assert '"offered"' not in page[page.index('id="values"') :].partition("</script>")[0]


def test_in_python_it_is_a_widget_of_plain_values():
    anywidget = pytest.importorskip("anywidget", reason="anywidget is not installed: the extra notebook")
    picture = tw.widgets.Worked(two_by_two(), "ncsu", notations=["ncsu"], hidden=True)
    assert isinstance(picture, anywidget.AnyWidget)
    assert "application/vnd.jupyter.widget-view+json" in picture._repr_mimebundle_()[0]
    assert (picture.notation, picture.step, picture.line, picture.hidden) == ("ncsu", 0, 0, True)
    picture.line = 7
    assert '"line":7' in picture.to_html()
    assert picture.get_state()["data"]["format"] == "thalweg.worked"


def test_its_page_stands_where_the_picture_stands(shown):
    picture = tw.widgets.Worked(steps_of("aifh_xor_online"), notations=["aifh"])
    picture.step, picture.line = 1, 12
    page = shown(picture.to_html())
    assert now(page) == (12, now(page)[1])
    assert now(page)[1].startswith("Step 2 ")


@pytest.mark.parametrize(
    ("picture", "settings", "apart"),
    [("Worked", WorkedSettings, set(ViewFields.__annotations__)), ("Activation", Look, {"at"})],
)
def test_settings_by_name_are_those_that_it_takes(picture, settings, apart):
    taken = inspect.signature(getattr(tw.widgets, picture).__init__).parameters.values()
    assert settings.__annotations__.keys() ^ {one.name for one in taken if one.kind is one.KEYWORD_ONLY} == apart
