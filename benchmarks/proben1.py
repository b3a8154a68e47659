"""PROBEN1: mean and standard deviation over 60 runs beside the published ones, all runs of a problem at once.

    python benchmarks/proben1.py FOLDER                # FOLDER holds *.dt, architectures.csv and published.csv
    python benchmarks/proben1.py FOLDER --best         # our own best rule and regularisation, same split

The protocol is the report's (L. Prechelt, Technical Report 21/94, 1994): full-batch Rprop with η⁺ 1.2, η⁻ 0.5, Δ0 from
0.005-0.02 per weight, Δmax 50; weights from ±0.01; hidden units x/(1+|x|); squared error; the validation error every
5th epoch; stop at GL5, at a progress P5 under 0.1 per thousand, or after 3,000 epochs; the parameters of the lowest
validation error are tested. Without published.csv, or for a problem that is not in it, our figures stand alone; a
problem that is not in architectures.csv has the architecture of its first variant (`cancer2` that of `cancer1`), or
32 hidden units and linear outputs if that is not there either.
"""

from __future__ import annotations

import argparse
import csv
import re
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

import thalweg as tw
from thalweg.errors import DataError, FileError, ThalwegError

PUBLISHED = {"chain": ("chain",), "shortcuts": ("shortcuts",), "best": ("chain", "shortcuts")}
COUNTS = {f"{kind}_{end}" for kind in ("bool", "real") for end in ("in", "out")}
COUNTS |= {f"{part}_examples" for part in ("training", "validation", "test")}
RPROP = tw.optimizers.Rprop(delta0=0.005, delta0_high=0.02)
DECAYS = (0.0, 1e-3, 1e-2)
USUAL = {"hidden1": "32", "hidden2": "0", "output": "linear"}


@dataclass(frozen=True)
class Problem:
    """Examples of one .dt file, in its three parts."""

    name: str
    P: np.ndarray
    T: np.ndarray
    train: int
    validation: int
    classes: bool

    def part(self, name: str) -> tuple[np.ndarray, np.ndarray]:
        """Inputs and targets of "train", "validation" or "test"."""
        start, stop = {
            "train": (0, self.train),
            "validation": (self.train, self.train + self.validation),
            "test": (self.train + self.validation, len(self.P)),
        }[name]
        return self.P[start:stop], self.T[start:stop]


def read(path: Path) -> Problem:
    """A .dt file: seven header lines that name the counts, then an example a line, inputs and then outputs."""
    lines = path.read_text(encoding="ascii").splitlines()
    header = dict(line.split("=") for line in lines[:7] if line.count("=") == 1)
    counts = {name.strip(): int(value) for name, value in header.items()}
    if missing := COUNTS - counts.keys():
        raise DataError(f"{path}: its first seven lines do not name {', '.join(sorted(missing))}")
    inputs = counts["bool_in"] + counts["real_in"]
    outputs = counts["bool_out"] + counts["real_out"]
    rows = [line.split() for line in lines[7:] if line.strip()]
    for number, row in enumerate(rows, start=1):
        if len(row) != inputs + outputs:
            raise DataError(f"{path}: example {number} has {len(row)} values, the header promises {inputs + outputs}")
    values = np.array(rows, dtype=np.float64)
    sizes = [counts[f"{part}_examples"] for part in ("training", "validation", "test")]
    if values.shape != (sum(sizes), inputs + outputs):
        raise DataError(f"{path}: {values.shape} values, the header promises {(sum(sizes), inputs + outputs)}")
    classes = counts["real_out"] == 0 and outputs > 1
    return Problem(path.stem, values[:, :inputs], values[:, inputs:], sizes[0], sizes[1], classes)


def network(problem: Problem, row: dict[str, str], shortcuts: bool, activation: str = "elliott") -> tw.Network:
    """The pivot architecture; its sigmoid output is that of the hidden units, as in the report."""
    hidden = [int(row[name]) for name in ("hidden1", "hidden2") if int(row[name])]
    output = {"linear": "linear", "sigmoid": activation}[row["output"]]
    make = tw.cascade if shortcuts else tw.mlp
    net = make(problem.P.shape[1], *hidden, problem.T.shape[1], hidden=activation, output=output)
    if shortcuts and problem.name == row["problem"] and net.parameter_count != int(row["weights_with_shortcuts"]):
        print(f"  {problem.name}: {net.parameter_count} weights, the report has {row['weights_with_shortcuts']}")
    return net


