"""`tw.fitnet` beside its peers: time to the same validation error on three engineering tables; threads of BLAS.

python benchmarks/recipes.py             # torch-levenberg-marquardt takes part where it is installed
python benchmarks/recipes.py --quick
"""

from __future__ import annotations

import argparse
import importlib.util
import multiprocessing
import statistics
import time
import warnings
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any

import numpy as np
from lm_contenders import Reached
from measuring import machine, ratio, report, table, times

import thalweg as tw

PACKAGES = ("thalweg", "numpy", "scikit-learn", "torch", "torch-levenberg-marquardt", "threadpoolctl")
ROWS, NOISE, LIMIT, MANY = 400, 0.01, 3.0, 10**7
GOALS = (0.005, 0.001)
"""Of the variance of the target that the validation error may have: an R² of 0.995, and of 0.999."""


@dataclass(frozen=True)
class Table:
    """A formula of engineering, with the ranges of its inputs."""

    name: str
    ranges: tuple[tuple[float, float], ...]
    formula: Callable[..., np.ndarray]
    told: str

    def examples(self) -> tuple[np.ndarray, np.ndarray]:
        """Inputs drawn evenly from their ranges, and the outputs, with noise of one hundredth of their deviation."""
        rng = np.random.default_rng(0)
        low, high = np.asarray(self.ranges).T
        P = rng.uniform(low, high, (ROWS, len(self.ranges)))
        y = self.formula(*P.T)
        return P, (y + NOISE * y.std() * rng.normal(size=ROWS))[:, None]


def borehole(rw: Any, r: Any, Tu: Any, Hu: Any, Tl: Any, Hl: Any, L: Any, Kw: Any) -> np.ndarray:
    log = np.log(r / rw)
    return 2 * np.pi * Tu * (Hu - Hl) / (log * (1 + 2 * L * Tu / (log * rw**2 * Kw) + Tu / Tl))


def otl(Rb1: Any, Rb2: Any, Rf: Any, Rc1: Any, Rc2: Any, beta: Any) -> np.ndarray:
    Vb1, gain = 12 * Rb2 / (Rb1 + Rb2), beta * (Rc2 + 9)
    return (Vb1 + 0.74) * gain / (gain + Rf) + 11.35 * Rf / (gain + Rf) + 0.74 * Rf * gain / ((gain + Rf) * Rc1)


def piston(M: Any, S: Any, V0: Any, k: Any, P0: Any, Ta: Any, T0: Any) -> np.ndarray:
    A = P0 * S + 19.62 * M - k * V0 / S
    V = S / (2 * k) * (np.sqrt(A**2 + 4 * k * P0 * V0 * Ta / T0) - A)
    return 2 * np.pi * np.sqrt(M / (k + S**2 * P0 * V0 * Ta / (T0 * V**2)))


TABLES = [
    Table(
        "borehole, 8 inputs",
        ((0.05, 0.15), (100, 50000), (63070, 115600), (990, 1110), (63.1, 116), (700, 820), (1120, 1680),
         (9855, 12045)),
        borehole,
        "water through a borehole, 2π Tu (Hu - Hl) / (ln(r/rw) (1 + 2 L Tu / (ln(r/rw) rw² Kw) + Tu/Tl))",
    ),
    Table(
        "OTL circuit, 6 inputs",
        ((50, 150), (25, 70), (0.5, 3), (1.2, 2.5), (0.25, 1.2), (50, 300)),
        otl,
        "the midpoint voltage of a push-pull circuit without transformer, g = β (Rc2 + 9): (12 Rb2/(Rb1 + Rb2) + 0.74) "
        "g/(g + Rf) + 11.35 Rf/(g + Rf) + 0.74 Rf g/((g + Rf) Rc1)",
    ),
    Table(
        "piston, 7 inputs",
        ((30, 60), (0.005, 0.02), (0.002, 0.01), (1000, 5000), (90000, 110000), (290, 296), (340, 360)),
        piston,
        "the cycle time of a piston, 2π √(M / (k + S² P0 V0 Ta / (T0 V²))), V = S/2k (√(A² + 4 k P0 V0 Ta/T0) - A), "
        "A = P0 S + 19.62 M - k V0/S",
    ),
]  # fmt: skip


