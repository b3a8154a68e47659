"""Processes that train together: what names none, a connection that is lost, a network that is cut, and one alone."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import spread_run

import thalweg as tw
from thalweg.training import processes
from thalweg.training.coordinator import check_own_name
from thalweg.training.processes import agreed, check_same, gathered, is_first, join_processes, joined, meet


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
        subprocess.Popen(
            ["ip", "netns", "exec", host, sys.executable, spread_run.__file__, json.dumps({"join": join})],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**os.environ, "JAX_PLATFORMS": "cpu"},
        )
        for host, join in zip(two_hosts, joins, strict=True)
    ]  # fmt: skip
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


def test_the_name_of_this_host_leads_to_it(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    """Gloo tells the others to connect to what it leads to."""
    hosts = {"here": ["127.0.1.1", "::1"], "seen": ["127.0.1.1", "10.0.0.5"], "node1": ["10.0.0.4"]}

    def getaddrinfo(host: str, *_: object) -> list[tuple[object, ...]]:
        if host not in hosts:
            raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 0)) for address in hosts[host]]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    monkeypatch.setattr(socket, "gethostname", lambda: "lost")
    with pytest.raises(tw.ArgumentError, match="this host's own name 'lost' leads nowhere"):
        check_own_name(None)
    for name, coordinator in (("seen", ("node1", 80)), ("here", ("here", 80)), ("here", ("lost", 80)), ("here", None)):
        monkeypatch.setattr(socket, "gethostname", lambda name=name: name)
        check_own_name(coordinator)
    assert not caplog.records
    check_own_name(("node1", 80))
    assert "'here' leads to 127.0.1.1 and ::1 only" in caplog.text


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
