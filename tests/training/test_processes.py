"""Processes that train together: the run of one, the same in each; and what ends one ends all, with a line."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import compiling
import numpy as np
import pytest
import spread_run

import thalweg as tw
from thalweg.training import processes
from thalweg.training.processes import agreed, check_same, gathered, is_first, join_processes, joined, meet


def free_port() -> int:
    with socket.socket() as trial:
        trial.bind(("localhost", 0))
        return trial.getsockname()[1]


def started(arguments: list[str], host: Sequence[str] = ()) -> subprocess.Popen[str]:
    environment = {**os.environ, "JAX_PLATFORMS": "cpu", "XLA_FLAGS": compiling.FLAGS}
    return subprocess.Popen(
        [*host, sys.executable, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    )


@pytest.fixture
def table(tmp_path: Path) -> Path:
    P = np.random.default_rng(0).normal(size=(80, 2)).round(3)
    path = tmp_path / "table.csv"
    path.write_text("a,b,y\n" + "\n".join(f"{a},{b},{a + b * b}" for a, b in P) + "\n", encoding="utf-8")
    return path


def test_two_processes_give_the_run_of_one_and_refuse_other_tables(tmp_path: Path, table: Path) -> None:
    names, port, other = ["batches"], free_port(), table.with_name("other.csv")
    other.write_text(table.read_text(encoding="utf-8").replace("a,b,y\n", "a,b,y\n1,1,2\n"), encoding="utf-8")
    given = [
        {
            "names": names,
            "table": str(path),
            "output": str(tmp_path / f"{number}.json"),
            "join": {"coordinator": f"localhost:{port}", "processes": 2, "process_id": number},
            "seconds_between_signs": 0.0005,  # so Python ends while one is told, unless it waits for that
        }
        for number, path in enumerate((table, other))
    ]
    both = [started([spread_run.__file__, json.dumps(one)]) for one in given]
    for process in both:
        _, error = process.communicate(timeout=300)
        assert process.returncode == 0, error[-2000:]
    first, second = (json.loads((tmp_path / f"{number}.json").read_text(encoding="utf-8")) for number in (0, 1))
    assert first == second
    for name, numbers in spread_run.trained(None, names).items():
        assert spread_run.distance(first["runs"][name], numbers) < 1e-12
    assert first["refused"].startswith("the processes were given different")


def test_one_that_hangs_is_told_and_ends_the_others() -> None:
    port = free_port()
    joins = [
        {"coordinator": f"localhost:{port}", "processes": 2, "process_id": number, "lost_after": 2} for number in (0, 1)
    ]
    both = [started([spread_run.__file__, json.dumps({"join": join, "long": True})]) for join in joins]
    try:
        assert both[1].stdout is not None
        while (line := both[1].stdout.readline()) != "\n":  # of an epoch; before it gloo says that it is connected
            assert line, both[1].communicate()
        both[0].send_signal(signal.SIGSTOP)
        began = time.monotonic()
        error = both[1].communicate(timeout=60)[1].splitlines()[-1]
        assert both[1].returncode == 1
        assert error == ("thalweg: process 0 of this training gave no sign of life for 2 s: start all of them again")
        assert time.monotonic() - began < 20
        both[0].send_signal(signal.SIGTERM)  # as schedulers send it; JAX has a service that would take it
        both[0].send_signal(signal.SIGCONT)
        assert both[0].wait(60) == -signal.SIGTERM
    finally:
        for process in both:
            process.kill()
            process.communicate()


@pytest.fixture
def two_hosts() -> Iterator[list[str]]:
    """The names of two network namespaces, as good as two machines, with a cable between them."""
    if os.geteuid() or shutil.which("ip") is None:
        pytest.skip("network namespaces are made by `ip netns`, as root")
    names, made = [f"thalweg{os.getpid()}-{number}" for number in (0, 1)], []

    def ip(*words: str) -> None:
        subprocess.run(["ip", *words], check=True, capture_output=True)

    try:
        for name in names:
            ip("netns", "add", name)
            made.append(name)
        ip("link", "add", "end0", "netns", names[0], "type", "veth", "peer", "name", "end1", "netns", names[1])
        for number, name in enumerate(names):
            hosts = Path("/etc/netns") / name / "hosts"  # which `ip netns exec` shows as /etc/hosts
            hosts.parent.mkdir(parents=True)
            hosts.write_text(f"127.0.0.1 localhost\n10.77.0.{number + 1} {socket.gethostname()}\n", encoding="utf-8")
            ip("-n", name, "addr", "add", f"10.77.0.{number + 1}/24", "dev", f"end{number}")
            for device in ("lo", f"end{number}"):
                ip("-n", name, "link", "set", device, "up")
        yield names
    finally:
        for name in made:
            ip("netns", "del", name)
            shutil.rmtree(Path("/etc/netns") / name, ignore_errors=True)


@pytest.mark.thorough
def test_a_network_that_is_cut_ends_both(two_hosts: list[str]) -> None:
    joins = [
        {"coordinator": "10.77.0.1:8476", "processes": 2, "process_id": number, "lost_after": 3} for number in (0, 1)
    ]
    both = [
        started([spread_run.__file__, json.dumps({"join": join, "long": True})], ["ip", "netns", "exec", host])
        for host, join in zip(two_hosts, joins, strict=True)
    ]
    try:
        assert both[1].stdout is not None
        while (line := both[1].stdout.readline()) != "\n":
            assert line, both[1].communicate()
        subprocess.run(["ip", "-n", two_hosts[0], "link", "set", "end0", "down"], check=True)
        began = time.monotonic()
        for number, process in enumerate(both):
            error = process.communicate(timeout=60)[1].splitlines()[-1]
            told = (
                f"thalweg: process {1 - number} of this training gave no sign of life for 3 s: start all of them again"
            )
            assert (process.returncode, error) == (1, told)
        assert time.monotonic() - began < 15
    finally:
        for process in both:
            process.kill()
            process.communicate()


def command(number: int, port: int, table: Path, *more: str) -> list[str]:
    joins = ["--processes", "2", "--coordinator", f"localhost:{port}", "--process-id", str(number)]
    return ["-m", "thalweg", "train", str(table), "--target", "y", *joins, *more]


def test_the_first_of_two_writes_and_a_lost_one_is_told(table: Path) -> None:
    port, model = free_port(), table.with_suffix(".thalweg")
    both = [started(command(number, port, table, "--epochs", "3", "--output", str(model))) for number in (0, 1)]
    outputs = [process.communicate(timeout=300) for process in both]
    assert [process.returncode for process in both] == [0, 0], outputs
    assert "Scores of the test part" in outputs[0][0]
    assert outputs[0][1] == outputs[1][0] == outputs[1][1] == ""
    assert tw.load(model).record["epochs"] == 3
    before, port, folder = model.read_bytes(), free_port(), table.with_name("checkpoints")
    long = "--epochs", "100000000", "--patience", "0", "--output", str(model), "--checkpoint", str(folder)
    long = *long, "--every", "1epoch"
    both = [started(command(number, port, table, *long)) for number in (0, 1)]
    while not list(folder.glob("checkpoint-*")):
        assert both[0].poll() is None, both[0].communicate()
        time.sleep(0.1)
    both[1].kill()
    began = time.monotonic()
    _, error = both[0].communicate(timeout=60)
    assert both[0].returncode == 1
    assert error.startswith("thalweg: another process of this training was lost")
    assert error.count("\n") == 1
    assert time.monotonic() - began < 20
    both[1].communicate()
    assert model.read_bytes() == before
    resumed = tw.Checkpoints(folder, resume=True)
    saved = max(int(path.stem.partition("-")[2]) for path in folder.glob("checkpoint-*")) // 2  # updates an epoch
    settings = tw.Settings(epochs=saved + 2, patience=0, engine="xla")
    alone = tw.train_table(table, "y", settings)
    by_one = tw.train_table(table, "y", settings, checkpoint=resumed)
    assert by_one.run.epochs == saved + 2
    vector = alone.run.network.ravel
    assert spread_run.distance(vector(by_one.run.params).tolist(), vector(alone.run.params).tolist()) < 1e-4


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ({"coordinator": "localhost"}, "coordinator is 'localhost'; it must be HOST:PORT"),
        ({"coordinator": "localhost:0"}, "it must be HOST:PORT"),
        (
            {"coordinator": "localhost:80", "processes": 2, "process_id": 2},
            "process_id is 2, but there are 2 processes",
        ),
        ({"coordinator": "localhost:80", "processes": 0}, "processes is 0"),
        ({"coordinator": "localhost:80", "processes": 2, "process_id": -1}, "process_id is -1"),
        ({"seconds": -1}, "seconds is -1"),
    ],
)
def test_what_names_no_processes_is_refused(arguments: dict, told: str) -> None:
    with pytest.raises(tw.ArgumentError, match=told):
        join_processes(**arguments)
    assert joined() is None


_FAULTS = """
import sys, thalweg as tw
port, taken = sys.argv[1:]
for given in (
    dict(coordinator=f"localhost:{port}", processes=2, process_id=1, seconds=0.3),
    dict(coordinator="no-such-host.invalid:80", processes=2, process_id=1, seconds=0.3),
    dict(coordinator=f"localhost:{taken}", processes=2, process_id=0, seconds=1),
    dict(),
):
    try:
        tw.join_processes(**given)
    except tw.ArgumentError as error:
        print(error)
