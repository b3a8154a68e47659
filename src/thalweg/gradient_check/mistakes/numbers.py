"""The numbers that mistakes have: factors that come of sums for means and the like, strengths of penalties."""

from __future__ import annotations

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
    ('7 times too large, the sum over the 7 examples where F has their mean', \
"1/3 of what it should be, the mean over the 3 outputs where F has their sum, and with the other sign", None)
    """
    for value, words in _factors(problem):
        if _near(number, value):
            return words
        if _near(number, -value):
            return f"{words}, and with the other sign"
    return None


def _factors(problem: Problem) -> Iterator[tuple[float, str]]:
    N, S = problem.count, problem.net.output.size
    twos = ((1.0, ""), (2.0, "a factor 2 too many"), (0.5, "a factor ½ too many"))
    many = ((1, "", ""),)
    of_examples = (*many, (N, "examples", "up"), (N, "examples", "down")) if N > 1 else many
    of_outputs = (*many, (S, "outputs", "up"), (S, "outputs", "down")) if S > 1 else many
    found: list[tuple[int, float, str]] = []
    for two, two_words in twos:
        for n, examples, n_way in of_examples:
            for s, outputs, s_way in of_outputs:
                value = two * _power(n, n_way) * _power(s, s_way)
                words = [_sum_or_mean(n, examples, n_way), _sum_or_mean(s, outputs, s_way), two_words]
                told = [word for word in words if word]
                if told:
                    found.append((len(told), value, f"{_times(value, n, n_way, s, s_way, two)}, {' and '.join(told)}"))
    if N > 1:
        found.append((1, N / (N - 1), f"{N}/{N - 1} of what it should be, divided by {N - 1} where F has {N} examples"))
        found.append((1, (N - 1) / N, f"{N - 1}/{N} of what it should be"))
    for _, value, words in sorted(found, key=lambda one: one[0]):
        yield value, words


def _power(number: int, way: str) -> float:
    return float(number) if way == "up" else 1.0 / number if way == "down" else 1.0


def _sum_or_mean(number: int, what: str, way: str) -> str:
    if not way:
        return ""
    mine, its = ("sum", "mean") if way == "up" else ("mean", "sum")
    return f"the {mine} over the {number} {what} where F has their {its}"


def _times(value: float, n: int, n_way: str, s: int, s_way: str, two: float) -> str:
    up = (n if n_way == "up" else 1) * (s if s_way == "up" else 1) * (2 if two == 2.0 else 1)
    down = (n if n_way == "down" else 1) * (s if s_way == "down" else 1) * (2 if two == 0.5 else 1)
    if down == 1:
        return f"{up} times too large"
    return f"{up}/{down} of what it should be"


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
