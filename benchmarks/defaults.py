"""What to train a table with when nobody says: the defaults of `thalweg.Settings`, compared with their neighbours.

Each row of the table is a setting; each number the mean over four seeds of the test part's log loss (classes) or of
1 - R² (regression), which the four splits and initial weights share among the settings.
"""

from __future__ import annotations

import argparse
import itertools
from pathlib import Path

import numpy as np
import polars as pl
from sklearn import datasets

import thalweg as tw

DATA = Path(__file__).parents[1] / "examples" / "data"
HIDDEN = ((32,), (64, 32))
ACTIVATIONS = ("relu", "tanh")
DECAYS = (0.0, 0.001, 0.01, 0.03)


def tables() -> dict[str, tuple[pl.DataFrame, str]]:
    """Small tables, as people have them."""
    found = {
        "houses": (tw.read_table(DATA / "houses.csv"), "price"),
        "diabetes": (tw.read_table(DATA / "diabetes.csv"), "progression"),
        "wine": (tw.read_table(DATA / "wine.csv"), "cultivar"),
    }
    for name, bundle in (
        ("breast cancer", datasets.load_breast_cancer()),
        ("iris", datasets.load_iris()),
        ("digits (800 rows)", datasets.load_digits()),
    ):
        rows = bundle.data[:800]
        columns = {f"x{number}": rows[:, number] for number in range(rows.shape[1])}
        found[name] = (pl.DataFrame({**columns, "y": bundle.target[:800].astype(str)}), "y")
    return found


def error(frame: pl.DataFrame, target: str, settings: tw.Settings) -> float:
    """Log loss, or 1 - R², of the test part."""
    scores = tw.train_table(frame, target, settings).scores
    return scores.log_loss if hasattr(scores, "log_loss") else 1.0 - scores.r2


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=4)
    parser.add_argument("--output", type=Path, default=Path(__file__).parent / "results" / "defaults.md")
    arguments = parser.parse_args()
    found = tables()
    lines = ["| hidden | activation | weight decay | " + " | ".join(found) + " |", "| --- " * (3 + len(found)) + "|"]
    for hidden, activation, decay in itertools.product(HIDDEN, ACTIVATIONS, DECAYS):
        cells = []
        for frame, target in found.values():
            settings = [
                tw.Settings(
                    hidden=hidden, activation=activation, weight_decay=decay, seed=seed, epochs=300, patience=30
                )
                for seed in range(arguments.seeds)
            ]
            cells.append(f"{np.mean([error(frame, target, each) for each in settings]):.3f}")
        lines.append(f"| {','.join(map(str, hidden))} | {activation} | {decay:g} | " + " | ".join(cells) + " |")
        print(lines[-1], flush=True)
    arguments.output.parent.mkdir(exist_ok=True)
    arguments.output.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
