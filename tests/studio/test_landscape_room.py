"""The room Landscape, driven as a person would."""

import re

import pytest
from plain_loops import descent, linear_gradient

import thalweg as tw
from thalweg.core.weight_names import find_weight, index_of

PICTURE = "[data-part=picture]"
NND = [[-1, 2, -1], [2, -1, -1], [0, -1, 1], [-1, 0, 1]]
"""The rows of dl3gd."""


def choose(page, label, text):
    page.get_by_label(label, exact=True).first.click()
    page.get_by_role("option", name=text).click()


def alert(page, words):
    return page.get_by_role("alert").filter(has_text=words)


def row(page, number=0):
    """Where a path is at the step that is shown."""
    cells = page.locator("[data-part=paths] tbody tr").nth(number).locator("td").all_inner_texts()
    return [float(cell.replace("−", "-")) for cell in cells[1:]]


def waits_for_row(page, expected, number=0):
    for _ in range(100):
        if row(page, number) == pytest.approx(expected, rel=2e-4, abs=1e-4):
            return
        page.wait_for_timeout(50)
    assert row(page, number) == pytest.approx(expected, rel=2e-4, abs=1e-4)


def error(x):
    return sum((t - x[0] * p1 - x[1] * p2) ** 2 for p1, p2, t in NND)


def test_the_learning_rate_is_dragged_past_its_mark_and_the_start_is_clicked(opened):
    page = opened("/landscape?rules=%3Cimg+src=x%3E", wait=PICTURE)
    page.get_by_text("the address is broken: rule <img: 'src=x>' is no number").wait_for()
    assert page.locator("img[src=x]").count() == 0
    gradient = linear_gradient(NND)
    waits_for_row(page, [-1.01645, -1.01645, error((-1.01645, -1.01645))])  # which the text prints
    page.get_by_text("2/λ_max = 0.1", exact=True).first.wait_for()
    slider = page.get_by_label("learning rate of gd", exact=True)
    box, mark = slider.bounding_box(), page.locator(".bound i").bounding_box()
    middle = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + 8 + (box["width"] - 16) * 0.01 / 0.3, middle)
    page.mouse.down()
    page.mouse.move(mark["x"] + 12, middle, steps=5)
    page.mouse.up()
    alert(page, "diverges: its rate 0.1").wait_for()
    rate = float(slider.input_value())
    assert 0.1 < rate < 0.15
    page.wait_for_function("rate => location.search.includes(`rules=gd+${rate}`)", arg=str(rate))
    page.get_by_text(re.compile(rf"now it is {rate}\.")).wait_for()
    number = page.get_by_label("learning rate of gd, as a number")
    number.fill("0.03")
    end = descent(gradient, (-1, -2.95), 0.03, 100)[-1]
    waits_for_row(page, [*end, error(end)])
    assert alert(page, "diverges").count() == 0
    page.locator(PICTURE).click(position={"x": 120, "y": 60})
    page.wait_for_function("location.search.includes('start=')")
    start = [float(page.get_by_label(f"start: a[0,{k}]").input_value()) for k in (0, 1)]
    page.get_by_role("button", name="To the start").click()
    for step in range(3):
        x = descent(gradient, start, 0.03, step)[-1]
        waits_for_row(page, [*x, error(x)])
        page.get_by_role("button", name="One step on").click()
    page.locator(".studio-equation").get_by_text("update 3, from step 2 to step 3").wait_for()
    assert page.locator(".studio-equation math").count() > 4


