"""The program as the shell sees it: exit statuses, Ctrl-C, pipes, terminals, and what is imported when."""

import io
import os
import pkgutil
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from command_line import DATA, as_program, ok

import thalweg as tw
from thalweg.cli import run as run_here
from thalweg.cli import terminal
from thalweg.system import check_xla_flags
from thalweg.training import member_group, programs

PROGRAM = [sys.executable, "-c", "import sys; sys.argv[0] = 'thalweg'; from thalweg.cli import main; main()"]
TRAIN = ("train", "wine.csv", "--target", "cultivar", "--epochs", "3")
FOREVER = ("train", "wine.csv", "--target", "cultivar", "--epochs", "100000000", "--patience", "100000000")
UNDRAWN = "import thalweg.reports.report as r; r._figures = lambda report: []; "
SOON = [*PROGRAM[:2], UNDRAWN + "import thalweg.cli.terminal as t; t._SECONDS_BETWEEN_LINES = 0.05; " + PROGRAM[2]]
"""The same, with a line of an epoch much sooner, and a report without figures."""
posix = pytest.mark.skipif(sys.platform == "win32", reason="the shells of Windows have no such pipes and signals")


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    shutil.copy(DATA / "wine.csv", ".")


@pytest.fixture(scope="module", name="written")
def _written(tmp_path_factory):
    """What a training of the wine has written."""
    place = tmp_path_factory.mktemp("written")
    ok("train", DATA / "wine.csv", *TRAIN[2:], "-q", "--output", place / "wine.thalweg")
    return place


@pytest.fixture(name="here")
def _here(monkeypatch):
    """Runs `thalweg` as the program that it is, in this process."""
    monkeypatch.setattr("thalweg.reports.report.render_report", lambda told: "<html></html>")
    with as_program() as found:
        yield found


def program(*arguments: str, **how) -> subprocess.CompletedProcess:
    return subprocess.run([*PROGRAM, *arguments], capture_output=True, text=True, timeout=60, check=False, **how)


def test_exit_statuses(written):
    done = program("predict", str(written / "wine.thalweg"), "nope.csv")
    assert (done.returncode, done.stdout, done.stderr) == (
        1, "", "thalweg: nope.csv: no such file: check the path, or give the table through the standard input: -\n"
    )  # fmt: skip
    done = program("train", "wine.csv")
    assert done.returncode == 2
    assert "Missing option '--target'" in done.stderr


LIGHT = """
import sys
heavy = {"numpy", "jax", "polars", "sklearn", "matplotlib", "scipy", "optax", "safetensors", "sympy"}
import thalweg
found = {"import": sorted(heavy & set(sys.modules))}
from thalweg.cli import main
for command in ([], ["train"], ["predict"], ["show"], ["derive"], ["check"], ["derive", "sigmoid"], ["step", XOR]):
    sys.argv = ["thalweg", *command, *([] if len(command) == 2 else ["--help"])]
    try:
        main()
    except SystemExit as end:
        assert end.code == 0
    found[" ".join(command)] = sorted(heavy & set(sys.modules))
import thalweg.reports.report, thalweg.reports.diagnosis_page
found["reports"] = sorted((heavy | {"jinja2"}) & set(sys.modules))
print(found, file=sys.stderr)
"""


def test_import_and_help_are_light():
    """And so are a derivation, which Thalweg's own rules do, a step of a file, and the pages before one is made."""
    xor = str(DATA.parent / "worked" / "aifh_xor_online.toml")
    code = f"XOR = {xor!r}\n{LIGHT}"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    found = eval(done.stderr)
    for name in ("derive sigmoid", f"step {xor}"):
        assert set(found.pop(name)) <= {"numpy"}
    assert not {"jinja2", "matplotlib", "sklearn", "jax"} & set(found.pop("reports"))
    assert found == {
        "import": [],
        "": [],
        "train": [],
        "predict": [],
        "show": [],
        "derive": [],
        "check": [],
    }
    assert "Train a network on a table" in done.stdout
    assert "= a (1 - a)" in done.stdout


def interrupt(process: subprocess.Popen, number: int = signal.SIGINT) -> None:
    """Wait until the training runs, then press Ctrl-C, or send another signal."""
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith("epoch "):  # the first of the plain lines: it has run for a while
            break
    process.send_signal(number)


