"""Every room by axe-core, light and dark, wide and on a phone: no serious fault (WCAG 2.2, A and AA)."""

import pytest
from browsing import SEEN

from thalweg.studio.rooms import rooms

NAMES = [room.name for room in rooms()]
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
WIDE, PHONE = {"width": 1280, "height": 1400}, {"width": 390, "height": 800}
SHOWN = {"train": ".network-picture .diagram", "work": ".worked-picture .line.now",
         "activations": "[data-part=picture]", "landscape": ".studio-equation math", "compare": "main, .q-page",
         "rates": "main, .q-page"}  # fmt: skip
"""What a room shows when all of it is there."""
TRAIN = "data=clouds&layers=3+leaky_relu&loss=huber&task=classification&engine=numpy"
QUERY = {"work": "?of=mazur&only=out[0]", "activations": "?f=gelu;x*tanh(log(1%2Bexp(x)))&chosen=1",
         "train": f"?{TRAIN}", "rates": "?rates.rule=lm"}  # fmt: skip
"""A calculation of few lines, each of which is looked at, a wide derivation, and an address that is broken."""
TOLD = {"rates": "the address is broken: unknown rule with a learning rate 'lm'"}
MARKED = """() => {
  const seen = new Set(), kinds = new Map();
  const says = ({ name, value }) => name + (/class|style/.test(name) || /^(true|false)$/.test(value) ? value : "");
  const kind = (of) => {
    if (!of || of === document.body) return "";
    const own = [of.localName, ...[...of.attributes].map(says)];
    if (!kinds.has(of)) kinds.set(of, [kind(of.parentElement), ...own].join(">"));
    return kinds.get(of);
  };
  for (const of of document.body.querySelectorAll("mi, mn, mo, mtext, td, th, li, p, span, div, kbd")) {
    delete of.dataset.alike;
    if (of.firstElementChild || !of.textContent.trim() || of.closest("button, a, label, [role=button]")) continue;
    const { color, backgroundColor, fontSize, fontWeight, opacity } = getComputedStyle(of);
    const key = [kind(of), color, backgroundColor, fontSize, fontWeight, opacity].join();
    if (seen.has(key)) of.dataset.alike = "";
    seen.add(key);
  }
}"""
"""Marks the texts, of no control and in no picture, that are as another one is in their colours and, from the body
down, in their tags, classes and styles: of all these one is looked at."""


def faults(page, within=None, rules=None):
    """The serious faults of a page, or of what is within an element of it, each in a line with its places."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe-playwright-python is not installed")
    only = {"type": "tag", "values": TAGS} if rules is None else {"type": "rule", "values": rules}
    options = {"runOnly": only, "resultTypes": ["violations"]}
    page.evaluate(MARKED)
    where = {"include": [within or "html"], "exclude": ["[data-alike]"]}
    found = axe.Axe().run(page, where, options).response["violations"]
    return [
        f"{one['id']}: {node['html'][:200]}: {node['failureSummary']}"
        for one in found
        if one["impact"] in ("serious", "critical")
        for node in one["nodes"][:4]
    ]


@pytest.mark.parametrize("name", NAMES)
def test_a_room_fits_a_phone_and_has_no_serious_fault(opened, name):
    page = opened(f"/{name}{QUERY.get(name, '')}", wait=SHOWN[name], viewport=PHONE)
    page.evaluate(SEEN)
    if name in TOLD:
        page.get_by_text(TOLD[name]).wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    page.set_viewport_size(WIDE)
    if name == "train":
        open_all_of(page)
    assert faults(page) == []
    page.emulate_media(color_scheme="dark")
    page.locator("body.body--dark").wait_for()
    assert faults(page, rules=["color-contrast"]) == []
    if name == "train":
        page.emulate_media(color_scheme="light")
        page.locator("body.body--dark").wait_for(state="detached")
        page.get_by_role("button", name="Script", exact=True).click()
        page.get_by_text("The same training as a command").wait_for()
        page.get_by_role("button", name="Close", exact=True).click(trial=True)  # the dialog stands still
        assert faults(page, ".q-dialog") == []


def open_all_of(page):
    """All that the room Train can open, a complaint among it."""
    for title in ("Columns", "Ending and more"):
        page.get_by_text(title, exact=True).click()
    page.get_by_role("button", name="Step", exact=True).click()
    page.locator(".studio-equation math").first.wait_for()
    page.get_by_label("units of hidden layer 1").fill("0")
    page.get_by_role("alert").filter(has_text="hidden layer 1: size is 0").wait_for()
