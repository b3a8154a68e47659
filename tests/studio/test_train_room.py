"""The room Train, driven as a person would."""

import os
import re
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from command_line import run
from workbooks import workbook

import thalweg as tw


def press(page, name):
    page.get_by_role("button", name=name, exact=True).click()


def waits(page, told):
    page.get_by_text(re.compile(told)).first.wait_for()


def chosen(page, label, option):
    page.get_by_role("combobox", name=label, exact=True).click()
    page.get_by_role("option", name=option, exact=True).click()


def worked(pid):
    """Seconds that a process has worked."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def test_xor_is_trained_paused_stepped_undone_and_reset(opened):
    page = opened("/train?rule.learning_rate=0.05&epochs=400")
    waits(page, r"epoch 0 of 400")
    press(page, "Step")
    waits(page, r"epoch 1 of 400 .* update 1 ")
    page.locator(".studio-equation math").first.wait_for()
    press(page, "Epoch")
    waits(page, r"update 2 ")
    press(page, "Undo")
    waits(page, r"update 1 ")
    press(page, "Run")
    waits(page, r"all 400 epochs were run")
    waits(page, r"accuracy 100\.0 %")
    press(page, "Reset")
    waits(page, r"epoch 0 of 400")
    press(page, "Undo")
    waits(page, r"epoch 400 of 400")


def test_a_long_run_outlives_a_lost_connection_pauses_hears_keys_and_ends_with_its_tab(opened, served):
    page = opened("/train?epochs=1000000&engine=numpy")
    numbers = page.locator(".studio-numbers").first

    def updates():
        return int(re.search(r"update ([\d,]+)", numbers.inner_text())[1].replace(",", ""))

    press(page, "Run")
    waits(page, r"update [1-9]")
    page.evaluate("window.socket.disconnect()")
    lost = page.get_by_text("Connection lost", exact=False)
    lost.wait_for()
    before = updates()
    page.evaluate("window.socket.connect()")
    lost.wait_for(state="hidden")
    page.wait_for_function("text => !document.body.innerText.includes(text)", arg=numbers.inner_text())
    page.evaluate("window.socket.io.reconnectionDelay(50), window.socket.io.engine.close()")
    page.wait_for_function("window.socket.connected")
    page.wait_for_function("text => !document.body.innerText.includes(text)", arg=numbers.inner_text())
    assert updates() > before
    press(page, "Pause")
    waits(page, r"^Paused\.$")
    page.locator("body").press("s")
    page.wait_for_function("text => !document.body.innerText.includes(text)", arg=numbers.inner_text())
    page.locator("body").press("r")
    waits(page, r"epoch 0 of 1,000,000")
    press(page, "Run")
    waits(page, r"update [1-9]")
    page.close()
    if sys.platform != "linux":  # what a process works is read from /proc
        return
    for _ in range(50):
        before = worked(served.pid)
        time.sleep(0.3)
        if worked(served.pid) - before < 0.03:
            return
    raise AssertionError("the run goes on")


def test_the_weights_as_they_are_begin_another_training(opened, tmp_path):
    page = opened("/train?engine=numpy&epochs=9")
    press(page, "Run")
    waits(page, r"all 9 epochs were run")
    told = page.locator(".studio-equation").inner_text()
    press(page, "Begin with these weights")
    page.wait_for_function("location.search.includes('start=true')")
    waits(page, r"epoch 0 of 9")
    chosen(page, "Update rule", "gd: Plain gradient descent")
    press(page, "Step")
    waits(page, r"update 1 ")
    assert page.locator(".studio-equation").inner_text() != told
    press(page, "Script")
    with page.expect_download() as got:
        press(page, "Download xor.start.thalweg, which it reads")
    got.value.save_as(tmp_path / "start.thalweg")
    press(page, "Close")
    chosen(page, "Begin with", "weights drawn by the seed")
    page.wait_for_function("!location.search.includes('start')")
    page.locator("[data-of=weights] input[type=file]").set_input_files(tmp_path / "start.thalweg")
    page.wait_for_function("location.search.includes('start=true')")
    page.get_by_label("units of hidden layer 1").fill("7")
    page.get_by_role("alert").filter(has_text="start.thalweg is of another network").wait_for()


def test_a_broken_address_and_wrong_numbers_are_told_and_right_ones_typed_in_haste_are_taken(opened):
    page = opened("/train?data=spirrals")
    waits(page, r"the address is broken: unknown data 'spirrals': did you mean 'spirals'")
    field = page.get_by_label("beta1")
    field.fill("1.5")
    page.get_by_role("alert").filter(has_text="beta1 is 1.5").wait_for()
    field.fill("0.8")
    page.wait_for_function("location.search.includes('rule.beta1=0.8')")
    page.get_by_role("alert").filter(has_text="beta1").wait_for(state="hidden")
    press(page, "Undo")
    page.wait_for_function("!location.search.includes('beta1')")
    assert page.get_by_label("beta1").input_value() == "0.9"
    epochs, rate, seed = (page.get_by_label(name, exact=True) for name in ("Epochs at most", "learning rate", "Seed"))
    page.get_by_text("Ending and more", exact=True).click()
    epochs.fill("9")
    rate.fill("0.3")
    seed.fill("5")
    press(page, "Run")
    waits(page, r"all 9 epochs were run")
    assert "rule.learning_rate=0.3" in page.url
    assert "seed=5" in page.url
    rate.fill("-1")
    wrong = page.locator(".studio-settings [role=alert]")
    wrong.get_by_text("learning_rate is -1").wait_for()
    seed.fill("6")
    page.wait_for_function("location.search.includes('seed=6')")
    assert "learning_rate is -1" in wrong.inner_text()
    press(page, "Run")
    page.locator(".q-notification").get_by_text("Mend this field first").wait_for()
    page.locator(".studio-header [data-room=compare]").click()
    page.wait_for_function("location.pathname == '/compare'")
    page.locator(".studio-header [data-room=train]").click()
    page.wait_for_function("location.search.includes('seed=6')")


def test_tables_that_are_broken_ones_own_without_a_target_or_names_are_told_trained_saved_and_asked_about(
    opened, tmp_path
):
    page = opened()
    bad = tmp_path / "bad.csv"
    bad.write_bytes(b"PK\x03\x04 no table")
    page.locator("[data-of=table] input[type=file]").set_input_files(bad)
    page.get_by_role("alert").filter(has_text="bad.csv: ").wait_for()
    assert str(tmp_path) not in page.content()
    wild = "<img src=x onerror=alert(1)>"
    good = tmp_path / "good.csv"
    rows = "".join(f"{k},{k * k % 7},{'yes' if k % 2 else wild}\n" for k in range(60))
    good.write_text(f"{wild},b,kind\n{rows}")
    page.locator("[data-of=table] input[type=file]").set_input_files(good)
    page.get_by_text("good.csv").first.wait_for()
    press(page, "Epoch")
    waits(page, r"epoch 1 of")
    page.locator("table.confusion").get_by_text(wild).first.wait_for()
    assert page.locator("img[src=x]").count() == 0
    with page.expect_download() as got:
        press(page, "Model")
    model = tmp_path / got.value.suggested_filename
    got.value.save_as(model)
    assert model.name == "good.thalweg"
    out = tmp_path / "out.csv"
    assert run("predict", model, good, "--output", out).status == 0
    assert out.read_text().splitlines()[0].startswith(f"{wild},b,kind,predicted_kind")
    assert tw.load(model).record["epochs"] == 1
    table = "a,b,c\n" + "".join(f"{k},{k % 2},3\n" for k in range(30))
    file = {"name": "odd.csv", "mimeType": "text/csv", "buffer": table.encode()}
    page.locator("[data-of=table] input[type=file]").set_input_files(file)
    asked = page.get_by_role("dialog")
    asked.get_by_text("one class only").wait_for()
    asked.get_by_role("combobox", name="Target").click()
    for name in ("c", "b"):
        page.get_by_role("option", name=name, exact=True).click()
    page.keyboard.press("Escape")
    press(page, "Take these")
    page.wait_for_function("decodeURIComponent(location.search).includes('target=[\"b\"]')")
    table = tmp_path / "plain.csv"
    table.write_text("".join(f"{k},{k % 3}.5,{k * k % 7}\n" for k in range(40)))
    page.locator("[data-of=table] input[type=file]").set_input_files(table)
    page.get_by_text("line 1 looks like data").wait_for()
    press(page, "Read it without names of columns")
    page.wait_for_function("location.search.includes('no_header=true')")
    page.get_by_text("plain.csv").first.wait_for()
    press(page, "Step")
    waits(page, r"update 1 ")


def test_a_sheet_its_names_targets_and_parts_of_columns_are_chosen(opened, tmp_path):
    page = opened()
    rows = [[k % 5, k / 7, "abc"[k % 3], 1 + k % 2, (k * k % 11) / 3] for k in range(40)]
    book = tmp_path / "book.xlsx"
    book.write_bytes(workbook({"other": [["n", "m"], [1, 2]], "mine": [["zip", "b", "kind", "w", "y"], *rows]}))
    page.locator("[data-of=table] input[type=file]").set_input_files(book)
    page.get_by_role("radio", name="mine").click()
    press(page, "Read it")
    page.get_by_text("Columns", exact=True).click()
    chosen(page, "column w", "weight of the row")
    page.wait_for_function("location.search.includes('sample_weight=w')")
    chosen(page, "column zip", "names")
    page.wait_for_function("location.search.includes('zip')")
    chosen(page, "Target", "b")
    page.wait_for_function("location.search.includes('target')")
    page.keyboard.press("Escape")
    page.get_by_text("Output: 2 linear").wait_for()
    assert "sheet=mine" in page.url
    press(page, "Step")
    waits(page, r"update 1 ")
    press(page, "Script")
    said = page.locator("[data-code=command]").inner_text()
    assert said.startswith("thalweg train book.xlsx --target y --target b --sheet mine")
    assert "--sample-weight w" in said


def test_a_formula_of_ones_own_is_learned_with_marked_where_it_is_wrong_and_shared(opened):
    page = opened("/train?data=spirals&layers=6+relu,3+tanh&rule.learning_rate=0.03&engine=numpy&epochs=20")
    page.get_by_label("learning rate").fill("0.02")
    page.wait_for_function("location.search.includes('0.02')")
    chosen(page, "layer 1", "own formula")
    field = page.get_by_label("formula of hidden layer 1")
    field.fill("x/(1 + abs(y))")
    page.get_by_role("alert").filter(has_text="hidden layer 1: formula, column 12: unknown name 'y'").wait_for()
    page.locator(".q-field--error").get_by_label("formula of hidden layer 1").wait_for()
    field.fill("x/(1 + abs(x))")
    page.locator(".q-field--error").wait_for(state="detached")
    press(page, "Run")
    waits(page, r"all 20 epochs were run")
    shared = opened("/train" + page.url.partition("/train")[2])
    shared.locator(".studio-numbers").get_by_text("epoch 0 of 20").wait_for()
    for label, value in (
        ("formula of hidden layer 1", "x/(1 + abs(x))"), ("learning rate", "0.02"),
        ("units of hidden layer 1", "6"), ("units of hidden layer 2", "3"),
    ):  # fmt: skip
        assert shared.get_by_label(label).input_value() == value


def test_a_run_that_diverges_says_where_and_what_would_not(opened):
    page = opened("/train?data=sine&optimizer=gd&rule.learning_rate=900.0&epochs=400&engine=numpy")
    press(page, "Run")
    alert = page.get_by_role("alert").filter(has_text="diverged")
    alert.wait_for()
    assert re.search(r"at update \d+ .*stable", alert.inner_text())
    assert page.get_by_role("button", name="Run", exact=True).is_disabled()


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        ("/train", {"Host": "evil.example"}, 421),
        ("/train", {"Origin": "http://evil.example"}, 403),
        ("/_studio/close/x", {"Origin": "null"}, 403),
        ("/_nicegui_ws/socket.io/?EIO=4&transport=polling", {"Origin": "http://evil.example"}, 403),
        ("/_nicegui_ws/socket.io/?EIO=4&transport=polling", {"Host": "evil.example"}, 421),
        ("/no/such/page", {}, 404),
    ],
)
def test_the_server_itself_is_guarded_and_tells_no_insides(served, path, headers, status):
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(urllib.request.Request(served.address + path, headers=headers), timeout=10)
    assert caught.value.code == status
    told = caught.value.read().decode()
    caught.value.close()
    assert "Traceback" not in told
    assert str(Path.home()) not in told
    assert "site-packages" not in told
