"""The room Work, driven as a person would."""

import re

import thalweg as tw

WAIT = ".worked-picture .line.now"
SHEET = ".studio-exercise input[data-id]"
OWN = """
network = {inputs = 2, layers = [{name = "hidden", size = 2, activation = "sigmoid"}, {name = "out", size = 1}]}
data = {inputs = [[0.5, 1.0], [1.0, 2.0]], targets = [1.5, 1.0]}
"""


def where(page):
    return page.text_content("[data-part=where]")


def at(page, *told):
    """Waits until the address says all of it."""
    for one in told:
        page.wait_for_function("told => location.search.includes(told)", arg=one)


def alert(page, told):
    page.locator(".studio-work [role=alert]").filter(has_text=re.compile(told)).wait_for()


def save(page, item, path, name):
    """Saves what an item of the menu names, once the menu stands still, and waits until it is gone."""
    page.get_by_role("button", name="Save").click()
    menu = page.get_by_role("menu")
    with page.expect_download() as got:
        menu.get_by_text(item, exact=True).click()
    assert got.value.suggested_filename == name
    got.value.save_as(path)
    menu.wait_for(state="detached")


def test_a_step_is_gone_through_by_phases_in_a_notation_and_shared(opened):
    page = opened("/work?step=30", wait=WAIT)
    page.get_by_text("The training has made no update yet").wait_for()
    assert page.get_by_role("link", name="Train").last.get_attribute("href") == "/train"
    assert where(page).startswith("Step 30 · example 1 · Forward: layer1 (phase 1 of 8)")
    for _ in range(3):
        page.keyboard.press("p")  # heard wherever one is
    at(page, "phase=output", "step=30", "run.data=xor")
    page.click('[data-unit="layer2|0"]')
    page.locator(".panel.asked h2").filter(has_text="Unit 1 of layer2").wait_for()
    page.click('[data-weight="layer2|0|layer1|1"] .hit', force=True)
    page.locator(".panel.asked math").first.wait_for()
    page.select_option("[data-menu=notation]", "aifh")
    at(page, "notation=aifh")
    page.locator("[data-part=head]").filter(has_text="Heaton").wait_for()
    assert "Output sensitivities" in where(page)
    page.keyboard.press("m")
    at(page, "form=matrix")
    page.keyboard.press("ArrowRight")
    line = int(re.search(r"line (\d+) of", where(page))[1]) - 1
    at(page, f"line={line}&")
    shared = opened(page.evaluate("location.pathname + location.search"), wait=WAIT)
    assert where(shared) == where(page)
    assert shared.input_value("[data-menu=notation]") == "aifh"
    assert shared.text_content(".line.now") == page.text_content(".line.now")
    page.keyboard.press("s")  # the step after, of the run
    page.locator("[data-part=where]").filter(has_text="Step 31 ").wait_for()
    at(page, "step=31", "notation=aifh")
    assert page.get_by_label("Step", exact=True).input_value() == "31"


def test_what_there_is_not_is_told_and_what_is_there_stays(opened, tmp_path):
    page = opened("/work?step=last", wait=WAIT)
    page.get_by_text("the address is broken: step is 'last'; it must be a whole number").wait_for()
    page.get_by_label("Step", exact=True).fill("5000")
    alert(page, "step 5,000: the run ends with update 1,000")
    assert where(page).startswith("Step 1 ")
    page.get_by_label("Only").fill("layer1[7]")
    alert(page, r"layer 'layer1' has 4")
    page.get_by_label("Only").fill("")
    wild = "<img src=x onerror=alert(1)>"
    broken, own = tmp_path / "broken.toml", tmp_path / "own.toml"
    broken.write_text("[network]\ninputs = 2\nlayers = 3\n")
    own.write_text(f"title = '{wild}'\n{OWN}")
    brings = page.locator("[data-brings=step] input[type=file], input[type=file]").first
    brings.set_input_files(broken)
    alert(page, r"broken.toml: \[network\] has no layers")
    assert str(tmp_path) not in page.content()
    brings.set_input_files(own)
    page.locator("h1[data-part=title]").filter(has_text=wild).wait_for()
    assert page.locator("img[src=x]").count() == 0
    at(page, "of=file")
    page.locator("[role=alert]").filter(has_text="broken.toml").wait_for(state="hidden")
    page.get_by_label("Examples an update").click()
    page.get_by_role("option", name="one (online)").click()
    page.locator("[data-part=where]").filter(has_text="Step 1 (1 of 2)").wait_for()
    at(page, "batch=online")


def test_it_is_saved_as_html_and_latex_as_the_command_writes_it(opened, tmp_path):
    page = opened("/work?of=mazur&notation=nielsen&digits=4", wait=WAIT)
    step = tw.worked.gallery_step("mazur").open(1)
    for item, name, right in (
        ("LaTeX", "mazur-step-1.tex", step.to_latex("nielsen", digits=4)),
        ("The calculation (HTML)", "mazur-step-1.html", step.to_html("nielsen", digits=4)),
    ):
        save(page, item, tmp_path / name, name)
        assert (tmp_path / name).read_text(encoding="utf-8") == right
    page.get_by_role("button", name="Script").click()
    assert page.locator("[data-code=command]").inner_text().strip() == (
        "thalweg step --gallery mazur --step 1 --notation nielsen --digits 4"
    )
    assert "gallery_step('mazur').open(1)" in page.locator("[data-code=script]").inner_text()


