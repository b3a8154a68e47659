"""Columns with many texts: how common the row's text was in training, and a hash of it into a few features."""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import polars as pl

from .scale import Scale
from .values import counted, refuse_nested, tidy

BUCKETS = 32
"""The number of features that a text is hashed into."""


@dataclass(frozen=True)
class HashedColumn:
    """How a column of many texts is encoded: its frequency, then a 1 in one of `buckets` features, then missing.

    The frequency is log(1 + c), standardised, for a text that c training rows have; the feature is the first 8 bytes
    of the text's BLAKE2b digest, as a number, modulo `buckets`. Different texts may share a feature.

    Source: K. Weinberger and others, "Feature hashing for large scale multitask learning", ICML 2009.

    >>> column = HashedColumn.fit(pl.Series("zip", ["02139", "02139", "10001"]))
    >>> column.encode(pl.Series("zip", ["02139", "94110"]))[0].shape
    (2, 33)
    """

    kind: ClassVar[str] = "hashed"
    name: str
    buckets: int
    scale: Scale
    repeated: tuple[str, ...]
    """The texts that more than one training row has, and how many have each; the others of training have one."""
    counts: tuple[int, ...]
    single: tuple[str, ...]
    indicator: bool

    @classmethod
    def fit(cls, series: pl.Series, buckets: int = BUCKETS) -> HashedColumn:
        """The encoding of the training rows' column, not all missing."""
        counts = Counter(tidy(series).cast(pl.String).to_list())
        missing = counts.pop(None, 0)
        repeated = sorted(text for text, count in counts.items() if count > 1)
        single = sorted(text for text, count in counts.items() if count == 1)
        frequencies = np.log1p([count for count in counts.values() for _ in range(count)] + [0] * missing)
        scale = Scale.of(frequencies, f"column {series.name!r}")
        many = tuple(counts[text] for text in repeated)
        return cls(series.name, buckets, scale, tuple(repeated), many, tuple(single), missing > 0)

    @property
    def feature_names(self) -> tuple[str, ...]:
        """The names of the features, in the order of their columns."""
        hashes = tuple(f"{self.name} hash {number}" for number in range(1, self.buckets + 1))
        return (f"{self.name} frequency", *hashes, *((f"{self.name} is missing",) if self.indicator else ()))

    @property
    def detail(self) -> str:
        """What was learnt from the training rows, for people."""
        return f"{len(self.repeated) + len(self.single)} texts: frequency, and a hash of {self.buckets}"

    @property
    def imputed(self) -> str:
        """What stands in for a missing value, for people."""
        return "a text of its own"

    def encode(self, series: pl.Series) -> tuple[np.ndarray, tuple[str, ...]]:
        """The features (rows, features) of a column, and a note on texts that training had not; they count as rare."""
        refuse_nested(series)
        known = dict(zip(self.repeated, self.counts, strict=True)) | dict.fromkeys(self.single, 1)
        texts = tidy(series).cast(pl.String).to_list()
        frequency = self.scale.apply(np.log1p([0 if text is None else known.get(text, 0) for text in texts]))
        hashes = np.zeros((len(texts), self.buckets))
        for row, text in enumerate(texts):
            if text is not None:
                hashes[row, _bucket(text, self.buckets)] = 1.0
        missing = np.array([[text is None] for text in texts], dtype=np.float64).reshape(-1, 1)
        new = sum(text is not None and text not in known for text in texts)
        rows = counted(new, "row has", "rows have")
        notes = (f"column {self.name!r}: {rows} a text not seen in training, known by its hash alone",) if new else ()
        features = [frequency.reshape(-1, 1), hashes, *([missing] if self.indicator else [])]
        return np.hstack(features), notes


def _bucket(text: str, buckets: int) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big") % buckets
