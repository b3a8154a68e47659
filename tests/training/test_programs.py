"""Compiled programs: as many as are stated, and what goes with one that is dropped."""

import gc
import os
import subprocess
import sys
from pathlib import Path

import compiling
import jax
import numpy as np
import optax
import pytest
from apart import run_apart

import thalweg as tw
from thalweg.training import programs
from thalweg.training.programs import compilations, run_program

P, T = np.ones((6, 2)), np.ones((6, 1))


def train(hidden, engine="xla"):
    return tw.train(tw.mlp(2, hidden, 1), P, T, epochs=1, engine=engine, optimizer="gd", batch_size="all")


def doubled(factor, x):
    return factor * x


def test_a_program_is_compiled_once_for_its_shapes():
    before = compilations()
    for x in (np.ones(3, np.float32), np.zeros(3, np.float32), np.ones(4, np.float32)):
        np.testing.assert_array_equal(run_program(doubled, (2.0,), x), 2.0 * x)
    assert compilations() == before + 2
    with jax.enable_x64(True):
        assert run_program(doubled, (2.0,), np.ones(3)).dtype == np.float64
    assert compilations() == before + 3


def test_the_one_that_was_not_used_for_longest_is_dropped(monkeypatch):
    monkeypatch.setattr(programs, "MOST_PROGRAMS", 3)
    monkeypatch.setattr(programs, "_PROGRAMS", programs._Programs())
    for size in (1, 2, 3, 1, 4, 1, 3):  # the fourth drops the second
        run_program(doubled, (2.0,), np.ones(size, np.float32))
    assert compilations() == 4
    run_program(doubled, (2.0,), np.ones(2, np.float32))
    assert compilations() == 5


@pytest.mark.skipif(not Path("/proc/self/maps").exists(), reason="this system does not tell the maps of a process")
def test_many_shapes_take_no_more_maps_than_some(monkeypatch):
    """Field h01-many-shapes: each shape kept some 80 of 65,530 for ever."""

    def maps():
        gc.collect()
        return len(Path("/proc/self/maps").read_text().splitlines())

    monkeypatch.setattr(programs, "MOST_PROGRAMS", 2)
    monkeypatch.setattr(programs, "_PROGRAMS", programs._Programs())
    for hidden in range(1, 5):
        train(hidden)
    settled = maps()
    for hidden in range(5, 9):
        train(hidden)
    assert maps() < settled + 53  # four shapes that are kept take twice as many


