"""Entries that were not drawn: wrong ones among them are found along random directions, and what was seen is said."""

import numpy as np
import pytest

import thalweg as tw
from thalweg.gradient_check import judgement

rng = np.random.default_rng(0)
X, Y = rng.normal(size=(5, 60)), rng.normal(size=(5, 3))
AT = {"W1": rng.normal(size=(20, 60)) / 8, "b1": np.zeros(20), "W2": rng.normal(size=(3, 20)) / 4, "b2": np.zeros(3)}


def function(p):
    return 0.5 * np.mean(np.sum((np.tanh(X @ p["W1"].T + p["b1"]) @ p["W2"].T + p["b2"] - Y) ** 2, axis=1))


def gradient(p, change=lambda W: None):
    a = np.tanh(X @ p["W1"].T + p["b1"])
    s2 = (a @ p["W2"].T + p["b2"] - Y) / 5
    s1 = s2 @ p["W2"] * (1 - a * a)
    found = {"W1": s1.T @ X, "b1": s1.sum(0), "W2": s2.T @ a, "b2": s2.sum(0)}
    change(found["W1"])
    return found


def check(change=lambda W: None, **options):
    return tw.check_gradient(function, lambda p: gradient(p, change), AT, entries=60, **options)


@pytest.mark.parametrize("seed", range(2))
def test_what_was_seen_is_said(seed):
    right = check(seed=seed)
    assert right.passed
    assert right.explanation.startswith("The gradient is right as far as looked at: ")
    assert "others were looked at together along 2 random directions" in right.explanation
    if seed:
        return
    whole = tw.check_gradient(function, gradient, AT)
    assert whole.explanation.startswith("The gradient is right: 1,283 of 1,283 entries")
    assert "random" not in whole.explanation


def doubled(W):
    W[3, 17] *= 2


def row(W):
    W[7] *= -1


def two(W):
    W[3, 17] *= 2
    W[15, 40] *= 2


@pytest.mark.parametrize(
    ("change", "hurt", "seed"), [(doubled, {(3, 17)}, 0), (two, {(3, 17), (15, 40)}, 1)], ids=["one", "two"]
)
def test_a_slip_in_one_index_is_found_and_named(change, hurt, seed):
    """Field s17-said-right-though-a-twelfth-was-seen: one entry doubled, among those that were not drawn."""
    found = check(change, seed=seed)
    assert [one.kind for one in found.findings] == ["factor"]
    wrong = {name for name, verdict in zip(found.names, found.verdicts, strict=True) if verdict == "wrong"}
    assert wrong <= {f"W1[{i},{j}]" for i, j in hurt}
    assert wrong


def test_a_row_is_found():
    found = check(row, seed=0)
    assert not found.passed
    assert {
        name.split(",")[0] for name, verdict in zip(found.names, found.verdicts, strict=True) if verdict == "wrong"
    } == {"W1[7"}


def test_of_a_network_too():
    net = tw.mlp(20, 30, 2)
    right = tw.check_network(net, "mse", net.init(0), X[:, :20], Y[:, :2], l1=0.1, l2=0.2, weights=50)
    assert right.passed
    assert "along 2 random directions" in right.explanation


def test_entries_that_were_looked_at_one_by_one_are_not_looked_at_again(monkeypatch):
    seen, look_at = [], judgement.look_at

    def looked_at(land, x, given, rest, seed):
        seen.append(rest)
        return look_at(land, x, given, rest, seed)

    monkeypatch.setattr(judgement, "look_at", looked_at)
    parts = check().parts
    total = sum(array.size for array in AT.values())
    assert [len(rest) for rest in seen] == [total - sum(part.checked for part in parts)]
