"""A run over several devices: the run of one device up to rounding, with no row sent between devices."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import compiling
import numpy as np
import pytest
import shared_stream_run
import spread_run

import thalweg as tw
from thalweg.training.devices import check_devices, count_devices, device_mesh, devices_at_hand, told_devices


def test_four_devices_give_the_run_of_one_and_exchange_only_sums(tmp_path: Path) -> None:
    """Also where the rows of a device go in blocks; a stream, and six networks on three of them, are those of one."""
    names, output = list(spread_run.cases()), tmp_path / "found.json"
    given = {"names": names, "output": str(output), "block": 8 * 16, "stream": 4, "members": 3, "factors": 4}
    flags = f"{compiling.FLAGS} --xla_force_host_platform_device_count=4"
    done = subprocess.run(
        [sys.executable, spread_run.__file__, json.dumps(given)],
        capture_output=True, text=True, check=False, timeout=300,
        env={**os.environ, "XLA_FLAGS": flags, "JAX_PLATFORMS": "cpu"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    found = json.loads(output.read_text(encoding="utf-8"))
    assert spread_run.distance(found["stream"], shared_stream_run.trained("stream", None)) < 1e-12
    for name, numbers in spread_run.trained(None, names).items():
        assert spread_run.distance(found["runs"][name], numbers) < (1e-9 if name == "lm" else 1e-12), name
    for name in ("stream", "batches", "all of them"):
        assert found["exchanged"][name] == ["all-reduce"], name
    np.testing.assert_allclose(found["losses"], spread_run.losses_of_many(None), rtol=1e-6)
    # Each device factors its rows of J, and their triangles are gathered: no row of J is.
    factors, JJ = found["factors"], spread_run.problem(200)[0].normal_equations(spread_run.problem(200)[1])[1]
    size = len(JJ) + 1
    assert factors["gathered"] == [[4 * size, size]]
    R = np.array(factors["R"])[:, :-1]
    np.testing.assert_allclose(R.T @ R, JJ, rtol=1e-10, atol=1e-12)


def test_more_devices_than_there_are_are_told_with_the_remedy() -> None:
    with pytest.raises(tw.ArgumentError, match=r"devices is 99, but JAX has 1 device \(cpu\): give 'all', or set XLA_"):
        count_devices(99)
    assert devices_at_hand(99) is None
    assert devices_at_hand("all") == "all"
    assert count_devices("all") == count_devices(1) == count_devices(None) == 1


@pytest.mark.parametrize("wrong", [0, -1, 1.5, "some", True, [1]])
def test_what_is_no_number_of_devices_is_refused(wrong: object) -> None:
    with pytest.raises(tw.ArgumentError, match="devices"):
        check_devices("devices", wrong)
    with pytest.raises(tw.ArgumentError, match="devices"):
        tw.train(tw.mlp(1, 1), np.ones((3, 1)), np.ones((3, 1)), devices=wrong)  # pyright: ignore[reportArgumentType]


def test_one_device_is_no_mesh() -> None:
    assert device_mesh(1).mesh is None
    assert not device_mesh(1).spans_processes
    assert [device_mesh(1).padded(rows) for rows in (1, 7)] == [1, 7]
    assert device_mesh(1).on_each({"a": np.ones(2)})["a"].shape == (2,)


def test_devices_are_told_by_kind() -> None:
    import jax

    assert told_devices(jax.devices("cpu") * 2) == "2 devices (cpu)"
