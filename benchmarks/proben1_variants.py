"""PROBEN1's protocol with one thing changed at a time, on the two problems whose means miss the published ones.

    python benchmarks/proben1_variants.py FOLDER          # FOLDER as for proben1.py

What moves the test error of building1 and horse1 as chains, mean and standard deviation over 60 runs; and, of the
protocol itself on building1, how the runs fall into those that stop early and those that do not.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import numpy as np
from measuring import machine
from proben1 import Problem, measure, network, protocol, read, read_rows, row_of

import thalweg as tw

RANGE = {"delta0": 0.005, "delta0_high": 0.02}
EARLY = 1000
"""A run of fewer epochs is one that GL5 stopped early."""


def variants(problem: Problem, row: dict[str, str]) -> dict[str, dict[str, Any]]:
    """The changes by name: the network, Rprop's settings, the initial weights' bound, the training's options."""
    wide = {**row, "problem": "", "hidden1": "16", "hidden2": "0"}
    return {
        "the protocol": {},
        "without GL": {"options": {"generalization_loss": None}},
        "initial weights from ±0.1": {"bound": 0.1},
        "initial weights from ±0.5": {"bound": 0.5},
        "Δ0 of 0.1": {"rule": {"delta0": 0.1}},
        "the last update always taken back": {"rule": {**RANGE, "backtracking": "always"}},
        "the last update never taken back": {"rule": {**RANGE, "backtracking": "never"}},
        "tanh": {"net": network(problem, row, shortcuts=False, activation="tanh")},
        "one hidden layer of 16 units": {"net": network(problem, wide, shortcuts=False)},
    }


def main() -> None:
    """Run the variants of both problems, and write the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--runs", type=int, default=60)
    parser.add_argument("--output", type=Path, default=Path(__file__).parent / "results")
    arguments = parser.parse_args()
    rows, published = (read_rows(arguments.folder / name) for name in ("architectures.csv", "published.csv"))
    lines = ["| problem | what is changed | test error % | published | epochs |", "| --- | --- | ---: | ---: | ---: |"]
    notes = []
    for name in ("building1", "horse1"):
        problem = read(arguments.folder / f"{name}.dt")
        row, _ = row_of(rows, name)
        theirs = f"{published[name]['chain_test_error_mean']} ± {published[name]['chain_test_error_sd']}"
        for told, change in variants(problem, row).items():
            if told.endswith("16 units") and (row["hidden1"], row["hidden2"]) == ("16", "0"):
                continue
            net = change.get("net") or network(problem, row, shortcuts=False)
            rule = tw.optimizers.Rprop(**change.get("rule", RANGE))
            done = protocol(problem, net, arguments.runs, rule, change.get("bound", 0.01), **change.get("options", {}))
            errors, epochs = measure(problem, done)["test_error"], np.array([run.epochs for run in done])
            lines.append(
                f"| {name} | {told} | {errors.mean():.2f} ± {errors.std(ddof=1):.2f} | {theirs} | {epochs.mean():.0f} |"
            )
            print(lines[-1], flush=True)
            if not change and name == "building1":
                early = epochs < EARLY
                notes.append(
                    f"building1, the protocol: {early.sum()} runs end before epoch {EARLY:,}, at "
                    f"{errors[early].mean():.2f}; {(~early).sum()} pass it, and end at {errors[~early].mean():.2f}."
                )
    text = "# PROBEN1's protocol, changed\n\n" + "\n".join([*lines, "", *notes, "", machine(("thalweg", "numpy"))])
    (arguments.output / "proben1_variants.md").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
