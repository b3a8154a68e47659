"""Processes that train together: the run of one, the same in each; and what ends one ends all, with a line."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path
from typing import Any

import compiling
import numpy as np
import pairs_of_processes
import pytest
import shared_stream_run
import spread_run
from apart import run_apart

import thalweg as tw

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are not forked here")
BLOCKS = len(shared_stream_run.SIZES)
CLUSTERS = ("SLURM_", "OMPI_", "PMIX_", "KUBERNETES_")
"""With what the variables begin by which JAX detects where it was started."""


@pytest.fixture(name="folder", scope="module")
def _folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Tables, where the pairs write their models and checkpoints too."""
    folder = tmp_path_factory.mktemp("pairs")
    rows = np.random.default_rng(0).normal(size=(80, 2)).round(3)
    lines = ["a,b,y", *(f"{a},{b},{a + b * b}" for a, b in rows)]
    (folder / "table.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (folder / "other.csv").write_text("\n".join([lines[0], "1,1,2", *lines[1:]]) + "\n", encoding="utf-8")
    shared_stream_run.write_files(folder / "files")
    return folder


@pytest.fixture(name="pairs", scope="module")
def _pairs(folder: Path) -> dict[str, Any]:
    """What became of them."""
    alone = {name: value for name, value in os.environ.items() if not name.startswith(CLUSTERS)}
    env = {**alone, "XLA_FLAGS": compiling.FLAGS, "JAX_PLATFORMS": "cpu", "OPENBLAS_NUM_THREADS": "1"}
    return json.loads(run_apart(pairs_of_processes.__file__, folder, seconds=110, env=env))


@pytest.fixture(name="both", scope="module")
def _both(pairs: dict[str, Any]) -> list[dict[str, Any]]:
    """What two found that came to their end."""
    for one in pairs["together"]:
        assert (one["status"], one["err"]) == (0, "")
    return [one["found"] for one in pairs["together"]]


def test_two_processes_give_the_run_of_one_and_refuse_other_tables(both: list[dict[str, Any]]) -> None:
    first, second = both
    assert first["runs"] == second["runs"]
    for name, numbers in spread_run.trained(None, ["batches"]).items():
        assert spread_run.distance(first["runs"][name], numbers) < 1e-12
    assert first["refused"] == second["refused"]
    assert first["refused"].startswith("the processes were given different")


def test_streams_of_two_processes_give_the_run_of_one_and_each_reads_a_share(
    both: list[dict[str, Any]], folder: Path
) -> None:
    first, second = both
    assert first["streams"] == second["streams"]
    alone = {name: shared_stream_run.trained(name, None) for name in shared_stream_run.cases()}
    for name, numbers in alone.items():
        assert spread_run.distance(first["streams"][name], numbers) < 1e-12, name
    # In memory each block is read once, by one of them; streamed once to look, then once an epoch, but for the blocks
    # that were read ahead of an epoch that did not come.
    assert sorted([*first["kept reads"], *second["kept reads"]]) == list(range(BLOCKS))
    looked = [one["stream reads"][: len(one["kept reads"])] for one in both]
    assert looked == [first["kept reads"], second["kept reads"]]
    streamed = [one["stream reads"][len(one["kept reads"]) :] for one in both]
    assert set(streamed[0]) | set(streamed[1]) == set(range(BLOCKS))
    assert len(streamed[0]) + len(streamed[1]) < 2 * BLOCKS
    told = [one["errors"] for one in both]
    assert [one[0].removeprefix("FileError: ").removeprefix("process 1: ") for one in told] == [
        "the file is gone: put it back"
    ] * 2
    assert told[0][1:] == told[1][1:]
    assert "2 processes read a share of the blocks each, of which there are 1" in told[0][1]
    assert "the processes were given other blocks (process 1 than process 0: 11, not 10)" in told[0][2]
    # What two of them saved one goes on with.
    for name in ("stream", "kept"):
        saved = tw.Checkpoints(folder / name, resume=True)
        assert spread_run.distance(shared_stream_run.trained(name, None, checkpoint=saved), alone[name]) < 1e-12


def test_a_table_in_files_is_read_by_shares_in_every_passage(both: list[dict[str, Any]], folder: Path) -> None:
    """All come to the same, to the bit, as one alone."""
    for name, target, memory in (("table", "class", shared_stream_run.PASSAGES), ("small table", "y", 10**8)):
        one = shared_stream_run.of_files(folder / "files", target, None, memory)
        for found_by in both:
            assert found_by[name]["same"] == json.loads(json.dumps(one["same"])), name
            np.testing.assert_allclose(found_by[name]["near"], one["near"], rtol=1e-5)
    for which in ([0, 1, 2], [1], [2]):
        of_each = [{number for parts, number in one["table reads"] if parts == which} for one in both]
        assert sorted([*of_each[0], *of_each[1]]) == list(range(shared_stream_run.PIECES))
    told = [one["table errors"] for one in both]
    assert told[0] == [line.replace(": DIR", ": process 1: DIR") for line in told[1]]
    assert "DIR/t2.csv: sample weight 'w' is -1.33333 in row 2, which is negative" in told[1][0]
    assert "the processes were given other files (process 1 than process 0)" in told[1][1]
    assert "DIR/t2.csv: it vanished while it was read (No such file or directory): put it back" in told[1][2]


def test_on_the_command_line_the_first_of_two_prints_and_writes(pairs: dict[str, Any], folder: Path) -> None:
    printed = [one["out"].partition("trained\n")[0] for one in pairs["together"]]
    assert "Scores of the test part" in printed[0]
    assert printed[1] == ""
    assert tw.load(folder / "table.thalweg").record["epochs"] == 3


def test_one_that_is_killed_is_told_and_ends_the_other_whose_checkpoints_one_goes_on_with(
    pairs: dict[str, Any], folder: Path
) -> None:
    first, second = pairs["killed"]["first"], pairs["killed"]["second"]
    assert (first["status"], second["status"]) == (1, -signal.SIGKILL)
    assert first["err"].startswith("thalweg: another process of this training was lost")
    assert first["err"].count("\n") == 1
    assert pairs["killed"]["seconds"] < 20
    assert (folder / "table.thalweg").read_bytes().hex() == pairs["model"]
    saved = max(int(path.stem.partition("-")[2]) for path in folder.glob("checkpoints/checkpoint-*")) // 2
    settings = tw.Settings(epochs=saved + 2, patience=0, engine="xla")  # an epoch has two updates
    alone = tw.train_table(folder / "table.csv", "y", settings)
    resumed = tw.Checkpoints(folder / "checkpoints", resume=True)
    by_one = tw.train_table(folder / "table.csv", "y", settings, checkpoint=resumed)
    assert by_one.run.epochs == saved + 2
    vector = alone.run.network.ravel
    assert spread_run.distance(vector(by_one.run.params).tolist(), vector(alone.run.params).tolist()) < 1e-4


def test_one_that_hangs_is_told_and_ends_the_other(pairs: dict[str, Any]) -> None:
    first, second = pairs["hanging"]["first"], pairs["hanging"]["second"]
    assert second["status"] == 1
    line = "thalweg: process 0 of this training gave no sign of life for 2 s: start all of them again"
    assert second["err"].splitlines()[-1] == line
    assert pairs["hanging"]["seconds"] < 20
    assert first["status"] == -signal.SIGTERM


def test_each_fault_of_joining_is_one_line(pairs: dict[str, Any]) -> None:
    assert pairs["not joined"]["err"] == ""
    silent, unknown, in_use, lost, undetected, late = pairs["not joined"]["found"]
    assert "does not answer after 0.3 s" in silent
    assert "no-such-host.invalid" in unknown
    assert "cannot be had" in in_use
    assert "this host's own name 'lost.invalid' leads nowhere (Name or service not known)" in lost
    assert "nothing in the environment (SLURM, Open MPI, Kubernetes) says" in undetected
    assert "JAX has computed in this process already" in late
