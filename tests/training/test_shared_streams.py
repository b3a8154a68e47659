"""Streams over several devices and processes: the run of one device, each process reading its share of the blocks."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import shared_stream_run
import spread_run

import thalweg as tw
from thalweg.training.fingerprint import Fingerprint, differences
from thalweg.training.placement import Placement, dealt, slots
from thalweg.training.shared_look import shares_of

BLOCKS = len(shared_stream_run.SIZES)


@pytest.fixture(name="alone", scope="module")
def _alone():
    """The runs of one device."""
    return {name: shared_stream_run.trained(name, None) for name in shared_stream_run.cases()}


def started(given, devices=1):
    flags = {"XLA_FLAGS": f"--xla_force_host_platform_device_count={devices}", "JAX_PLATFORMS": "cpu"}
    return subprocess.Popen(
        [sys.executable, shared_stream_run.__file__, json.dumps(given)],
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, env={**os.environ, **flags},
    )  # fmt: skip


def found(process, given):
    error = process.communicate(timeout=300)[1]
    assert process.returncode == 0, error[-2000:]
    return json.loads(Path(given["output"]).read_text(encoding="utf-8"))


def test_two_and_four_devices_give_the_run_of_one_and_exchange_only_sums(alone, tmp_path):
    given = {"cases": [("stream", 4), ("stream", 2)], "output": str(tmp_path / "found.json")}
    spread = found(started(given, devices=4), given)
    for name, numbers in spread["runs"]:
        assert spread_run.distance(numbers, alone[name]) < 1e-12, name
    assert spread["exchanged"] == ["all-reduce"]


def test_two_processes_give_the_run_of_one_and_read_a_share_each(alone, tmp_path):
    with socket.socket() as trial:
        trial.bind(("localhost", 0))
        port = trial.getsockname()[1]
    names = ["stream", "in turn", "kept", "whole"]
    folders = {name: str(tmp_path / name) for name in ("stream", "kept")}
    tables = [str(tmp_path / name) for name in ("table", "own0", "own1")]
    shared_stream_run.write_files(Path(tables[0]))
    given = [
        {
            "names": names,
            "folders": folders,
            "tables": tables,
            "output": str(tmp_path / f"{number}.json"),
            "join": {"coordinator": f"localhost:{port}", "processes": 2, "process_id": number},
        }
        for number in range(2)
    ]
    both = [started(one) for one in given]
    first, second = (found(process, one) for process, one in zip(both, given, strict=True))
    assert first["runs"] == second["runs"]
    for name in names:
        assert spread_run.distance(first["runs"][name], alone[name]) < 1e-12, name
    # In memory each block is read once, by one of them; streamed once to look, then once an epoch, but for the blocks
    # that were read ahead of an epoch that did not come.
    assert sorted([*first["kept reads"], *second["kept reads"]]) == list(range(BLOCKS))
    looked = [one["stream reads"][: len(one["kept reads"])] for one in (first, second)]
    assert looked == [first["kept reads"], second["kept reads"]]
    streamed = [one["stream reads"][len(one["kept reads"]) :] for one in (first, second)]
    assert set(streamed[0]) | set(streamed[1]) == set(range(BLOCKS))
    assert len(streamed[0]) + len(streamed[1]) < 2 * BLOCKS
    told = [one["errors"] for one in (first, second)]
    assert [one[0].removeprefix("FileError: ").removeprefix("process 1: ") for one in told] == [
        "the file is gone: put it back"
    ] * 2
    assert told[0][1:] == told[1][1:]
    assert "2 processes read a share of the blocks each, of which there are 1" in told[0][1]
    assert "the processes were given other blocks (process 1 than process 0: 11, not 10)" in told[0][2]
    # What two of them saved one goes on with.
    for name, folder in folders.items():
        saved = tw.Checkpoints(folder, resume=True)
        assert spread_run.distance(shared_stream_run.trained(name, None, checkpoint=saved), alone[name]) < 1e-12

    # A table in files: each reads its share in every passage, and all come to the same, to the bit, as one alone.
    for name, target, memory in (("table", "class", 250_000), ("small table", "y", 10**8)):
        one = shared_stream_run.of_files(Path(tables[0]), target, None, memory)
        for found_by in (first, second):
            assert found_by[name]["same"] == json.loads(json.dumps(one["same"])), name
            np.testing.assert_allclose(found_by[name]["near"], one["near"], rtol=1e-5)
    for which in ([0, 1, 2], [1], [2]):
        of_each = [{number for parts, number in one["table reads"] if parts == which} for one in (first, second)]
        assert not of_each[0] & of_each[1]
        assert len(of_each[0] | of_each[1]) > BLOCKS / 2
    told = [one["table errors"] for one in (first, second)]
    assert told[0] == [line.replace(": DIR", ": process 1: DIR") for line in told[1]]
    assert "DIR/t2.csv: sample weight 'w' is -1.33333 in row 2, which is negative" in told[1][0]
    assert "the processes were given other files (process 1 than process 0)" in told[1][1]
    assert "DIR/t2.csv: it vanished while it was read (No such file or directory): put it back" in told[1][2]


@pytest.mark.parametrize("devices", [1, 3])
def test_every_example_of_a_batch_is_taken_once_where_it_lies(devices):
    rng = np.random.default_rng(devices)
    owners = rng.integers(0, devices, 50)
    placement = Placement.of(owners, devices)
    shards = [np.flatnonzero(owners == device) for device in range(devices)]
    drawn = np.concatenate([rng.permutation(50), [50] * 6]).reshape(7, 8)
    laid = slots(placement, drawn, 4)
    for update, batch in enumerate(drawn):
        taken = {}
        for device in range(devices):
            for row, place in zip(laid.rows[update, device], laid.places[update, device], strict=True):
                if row >= 0:
                    taken[int(place)] = int(shards[device][row])
        assert taken == {place: row for place, row in enumerate(batch.tolist()) if row < 50}


def test_blocks_are_dealt_evenly():
    assert dealt([5, 5, 5], 4, [0, 9, 0, 0]) == [0, 2, 3]
    assert [len(share) for share in shares_of([1] * 10, 3)] == [3, 4, 3]
    assert shares_of([100, 1, 1, 1], 3) == [range(1), range(1, 2), range(2, 4)]


def test_checkpoints_of_blocks_and_of_arrays_are_compared_by_what_both_tell():
    arrays = {"inputs": "a", "targets": "b"}
    blocks, kept = {**arrays, "examples": "c"}, {"examples": "c"}
    for one, other, expected in (
        (arrays, blocks, []),
        (blocks, kept, []),
        (kept, blocks, []),
        ({**blocks, "examples": "d"}, blocks, []),
        ({"examples": "d"}, blocks, ["other examples"]),
    ):
        assert differences(Fingerprint({}, one), Fingerprint({}, other)) == expected
    assert differences(Fingerprint({}, arrays), Fingerprint({}, kept))