def test_rules_are_compared_and_a_shared_link_shows_the_same(opened):
    page = opened("/landscape?start=0.5,1.0", wait=PICTURE)
    choose(page, "add a rule, up to 5", re.compile("^momentum"))
    choose(page, "add a rule, up to 5", re.compile("^adam: "))
    page.get_by_label("learning rate of adam, as a number").wait_for()  # each is seen before the next is changed
    for label, value, said in (
        ("momentum of momentum", "0.5", "momentum+0.02+0.5"),
        ("learning rate of momentum, as a number", "0.04", "momentum+0.04+0.5"),
        ("learning rate of adam, as a number", "0.2", "adam+0.2"),
    ):
        page.get_by_label(label, exact=True).fill(value)
        page.wait_for_function("said => location.search.includes(said)", arg=said)
    gradient = linear_gradient(NND)
    end = descent(gradient, (0.5, 1.0), 0.04, 100, 0.5)[-1]
    waits_for_row(page, [*end, error(end)], 1)
    page.get_by_label("steps", exact=True).fill("7")
    end = descent(gradient, (0.5, 1.0), 0.04, 7, 0.5)[-1]
    waits_for_row(page, [*end, error(end)], 1)
    page.get_by_role("button", name="Surface").click()
    page.wait_for_function("location.search.includes('view=surface') && location.search.includes('steps=7')")
    other = opened("/landscape" + page.url.partition("/landscape")[2], wait="[data-part=relief]")
    for number in range(3):
        waits_for_row(other, row(page, number), number)
    assert other.get_by_label("learning rate of adam, as a number").input_value() == "0.2"
    page.get_by_role("button", name="Script", exact=True).click()
    script = page.locator("[data-code=script]").inner_text()
    assert "Momentum(learning_rate=0.04, momentum=0.5)" in script
    assert "--rules gd=0.01,momentum=0.04,adam=0.2" in page.locator("[data-code=command]").inner_text()
    with page.expect_download() as got:
        page.get_by_role("button", name="Download dl3gd.toml").click()
    assert got.value.suggested_filename == "dl3gd.toml"
    page.get_by_role("button", name="Close").click()
    choose(page, "add a rule, up to 5", re.compile("^momentum"))  # again: with another momentum
    page.wait_for_function("location.search.split('momentum').length === 3")
    page.get_by_role("button", name="remove gd").click()
    page.wait_for_function("/rules=momentum.0.04.0.5%2Cadam.0.2%2Cmomentum.[.0-9]+.0.9/.test(location.search)")


def test_the_three_pairs_of_adam_and_a_network_of_the_room_train(opened):
    page = opened("/landscape?case=dl3aa&steps=40", wait=PICTURE)
    shown = tw.surface.demonstration("dl3aa")
    pairs = ("W1(1,1), W2(1,1)", "W1(1,1), b1(1)", "b1(1), b1(2)")
    for number, (pair, view) in enumerate(zip(pairs, shown.views, strict=True)):
        if number:
            choose(page, "pair of parameters", pair)
        first, second = view.weights
        page.get_by_role("heading", name=f"Error over {first} and {second}").wait_for()
        taken = tw.trajectory(
            shown.network, "sse", shown.start(number), shown.P, shown.T, tw.Adam(0.1), steps=40, only=view.weights
        )
        at = [taken.X[-1][index_of(shown.network, find_weight(shown.network, name))] for name in view.weights]
        waits_for_row(page, [*at, taken.F[-1]])
    choose(page, "case", re.compile("room Train"))
    page.get_by_role("heading", name="Error over layer1[0,0] and layer1[0,1]").wait_for()
    choose(page, "second weight", "layer2[0]")
    page.get_by_role("heading", name="Error over layer1[0,0] and layer2[0]").wait_for()
    page.wait_for_function("decodeURIComponent(location.search).includes('layer1[0,0];layer2[0]')")
    page.get_by_text("train these two alone").click()
    page.get_by_text("of all weights, at the start").first.wait_for()
    choose(page, "second weight", "layer1[0,0]")
    alert(page, "is chosen twice: a landscape needs two weights").wait_for()


def test_data_are_edited_and_what_is_none_is_told(opened):
    page = opened("/landscape?start=-9,0", wait=PICTURE)  # which is seen when the error is made
    page.get_by_text("the start has a[0,0] = -9, outside of the picture").first.wait_for()
    page.get_by_role("heading", name="Error over a[0,0] and a[0,1]").wait_for()
    page.goto(page.url.partition("?")[0] + "?rules=gd+0.01,gd+0.05")
    page.locator(PICTURE).wait_for()
    data = page.get_by_label("data", exact=True)
    data.fill("1, 2, 3\n1, <b>, 3")
    page.get_by_role("button", name="Use these data").click()
    alert(page, "row 2 of the data: '<b>' is no number").wait_for()
    data.fill("1, 0, 3\n0, 2, 4")
    page.get_by_role("button", name="Use these data").click()
    page.get_by_text(re.compile(r"minimum: error 0 at a\[0,0\] = 3, a\[0,1\] = 2")).wait_for()
    page.get_by_text("2/λ_max = 0.25", exact=True).first.wait_for()  # λ is 2·1² and 2·2²
    page.wait_for_function("decodeURIComponent(location.search).includes('data=1,0,3;0,2,4')")
    assert "rules=gd+0.01%2Cgd+0.05" in page.url  # a rule that stands there twice stays
    field = page.get_by_label("start: a[0,0]")
    field.fill("99")
    field.blur()
    alert(page, "lies outside the picture").wait_for()
    page.get_by_label("steps", exact=True).fill("0.5")
    alert(page, "steps must be a whole number from 1 to 5,000").wait_for()
