"""A run over several devices: the run of one device up to rounding, with no row sent between devices."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import compiling
import numpy as np
import pytest
import spread_run

import thalweg as tw
from thalweg.training.devices import check_devices, count_devices, device_mesh, devices_at_hand, told_devices


def in_process(code: str, *arguments: str, devices: int = 4) -> str:
    flags = f"{compiling.FLAGS} --xla_force_host_platform_device_count={devices}"
    done = subprocess.run(
        [sys.executable, *(["-c", code] if code else []), *arguments],
        capture_output=True, text=True, check=False, timeout=300,
        env={**os.environ, "XLA_FLAGS": flags, "JAX_PLATFORMS": "cpu"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


def test_four_devices_give_the_run_of_one(tmp_path: Path) -> None:
    output = tmp_path / "found.json"
    given = {"names": list(spread_run.cases()), "devices": ["all"], "output": str(output)}
    in_process("", spread_run.__file__, json.dumps(given))
    found = json.loads(output.read_text(encoding="utf-8"))
    alone = spread_run.trained(None, given["names"])
    for spread in found.values():
        for name, numbers in alone.items():
            assert spread_run.distance(spread[name], numbers) < (1e-9 if name == "lm" else 1e-12), name


_COLLECTIVES = """
import numpy as np, thalweg as tw, json
from thalweg.core import blocks
from thalweg.training import programs
blocks.COMPILED_NUMBERS = 8 * 16  # so that the rows of a device go in blocks
P = np.random.default_rng(0).normal(size=(203, 3))
net = tw.mlp(3, 4, 1)
found = {}
for name, size in (("all", "all"), ("batches", 96)):
    run = tw.train(net, P, P[:, :1], batch_size=size, epochs=3, devices=4, validation=(P, P[:, :1]))
    assert run.engine == "xla"
    (*_, last) = programs._PROGRAMS._kept.values()
    found[name] = last._compilation._compiled.as_text()
    losses = tw.train(net, P, P[:, :1], batch_size=size, epochs=3, engine="numpy").history.loss
    np.testing.assert_allclose(run.history.loss, losses, rtol=1e-5)
runs = tw.train_many(net, P, P[:, :1], seed=range(6), epochs=2, devices=3)
alone = tw.train_many(net, P, P[:, :1], seed=range(6), epochs=2)
np.testing.assert_allclose([r.history.loss for r in runs], [r.history.loss for r in alone], rtol=1e-6)
print(json.dumps(found))
"""


def test_only_sums_are_exchanged() -> None:
    for name, program in json.loads(in_process(_COLLECTIVES)).items():
        exchanged = set(re.findall(r" (all-[a-z]+|collective-[a-z]+|reduce-scatter)\(", program))
        assert exchanged == {"all-reduce"}, name


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
