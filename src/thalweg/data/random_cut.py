"""Rows cut in two at random, which scikit-learn's `train_test_split` would cut alike."""

from __future__ import annotations

import numpy as np


def cut_at_random(rows: np.ndarray, size: int, seed: int, strata: np.ndarray | None = None) -> tuple[np.ndarray, ...]:
    """The rows kept and the `size` rows cut off, both in random order, with `strata` each stratum in proportion.

    The draws are those of scikit-learn's `train_test_split(rows, test_size=size, random_state=seed, stratify=strata)`:
    both give the same rows. Here they cost no import of it, which takes most of a second.

    >>> kept, cut = cut_at_random(np.arange(6), 2, seed=0, strata=np.array([0, 0, 0, 1, 1, 1]))
    >>> sorted(cut.tolist()), len(kept)
    ([0, 4], 4)
    """
    rng = np.random.RandomState(seed)
    if strata is None:
        order = rng.permutation(len(rows))
        return rows[order[size:]], rows[order[:size]]
    codes, counts = np.unique(strata, return_inverse=True, return_counts=True)[1:]
    stays = _shares(counts, len(rows) - size, rng)
    goes = _shares(counts - stays, size, rng)
    kept, cut = [], []
    for members, stay, go in zip(_members(codes, counts), stays, goes, strict=True):
        order = members[rng.permutation(len(members))]
        kept.append(order[:stay])
        cut.append(order[stay : stay + go])
    return tuple(rows[rng.permutation(np.concatenate(part))] for part in (kept, cut))


def _members(codes: np.ndarray, counts: np.ndarray) -> list[np.ndarray]:
    """The places of each stratum."""
    return np.split(np.argsort(codes, kind="stable"), np.cumsum(counts)[:-1])


def _shares(counts: np.ndarray, size: int, rng: np.random.RandomState) -> np.ndarray:
    """How many of each stratum make `size` together: in proportion, the largest fractions rounded up.

    Among equal fractions chance decides.
    """
    exact = counts / counts.sum() * size
    shares = np.floor(exact)
    fractions = exact - shares
    missing = int(size - shares.sum())
    for fraction in np.unique(fractions)[::-1]:
        if missing == 0:
            break
        equal = np.flatnonzero(fractions == fraction)
        chosen = rng.choice(equal, size=min(len(equal), missing), replace=False)
        shares[chosen] += 1
        missing -= len(chosen)
    return shares.astype(np.int64)
