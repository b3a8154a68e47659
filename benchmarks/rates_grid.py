"""A grid of 16 learning rates × 16 momenta: all cells at once by `tw.rates_grid`, against scikit-learn's grid search.

    python benchmarks/rates_grid.py [--rounds 2]

Each cell trains a 20-16-1 network (tanh, linear) for 50 epochs of 1,000 examples in float32, batches of 32, half the
mean square error, constant learning rate, no early stopping. The peer is `GridSearchCV` over `MLPRegressor` with one
split that trains on all examples, `refit=False`; its score is the loss of the last epoch, which the model has kept, so
that scoring costs nothing. Equal work is proven first: from the same weights over the same batches both reach the same
error in the same number of updates.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from measuring import best_of_rounds, machine, ratio, report, table, times

import thalweg as tw

RATES = np.geomspace(1e-4, 1.0, 16)
MOMENTA = np.linspace(0.0, 0.99, 16)
EPOCHS, EXAMPLES, BATCH = 50, 1000, 32
NET = tw.mlp(20, 16, 1, hidden="tanh")
HERE = Path(__file__).parent
OURS, ONE, TWO = "Thalweg", "scikit-learn, n_jobs=1", "scikit-learn, n_jobs=2"


def examples() -> tuple[np.ndarray, np.ndarray]:
    """Inputs of mean 0 and deviation 1, and targets that are a smooth function of three of them, with noise."""
    rng = np.random.default_rng(0)
    P = rng.normal(size=(EXAMPLES, 20))
    T = np.sin(1.5 * P[:, :1]) + 0.5 * P[:, 1:2] * P[:, 2:3] + 0.1 * rng.normal(size=(EXAMPLES, 1))
    return P.astype(np.float32), T.astype(np.float32)


def ours(P: np.ndarray, T: np.ndarray, rates: np.ndarray, momenta: np.ndarray, **options: Any) -> tw.RatesGrid:
    """As a user calls it."""
    return tw.rates_grid(NET, P, T, "half_mse", epochs=EPOCHS, learning_rates=rates, momenta=momenta, **options)


def model(**options: Any) -> Any:
    """The same training in scikit-learn; where it differs by default, it is told."""
    from sklearn.neural_network import MLPRegressor

    settings = {
        "hidden_layer_sizes": (16,),
        "activation": "tanh",
        "solver": "sgd",
        "alpha": 0.0,
        "batch_size": BATCH,
        "max_iter": EPOCHS,
        "tol": 0.0,
        "n_iter_no_change": 10**9,
        "nesterovs_momentum": False,
        "random_state": 0,
    }
    return MLPRegressor(**{**settings, **options})


def last_loss(fitted: Any, P: Any, T: Any) -> float:
    """The loss of the last epoch, as `RatesGrid.errors` has it, with scikit-learn's sign."""
    return -fitted.loss_


@contextmanager
def expected_warnings_silenced() -> Iterator[None]:
    """Epochs that are all used, cells that diverge on the way; in the processes of n_jobs too."""
    from sklearn.exceptions import ConvergenceWarning, FitFailedWarning

    kept = os.environ.get("PYTHONWARNINGS")
    os.environ["PYTHONWARNINGS"] = "ignore:Stochastic Optimizer:UserWarning,ignore::RuntimeWarning"
    try:
        with warnings.catch_warnings():
            for category, message in (
                (ConvergenceWarning, "Stochastic Optimizer"),
                (FitFailedWarning, ""),
                (RuntimeWarning, "(overflow|invalid value)"),
                (UserWarning, "One or more of the test scores are non-finite"),
            ):
                warnings.filterwarnings("ignore", message, category)
            yield
    finally:
        os.environ.pop("PYTHONWARNINGS") if kept is None else os.environ.update(PYTHONWARNINGS=kept)


def theirs(P: np.ndarray, T: np.ndarray, rates: np.ndarray, momenta: np.ndarray, jobs: int) -> np.ndarray:
    """The errors (momenta, rates); NaN where a cell diverged."""
    from sklearn.model_selection import GridSearchCV

    everything = np.arange(len(P))
    grid = {"momentum": momenta.tolist(), "learning_rate_init": rates.tolist()}
    search = GridSearchCV(model(), grid, scoring=last_loss, cv=[(everything, everything)], refit=False, n_jobs=jobs)
    with expected_warnings_silenced():
        search.fit(P, T[:, 0])
    cells = zip(search.cv_results_["params"], -search.cv_results_["mean_test_score"], strict=True)
    found = {(cell["momentum"], cell["learning_rate_init"]): error for cell, error in cells}
    return np.asarray([[found[momentum, rate] for rate in rates] for momentum in momenta])


