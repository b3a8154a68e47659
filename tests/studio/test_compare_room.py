"""The room Compare, driven as a person would."""

import re

import polars as pl

import thalweg as tw
from thalweg.files.model_file import save

START = "button:has-text('Saved models')"


def press(page, name):
    page.get_by_role("button", name=name, exact=True).click()


def column(page, name):
    heads = page.locator("table.compare thead th").all_inner_texts()
    place = next(k for k, head in enumerate(heads) if head.strip(" ≠▲▼") == name)
    return page.locator(f"table.compare tbody tr td:nth-child({place + 1})").all_inner_texts()


def test_runs_are_kept_compared_sorted_named_and_downloaded(opened, tmp_path):
    page = opened("/train?data=circle&points=60&epochs=60&engine=numpy")
    press(page, "Keep")
    page.get_by_text("there is no run to keep yet").wait_for()
    for rate in ("0.001", "0.1"):
        if rate == "0.1":
            page.get_by_label("learning rate").fill(rate)
            page.wait_for_function("location.search.includes('0.1')")
        press(page, "Run")
        page.get_by_text(re.compile("all 60 epochs were run")).first.wait_for()
        press(page, "Keep")
        page.get_by_text(re.compile("kept as circle adam")).first.wait_for()
    page.get_by_role("link", name="Compare").click()
    page.locator("table.compare tbody tr").nth(1).wait_for()
    assert column(page, "learning rate") == ["0.001", "0.1"]
    assert page.locator("th.differs").filter(has_text="learning rate").count() == 1
    page.get_by_role("button", name=re.compile("^≠ training loss")).click()
    page.wait_for_function("location.search.includes('sort=training+loss')")
    page.locator("th[aria-sort=ascending]").wait_for()
    assert column(page, "learning rate") == ["0.1", "0.001"]
    assert "★" in column(page, "training loss")[0]
    page.get_by_label("name of circle adam 2").fill("fast <b>")
    page.get_by_label("draw fast <b>").wait_for()
    chips = page.locator("section[aria-label=curves]")
    chips.get_by_role("button", name="fast <b>").wait_for()
    page.get_by_label("draw circle adam", exact=True).click()
    chips.get_by_role("button", name="circle adam").wait_for(state="detached")
    page.get_by_text("Differences only").click()
    page.locator("th").filter(has_text="parameters").wait_for(state="detached")
    with page.expect_download() as got:
        press(page, "CSV")
    got.value.save_as(tmp_path / "runs.csv")
    assert pl.read_csv(tmp_path / "runs.csv")["run"].to_list() == ["fast <b>", "circle adam"]
    page.wait_for_function("location.search.includes('undrawn=') && location.search.includes('differing=1')")
    shared = opened(
        page.evaluate("location.pathname + location.search + '&run.Zx3k_0aQ=gone'"), "table.compare tbody tr"
    )
    assert column(shared, "learning rate") == ["0.1", "0.001"]
    assert not shared.get_by_label("draw circle adam", exact=True).is_checked()
    shared.get_by_text("Not here: 'gone', which this address names").wait_for()
    with shared.expect_download() as got:
        shared.get_by_label("download fast <b>").click()
    got.value.save_as(tmp_path / "fast.thalweg")
    assert tw.load(tmp_path / "fast.thalweg").record["epochs"] == 60
    page.get_by_label("remove circle adam", exact=True).click()
    page.locator("table.compare tbody tr").nth(1).wait_for(state="detached")
    page.get_by_role("link", name="open").click()
    page.get_by_role("button", name="Run on").wait_for()


def test_saved_models_are_brought_and_what_is_none_is_told(opened, tmp_path):
    page = opened("/compare?log=maybe", START, viewport={"width": 390, "height": 844})
    page.get_by_text("the address is broken: log is 'maybe'").wait_for()
    page.get_by_text(re.compile("Nothing is kept yet")).wait_for()
    bad = tmp_path / "bad.thalweg"
    bad.write_bytes(b"no model")
    files = page.locator("input[type=file]")
    files.set_input_files(bad)
    page.get_by_role("alert").filter(has_text="bad.thalweg").wait_for()
    assert str(tmp_path) not in page.content()
    net = tw.mlp(1, 2, 1)
    for name, loss in (("one", [1.0, 0.5]), ("two", [2.0, 0.25])):
        record = {"history": {"loss": loss}, "epochs": 2, "explanation": "all 2 epochs were run"}
        save(tw.Model(net, net.init(0), tw.losses.MSE(), None, record), tmp_path / f"{name}.thalweg")
    files.set_input_files([tmp_path / "one.thalweg", tmp_path / "two.thalweg"])
    page.locator("table.compare tbody tr").nth(1).wait_for()
    assert sorted(column(page, "training loss")) == ["0.25 ★", "0.5"]
    page.locator("section[aria-label=curves] svg").first.wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
