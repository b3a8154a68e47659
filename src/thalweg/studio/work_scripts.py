"""What the room Work shows, as commands and as a script of Python, which show the same."""

from __future__ import annotations

import shlex
from typing import Any

from .building import Built
from .scripts import Said, command_of, may_be_cut, script_of
from .work_state import AS_MADE, BATCH, ONLINE, OWN_FILE, RUN, WorkState

_NOT_AN_OPTION = {
    ONLINE: "one example an update",
    BATCH: "all examples in one update",
}


def step_command(state: WorkState, built: Built, number: int, epochs: int | None, own: str) -> Said:
    """The commands that show the step, or why there are none; `own` is the name of one's own step file.

    >>> from thalweg.studio.building import build
    >>> from thalweg.studio.spec import Spec
    >>> state = WorkState(of="mazur", notation="aifh", only="hidden[0]")
    >>> step_command(state, build(Spec()), 1, None, "").text
    "thalweg step --gallery mazur --step 1 --notation aifh --neuron 'hidden[0]'"
    """
    if state.batch != AS_MADE:
        return Said("", f"the command has no option for {_NOT_AN_OPTION[state.batch]}; the script says it")
    if state.of == RUN:
        trains = command_of(built, epochs if may_be_cut(built) else None)
        if not trains.text:
            return trains
        stem = built.name.partition(".")[0]
        words = ["thalweg", "step", f"{stem}.thalweg", "--table", built.name, "--step", str(number)]
        return Said(f"{trains.text}\n{shlex.join([*words, *_view_options(state)])}")
    words = ["thalweg", "step", *_file_words(state, own), "--step", str(number), *_view_options(state)]
    return Said(shlex.join(words))


def _file_words(state: WorkState, own: str) -> list[str]:
    return [own] if state.of == OWN_FILE else ["--gallery", state.of]


def _view_options(state: WorkState) -> list[str]:
    words: list[str] = []
    if state.notation:
        words += ["--notation", state.notation]
    if state.form != "units":
        words += ["--form", state.form]
    view = state.shown()
    for name in ("layer", "neuron", "weight"):
        if name in view:
            words += [f"--{name}", view[name]]
    for example in state.examples:
        words += ["--example", str(example)]
    return words + (["--digits", str(state.digits)] if state.digits != 6 else [])


def step_script(state: WorkState, built: Built, number: int, epochs: int | None, own: str) -> str:
    """The script that shows the step.

    >>> from thalweg.studio.building import build
    >>> from thalweg.studio.spec import Spec
    >>> print(step_script(WorkState(of="mazur"), build(Spec()), 1, None, ""))
    import thalweg as tw
    <BLANKLINE>
    step = tw.worked.gallery_step('mazur').open(1)
    print(step.show())
    <BLANKLINE>
    """
    shown = _call_of(state)
    if state.of == RUN:
        lines = script_of(built, epochs).rstrip("\n").split("\n")
        if state.batch == BATCH:
            lines.insert(1, "from thalweg.training.replay import replay_run")
            lines.insert(2, "from thalweg.worked.other_batch import all_at_once")
            lines += ["", f"step = all_at_once(replay_run(run, {number}), run.recipe)"]
        elif any(line.startswith("trained = ") for line in lines):  # then with the table's columns
            lines.insert(1, "from thalweg.tables.steps import open_step")
            lines += ["", f"step = open_step(trained.model, table, {number})"]
        else:
            lines += ["", f"step = run.step({number})"]
        lines += _shown_lines(state.batch == ONLINE, shown)
        return "\n".join(lines) + "\n"
    lines = ["import thalweg as tw", "", f"step = {_opened(state, own)}.open({number})", f"print(step.show({shown}))"]
    if state.batch != AS_MADE:
        size = 1 if state.batch == ONLINE else None
        lines = [
            "import dataclasses",
            "",
            "import thalweg as tw",
            "",
            f"file = dataclasses.replace({_opened(state, own)}, batch_size={size})",
            f"step = file.open({number})",
            f"print(step.show({shown}))",
        ]
    return "\n".join(lines) + "\n"