@dataclass(frozen=True)
class Work:
    """A table from a seed: what is to be reached, and scaled as `fitnet` scales it, for those who do not."""

    P: np.ndarray
    T: np.ndarray
    seed: int

    @property
    def scaled(self) -> tuple[np.ndarray, ...]:
        """Inputs and targets of training and validation to ±1, by the same rows as `fitnet`."""
        rows = tw.recipes.division.divide_examples(len(self.P), "random", seed=self.seed)
        parts = []
        for values in (self.P, self.T):
            low, high = values[rows.train].min(axis=0), values[rows.train].max(axis=0)
            z = 2 * (values - low) / (high - low) - 1
            parts += [z[rows.train], z[rows.validation]]
        X, X_validation, Y, Y_validation = parts
        return X, Y, X_validation, Y_validation

    def goal(self, share: float) -> float:
        """The mean square error of the scaled validation part that explains all but a share of its variance."""
        return share * float(self.scaled[3].var())


def thalweg(train: Any) -> Callable[[Work, float], bool]:
    def solve(work: Work, goal: float) -> bool:
        def reached(event: Any) -> Any:
            return tw.STOP if event.validation_loss <= goal else None

        fit = tw.fitnet(
            work.P, work.T, 10, train, seed=work.seed, patience=None, min_gradient=0.0, epochs=5000,
            max_seconds=LIMIT, callbacks=[reached], verbose=False,
        )  # fmt: skip
        return float(np.min(fit.run.history.validation_loss)) <= goal

    return solve


def sklearn(work: Work, goal: float) -> bool:
    from sklearn.neural_network import MLPRegressor

    X, Y, X_validation, Y_validation = work.scaled
    until = time.perf_counter() + LIMIT

    class Regressor(MLPRegressor):
        """Until the validation error is at most the goal."""

        def _loss_grad_lbfgs(self, x: Any, *rest: Any) -> Any:
            found = super()._loss_grad_lbfgs(x, *rest)
            (W, V), (b, c) = self.coefs_, self.intercepts_
            error = np.tanh(X_validation @ W + b) @ V + c - Y_validation
            if float(np.mean(error**2)) <= goal or time.perf_counter() > until:
                raise Reached(x)
            return found

    settings = {"activation": "tanh", "solver": "lbfgs", "alpha": 0.0, "tol": 0.0, "max_iter": MANY, "max_fun": MANY}
    made = Regressor(hidden_layer_sizes=(10,), random_state=work.seed, **settings)
    try:
        made.fit(X, Y[:, 0])
    except Reached:
        return time.perf_counter() <= until
    return False


def torch_lm(work: Work, goal: float) -> bool:
    import logging

    import torch
    from torch_levenberg_marquardt.training import LevenbergMarquardtModule

    logging.getLogger("torch_levenberg_marquardt").setLevel(logging.CRITICAL)
    torch.manual_seed(work.seed)
    X, Y, X_validation, Y_validation = map(torch.as_tensor, work.scaled)
    layers = torch.nn.Linear(X.shape[1], 10), torch.nn.Tanh(), torch.nn.Linear(10, 1)
    model = torch.nn.Sequential(*layers).double()
    module = LevenbergMarquardtModule(model, solve_method="cholesky")
    until = time.perf_counter() + LIMIT
    while time.perf_counter() < until:
        *_, stop, _ = module.training_step(X, Y)
        with torch.no_grad():
            if float(((model(X_validation) - Y_validation) ** 2).mean()) <= goal:
                return True
        if stop:
            return False
    return False


def contenders() -> dict[str, Callable[[Work, float], bool]]:
    """Those that are installed."""
    found = {"fitnet, lm": thalweg("lm"), "fitnet, trainlm": thalweg("trainlm"), "scikit-learn, L-BFGS": sklearn}
    if importlib.util.find_spec("torch_levenberg_marquardt"):
        found["torch-levenberg-marquardt"] = torch_lm
    return found