import jax
jax.devices()
try:
    tw.join_processes()
except tw.ArgumentError as error:
    print(error)
"""


def test_each_fault_of_joining_is_one_line() -> None:
    with socket.socket() as taken:
        taken.bind(("", 0))
        taken.listen()
        process = started(["-c", _FAULTS, str(free_port()), str(taken.getsockname()[1])])
        out, error = process.communicate(timeout=120)
    silent, unknown, in_use, undetected, late = out.splitlines()
    assert "does not answer after 0.3 s" in silent
    assert "no-such-host.invalid" in unknown
    assert "cannot be had" in in_use
    assert "nothing in the environment (SLURM, Open MPI, Kubernetes) says" in undetected
    assert "JAX has computed in this process already" in late
    assert error == ""


def test_a_lost_connection_is_told_whatever_jax_raises_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "joined", lambda: (0, 2))
    with pytest.raises(tw.LostProcessError, match="another process of this training was lost"), processes.with_others():
        raise ValueError("UNKNOWN: Gloo AllGather failed: Connection closed by peer [127.0.0.1]:50876")
    with pytest.raises(ValueError, match="another fault"), processes.with_others():
        raise ValueError("another fault")


def test_a_process_alone_agrees_with_itself() -> None:
    meet()
    assert is_first()
    assert gathered(np.arange(3)).tolist() == [[0, 1, 2]]
    assert agreed(0.5, "callback") == (0.5, "callback")
    assert agreed(0.5, "goal") == (0.5, "goal")
    check_same("examples", b"a", b"b")