@posix
def test_ctrl_c_saves_the_best_parameters_so_far():
    words = [*SOON, *FOREVER, "--checkpoint", "runs", "--engine", "numpy"]
    with subprocess.Popen(words, stdout=-1, stderr=-1, text=True) as process:
        interrupt(process)
        out, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert err == ""
    assert "interrupted after" in out
    assert "model   wine.thalweg" in out
    assert sorted(path.name for path in Path().iterdir()) == ["runs", "wine.csv", "wine.report.html", "wine.thalweg"]
    model = tw.load("wine.thalweg")
    (saved,) = Path("runs").glob("checkpoint-*")
    assert int(saved.stem.split("-")[1]) == model.record["updates"]
    assert model.record["stopped_because"] == "interrupted"
    history = model.record["history"]["validation_loss"]
    assert model.record["epochs"] == len(history)
    assert history[model.record["best_epoch"] - 1] == min(history)
    assert model.record["scores"]["accuracy"] > 0.8
    assert "interrupted after" in Path("wine.report.html").read_text(encoding="utf-8")


@posix
def test_a_reader_that_has_enough_is_no_error(written):
    shutil.copy(written / "wine.thalweg", ".")
    head, *rows = Path("wine.csv").read_text().splitlines(keepends=True)
    Path("long.csv").write_text(head + "".join(rows * 20))
    with subprocess.Popen([*PROGRAM, "predict", "wine.thalweg", "long.csv"], stdout=-1, stderr=-1, text=True) as begun:
        assert begun.stdout is not None
        assert begun.stderr is not None
        begun.stdout.close()
        err = begun.stderr.read()
    assert "Traceback" not in err
    assert "Exception ignored" not in err


def printing(monkeypatch, stdout, *arguments, stderr=None):
    """The exit status of the command with these streams, and its standard error where none is given.

    They are closed at the end, as Python closes its own: what is left in them to be written is an error then.
    """
    told = io.StringIO() if stderr is None else stderr[0]
    with monkeypatch.context() as here:
        here.setattr(sys, "stdout", stdout)
        here.setattr(sys, "stderr", told)
        here.setattr(sys, "argv", ["thalweg", *arguments])
        here.setattr("thalweg.reports.report.render_report", lambda told: "<html></html>")
        with pytest.raises(SystemExit) as end:
            run_here()
        said = told.getvalue() if stderr is None else ""
        for stream in (sys.stdout, sys.stderr, *(() if stdout is None else (stdout,))):
            stream.close()
    return end.value.code, said


@posix
@pytest.mark.parametrize("output", ["closed", "full", "broken"])
def test_an_output_that_takes_nothing_loses_no_training(output, monkeypatch):
    """Where it is closed Python has None for its streams."""
    if output == "full":
        if not Path("/dev/full").exists():
            pytest.skip("this system has no /dev/full")
        stream = Path("/dev/full").open("w")  # noqa: SIM115 - `printing` closes it
    elif output == "broken":
        reads, writes = os.pipe()
        os.close(reads)
        stream = open(writes, "w")  # noqa: PTH123, SIM115 - a descriptor, which `printing` closes
    else:
        stream = None
    assert printing(monkeypatch, stream, *TRAIN, stderr=[None] if stream is None else None) == (0, "")
    assert tw.load("wine.thalweg").record["epochs"] == 3
    assert Path("wine.report.html").exists()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_data_that_cannot_be_printed_are_an_error(written, monkeypatch):
    for words in (["predict", str(written / "wine.thalweg"), "wine.csv"], [*TRAIN, "--json"]):
        status, err = printing(monkeypatch, Path("/dev/full").open("w"), *words)  # noqa: SIM115 - `printing` closes it
        assert status == 1
        assert err.splitlines()[-1].startswith("thalweg: cannot write to the standard output (No space left")


@posix
def test_an_output_that_knows_no_unicode(monkeypatch):
    name = b"\xff[\xc3\xbc].csv"
    try:
        shutil.copy(b"wine.csv", name)
    except OSError:
        pytest.skip("this file system takes no such names")
    stdout = io.TextIOWrapper(kept := io.BytesIO(), "ascii")
    kept.close = lambda: None  # what was written is looked at below
    assert printing(monkeypatch, stdout, "train", os.fsdecode(name), "--target", "cultivar", "--epochs", "3") == (0, "")
    assert rb"\udcff[\xfc].thalweg" in kept.getvalue()


