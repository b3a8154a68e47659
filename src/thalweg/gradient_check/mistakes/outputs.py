"""Mistakes in the error term of the output: of another loss, other targets, other outputs, weights left out."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from ...core.activations import Activation, Sigmoid, Softmax
from ...core.losses import LOSSES, CrossEntropy, HalfMSE, Loss
from .mistake import Change, Mistake
from .problem import Point, Problem


def output_mistakes(problem: Problem) -> Iterator[Mistake]:
    """Those of the output layer."""
    last = problem.net.output

    def one(kind: str, what: str, change: Change) -> Mistake:
        return Mistake(kind, "output", last.name, what, change)

    for loss in _losses(problem.loss):
        name = LOSSES.name_of(loss)
        if _fits(loss, last.activation):
            yield one(
                "other_loss",
                f"with the error term of {name}" + (", a - t," if isinstance(loss, CrossEntropy) else ""),
                lambda place, right, loss=loss: place.at.output_sensitivity(loss),
            )
    if not isinstance(problem.loss, CrossEntropy) and not _fits(CrossEntropy(), last.activation):
        plain = HalfMSE(reduction=problem.loss.reduction)
        yield one(
            "other_loss",
            "with a - t alone for the error term",
            lambda place, right: place.at.by_output(plain),
        )
    for what, targets in (
        ("with the targets one row later", lambda T: np.roll(T, -1, axis=0)),
        ("with the targets one row earlier", lambda T: np.roll(T, 1, axis=0)),
        ("with the targets in reverse order", lambda T: T[::-1]),
        ("with the targets' columns shifted by one to the right", lambda T: np.roll(T, 1, axis=1)),
        ("with the targets' columns shifted by one to the left", lambda T: np.roll(T, -1, axis=1)),
        ("with the targets' columns in reverse order", lambda T: T[:, ::-1]),
        ("with 1 - t for the targets t", lambda T: 1.0 - T),
        ("with the targets left out, t = 0,", np.zeros_like),
        ("with + t for - t", lambda T: -T),
    ):
        yield one("targets", what, lambda place, right, targets=targets: _with_targets(place.at, targets))
    yield one(
        "outputs",
        "with the net input n for the output a in the error term",
        lambda place, right: _with_outputs(place.at, lambda n, a: n),
    )
    yield one(
        "outputs",
        "with rounded outputs (the class that is chosen) in the error term",
        lambda place, right: _with_outputs(place.at, _chosen),
    )
    yield one("size_of_error", "with |e| for e in the error term", lambda place, right: np.abs(right))
    if problem.examples.weight is not None:
        yield one(
            "unweighted",
            "without the weights of the examples",
            lambda place, right: place.at.output_sensitivity(weighed=False),
        )


def _losses(own: Loss) -> Iterator[Loss]:
    """The others, with the same reduction; cross-entropy, whose error term is known best, first."""
    for name in sorted(LOSSES, key=lambda name: name != "cross_entropy"):
        kind = LOSSES[name]
        if kind is not type(own):
            yield kind(reduction=own.reduction)
            if own.reduction != kind().reduction:
                yield kind()


def _fits(loss: Loss, activation: Activation) -> bool:
    return not loss.probabilities or type(activation) in (Sigmoid, Softmax)


def _with_targets(at: Point, targets: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    examples = at.problem.examples
    problem = at.problem
    if isinstance(problem.loss, CrossEntropy):
        return problem.factor * (at.passed.output - targets(examples.T)) * problem.c()
    changed = Problem(
        at.problem.net,
        at.problem.loss,
        examples._replace(T=np.ascontiguousarray(targets(examples.T))),
        at.problem.factor,
    )
    return Point(changed, at.params).output_sensitivity()


def _with_outputs(at: Point, outputs: Callable[[np.ndarray, np.ndarray], np.ndarray]) -> np.ndarray:
    """The error term with other outputs in the derivative of the loss, f' staying as it is."""
    problem, last = at.problem, at.problem.net.output
    n, a, T = at.n(last.name), at.passed.output, problem.examples.T
    other = outputs(n, a)
    if isinstance(problem.loss, CrossEntropy):
        return problem.factor * (other - T) * problem.c()
    v = problem.factor * problem.loss.derivative(other, T) * problem.c()  # pyright: ignore[reportAttributeAccessIssue]
    return last.activation.backpropagate(n, a, v)


def _chosen(n: np.ndarray, a: np.ndarray) -> np.ndarray:
    """1 for the class that is chosen, 0 for others; a single output rounded."""
    if a.shape[1] == 1:
        return np.round(a)
    return np.eye(a.shape[1])[np.argmax(a, axis=1)]
