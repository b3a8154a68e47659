"""The program as the shell sees it: exit statuses, Ctrl-C, pipes, terminals, and what is imported when."""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from command_line import DATA, ok
from compiling import FLAGS

import thalweg as tw
from thalweg.cli import run as run_here
from thalweg.environment import check_xla_flags

PROGRAM = [sys.executable, "-c", "import sys; sys.argv[0] = 'thalweg'; from thalweg.cli import main; main()"]
TRAIN = ("train", "wine.csv", "--target", "cultivar", "--epochs", "3")
FOREVER = ("train", "wine.csv", "--target", "cultivar", "--epochs", "100000000", "--patience", "100000000")
SOON = [*PROGRAM[:2], "import thalweg.cli.terminal as t; t._SECONDS_BETWEEN_LINES = 0.2; " + PROGRAM[2]]
"""The same, with a line of an epoch much sooner."""
UNDRAWN = "import thalweg.reports.report as r; r.render_report = lambda told: '<html></html>'; "
BRIEF = [*PROGRAM[:2], UNDRAWN + PROGRAM[2]]
"""The same, with an empty report, where only the rest is looked at: drawing takes a third of the time."""
QUICK = {**os.environ, "XLA_FLAGS": FLAGS}
"""The environment of a process that trains by XLA, where what XLA makes of it is not looked at."""
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
for command in ([], ["train"], ["predict"], ["show"], ["derive"], ["check"], ["derive", "sigmoid"]):
    sys.argv = ["thalweg", *command, *([] if "sigmoid" in command else ["--help"])]
    try:
        main()
    except SystemExit as end:
        assert end.code == 0
    found[" ".join(command)] = sorted(heavy & set(sys.modules))
print(found, file=sys.stderr)
"""


def test_import_and_help_are_light():
    """And so is a derivation, which Thalweg's own rules do."""
    done = subprocess.run([sys.executable, "-c", LIGHT], capture_output=True, text=True, check=True)
    found = eval(done.stderr)
    assert set(found.pop("derive sigmoid")) <= {"numpy"}
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
@pytest.mark.parametrize("arguments", [("predict", "wine.thalweg", "long.csv"), TRAIN])
def test_a_reader_that_has_enough_is_no_error(arguments, written):
    shutil.copy(written / "wine.thalweg", ".")
    head, *rows = Path("wine.csv").read_text().splitlines(keepends=True)
    Path("long.csv").write_text(head + "".join(rows * 20))
    with subprocess.Popen([*BRIEF, *arguments], stdout=-1, stderr=-1, text=True) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        err = process.stderr.read()
    assert "Traceback" not in err
    assert "Exception ignored" not in err
    if arguments[0] == "train":  # what was trained is saved all the same
        assert process.returncode == 0
        assert Path("wine.report.html").exists()