@posix
def test_a_terminal_shows_a_bar(monkeypatch):
    import pty

    front, back = pty.openpty()
    shown = []

    def read():
        while True:
            try:
                part = os.read(front, 4096)
            except OSError:  # the other end is closed
                return
            if not part:
                return
            shown.append(part)

    reader = threading.Thread(target=read)
    reader.start()
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "80")
    terminal_of_it = open(back, "w", encoding="utf-8")  # noqa: PTH123, SIM115 - a descriptor, which `printing` closes
    assert printing(monkeypatch, terminal_of_it, *TRAIN) == (0, "")
    reader.join(60)
    os.close(front)
    said = b"".join(shown).decode()
    assert "\x1b[" in said
    assert "━" in said
    assert "3/3" in said
    assert max(len(line) for line in said.replace("\r", "\n").split("\n")) < 400


def test_a_long_run_without_a_terminal_says_so_in_plain_lines(monkeypatch):
    monkeypatch.setattr("thalweg.cli.terminal._SECONDS_BETWEEN_LINES", 0.1)
    began = time.monotonic()
    done = ok(*FOREVER, "--max-seconds", "0.3", "--engine", "numpy")
    said = [line for line in done.out.splitlines() if line.startswith("epoch ")]
    assert 2 <= len(said) <= 2 + (time.monotonic() - began) / 0.1
    assert "the time was up" in done.out


# Signals: fields h06-interrupt-while-reporting, h08-interrupt-train-many, h09-sigterm


def stopped(process: subprocess.Popen, number: int) -> tuple[int, str]:
    process.send_signal(number)
    _, err = process.communicate(timeout=60)
    return process.returncode, err


@posix
def test_sigterm_saves_the_best_parameters_so_far(here, monkeypatch):
    """Field h09-sigterm: it was killed at once, with status -15. XLA trains here, NumPy in the process above."""
    say = terminal.ProgressBar._say

    def saying(bar, end):
        say(bar, end)
        os.kill(os.getpid(), signal.SIGTERM)

    monkeypatch.setattr(terminal, "_SECONDS_BETWEEN_LINES", 0.1)
    monkeypatch.setattr(terminal.ProgressBar, "_say", saying)
    done = here(*FOREVER, "--engine", "xla", "--max-seconds", 60)
    assert (done.status, done.err) == (143, "")
    assert "interrupted after" in done.out
    assert tw.load("wine.thalweg").record["stopped_because"] == "interrupted"
    assert Path("wine.report.html").exists()


@posix
@pytest.mark.parametrize(
    ("number", "when"),
    [
        (signal.SIGINT, [12]),
        pytest.param(signal.SIGINT, [1, 3, 9, 15], marks=pytest.mark.thorough),
        pytest.param(signal.SIGTERM, [2, 6, 10, 14, 18], marks=pytest.mark.thorough),
    ],
    ids=["int", "int whenever", "term whenever"],
)
def test_model_and_report_belong_together_whenever_a_signal_comes(number, when, written):
    """A new model lay beside an old report, or there was a traceback, or the signal was lost.

    Field h06-interrupt-while-reporting.
    """
    files = [Path("wine.thalweg"), Path("wine.report.html")]
    for path in files:
        shutil.copy(written / path, ".")
    for tenths in when:
        before = [path.read_bytes() for path in files]
        begun = PROGRAM[2].replace("main()", "print('begun', flush=True); main()")
        words = [*PROGRAM[:2], begun, *TRAIN, "--seed", str(tenths)]
        with subprocess.Popen(words, stdout=-1, stderr=-1, text=True) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == "begun\n"  # on a busy machine much later
            time.sleep(tenths / 10)
            status, err = stopped(process, number)
        changed = {path.read_bytes() != old for path, old in zip(files, before, strict=True)}
        assert len(changed) == 1
        assert status in (0, 130 if number == signal.SIGINT else 143), err
        assert err.count("\n") == (1 if status else 0), err
        assert "Traceback" not in err
        assert sorted(path.name for path in Path().iterdir()) == ["wine.csv", "wine.report.html", "wine.thalweg"]


@posix
@pytest.mark.parametrize(
    "place",
    ["thalweg.reports.report.render_report", "thalweg.tables.training.score"],
    ids=["it saves", "it scores"],
)
def test_a_signal_while_it_saves_or_scores_waits_until_all_is_written(place, here, monkeypatch):
    """Field h06-interrupt-while-reporting: what was trained was thrown away."""
    found = pkgutil.resolve_name(place)

    def signalled(*arguments, **options):
        os.kill(os.getpid(), signal.SIGINT)
        return found(*arguments, **options)

    monkeypatch.setattr(place, signalled)
    done = here(*TRAIN)
    assert (done.status, done.err) == (130, "thalweg: interrupted; all was written before\n")
    assert "report  wine.report.html" in done.out
    assert Path("wine.report.html").exists()
    assert tw.load("wine.thalweg").record["epochs"] == 3
    for number in (signal.SIGINT, signal.SIGTERM):  # when all is written a signal changes nothing
        os.kill(os.getpid(), number)


