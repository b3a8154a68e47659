"""How long estimators take, beside scikit-learn's: fits cold and warm, a cross-validation, predictions.

    python benchmarks/estimators.py

Equal work is shown first: from the same random state the coefficients are the same to 1e-9. Each side starts in a
process of its own for what is measured cold, and takes its turn in each round.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
from measuring import best_of_rounds, machine, ratio, report, table, times

SIDES = {"thalweg": "thalweg.estimators", "scikit-learn": "sklearn.neural_network"}
SETS = {
    "iris": ("load_iris", "MLPClassifier"),
    "wine": ("load_wine", "MLPClassifier"),
    "breast_cancer": ("load_breast_cancer", "MLPClassifier"),
    "digits": ("load_digits", "MLPClassifier"),
    "diabetes": ("load_diabetes", "MLPRegressor"),
}
COLD = """
import json, sys, time, warnings
warnings.simplefilter("ignore")
began = time.perf_counter()
import sklearn.datasets
from sklearn.preprocessing import StandardScaler
X, y = getattr(sklearn.datasets, {loader!r})(return_X_y=True)
X = StandardScaler().fit_transform(X)
loaded = time.perf_counter()
from {module} import {kind}
{kind}(random_state=0).fit(X, y)
print(json.dumps([time.perf_counter() - loaded, time.perf_counter() - began]))
"""
IMPORTED = "import time; began = time.perf_counter(); import {module}; print(time.perf_counter() - began)"


def kinds(side: str) -> Any:
    from importlib import import_module

    return import_module(SIDES[side])


def cold(side: str, name: str) -> float:
    """Import and fit, in a process that has loaded the rows."""
    loader, kind = SETS[name]
    code = COLD.format(loader=loader, module=SIDES[side], kind=kind)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    return json.loads(done.stdout)[0]


def timed(call: Callable[[], object]) -> float:
    began = time.perf_counter()
    call()
    return time.perf_counter() - began


def both(measure: Callable[[str], Callable[[], float]], rounds: int) -> tuple[float, float]:
    """Ours and theirs, the best of the rounds."""
    found = best_of_rounds({side: measure(side) for side in SIDES}, rounds)
    return found["thalweg"], found["scikit-learn"]


def rows_of(name: str) -> tuple[np.ndarray, np.ndarray]:
    import sklearn.datasets
    from sklearn.preprocessing import StandardScaler

    X, y = getattr(sklearn.datasets, SETS[name][0])(return_X_y=True)
    return StandardScaler().fit_transform(X), y


def equal_work() -> list[list[str]]:
    """How far the coefficients of both lie apart after the fits that are measured."""
    rows = []
    for name, (_, kind) in SETS.items():
        X, y = rows_of(name)
        ours, theirs = (getattr(kinds(side), kind)(random_state=0).fit(X, y) for side in SIDES)
        apart = max(float(np.abs(a - b).max()) for a, b in zip(ours.coefs_, theirs.coefs_, strict=True))
        rows.append([name, f"{ours.n_iter_} and {theirs.n_iter_}", f"{apart:.1e}"])
    return rows


def cross_validation(side: str, engine: str) -> Callable[[], float]:
    """Ten folds of 10,000 rows through 20-32-1, 100 epochs."""
    from sklearn.datasets import make_classification
    from sklearn.model_selection import cross_val_score

    X, y = make_classification(10_000, 20, random_state=0)
    more = {"engine": engine} if side == "thalweg" else {}
    model = kinds(side).MLPClassifier((32,), max_iter=100, tol=0, n_iter_no_change=200, random_state=0, **more)
    return lambda: timed(lambda: cross_val_score(model, X, y, cv=10))


def predictions(side: str, rows: int, times_over: int) -> Callable[[], float]:
    """`predict` of so many rows, 20-32-1; the time of one call."""
    from sklearn.datasets import make_classification

    X, y = make_classification(2_000, 20, random_state=0)
    model = kinds(side).MLPClassifier((32,), max_iter=3, random_state=0).fit(X, y)
    asked = np.resize(X, (rows, 20))
    return lambda: timed(lambda: [model.predict(asked) for _ in range(times_over)]) / times_over


def fits(side: str, name: str, count: int) -> Callable[[], float]:
    X, y = rows_of(name)
    model = getattr(kinds(side), SETS[name][1])(random_state=0)
    return lambda: timed(lambda: [model.fit(X, y) for _ in range(count)])


def partial_fits(side: str) -> Callable[[], float]:
    X, y = rows_of("wine")
    model = kinds(side).MLPClassifier((32,), random_state=0)
    model.partial_fit(X[:32], y[:32], classes=np.unique(y))
    return lambda: timed(lambda: [model.partial_fit(X[:32], y[:32]) for _ in range(200)]) / 200


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--fits", type=int, default=200)
    parser.add_argument("--quick", action="store_true", help="one round, 10 fits")
    parser.add_argument("--name", default="estimators", help="name of the file in results/")
    asked = parser.parse_args()
    rounds, count = (1, 10) if asked.quick else (asked.rounds, asked.fits)
    warnings.simplefilter("ignore")
    measured: list[tuple[str, tuple[float, float], str]] = []
    for name in SETS:
        found = both(lambda side, name=name: lambda: cold(side, name), rounds)
        measured.append((f"{name}: import and fit, in a fresh process", found, "1×"))
    for name in ("iris", "diabetes"):
        found = both(lambda side, name=name: fits(side, name, count), 1)
        measured.append((f"{name}: {count} fits in one process", found, "1×"))
    for engine in ("auto", "xla"):
        found = both(lambda side, engine=engine: cross_validation(side, engine), 1 if asked.quick else 2)
        measured.append((f"`cross_val_score`, 10 folds, 20-32-1, 10,000 rows, engine {engine}", found, "5×"))
    measured.append(("`partial_fit` of 32 rows, 13-32-3", both(partial_fits, rounds), ""))
    measured.append(("`predict` of one row, 20-32-1", both(lambda side: predictions(side, 1, 2000), rounds), "60 µs"))
    measured.append(("`predict` of 1,000,000 rows, 20-32-1", both(lambda s: predictions(s, 10**6, 1), rounds), "1×"))
    rows = [[what, times(ours), times(theirs), ratio(theirs, ours), goal] for what, (ours, theirs), goal in measured]
    report(
        asked.name,
        [
            "# Estimators beside scikit-learn's",
            machine(("thalweg", "scikit-learn", "numpy", "jax")),
            "Equal work: defaults, random state 0, scaled columns; the largest difference between coefficients.",
            table(["", "epochs, ours and theirs", "apart"], equal_work()),
            f"The best of {rounds} rounds; the ratio is how many times as long scikit-learn takes.",
            table(["", "thalweg", "scikit-learn", "ratio", "goal"], rows),
        ],
    )


if __name__ == "__main__":
    main()
