"""The page of a contour, driven in a browser: played, stopped, gone through, clicked, with keys and on a phone."""

import numpy as np
import pytest
from read_page import ATTACK
from test_contour_data import ACROSS, NET, START, P, T, surface

import thalweg as tw
from thalweg.surface import Surface
from thalweg.widgets import contour_page

COMMAND = 'thalweg surface xor.toml --weights "layer1[0,0],layer2[0,1]" --start {start}'
PICTURE = "[data-part=picture]"
PHONE = {"viewport": {"width": 360, "height": 740}}


@pytest.fixture(scope="module")
def drawn():
    return surface()


def where(page):
    return page.inner_text("[data-part=where]")


def row(page, number=0):
    """The numbers of a path's row of the table, to the digits that are shown."""
    cells = page.locator("[data-part=paths] tbody tr").nth(number).locator("td").all_inner_texts()
    return [float(cell.replace("−", "-")) for cell in cells[1:]]


def click(page, point, ranges, *, surface=True):
    """Click where a point of the axes lies: the plot is within the picture's margins."""
    box = page.locator(PICTURE).bounding_box()
    (left, right), (low, high) = ranges
    width, height = box["width"] - 58 - 14, box["height"] - 10 - 46
    x = 58 + width * (point[0] - left) / (right - left)
    y = 10 + (height * (high - point[1]) / (high - low) if surface else height / 2)
    page.mouse.click(box["x"] + x, box["y"] + y)


def point_told(page):
    cells = page.locator("[data-part=point] tbody").first.locator("td").all_inner_texts()
    return [float(cell.replace("−", "-").lstrip("≈= ")) for cell in cells], cells[-1]


def test_a_click_tells_the_weights_the_error_there_and_the_command(shown, drawn):
    page = shown(contour_page(drawn, command=COMMAND), wait=PICTURE)
    ranges = (drawn.first[0], drawn.first[-1]), (drawn.second[0], drawn.second[-1])
    for share in (0.3, 0.8):
        at = [low + share * (high - low) for low, high in ranges]
        click(page, at, ranges)
        (first, second, F), told = point_told(page)
        assert told.startswith("≈ ")
        assert (first, second) == pytest.approx(at, abs=0.01 * max(np.ptp(drawn.first), np.ptp(drawn.second)))
        x = NET.ravel(START).copy()
        x[[0, 7]] = first, second
        exact = tw.gradient(NET, "mse", NET.unravel(x), P, T)[0]
        assert pytest.approx(exact, rel=2e-3) == F
        command = page.inner_text("[data-part=point] code")
        assert command == COMMAND.replace("{start}", f"{first:g},{second:g}")


def test_steps_forward_back_to_the_ends_and_by_the_slider(shown, drawn):
    page = shown(contour_page(drawn), wait=PICTURE)
    path = drawn.paths[0]

    def at(step):
        assert where(page) == f"step {step} of 4"
        assert row(page) == pytest.approx([*path.points[step], path.F[step]], rel=1e-4)

    at(4)
    page.keyboard.press("Home")
    at(0)
    page.keyboard.press("ArrowRight")
    page.click("[data-do=on]")
    page.keyboard.press("ArrowRight")
    at(3)
    page.keyboard.press("ArrowLeft")
    at(2)
    page.click("[data-do=back]")
    at(1)
    page.locator("[data-part=scrub]").fill("3")
    at(3)
    page.click("[data-do=last]")
    at(4)
    page.keyboard.press("ArrowRight")
    at(4)
    assert page.locator(".path0 .way").get_attribute("d").count("L") == 4
    page.click("[data-do=first]")
    assert page.locator(".path0 .way").get_attribute("d").count("L") == 0


def test_play_runs_from_the_start_to_the_end_and_can_be_stopped(shown, drawn):
    page = shown(contour_page(drawn), wait=PICTURE, reduced_motion="no-preference")
    page.keyboard.press(" ")
    assert page.inner_text("[data-part=play]").strip() == "pause"
    page.keyboard.press(" ")
    assert page.inner_text("[data-part=play]").strip() == "play"
    stopped = where(page)
    assert stopped != "step 4 of 4"
    page.wait_for_timeout(250)
    assert where(page) == stopped
    page.click("[data-part=play]")
    page.locator("[data-part=where]").get_by_text("step 4 of 4").wait_for()
    page.get_by_role("button", name="play", exact=True).wait_for()