@posix
@pytest.mark.parametrize(("command", "number"), [("rates", signal.SIGINT), ("train", signal.SIGTERM)])
def test_a_signal_is_heard_while_xla_compiles(command, number, here, monkeypatch):
    """Field h08-interrupt-train-many: `thalweg rates` left 2.9 s later."""
    at, released, left_at_once = [], threading.Event(), []

    def leave(status):
        left_at_once.append(status)
        sys.exit(status)

    def slowly(compilation):
        os.kill(os.getpid(), number)
        at.append(time.monotonic())
        released.wait(30)
        programs._UNFINISHED.discard(threading.current_thread())

    monkeypatch.setattr(programs, "_PROGRAMS", programs._Programs())  # none is compiled yet, nor this one kept
    monkeypatch.setattr(programs._Compilation, "_compile", slowly)
    monkeypatch.setattr(os, "_exit", leave)
    on_xla = ["--engine", "xla"] if command == "train" else []
    done = here(command, "wine.csv", "--target", "cultivar", *on_xla)
    left = time.monotonic() - at[0]
    released.set()
    assert done.status == (130 if number == signal.SIGINT else 143)
    assert left < 15.0
    assert left_at_once == [done.status]  # XLA would be waited for as Python ends
    if command == "train":  # a model that was there before is not replaced by what no update has changed
        assert done.err == "thalweg: interrupted before the first update: nothing is written\n"
        assert not Path("wine.thalweg").exists()


@posix
def test_ctrl_c_is_not_lost_where_exceptions_are():
    """In a finalizer an exception is printed and forgotten."""
    code = """
import os, signal, sys
class Finalized:
    def __del__(self):
        os.kill(os.getpid(), signal.SIGINT)
        for _ in range(100): pass
import thalweg.data.reading as reading
opened = reading.open_table
def open_table(path, **options):
    Finalized()
    return opened(path, **options)
reading.open_table = open_table
from thalweg.cli import main
sys.argv = ["thalweg", "train", "wine.csv", "--target", "cultivar"]
main()
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (130, "thalweg: interrupted\n")


@posix
def test_rates_end_at_ctrl_c_with_what_they_have(here, monkeypatch):
    """Field h08-interrupt-train-many: the program ran to its end, and all was thrown away."""
    advance, at = member_group.MemberGroup._advance, []

    def advanced(self):
        advance(self)
        if self._epoch >= 5 and not at:
            at.append(time.monotonic())
            os.kill(os.getpid(), signal.SIGINT)

    monkeypatch.setattr(member_group.MemberGroup, "_advance", advanced)
    done = here("rates", "wine.csv", "--target", "cultivar", "--hidden", 3, "--epochs", 3000)
    assert time.monotonic() - at[0] < 5.0
    assert done.status == 130
    assert re.search(r"interrupted after \d+ of 3000 epochs", done.out)


TRAINED = "import thalweg as tw; tw.train(tw.mlp(1, 1), [[0.0]], [[0.0]], engine='xla', epochs=1)"


@pytest.mark.parametrize(
    ("name", "code"),
    [("MPLBACKEND", "import thalweg.plots"), ("JAX_PLATFORMS", TRAINED), ("JAX_ENABLE_X64", TRAINED)],
    ids=["MPLBACKEND", "JAX_PLATFORMS", "JAX_ENABLE_X64"],
)
def test_a_variable_that_nothing_can_be_made_of_is_named(name, code):
    env = {**os.environ, name: "nonsense"}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, env=env)
    assert f"start with {name}='nonsense' in the environment" in done.stderr


def test_flags_that_xla_knows_are_taken_and_others_told(monkeypatch):
    """XLA ends the process by those that it does not know."""
    import jax._src.xla_bridge

    monkeypatch.setattr(jax._src.xla_bridge, "_backends", {})  # as before it has started
    monkeypatch.setenv("XLA_FLAGS", "--xla_backend_optimization_level=0")
    check_xla_flags()
    monkeypatch.setenv("XLA_FLAGS", "--xla_nonsense=1")
    with pytest.raises(tw.ArgumentError, match="XLA_FLAGS='--xla_nonsense=1' in the environment"):
        check_xla_flags()
