"""The built-in data of the page as tables, the same for the same settings: what a file of them holds."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ..errors import ArgumentError, unknown

if TYPE_CHECKING:
    import polars as pl

TARGET = "target"


class Dataset(NamedTuple):
    """A built-in table: what it is called and about, how it is made, and whether noise and the number of points count.

    `made` gives the columns for a number of points, a noise and a random generator, the target last.
    """

    title: str
    about: str
    made: Callable[[int, float, np.random.Generator], dict[str, np.ndarray]]
    varies: bool = True
    split: str = "70/15/15"


def _gate(outputs: str) -> Callable[..., dict[str, np.ndarray]]:
    def made(points: int, noise: float, rng: np.random.Generator) -> dict[str, np.ndarray]:
        return {
            "p1": np.array([0, 0, 1, 1]),
            "p2": np.array([0, 1, 0, 1]),
            TARGET: np.array([int(bit) for bit in outputs]),
        }

    return made


def _plane(P: np.ndarray, T: np.ndarray) -> dict[str, np.ndarray]:
    return {"x1": P[:, 0].round(6), "x2": P[:, 1].round(6), TARGET: T}


def _named(inside: np.ndarray, names: tuple[str, str]) -> np.ndarray:
    return np.where(inside, names[0], names[1])


def _circle(points: int, noise: float, rng: np.random.Generator) -> dict[str, np.ndarray]:
    P = rng.uniform(-1, 1, (points, 2))
    inside = (P**2).sum(axis=1) < 0.5
    return _plane(P + noise * 0.5 * rng.normal(size=P.shape), _named(inside, ("inside", "outside")))


def _spirals(points: int, noise: float, rng: np.random.Generator) -> dict[str, np.ndarray]:
    arm = np.arange(points) % 2
    along = np.sqrt(rng.uniform(0.02, 1, points))
    angle = 3.5 * np.pi * along + np.pi * arm
    P = along[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    return _plane(P + noise * 0.2 * rng.normal(size=P.shape), _named(arm == 0, ("one", "other")))


def _clouds(points: int, noise: float, rng: np.random.Generator) -> dict[str, np.ndarray]:
    which = np.arange(points) % 3
    centres = np.array([[-0.7, -0.5], [0.7, -0.4], [0.0, 0.8]])
    P = centres[which] + (0.15 + noise) * rng.normal(size=(points, 2))
    return _plane(P, np.array(["left", "right", "top"])[which])


def _sine(points: int, noise: float, rng: np.random.Generator) -> dict[str, np.ndarray]:
    x = np.linspace(-1, 1, points)
    return {"x": x.round(6), TARGET: (np.sin(np.pi * x * 1.5) + noise * rng.normal(size=points)).round(6)}


def _noisy_plane(points: int, noise: float, rng: np.random.Generator) -> dict[str, np.ndarray]:
    P = rng.uniform(-1, 1, (points, 2))
    return _plane(P, (0.8 * P[:, 0] - 0.5 * P[:, 1] + 0.2 + noise * rng.normal(size=points)).round(6))


def _noisy_saddle(points: int, noise: float, rng: np.random.Generator) -> dict[str, np.ndarray]:
    P = rng.uniform(-1, 1, (points, 2))
    return _plane(P, (P[:, 0] ** 2 - P[:, 1] ** 2 + noise * rng.normal(size=points)).round(6))


def _bundled(name: str) -> Callable[..., dict[str, np.ndarray]]:
    def made(points: int, noise: float, rng: np.random.Generator) -> dict[str, np.ndarray]:
        from sklearn import datasets

        found = getattr(datasets, f"load_{name}")()
        columns = {_column(column): found.data[:, k] for k, column in enumerate(found.feature_names)}
        classes = getattr(found, "target_names", None)
        named = classes is not None and name != "digits"
        answers = np.asarray(classes)[found.target] if named else found.target.astype(int)
        return {**columns, TARGET: answers}

    return made


def _column(name: str) -> str:
    return name.replace(" (cm)", "").replace("/", "_").replace(" ", "_")


DATASETS: dict[str, Dataset] = {
    "xor": Dataset("XOR", "true where one of two inputs is", _gate("0110"), False, "100/0/0"),
    "and": Dataset("AND", "true where both inputs are", _gate("0001"), False, "100/0/0"),
    "circle": Dataset("Circle", "inside or outside", _circle),
    "spirals": Dataset("Two spirals", "which arm a point lies on", _spirals),
    "clouds": Dataset("Gaussian clouds", "three classes", _clouds),
    "sine": Dataset("Sine", "a curve through noisy points", _sine),
    "plane": Dataset("Noisy plane", "a plane through noisy points", _noisy_plane),
    "saddle": Dataset("Noisy saddle", "a curved surface through noisy points", _noisy_saddle),
    "iris": Dataset("Iris", "three species by four measures of the flower (Fisher 1936)", _bundled("iris"), False),
    "wine": Dataset("Wine", "three cultivars by thirteen measures", _bundled("wine"), False),
    "digits": Dataset("Digits", "ten digits, 8 × 8 pixels", _bundled("digits"), False),
    "diabetes": Dataset("Diabetes", "progression after a year (Efron 2004)", _bundled("diabetes"), False),
}
"""The built-in data by name."""


def table_of(name: str, *, points: int = 200, noise: float = 0.1, seed: int = 0) -> pl.DataFrame:
    """A built-in table; raises ArgumentError for an unknown name.

    >>> table_of("and").rows()
    [(0, 0, 0), (0, 1, 0), (1, 0, 0), (1, 1, 1)]
    """
    import polars as pl

    if name not in DATASETS:
        raise ArgumentError(unknown("data", name, DATASETS))
    return pl.DataFrame(DATASETS[name].made(points, noise, np.random.default_rng(seed)))