def proof(P: np.ndarray, T: np.ndarray) -> str:
    """Both from the same weights, examples in order: the same updates, the same error; raises if it is not so."""
    start = NET.init(0, dtype="float32")
    matrices = [(next(iter(weights.values())), bias) for weights, bias in start.values()]
    rates, momenta = np.asarray([0.003, 0.02]), np.asarray([0.0, 0.9])
    errors = ours(P, T, rates, momenta, params=start, order="sequential").errors
    run = tw.train(
        NET, P, T, "half_mse", tw.optimizers.Momentum(0.02, 0.9), epochs=EPOCHS, params=start, order="sequential"
    )
    updates, worst = [run.updates], 0.0
    with expected_warnings_silenced():
        for row, momentum in enumerate(momenta):
            for column, rate in enumerate(rates):
                options = {"momentum": momentum, "learning_rate_init": rate, "shuffle": False, "warm_start": True}
                fitted = model(max_iter=1, **options).fit(P, T[:, 0])
                fitted.coefs_ = [W.T.copy() for W, _ in matrices]
                fitted.intercepts_ = [b.copy() for _, b in matrices]
                fitted.set_params(max_iter=EPOCHS).fit(P, T[:, 0])
                worst = max(worst, abs(fitted.loss_ / errors[row, column] - 1.0))
                updates.append((fitted.t_ // EXAMPLES - 1) * -(-EXAMPLES // BATCH))  # less the epoch before
    assert worst < 1e-3, f"the work is not equal: errors differ by {worst:.2g} of themselves"
    assert set(updates) == {EPOCHS * -(-EXAMPLES // BATCH)}, f"the numbers of updates differ: {updates}"
    return (
        f"Equal work: from the same weights over the same batches, {run.updates:,} updates in both, the errors of four "
        f"cells differ by at most {worst:.1g} of themselves."
    )


def compared(mine: tw.RatesGrid, peer: np.ndarray) -> str:
    """How near the two maps are, whose cells began at other weights and drew other batches; and the lowest cells."""
    known = np.isfinite(mine.errors) & np.isfinite(peer)
    trained = known & (mine.errors < mine.error_at_start) & (peer < mine.error_at_start)
    apart = np.abs(np.log(mine.errors[trained] / peer[trained]))
    diverged = int((~np.isfinite(mine.errors)).sum()), int((~np.isfinite(peer)).sum())
    told = []
    for name, errors in ((OURS, mine.errors), ("scikit-learn", peer)):
        row, column = np.unravel_index(np.nanargmin(errors), errors.shape)
        told.append(f"{name} {errors[row, column]:.4f} at {RATES[column]:.2g}, {MOMENTA[row]:.2f}")
    median = float(np.exp(np.median(apart)) - 1.0)
    assert trained.sum() >= 0.5 * trained.size, "most cells did not train"
    assert median < 0.2, f"the maps differ by {median:.0%} in the median"
    return (
        f"The maps, each library with its own initial weights and batches: {int(trained.sum())} cells trained in both, "
        f"their errors {median:.1%} apart in the median; diverged {diverged[0]} and {diverged[1]}. "
        f"Lowest error at (rate, momentum): {'; '.join(told)}."
    )


def first_call(cache: str) -> float:
    """Seconds of the first grid of a process, import included."""
    program = (
        "import time; began = time.perf_counter(); import rates_grid as grid; "
        "grid.ours(*grid.examples(), grid.RATES, grid.MOMENTA); print(time.perf_counter() - began)"
    )
    environment = {**os.environ, "JAX_COMPILATION_CACHE_DIR": cache}
    environment["PYTHONPATH"] = os.pathsep.join([str(HERE), os.environ.get("PYTHONPATH", "")])
    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True)
    return float(done.stdout)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--name", default="rates_grid")
    parser.add_argument("--quick", action="store_true", help="one cell in 16 of scikit-learn, its time scaled up")
    arguments = parser.parse_args()
    P, T = examples()
    equal = proof(P, T)
    mine = ours(P, T, RATES, MOMENTA)
    maps: dict[int, np.ndarray] = {}
    thin = 4 if arguments.quick else 1

    def timed(work: Any) -> float:
        began = time.perf_counter()
        work()
        return time.perf_counter() - began

    def search(jobs: int) -> float:
        def work() -> None:
            maps[jobs] = theirs(P, T, RATES[::thin], MOMENTA[::thin], jobs)

        return timed(work) * thin**2

    def several() -> float:
        """Ours is so short that one slow moment would count: the least of three."""
        return min(timed(lambda: ours(P, T, RATES, MOMENTA)) for _ in range(3))

    found = best_of_rounds({OURS: several, ONE: lambda: search(1), TWO: lambda: search(2)}, arguments.rounds)
    with tempfile.TemporaryDirectory() as cache:
        rows = {
            OURS: found[OURS],
            "Thalweg, first call of a process, programs cached": 0.0,
            "Thalweg, first call of a process, nothing cached": first_call(cache),
        }
        rows["Thalweg, first call of a process, programs cached"] = first_call(cache)
    rows |= {ONE: found[ONE], TWO: found[TWO]}
    scaled = (
        f" scikit-learn trained only {mine.errors.size // thin**2} cells; its times are scaled up." if thin > 1 else ""
    )
    parts = [
        f"{mine.errors.size} cells of a 20-16-1 network, {EPOCHS} epochs of {EXAMPLES:,} examples in batches of "
        f"{BATCH}, float32.{scaled}",
        table(
            ("", "time", "GridSearchCV, n_jobs=1, takes so many times as long", "n_jobs=2"),
            [(name, times(s), ratio(found[ONE], s), ratio(found[TWO], s)) for name, s in rows.items()],
        ),
        equal,
    ]
    if thin == 1:
        parts.append(compared(mine, maps[1]))
    report(arguments.name, [*parts, machine(("thalweg", "numpy", "jax", "scikit-learn"))])


if __name__ == "__main__":
    main()