def test_an_exercise_is_filled_in_wrongly_and_rightly_shared_saved_and_legible_on_a_phone_in_the_dark(opened, tmp_path):
    page = opened("/work?view=exercise&of=mazur&seed=4&round=3", wait=SHEET)
    made = tw.worked.exercise(tw.worked.gallery_step("mazur"), "sensitivities,updates", seed=4, round=3)
    task = made.tasks[0]
    first = task.asked.blanks[0]
    said = page.locator(f'label:has(input[data-id="{first}"]) .said')
    page.fill(f'input[data-id="{first}"]', f"{-task.key[first]:.3f}")
    said.filter(has_text="it looks like sign: the sign is turned").wait_for()
    follows = next(id_ for id_ in task.asked.blanks if id_.startswith("delta:out[0"))  # a multiple of the first
    page.fill(f'input[data-id="{follows}"]', f"{-task.key[follows]:.3f}")
    page.get_by_text("right, given the earlier mistake").wait_for()
    page.fill(f'input[data-id="{first}"]', "a half")
    said.filter(has_text="no number").wait_for()
    for id_ in task.asked.blanks:
        page.fill(f'input[data-id="{id_}"]', f"{task.key[id_]:.3f}".replace(".", ","))
    page.get_by_text(f"{len(task.asked.blanks)} of {len(task.asked.blanks)} right").wait_for()
    page.get_by_role("switch", name="Hints").click()
    page.locator(".studio-exercise .rows.wide").first.wait_for()
    at(page, "hints=yes")
    page.reload()  # what was typed is kept in the tab, and in no address
    page.get_by_text(f"{len(task.asked.blanks)} of {len(task.asked.blanks)} right").wait_for()
    assert page.input_value(f'input[data-id="{first}"]') == f"{task.key[first]:.3f}".replace(".", ",")
    page.get_by_role("button", name="Clear").click()
    page.get_by_text(f"0 of {len(task.asked.blanks)} right").wait_for()
    page.get_by_label("Blank, in words").fill("sensitivitys")
    alert(page, "unknown blank 'sensitivitys': did you mean 'sensitivities'")
    page.get_by_role("button", name="At random").click()
    at(page, "blank=random%3A6", "hints=yes", "round=3")
    page.wait_for_function(f"document.querySelectorAll('{SHEET}').length === 6")
    asked = "[...document.querySelectorAll('.studio-exercise input[data-id]')].map((of) => of.dataset.id)"
    shared = opened(page.evaluate("location.pathname + location.search"), wait=SHEET)
    drawn = tw.worked.exercise(tw.worked.gallery_step("mazur"), "random:6", seed=4, round=3)
    assert shared.evaluate(asked) == page.evaluate(asked) == list(drawn.tasks[0].asked.blanks)
    page.get_by_role("button", name="Print").click()
    printed = page.locator("iframe[title='what is printed']").get_attribute("srcdoc")
    assert printed is not None
    assert [printed.count(f"<h1>{drawn.title}{what}</h1>") for what in ("", ": key")] == [1, 1]
    page.get_by_label("Sheets").fill("2")
    for item, ending in (("Sheets that judge (HTML)", "html"), ("Key (Markdown)", "key.md")):
        save(page, item, tmp_path / ending, f"mazur.{ending}")
    two = tw.worked.exercise(tw.worked.gallery_step("mazur"), "random:6", 2, seed=4, round=3)
    assert (tmp_path / "key.md").read_text(encoding="utf-8") == two.key("markdown")
    assert (tmp_path / "html").read_text(encoding="utf-8") == two.sheet("html", hints=True)
    page.set_viewport_size({"width": 390, "height": 844})
    page.emulate_media(color_scheme="dark")
    page.locator("body.body--dark").wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    paper, ink = page.evaluate(
        "(() => { const of = getComputedStyle(document.querySelector('.studio-exercise')); "
        "return [of.backgroundColor, of.color].map((c) => Number(c.match(/\\d+/)[0])); })()"
    )
    assert paper < 60
    assert ink > 200


def test_the_training_that_runs_is_opened_where_it_stands_and_a_long_way_can_be_stopped(opened):
    page = opened("/train?epochs=1000000&engine=numpy")
    page.get_by_role("button", name="Run", exact=True).click()
    page.get_by_text(re.compile(r"update [\d,]{3,} ")).first.wait_for()
    page.get_by_role("link", name="Work").click()
    page.get_by_text("The training runs on").wait_for()
    before = int(re.search(r"Step (\d+)", where(page))[1])
    assert before > 1
    page.get_by_role("button", name="Now").click()
    page.wait_for_function(f"!document.querySelector('[data-part=where]').textContent.startsWith('Step {before} ')")
    page.get_by_label("Step", exact=True).fill("900000")
    page.get_by_text(re.compile("on the way there: step [\\d,]+ of 900,000", re.I)).wait_for()
    page.get_by_role("button", name="Stop").click()
    page.get_by_role("button", name="Stop").wait_for(state="hidden")
    assert page.get_by_label("Step", exact=True).input_value() != "900000"