def protocol(
    problem: Problem, net: tw.Network, runs: int, rule: tw.Rule = RPROP, bound: float = 0.01, **options: Any
) -> list[tw.Run]:
    """The report's protocol, all runs at once; the rest changes it."""
    P, T = problem.part("train")
    kept: dict[str, Any] = {"validate_every": 5, "generalization_loss": 5.0, "min_progress": 0.1, "dtype": "float64"}
    return tw.train_many(
        net,
        P,
        T,
        loss="sse",
        optimizer=rule,
        batch_size="all",
        epochs=3000,
        seed=range(runs),
        params=[net.init(seed, tw.initializers.Uniform(bound)) for seed in range(runs)],
        validation=problem.part("validation"),
        **{**kept, **options},
    )


def best(problem: Problem, row: dict[str, str], runs: int) -> tuple[str, list[tw.Run]]:
    """Our own choice, and its runs: architecture, rule and weight decay of the lowest mean validation error.

    The choice is made with a tenth of the runs, by the validation part; the test part plays no role in it.
    """
    few = max(2, runs // 10)
    candidates = []
    for shortcuts in (False, True):
        net = network(problem, row, shortcuts)
        for name, rule in (("rprop", tw.optimizers.Rprop()), ("rprop from 0.01", tw.optimizers.Rprop(delta0=0.01))):
            decays = [decay for decay in DECAYS for _ in range(few)]
            tried = ours(problem, net, rule, decays, list(range(few)) * len(DECAYS))
            for number, decay in enumerate(DECAYS):
                errors = [np.nanmin(run.history.validation_loss) for run in tried[number * few : (number + 1) * few]]
                candidates.append((float(np.mean(errors)), shortcuts, name, rule, decay))
    _, shortcuts, name, rule, decay = min(candidates, key=lambda candidate: candidate[0])
    net = network(problem, row, shortcuts)
    kind = f"{'shortcuts' if shortcuts else 'chain'}, {name}, l2 {decay:g}"
    return kind, ours(problem, net, rule, [decay] * runs, list(range(100, 100 + runs)))


def ours(problem: Problem, net: tw.Network, rule: tw.Rule, decays: list[float], seeds: list[int]) -> list[tw.Run]:
    """Runs of a rule with weight decays, early stopping by patience, from the activation's own initial weights."""
    P, T = problem.part("train")
    return tw.train_many(
        net,
        P,
        T,
        loss="mse",
        optimizer=rule,
        batch_size="all",
        epochs=3000,
        l2=decays,
        seed=seeds,
        validation=problem.part("validation"),
        patience=100,
        dtype="float64",
    )


def measure(problem: Problem, runs: list[tw.Run]) -> dict[str, np.ndarray]:
    """The squared error percentage and the classification error (winner takes all) of the test part, run by run.

    E = 100 (o_max - o_min)/(N P) Σ (o - t)², where o_max and o_min, 1 and 0, are the ends of the coding of all
    problems, not those of the targets that a file happens to hold: the published figures fit a factor of 1 alone.
    """
    P, T = problem.part("test")
    outputs = [run.predict(P) for run in runs]
    found = {"test_error": np.array([100.0 * np.mean((o - T) ** 2) for o in outputs])}
    if problem.classes:
        found["class_error"] = np.array([100.0 * np.mean(o.argmax(1) != T.argmax(1)) for o in outputs])
    return found


def read_rows(path: Path) -> dict[str, dict[str, str]]:
    """A CSV's rows by problem; none if there is no such file."""
    if not path.exists():
        return {}
    with path.open(encoding="utf-8", newline="") as file:
        return {row["problem"]: row for row in csv.DictReader(file)}


def row_of(rows: dict[str, dict[str, str]], name: str) -> tuple[dict[str, str], str]:
    """The architecture of a problem, or of its first variant, or the most common one; a note if it is not its own."""
    first = re.sub(r"\d+$", "1", name)
    if name in rows:
        return rows[name], ""
    if first in rows:
        return rows[first], f"{name}: the architecture of {first}, since architectures.csv has none of its own"
    return {"problem": "", **USUAL}, (
        f"{name}: {USUAL['hidden1']} hidden units and {USUAL['output']} outputs, our choice, since architectures.csv "
        "has no architecture of it"
    )


def compare(folder: Path, names: list[str], runs: int, own: bool) -> tuple[list[dict[str, object]], list[str]]:
    """One result for each problem and architecture, and notes on architectures that are not the problem's own."""
    architectures, published = read_rows(folder / "architectures.csv"), read_rows(folder / "published.csv")
    results: list[dict[str, object]] = []
    notes: list[str] = []
    paths = [path for path in sorted(folder.glob("*.dt")) if not names or path.stem in names]
    if not paths:
        raise FileError(f"{folder} holds no .dt files" + (f" of {', '.join(names)}" if names else ""))
    for path in paths:
        problem = read(path)
        row, note = row_of(architectures, problem.name)
        notes += [note] if note else []
        for kind in ("best",) if own else ("chain", "shortcuts"):
            began = time.perf_counter()
            if own:
                told, done = best(problem, row, runs)
            else:
                told, done = kind, protocol(problem, network(problem, row, kind == "shortcuts"), runs)
            seconds = time.perf_counter() - began
            found = measure(problem, done)
            result: dict[str, object] = {"problem": problem.name, "architecture": told, "seconds": seconds}
            result["epochs"] = float(np.mean([run.epochs for run in done]))
            for name, values in found.items():
                result[name] = (values.mean(), values.std(ddof=1) if len(values) > 1 else 0.0)
                cells = published.get(problem.name, {})
                pairs = [(cells.get(f"{k}_{name}_mean"), cells.get(f"{k}_{name}_sd")) for k in PUBLISHED[kind]]
                pairs = [(float(mean), float(deviation)) for mean, deviation in pairs if mean and deviation]
                if pairs:
                    result[f"published_{name}"] = min(pairs)
            results.append(result)
            print(line(result), flush=True)
    return results, notes


def cell(result: dict[str, object], name: str) -> str:
    """Mean ± standard deviation, or nothing."""
    pair = result.get(name)
    return f"{pair[0]:.2f} ± {pair[1]:.2f}" if isinstance(pair, tuple) else ""


def verdict(result: dict[str, object]) -> str:
    """How many published standard deviations our mean test error lies above the published mean."""
    ours, theirs = result.get("test_error"), result.get("published_test_error")
    if not isinstance(ours, tuple) or not isinstance(theirs, tuple):
        return ""
    above = (ours[0] - theirs[0]) / theirs[1]
    of_protocol = result["architecture"] in ("chain", "shortcuts")
    return f"{above:+.1f}" + (" (goal missed)" if of_protocol and above > 1.0 else "")


def line(result: dict[str, object]) -> str:
    """A row of the table."""
    cells = (
        result["problem"],
        result["architecture"],
        cell(result, "test_error"),
        cell(result, "published_test_error"),
        verdict(result),
        cell(result, "class_error"),
        cell(result, "published_class_error"),
        f"{result['epochs']:.0f}",
        f"{result['seconds']:.1f}",
    )
    return "| " + " | ".join(map(str, cells)) + " |"


HEAD = (
    "| problem | architecture | test error % | published | above it, in its deviations | class error % | published "
    "| epochs | seconds, all runs |\n| --- | --- | --- | --- | --- | --- | --- | --- | --- |"
)


def plot(results: list[dict[str, object]], path: Path) -> None:
    """Our means beside the published ones, with their deviations."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 4.5), layout="constrained")
    for axes, kind in zip(figure.subplots(1, 2, sharey=True), ("chain", "shortcuts"), strict=True):
        rows = [r for r in results if r["architecture"] == kind]
        places = np.arange(len(rows))
        for name, shift, colour, marker in (
            ("test_error", -0.15, "#0072B2", "o"),
            ("published_test_error", 0.15, "#D55E00", "s"),
        ):
            pairs = [r.get(name) or (np.nan, np.nan) for r in rows]
            means, deviations = zip(*pairs, strict=True)
            label = "Thalweg" if name == "test_error" else "published"
            axes.errorbar(
                places + shift, means, deviations, fmt=marker, color=colour, capsize=3, label=label, markersize=4
            )
        axes.set_xticks(places, [str(r["problem"]) for r in rows], rotation=60, ha="right")
        axes.set_title(kind)
        axes.spines[["top", "right"]].set_visible(False)
    figure.axes[0].set_ylabel("squared error percentage, test part")
    figure.axes[0].legend(frameon=False)
    figure.savefig(path)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--problems", nargs="*", default=[], help="only these")
    parser.add_argument("--runs", type=int, default=60)
    parser.add_argument("--best", action="store_true", help="our own best instead of the report's protocol")
    parser.add_argument("--output", type=Path, default=Path(__file__).parent / "results")
    arguments = parser.parse_args()
    print(HEAD)
    try:
        results, notes = compare(arguments.folder, arguments.problems, arguments.runs, arguments.best)
    except ThalwegError as error:
        parser.exit(1, f"{error}\n")
    arguments.output.mkdir(parents=True, exist_ok=True)
    table = "\n".join([HEAD, *map(line, results)])
    for note in notes:
        print(f"\n{note}")
    table += "".join(f"\n\n{note}" for note in notes)
    name = "proben1_best" if arguments.best else "proben1"
    (arguments.output / f"{name}.md").write_text(table + "\n", encoding="utf-8")
    if not arguments.best:
        plot(results, arguments.output / "proben1.svg")


if __name__ == "__main__":
    main()