@posix
def test_a_closed_or_full_output_loses_no_training():
    for redirection in (">&- 2>&-", "</dev/null >/dev/full"):
        if "full" in redirection and not Path("/dev/full").exists():
            continue
        command = " ".join(f"'{part}'" for part in (*BRIEF[:2], BRIEF[2].replace("'", '"'), *TRAIN))
        done = subprocess.run(f"{command} {redirection}", shell=True, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stderr) == (0, "")
        assert tw.load("wine.thalweg").record["epochs"] == 3
        Path("wine.thalweg").unlink()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_data_that_cannot_be_printed_are_an_error(written, monkeypatch, capsys):
    told = "thalweg: cannot write to the standard output (No space left"
    with Path("/dev/full").open("w") as full:
        words = [*PROGRAM, "predict", written / "wine.thalweg", "wine.csv"]
        done = subprocess.run(words, stdout=full, stderr=-1, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith(told)
    assert "Traceback" not in done.stderr
    with Path("/dev/full").open("w") as full, monkeypatch.context() as here:
        here.setattr(sys, "stdout", full)
        here.setattr(sys, "argv", ["thalweg", *TRAIN, "--json"])
        with pytest.raises(SystemExit) as end:
            run_here()
    assert end.value.code == 1
    assert capsys.readouterr().err.startswith(told)


@posix
def test_an_output_that_knows_no_unicode():
    name = b"\xff[\xc3\xbc].csv"
    try:
        shutil.copy(b"wine.csv", name)
    except OSError:
        pytest.skip("this file system takes no such names")
    command = [*BRIEF, "train", name, "--target", "cultivar", "--epochs", "3"]
    env = {**os.environ, "PYTHONIOENCODING": "ascii"}
    done = subprocess.run(command, capture_output=True, check=False, env=env)
    assert (done.returncode, done.stderr) == (0, b"")
    assert rb"\udcff[\xfc].thalweg" in done.stdout


@posix
def test_a_terminal_shows_a_bar():
    import pty

    front, back = pty.openpty()
    env = {**os.environ, "TERM": "xterm-256color", "COLUMNS": "80"}
    with subprocess.Popen([*BRIEF, *TRAIN], stdin=back, stdout=back, stderr=back, env=env) as process:
        os.close(back)
        shown = b""
        while True:
            try:
                part = os.read(front, 4096)
            except OSError:  # the other end is closed
                break
            if not part:
                break
            shown += part
    os.close(front)
    assert process.returncode == 0
    assert b"\x1b[" in shown
    assert "━" in shown.decode()
    assert b"3/3" in shown
    assert max(len(line) for line in shown.decode().replace("\r", "\n").split("\n")) < 400


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
def test_sigterm_saves_the_best_parameters_so_far():
    """Field h09-sigterm: it was killed at once, with status -15."""
    words = [*SOON[:2], UNDRAWN + SOON[2], *FOREVER]
    with subprocess.Popen(words, stdout=-1, stderr=-1, text=True, env=QUICK) as process:
        interrupt(process, signal.SIGTERM)
        out, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (143, "")
    assert "interrupted after" in out
    assert tw.load("wine.thalweg").record["stopped_because"] == "interrupted"
    assert Path("wine.report.html").exists()


@posix
@pytest.mark.parametrize(
    ("number", "when"),
    [
        (signal.SIGINT, [12]),
        (signal.SIGTERM, [6]),
        pytest.param(signal.SIGINT, [1, 3, 9, 15], marks=pytest.mark.thorough),
        pytest.param(signal.SIGTERM, [2, 10, 14, 18], marks=pytest.mark.thorough),
    ],
    ids=["int", "term", "int whenever", "term whenever"],
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
def test_a_signal_while_it_saves_waits_until_all_is_written():
    code = """
import os, signal, sys
import thalweg.reports.report as report
drawn = report.render_report
def render(told):
    os.kill(os.getpid(), signal.SIGINT)
    return drawn(told)
report.render_report = render
from thalweg.cli import main
sys.argv = ["thalweg", "train", "wine.csv", "--target", "cultivar", "--epochs", "3"]
main()
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (130, "thalweg: interrupted; all was written before\n")
    assert Path("wine.report.html").exists()
    assert tw.load("wine.thalweg").record["epochs"] == 3


@posix
@pytest.mark.parametrize("engine", ["numpy", pytest.param("xla", marks=pytest.mark.thorough)])
def test_a_signal_while_it_scores_loses_no_training(engine):
    """Field h06-interrupt-while-reporting: what was trained was thrown away."""
    code = f"""
{UNDRAWN}
import os, signal, sys
import thalweg.tables.training as training
scored = training.score
def score(*arguments, **weights):
    os.kill(os.getpid(), signal.SIGINT)
    return scored(*arguments, **weights)
training.score = score
from thalweg.cli import main
sys.argv = ["thalweg", "train", "wine.csv", "--target", "cultivar", "--epochs", "3", "--engine", {engine!r}]
main()
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (130, "thalweg: interrupted; all was written before\n")
    assert "report  wine.report.html" in done.stdout
    assert Path("wine.report.html").exists()
    assert tw.load("wine.thalweg").record["epochs"] == 3


@posix
@pytest.mark.parametrize(("command", "number"), [("rates", signal.SIGINT), ("train", signal.SIGTERM)])
def test_a_signal_is_heard_while_xla_compiles(command, number):
    """Field h08-interrupt-train-many: `thalweg rates` left 2.9 s later."""
    on_xla = ["--engine", "xla"] if command == "train" else []
    code = f"""
import os, sys, threading, time
from thalweg.training import programs
compile = programs._Compilation._compile
def slowly(self):
    os.kill(os.getpid(), {int(number)})
    print("at", time.monotonic(), file=sys.stderr, flush=True)
    time.sleep(30)
programs._Compilation._compile = slowly
from thalweg.cli import main
sys.argv = ["thalweg", {command!r}, "wine.csv", "--target", "cultivar", *{on_xla}]
main()
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=100)
    left = time.monotonic() - float(re.search(r"^at (\S+)$", done.stderr, re.M)[1])
    assert done.returncode == (130 if number == signal.SIGINT else 143)
    assert left < 15.0  # XLA would be waited for
    assert "Traceback" not in done.stderr
    if command == "train":  # a model that was there before is not replaced by what no update has changed
        assert done.stderr.splitlines()[1:] == ["thalweg: interrupted before the first update: nothing is written"]
        assert not Path("wine.thalweg").exists()


@posix
def test_when_all_is_written_a_signal_changes_nothing():
    code = f"""
{UNDRAWN}
import os, signal, sys, atexit
for number in (signal.SIGINT, signal.SIGTERM):
    atexit.register(os.kill, os.getpid(), number)
from thalweg.cli import main
sys.argv = ["thalweg", "train", "wine.csv", "--target", "cultivar", "--epochs", "3", "-q"]
main()
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


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
def test_rates_end_at_ctrl_c_with_what_they_have():
    """Field h08-interrupt-train-many: the program ran to its end, and all was thrown away."""
    code = """
import os, signal, sys, threading, time
import thalweg.training.member_group as group
advance, at = group.MemberGroup._advance, []
def advanced(self):
    advance(self)
    if self._epoch >= 5 and not at:
        at.append(time.monotonic())
        os.kill(os.getpid(), signal.SIGINT)
group.MemberGroup._advance = advanced
from thalweg.cli import main
sys.argv = ["thalweg", "rates", "wine.csv", "--target", "cultivar", "--hidden", "3", "--epochs", "2000000"]
try:
    main()
finally:
    print(time.monotonic() - at[0], file=sys.stderr)
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=100, env=QUICK
    )
    assert done.returncode == 130
    assert float(done.stderr) < 5.0
    assert re.search(r"interrupted after \d+ of 2000000 epochs", done.stdout)


@pytest.mark.parametrize(("name", "arguments"), [("MPLBACKEND", ()), ("JAX_PLATFORMS", ("--engine", "xla"))])
def test_a_variable_that_nothing_can_be_made_of_is_named(name, arguments):
    done = program(*TRAIN, "-q", *arguments, env={**os.environ, name: "nonsense"})
    assert done.returncode == 1
    assert f"{name}='nonsense' in the environment" in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("name", ["JAX_PLATFORM_NAME", "JAX_ENABLE_X64"])
def test_so_are_others_that_jax_cannot_start_with(name):
    code = "import thalweg as tw; tw.train(tw.mlp(1, 1), [[0.0]], [[0.0]], engine='xla', epochs=1)"
    env = {**os.environ, name: "nonsense"}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, env=env)
    assert f"ArgumentError: JAX does not start with {name}='nonsense' in the environment" in done.stderr


def test_flags_that_xla_knows_are_taken_and_others_told(monkeypatch):
    """XLA ends the process by those that it does not know."""
    import jax._src.xla_bridge

    monkeypatch.setattr(jax._src.xla_bridge, "_backends", {})  # as before it has started
    monkeypatch.setenv("XLA_FLAGS", "--xla_backend_optimization_level=0")
    check_xla_flags()
    monkeypatch.setenv("XLA_FLAGS", "--xla_nonsense=1")
    with pytest.raises(tw.ArgumentError, match="XLA_FLAGS='--xla_nonsense=1' in the environment"):
        check_xla_flags()
