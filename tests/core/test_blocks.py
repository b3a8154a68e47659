"""Outputs block by block are those of one forward phase (field h29-predict-memory)."""

import subprocess
import sys

import numpy as np
import pytest
from oracles import EVERYTHING

import thalweg as tw
from thalweg.core.blocks import BLOCK, output_in_blocks

PEAK = """
import numpy as np, thalweg as tw
from pathlib import Path
def peak():
    return int(next(line.split()[1] for line in Path("/proc/self/status").read_text().splitlines() if "VmHWM" in line))
net = tw.mlp(10, 64, 32, 1)
P = np.random.default_rng(0).normal(size=(400_000, 10))
run = tw.train(net, P[:100], P[:100, :1], epochs=1, dtype="float64", engine="numpy")
run.predict(P[:20_000])  # two blocks, whose memory is used again
before = peak()
run.predict(P)
print((peak() - before) / 1024, P.nbytes / 2**20)
"""


@pytest.mark.parametrize("rows", [1, BLOCK, 2 * BLOCK - 1, 2 * BLOCK, 3 * BLOCK + 5])
def test_blocks_are_the_whole(rows):
    net = EVERYTHING
    params = net.init(0)
    rng = np.random.default_rng(1)
    inputs = {name: rng.normal(size=(rows, size)) for name, size in net.inputs.items()}
    whole = tw.forward(net, params, inputs).output
    np.testing.assert_allclose(output_in_blocks(net, params, inputs), whole, rtol=1e-12)


@pytest.mark.skipif(sys.platform != "linux", reason="reads the peak of memory from /proc")
def test_a_prediction_takes_less_memory_than_its_data():
    """Every layer's net input and output of all rows would be twenty times the data."""
    done = subprocess.run([sys.executable, "-c", PEAK], capture_output=True, text=True, check=True)
    taken, data = map(float, done.stdout.split())
    assert taken < data
