"""Wall time of whole training jobs in fresh processes, beside scikit-learn's MLP: start of Python, imports,
compilation with an empty cache, training, prediction.

    python benchmarks/whole_job.py
    python benchmarks/whole_job.py --quick --sets iris digits
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from measuring import machine, ratio, report, table

SETS = ("iris", "wine", "breast_cancer", "digits", "diabetes")
HERE = Path(__file__).parent
PROGRAMS = {"Thalweg": HERE / "whole_job_thalweg.py", "scikit-learn": HERE / "whole_job_sklearn.py"}


def save(name: str, folder: Path) -> Path:
    """A bundled set, a quarter held out, inputs (and the targets of a regression) standardised, in float32."""
    from sklearn import datasets
    from sklearn.model_selection import train_test_split

    loaded: Any = getattr(datasets, f"load_{name}")()
    X, y = loaded.data, loaded.target
    regression = name == "diabetes"
    split = train_test_split(X, y, test_size=0.25, random_state=0, stratify=None if regression else y)
    P, test_P, y, test_y = split
    spread = np.where(P.std(axis=0) > 0, P.std(axis=0), 1.0)
    P, test_P = (P - P.mean(axis=0)) / spread, (test_P - P.mean(axis=0)) / spread
    if regression:
        y, test_y = (y - y.mean()) / y.std(), (test_y - y.mean()) / y.std()
        T = y[:, None]
    else:
        T = y[:, None] if y.max() == 1 else np.eye(y.max() + 1)[y]
    path = folder / f"{name}.npz"
    kind = np.float32 if regression else np.int64
    np.savez(
        path,
        P=P.astype(np.float32),
        T=T.astype(np.float32),
        y=y.astype(kind),
        test_P=test_P.astype(np.float32),
        test_y=test_y.astype(kind),
    )
    return path


def run(program: Path, data: Path, epochs: int, batch_size: int) -> tuple[float, list[str]]:
    """Seconds of a whole process with an empty compilation cache, and what it printed."""
    with tempfile.TemporaryDirectory() as cache:
        env = {
            **os.environ,
            "JAX_COMPILATION_CACHE_DIR": cache,
            "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0.1",  # as Thalweg sets it for its own cache folder
        }
        command = [sys.executable, str(program), str(data), str(epochs), str(batch_size)]
        began = time.perf_counter()
        done = subprocess.run(command, env=env, capture_output=True, text=True, check=True)
        return time.perf_counter() - began, done.stdout.split()


def main() -> None:
    """Parse, measure, report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sets", nargs="+", choices=SETS, default=list(SETS))
    parser.add_argument("--epochs", type=int, default=200)
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument("--rounds", type=int, default=5, help="processes of each, in turns; the best counts")
    parser.add_argument("--quick", action="store_true", help="one round")
    parser.add_argument("--name", default="whole_job", help="name of the file in results/")
    asked = parser.parse_args()
    rounds = 1 if asked.quick else asked.rounds

    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for name in asked.sets:
            data = save(name, Path(folder))
            best: dict[str, tuple[float, list[str]]] = {}
            fits: dict[str, float] = {}
            for turn in range(rounds):
                for who in PROGRAMS if turn % 2 == 0 else reversed(PROGRAMS):
                    seconds, printed = run(PROGRAMS[who], data, asked.epochs, asked.batch_size)
                    best[who] = min(best.get(who, (seconds, printed)), (seconds, printed))
                    fits[who] = min(fits.get(who, float("inf")), float(printed[2]))
            (ours, (engine, updates, _, our_score)), (theirs, (_, their_updates, _, their_score)) = (
                best[who] for who in PROGRAMS
            )
            if updates != their_updates:
                raise SystemExit(f"{name}: {updates} updates of ours, {their_updates} of scikit-learn")
            rows.append(
                [
                    name,
                    ratio(theirs, ours),
                    ratio(fits["scikit-learn"], fits["Thalweg"]),
                    f"{ours:.2f}",
                    f"{theirs:.2f}",
                    f"{fits['Thalweg']:.2f}",
                    f"{fits['scikit-learn']:.2f}",
                    updates,
                    engine,
                    f"{float(our_score):.3f}",
                    f"{float(their_score):.3f}",
                ]
            )
            print(rows[-1], file=sys.stderr)
    header = [
        "data",
        "scikit-learn / Thalweg, whole process",
        "of it, training call",
        "Thalweg, s",
        "scikit-learn, s",
        "`tw.train`, s",
        "`fit`, s",
        "updates",
        "engine chosen",
        "Thalweg, test score",
        "scikit-learn, test score",
    ]
    parts = [
        "# Whole jobs",
        f"{machine(['thalweg', 'jax', 'numpy', 'scikit-learn'])}. Best of {rounds} rounds in turns; each a process of "
        "its own with an empty compilation cache, timed from outside: start of Python, imports, reading the arrays, "
        "training, prediction. `tw.train`'s own time includes the import of JAX and the compilation, where it needs "
        "them.",
        f"One hidden layer of 100 ReLU units, Adam, {asked.epochs} epochs, batches of {asked.batch_size}, float32, no "
        "penalty, no early stopping. Score: accuracy, and R² for diabetes, on a quarter held out; initial weights and "
        "batches are each library's own.",
        table(header, rows),
    ]
    report(asked.name, parts)


if __name__ == "__main__":
    main()
