"""The numbers that mistakes have: factors that come of sums for means and the like, strengths of penalties."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator

from .problem import BIAS, Problem

_SAME = 1e-6


def known_factor(problem: Problem, number: float) -> str | None:
    """A factor in words, if it is made of -1, 2, the numbers of examples and of outputs.

    >>> import numpy as np, thalweg as tw
    >>> from thalweg.training.examples import Examples
    >>> of = Examples({"input": np.zeros((7, 2))}, np.zeros((7, 3)), None)
    >>> problem = Problem(tw.mlp(2, 3), tw.losses.MSE(), of)
    >>> known_factor(problem, 7.0), known_factor(problem, -1 / 3), known_factor(problem, 0.37)
    ('7 times too large: the sum over the 7 examples where their mean belongs', \
'1/3 of what it should be: the mean over the 3 outputs where their sum belongs, and with the other sign', None)
    """
    for sign, more in ((1.0, ""), (-1.0, ", and with the other sign")):
        found = [one for one in _factors(problem) if _near(number, sign * one[1])]
        if found:
            fewest = min(count for count, *_ in found)
            best = [one for one in found if one[0] == fewest]
            return f"{best[0][2]}: {', or '.join(words for *_, words in best)}{more}"
    return None


def _factors(problem: Problem) -> Iterator[tuple[int, float, str, str]]:
    """How many things make a factor, the factor, how large that is in words, and the things."""
    N, S = problem.count, problem.net.output.size
    twos = (("", 1), ("a factor 2 too many", 2), ("a factor ½ too many", -2))
    examples = (("", 1), *_sum_and_mean(N, "examples"))
    outputs = (("", 1), *_sum_and_mean(S, "outputs"))
    for (one, two), (other, n), (third, s) in itertools.product(twos, examples, outputs):
        words = [word for word in (one, other, third) if word]
        up, down = (math.prod(abs(k) for k in (two, n, s) if k * way > 0) for way in (1, -1))
        if words and up != down:
            size = f"{up} times too large" if down == 1 else f"{up}/{down} of what it should be"
            yield len(words), up / down, size, " and ".join(words)
    if N > 1:
        yield 1, N / (N - 1), f"{N}/{N - 1} of what it should be", f"divided by {N - 1} for {N} examples"
        yield 1, (N - 1) / N, f"{N - 1}/{N} of what it should be", f"divided by {N} where F is by {N - 1}"


def _sum_and_mean(number: int, what: str) -> tuple[tuple[str, int], ...]:
    """A sum taken for a mean, and the other way round; negative where it divides."""
    if number < 2:
        return ()
    return (
        (f"the sum over the {number} {what} where their mean belongs", number),
        (f"the mean over the {number} {what} where their sum belongs", -number),
    )


def known_penalty(problem: Problem, number: float, source: str, kind: str) -> str | None:
    """A strength of a penalty in words, beside the one that F has, if that says how it came about."""
    bias = source == BIAS
    letter = "b" if bias else "W"
    right = problem.l1 if kind == "absolute_penalty" else problem.bias_l2 if bias else problem.l2
    by = f"sign({letter})" if kind == "absolute_penalty" else letter
    if right and abs(number) <= _SAME * right:
        return f"without the penalty's derivative λ {by}"
    if bias and not right and problem.l2 and _near(number, problem.l2):
        return "with the penalty of the weights on the biases too"
    N, F = problem.count, problem.factor
    for value, words in (
        (2.0, "2λ for λ"),
        (0.5, "½λ for λ"),
        (-1.0, "-λ for λ"),
        (1.0 / N, f"λ divided by the {N} examples once more"),
        (float(N), f"λ not divided by the {N} examples"),
        (2.0 * N, f"2λ not divided by the {N} examples"),
        (1.0 / F if F else 0.0, "λ without the factor that F has"),
    ):
        if right and value not in (0.0, 1.0) and _near(number, value * right):
            return f"with {words} in the penalty's derivative"
    return None


def _near(number: float, value: float) -> bool:
    return abs(number - value) <= _SAME * abs(value)