def test_the_keyboard_alone_moves_the_point(shown, drawn):
    page = shown(contour_page(drawn, command=COMMAND), wait=PICTURE)
    start, width = drawn.center, np.ptp(drawn.first)
    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("Shift+ArrowUp")
    (first, second, _), _ = point_told(page)
    assert first == pytest.approx(start[0] + 0.04 * width, abs=width / 500)
    assert second == pytest.approx(start[1] + 0.02 * np.ptp(drawn.second), abs=np.ptp(drawn.second) / 500)
    assert "not finite" not in page.inner_text("[data-part=point]")


def test_a_curve_shows_its_points_its_tangent_and_the_error_between(shown):
    one = ACROSS[1]
    taken = tw.trajectory(NET, "mse", START, P, T, tw.GradientDescent(0.5), steps=4, only=[one])
    curve = tw.error_along_weight(NET, "mse", START, P, T, one, trajectories=[taken])
    page = shown(contour_page(curve), wait=PICTURE)
    page.keyboard.press("Home")
    page.keyboard.press("ArrowRight")
    path = curve.paths[0]
    assert row(page) == pytest.approx([path.values[1], path.F[1], path.slopes[1]], rel=1e-4)
    assert page.locator(".tangent.now").count() == 1
    assert page.locator(".tangent:not(.now)").count() == 1
    click(page, (0.4,), ((curve.values[0], curve.values[-1]), (0, 1)), surface=False)
    (value, F), told = point_told(page)
    x = NET.ravel(START).copy()
    x[7] = value
    assert told.startswith("≈")
    assert pytest.approx(tw.gradient(NET, "mse", NET.unravel(x), P, T)[0], rel=1e-3) == F


def test_where_the_error_is_not_finite_it_says_so(shown, drawn):
    F = drawn.F.copy()
    F[:, :15] = np.nan
    page = shown(contour_page(Surface(**{**vars(drawn), "F": F})), wait=PICTURE)
    click(page, (drawn.first[5], 0.5 * (drawn.second[0] + drawn.second[-1])),
          ((drawn.first[0], drawn.first[-1]), (drawn.second[0], drawn.second[-1])))  # fmt: skip
    assert "not finite" in page.inner_text("[data-part=point]")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_fits_a_phone_in_light_and_dark(shown, drawn, scheme):
    page = shown(contour_page(drawn, command=COMMAND), wait=PICTURE, color_scheme=scheme, **PHONE)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    page.locator(PICTURE).click(position={"x": 150, "y": 100})
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    paper, ink = page.evaluate(
        "(() => { const look = getComputedStyle(document.querySelector('.thalweg')); "
        "return [look.backgroundColor, look.color].map((of) => of.match(/\\d+/g).slice(0, 3).map(Number)); })()"
    )
    assert (sum(paper) > sum(ink)) == (scheme == "light")


def test_names_are_told_and_never_run(shown):
    net = tw.Network(inputs={"p": 1}, layers=[tw.Layer("a", 1, "linear")])
    start, X, t = net.unravel(np.array([2.0, 0.0])), np.array([[1.0]]), np.array([[5.0]])
    taken = tw.trajectory(net, "sse", start, X, t, tw.GradientDescent(0.1), steps=2, name=ATTACK)
    drawn = tw.error_surface(net, "sse", start, X, t, ("a[0,0]", "a[0]"), points=5, trajectories=[taken])
    html = contour_page(drawn, command=f"{ATTACK} {{start}}")
    assert "<img" not in html
    page = shown(html, wait=PICTURE)
    page.locator(PICTURE).click(position={"x": 150, "y": 100})
    assert ATTACK.split()[0] in page.inner_text("[data-part=point] code")
    assert ATTACK.split()[0] in page.inner_text("[data-part=paths]")


def test_without_a_program_the_paths_are_tables(shown, drawn):
    page = shown(contour_page(drawn), wait="table", java_script_enabled=False)
    assert page.locator("tbody tr").count() == 5
    assert page.inner_text("caption") == "gd: 4 steps"