def _shown_lines(online: bool, shown: str) -> list[str]:
    if online:
        return ["for one in tw.worked.one_by_one(step):", f"    print(one.show({shown}))"]
    return [f"print(step.show({shown}))"]


def _opened(state: WorkState, own: str) -> str:
    return f"tw.worked.read_step_file({own!r})" if state.of == OWN_FILE else f"tw.worked.gallery_step({state.of!r})"


def _call_of(state: WorkState) -> str:
    notation = [repr(state.notation)] if state.notation else []
    given: dict[str, Any] = {} if state.form == "units" else {"form": state.form}
    given |= {name: value for name, value in state.shown().items() if name != "digits" or value != 6}
    return ", ".join([*notation, *(f"{name}={value!r}" for name, value in given.items())])


def exercise_command(state: WorkState, number: int, students: int, own: str) -> Said:
    """The command that makes the sheets, or why there is none.

    >>> exercise_command(WorkState(view="exercise", of="mazur", seed=3), 1, 30, "").text
    'thalweg exercise --gallery mazur --blank sensitivities,updates --students 30 --seed 3 --output mazur.html'
    """
    if state.of == RUN:
        return Said("", "the command makes exercises of step files; the script makes one of a step of this training")
    if state.batch != AS_MADE:
        return Said("", f"the command has no option for {_NOT_AN_OPTION[state.batch]}; the script says it")
    words = ["thalweg", "exercise", *_file_words(state, own), "--blank", state.blank, "--students", str(students)]
    words += ["--seed", str(state.seed)]
    for name, value, default in (
        ("round", state.round, None),
        ("step", number, 1),
        ("numbers", state.numbers, "drawn"),
    ):
        words += [f"--{name}", str(value)] if value != default else []
    words += ["--hints"] if state.hints else []
    words += ["--notation", state.notation] if state.notation else []
    stem = own.rpartition(".")[0] if state.of == OWN_FILE else state.of
    return Said(shlex.join([*words, "--output", f"{stem}.html"]))


def exercise_script(state: WorkState, built: Built, number: int, epochs: int | None, students: int, own: str) -> str:
    """The script that makes the sheets and the key.

    >>> from thalweg.studio.building import build
    >>> from thalweg.studio.spec import Spec
    >>> state = WorkState(view="exercise", of="mazur", seed=3)
    >>> print(exercise_script(state, build(Spec()), 1, None, 30, "").splitlines()[3])
    made = tw.worked.exercise(file, 'sensitivities,updates', students=30, seed=3)
    """
    given: dict[str, Any] = {"students": students, "seed": state.seed}
    given |= {} if state.round is None else {"round": state.round}
    given |= {} if state.numbers == "drawn" else {"numbers": state.numbers}
    given |= {"notation": state.notation} if state.notation else {}
    if state.of == RUN:
        shown = step_script(state, built, number, epochs, own).rstrip("\n").split("\n")
        lines = [*shown[: -2 if state.batch == ONLINE else -1]]
        step = "tw.worked.one_by_one(step, 1)[0]" if state.batch == ONLINE else "step"
        lines.append(f"file = tw.worked.step_file_of({step})")
    else:
        given |= {} if number == 1 else {"step": number}
        lines = ["import thalweg as tw", "", f"file = {_opened(state, own)}"]
        if state.batch != AS_MADE:
            size = 1 if state.batch == ONLINE else None
            lines = ["import dataclasses", "", *lines, f"file = dataclasses.replace(file, batch_size={size})"]
    options = ", ".join(f"{name}={value!r}" for name, value in given.items())
    lines += [
        f"made = tw.worked.exercise(file, {state.blank!r}, {options})",
        f"print(made.sheet(hints={state.hints}))",
        "print(made.key())",
    ]
    return "\n".join(lines) + "\n"
