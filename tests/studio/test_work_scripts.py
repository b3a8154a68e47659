"""What is copied from the room Work shows what the room shows."""

import contextlib
import io
import shlex

import pytest
from command_line import run
from driven import built_of

from thalweg.studio.work_scripts import exercise_command, exercise_script, step_command, step_script
from thalweg.studio.work_state import WorkState


def printed(script, folder, monkeypatch):
    monkeypatch.chdir(folder)
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(compile(script, "copied", "exec"), {})  # the script itself is what is tested
    return out.getvalue()


def ran(text):
    done = None
    for command in text.splitlines():
        done = run(*shlex.split(command)[1:])
        assert done.status == 0, done.err
    return done.out


@pytest.mark.parametrize(
    ("state", "number"),
    [
        (WorkState(of="mazur", notation="aifh", only="hidden[0]", digits=4), 1),
        (WorkState(of="aifh_xor_online", form="matrix", step=2), 2),
        (WorkState(step=9, only="layer1[2,0]", examples=(2, 3)), 9),
    ],
)
def test_the_command_and_the_script_show_the_same_step(state, number, tmp_path, monkeypatch):
    built = built_of(epochs=12)
    monkeypatch.chdir(tmp_path)
    built.frame.write_csv("xor.csv")
    by_script = printed(step_script(state, built, number, 12, ""), tmp_path, monkeypatch)
    by_command = ran(step_command(state, built, number, 12, "").text)
    calculation = by_command[by_command.index("Network: ") :]
    assert calculation.count("=") > 20
    assert calculation.split() == by_script[by_script.index("Network: ") :].split()


def test_what_no_option_says_the_script_says(tmp_path, monkeypatch):
    built = built_of(epochs=6)
    for batch, examples in (("online", "of 1 example"), ("batch", "of 4 examples")):
        for state, number in ((WorkState(of="aifh_xor_batch", batch=batch), 1), (WorkState(step=3, batch=batch), 3)):
            said = step_command(state, built, number, 6, "")
            assert (said.text, "the script says it" in said.missing) == ("", True)
            assert examples in printed(step_script(state, built, number, 6, ""), tmp_path, monkeypatch)


def test_the_exercise_s_command_and_script_make_the_same_sheet(tmp_path, monkeypatch):
    built = built_of(epochs=6)
    monkeypatch.chdir(tmp_path)
    state = WorkState(view="exercise", of="mazur", blank="random:4", seed=5, round=3, hints=True, notation="nielsen")
    command = exercise_command(state, 1, 2, "").text
    assert command.endswith(" --output mazur.html")
    by_command = ran(command.replace("mazur.html", "mazur.md"))
    assert "2 students, 4 lines each (random:4), 3 decimals, seed 5" in by_command
    by_script = printed(exercise_script(state, built, 1, None, 2, ""), tmp_path, monkeypatch)
    sheet = (tmp_path / "mazur.md").read_text()
    assert sheet.strip() in by_script
    assert (tmp_path / "mazur.key.md").read_text().strip() in by_script


def test_an_exercise_of_the_training_is_made_by_a_script(tmp_path, monkeypatch):
    built = built_of(epochs=6)
    state = WorkState(view="exercise", batch="online", step=3, blank="errors,loss", numbers="file")
    assert exercise_command(state, 3, 1, "").text == ""
    assert "\\_\\_" in printed(exercise_script(state, built, 3, 6, 1, ""), tmp_path, monkeypatch)