@pytest.mark.skipif(not Path("/proc/self/maps").exists(), reason="this system does not tell the maps of a process")
@pytest.mark.parametrize("bound", ["MOST_PROGRAMS", "_FEW"])  # in any process, and in one that holds much
def test_what_runs_step_by_step_is_dropped_too(monkeypatch, bound):
    """A path by a rule of optax compiles each operation for each shape."""
    monkeypatch.setattr(programs, bound, 3)
    monkeypatch.setattr(programs, "MOST_RESIDENT", programs.resident() // 2 if bound == "_FEW" else 1 << 60)
    monkeypatch.setattr(programs, "_PROGRAMS", programs._Programs())
    cleared = []
    clear = programs._clear
    monkeypatch.setattr(programs, "_clear", lambda: cleared.append(clear()))
    for hidden in (1, 2, 3, 1, 2, 3, 4, 4, 5, 6, 7):
        net = tw.mlp(2, hidden, 1)
        tw.surface.trajectory(net, "mse", net.init(0), P, T, optax.sgd(0.1), steps=1)
        tw.worked_step(net, "mse", net.init(0), P, T, optax.sgd(0.1))
    assert len(cleared) == 2


def test_a_thread_that_traces_meanwhile_is_no_error(monkeypatch):
    """JAX looks through a dictionary which that thread changes: train_many was ended by it."""
    refused = []

    def clear_caches():
        refused.append(len(refused) < 2)
        if refused[-1]:
            raise RuntimeError("dictionary changed size during iteration")

    monkeypatch.setattr(jax, "clear_caches", clear_caches)
    programs._clear()
    assert refused == [True, True, False]


FORKED = """
import os, warnings
import numpy as np
import thalweg as tw
from thalweg.training import programs
warnings.filterwarnings("ignore", "os.fork", RuntimeWarning)
programs.check_xla_flags = lambda: None  # which asks another process what XLA says to those that the test gives
def train(engine):
    return tw.train(tw.mlp(2, 3, 1), np.ones((6, 2)), np.ones((6, 1)), epochs=1, engine=engine).engine
print(train("xla"), flush=True)
if os.fork() == 0:
    try:
        train("xla")
    except tw.ThalwegError as error:
        print(error)
    print(train("numpy"), flush=True)
    os._exit(0)
os.wait()
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are not forked here")
def test_a_forked_process_is_told_to_be_spawned():
    env = {**os.environ, "XLA_FLAGS": compiling.FLAGS, "JAX_PLATFORMS": "cpu", "OPENBLAS_NUM_THREADS": "1"}
    first, told, last = run_apart("-c", FORKED, seconds=60, env=env).splitlines()
    assert (first, last) == ("xla", "numpy")
    assert 'multiprocessing.get_context("spawn")' in told


INTERRUPTED = """
import os, signal, threading
import numpy as np
import thalweg as tw
from thalweg.training import programs
signal.signal(signal.SIGINT, signal.default_int_handler)  # which a shell's background process does not begin with
programs.check_xla_flags = lambda: None  # which asks another process what XLA says to those that the test gives
heard, compile = [], programs._Compilation._compile
def held(self):
    if heard:
        event = heard.pop()
        os.kill(os.getpid(), signal.SIGINT)
        assert event.wait(30), "XLA would have been waited for"
    compile(self)
programs._Compilation._compile = held
P, T = np.ones((6, 2)), np.ones((6, 1))
net = tw.mlp(2, 3, 1)
for train, given in ((tw.train, {"engine": "xla"}), (tw.train_many, {"seed": [0, 1]})):
    event = threading.Event()
    heard.append(event)
    runs = train(net, P, T, epochs=5, **given)
    event.set()
    for run in runs if isinstance(runs, list) else [runs]:
        same = (net.ravel(run.params) == net.ravel(net.init(run.seed)).astype("float32")).all()
        print(run.stopped_because, run.epochs, same)
    print(tw.train(net, P, T, epochs=5, engine="xla").epochs)  # and what was being compiled can be had
def doubled(x):
    return 2 * x
event = threading.Event()
heard.append(event)
try:
    programs.run_program(doubled, (), P)
except KeyboardInterrupt:
    event.set()
print(float(programs.run_program(doubled, (), P).sum()))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="signals are sent otherwise there")
def test_ctrl_c_is_heard_while_xla_compiles():
    """Field h08-interrupt-train-many: it was heard when XLA had done. Outside a training it is a KeyboardInterrupt."""
    flags = {"XLA_FLAGS": compiling.FLAGS, "JAX_PLATFORMS": "cpu"}
    done = subprocess.run(
        [sys.executable, "-c", INTERRUPTED], capture_output=True, text=True, check=False, timeout=100,
        env={**os.environ, **flags},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    interrupted = "interrupted 0 True"
    assert done.stdout.splitlines() == [interrupted, "5", interrupted, interrupted, "5", "24.0"]


def test_what_xla_refuses_is_told_and_tried_anew(monkeypatch):
    class Lowered:
        def compile(self):
            raise RuntimeError("no memory")

    real = jax.jit

    def jit(*arguments, **options):
        monkeypatch.setattr(jax, "jit", real)
        return type("", (), {"lower": lambda *_: Lowered()})()

    monkeypatch.setattr(jax, "jit", jit)
    x = np.ones(7, np.float32)
    with pytest.raises(RuntimeError, match="no memory"):
        run_program(doubled, (3.0,), x)
    np.testing.assert_array_equal(run_program(doubled, (3.0,), x), 3.0 * x)