def race(seeds: int) -> tuple[str, list[str]]:
    """A row for each table and goal: the median time of each contender, and how often it got there."""
    solvers = contenders()
    rows, notes = [], []
    for one in TABLES:
        P, T = one.examples()
        for solve in solvers.values():
            solve(Work(P, T, 0), 0.5)  # imports
        for share in GOALS:
            took: dict[str, list[float]] = {name: [] for name in solvers}
            got = dict.fromkeys(solvers, 0)
            for seed in range(seeds):
                work = Work(P, T, seed)
                goal = work.goal(share)
                order = list(solvers) if seed % 2 == 0 else list(reversed(solvers))
                for name in order:
                    began = time.perf_counter()
                    got[name] += solvers[name](work, goal)
                    took[name].append(time.perf_counter() - began)
            middle = {name: statistics.median(values) for name, values in took.items()}
            first = middle["fitnet, lm"]
            cells = [f"{times(middle[name])} ({ratio(middle[name], first)}; {got[name]}/{seeds})" for name in solvers]
            rows.append([f"{one.name}, R² {1 - share:g}", *cells])
        notes.append(f"{one.name}: {one.told}; from {', '.join(f'{low:g}-{high:g}' for low, high in one.ranges)}.")
    return table(["table, goal", *solvers], rows), notes


def _spin() -> None:
    while True:
        pass


def threads(rounds: int) -> str:
    """A row for each rule, size and load: milliseconds an iteration with one thread of BLAS, two, and as it comes."""
    from threadpoolctl import threadpool_limits

    from thalweg.training import numpy_engine

    numpy_engine.ONE_THREAD_UP_TO = 0  # what is measured is what it would be without
    rng = np.random.default_rng(0)
    rows = []
    for busy in (False, True):
        spinner = multiprocessing.get_context("fork").Process(target=_spin, daemon=True) if busy else None
        if spinner is not None:
            spinner.start()
        for rule in ("lm", "br"):
            for hidden in (3, 12, 40):
                net = tw.mlp(8, hidden, 1)
                P = rng.uniform(-1, 1, (280, 8))
                T = np.sin(3 * P[:, :1]) * P[:, 1:2] + 0.1 * rng.normal(size=(280, 1))
                epochs = {3: 40, 12: 20, 40: 4}[hidden]
                found: dict[str, list[float]] = {"1": [], "2": [], "all": []}
                for _ in range(rounds):
                    for limit, took in found.items():
                        with nullcontext() if limit == "all" else threadpool_limits(int(limit)):
                            began = time.perf_counter()
                            run = tw.train(net, P, T, optimizer=rule, epochs=epochs, engine="numpy", verbose=False)
                            took.append((time.perf_counter() - began) / run.epochs)
                middle = {name: statistics.median(values) for name, values in found.items()}
                size = f"{rule}, {net.parameter_count} parameters, {'busy' if busy else 'quiet'}"
                rows.append([size, *(times(middle[name]) for name in found), ratio(middle["all"], middle["1"])])
        if spinner is not None:
            spinner.terminate()
            spinner.join()
    return table(["rule, size, machine", "1 thread", "2 threads", "as it comes", "as it comes / 1 thread"], rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="3 seeds, 3 rounds")
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", choices=("race", "threads"), help="one part alone, written as NAME_PART")
    parser.add_argument("--name", default="recipes", help="of the file in results/")
    given = parser.parse_args()
    warnings.filterwarnings("ignore")
    seeds, rounds = (3, 3) if given.quick else (given.seeds, given.rounds)
    parts = [f"On {machine(PACKAGES)}."]
    if given.only != "threads":
        raced, notes = race(seeds)
        parts += [
            "## Time to the same validation error",
            f"10 hidden tansig units, {ROWS} rows, 70/15/15, noise of {NOISE:g} of the target's deviation; the median "
            f"of {seeds} seeds (another split and weights each); in brackets how many times as long as fitnet with "
            f"lm, and how often the goal was reached (within {LIMIT:g} s; a seed that does not counts with the "
            "time it took). fitnet's time is that of the whole call: division, scaling, training, scores, model. The "
            "others get scaled arrays, and start by their own initial weights.",
            raced,
            "\n".join(f"- {note}" for note in notes),
        ]
    if given.only != "race":
        parts += [
            "## Threads of BLAS",
            f"An iteration on 280 rows, NumPy; the median of {rounds} rounds in which all take their turn. Busy: one "
            "process beside that only counts.",
            threads(rounds),
            "The NumPy engine gives second-order rules of at most 500 parameters one thread: what more of them cost "
            "on a machine with other work is many times what they can save. Here it is told not to.",
        ]
    title = "# fitnet beside its peers; threads for small matrices"
    report(given.name if given.only is None else f"{given.name}_{given.only}", [title, *parts])


if __name__ == "__main__":
    main()
