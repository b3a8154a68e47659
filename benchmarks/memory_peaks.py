"""The most memory that work on 1,000,000 rows takes above what the process held before, in times of its data.

python benchmarks/memory_peaks.py [BEFORE]     # BEFORE: another checkout, to stand beside this one
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path

from measuring import machine, report, table

HERE = Path(__file__).resolve().parents[1]
SETTING = """
import json, sys
import numpy as np
import thalweg as tw

rows = int(sys.argv[1])
rng = np.random.default_rng(0)
P = rng.normal(size=(rows, 10))
T = P[:, :1] * P[:, 1:2]
data = P.nbytes + T.nbytes
net = tw.mlp(10, 64, 32, 1)
few = P[:100], T[:100]

def held(name):
    return 1024 * next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith(name))
"""
ENDING = """
open("/proc/self/clear_refs", "w").write("5")
before = held("VmRSS")
work(P, T)
print(json.dumps([held("VmHWM") - before, data]))
"""
WORK = {
    "prediction": ("run = tw.train(net, *few, epochs=1, engine='numpy')", "run.predict(P)"),
    "batches of 4,096, NumPy": ("", "tw.train(net, P, T, epochs=1, batch_size=4096, engine='numpy')"),
    "batches of 4,096, XLA": ("", "tw.train(net, P, T, epochs=1, batch_size=4096, engine='xla')"),
    "half of the rows for validation, NumPy": (
        "",
        "tw.train(net, *few, validation=(P[: len(P) // 2], T[: len(P) // 2]), epochs=1, engine='numpy')",
    ),
    "all rows an update, NumPy": ("", "tw.train(net, P, T, epochs=2, batch_size='all', engine='numpy')"),
    "all rows an update, XLA": ("", "tw.train(net, P, T, epochs=2, batch_size='all', engine='xla')"),
    "l-BFGS, NumPy": ("", "tw.train(net, P, T, optimizer='lbfgs', epochs=2, engine='numpy')"),
    "scaled conjugate gradient, NumPy": ("", "tw.train(net, P, T, optimizer='scg', epochs=2, engine='numpy')"),
    "Levenberg-Marquardt of 10-8-1, NumPy": (
        "net = tw.mlp(10, 8, 1)",
        "tw.train(net, P, T, optimizer='lm', epochs=2, engine='numpy')",
    ),
    "gradient": ("params = net.init(0)", "tw.gradient(net, 'mse', params, P, T)"),
    "a table: read, split, trained and scored": (
        "import polars as pl\nframe = pl.DataFrame({**{f'x{k}': P[:, k] for k in range(10)}, 'y': T[:, 0]})",
        "tw.train_table(frame, 'y', tw.Settings(epochs=1, engine='numpy', batch_size=4096))",
    ),
}


def peak(tree: Path, setting: str, work: str, rows: int) -> float:
    """The most memory of some work of a checkout, in times of its data."""
    code = f"{SETTING}{setting}\ndef work(P, T):\n    return {work}\n"
    if "xla" in work:  # what JAX takes by itself does not count
        code += "tw.train(net, *few, epochs=1, engine='xla', batch_size='all')\n"
    command = [sys.executable, "-W", "ignore", "-c", code + ENDING, str(rows)]
    done = subprocess.run(
        command, env={**os.environ, "PYTHONPATH": str(tree / "src")}, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise SystemExit(f"{work}: {done.stderr.strip()}")
    taken, data = json.loads(done.stdout.splitlines()[-1])
    return taken / data


def main() -> None:
    """Measure each in a process of its own, and report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("before", type=Path, nargs="?")
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--name", default="memory_peaks")
    parser.add_argument("--only", help="work whose name has this in it")
    asked = parser.parse_args()
    trees = [HERE] if asked.before is None else [asked.before.resolve(), HERE]
    rows = []
    for name, (setting, work) in WORK.items():
        if asked.only is None or asked.only in name:
            rows.append([name, *(f"{peak(tree, setting, work, asked.rows):.1f}" for tree in trees)])
            print(*rows[-1], flush=True)
    parts = [
        "# Memory",
        f"{asked.rows:,} rows of ten inputs and a target in float64, network 10-64-32-1; the most memory above what "
        "the process held before, in times of the data. A training holds its examples in float32, half the data, or "
        "in float64 for a second-order rule.",
        table(["work", *(["before"] if asked.before else []), "now"], rows),
        machine(["thalweg", "numpy", "jax"]),
    ]
    report(asked.name, parts)


if __name__ == "__main__":
    main()
