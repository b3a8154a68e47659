"""The derivative of a loss by its outputs, line by line: of one, and of one of several."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import numpy as np

from ...core.activations import Sigmoid, Softmax
from ...core.kinds import settings
from ...core.losses import LOSSES, Chain, Loss, PointwiseLoss
from ...errors import ArgumentError
from ...formulas.building import build, parsed, substituted
from ...formulas.evaluation import evaluate
from ...formulas.expression import Call, Expression, Negative, Number, Quotient, Sum, Summation, Symbol, replaced
from ...formulas.paper import on_paper
from ...formulas.parsing import parse
from .chained import NET_INPUTS, chained, check_said, closed, is_near, own_notes, true_lines
from .derivation import Derivation, DerivationPart, Paper

_NOTE = "ℓ is the loss of one example; F is its mean or its sum over the examples, as its reduction says."
_STAND_STILL = "the terms of the others stand still"


def derived_loss(loss: Loss) -> Derivation:
    """∂ℓ/∂a of a loss of one output and of one of several, by the rules and by the lines that it closes them with.

    Raises ArgumentError for a loss that says no formula of one output, or one that is not what it computes.
    """
    found = [_chain(loss, chain) for chain in loss.chains] if loss.chains else _of_its_value(loss)
    title = f"The derivative of {LOSSES.name_of(loss)} by the outputs"
    return Derivation(title, tuple(part for part in found if part.lines), (_NOTE, *own_notes(loss)))


def _of_its_value(loss: Loss) -> Iterator[DerivationPart]:
    """One output, and one of several: the same, but for the terms of the others, and divided by their number."""
    checked, letters = _with_value(loss), _letters(loss)
    points = [{"a": 0.5, "t": 0.5 + e, **settings(loss)} for e in NET_INPUTS]
    part = chained("one output", Paper("ℓ", "a", "∂", letters), _term(checked, "a", "t"))
    last = part.lines[-1].expression
    closing = true_lines(checked.closing_lines, points, [evaluate(last, point) for point in points])
    yield closed(part, closing)

    def of_one(expression: Expression) -> Expression:
        expression = replaced(replaced(expression, Symbol("a"), Symbol("a_i")), Symbol("t"), Symbol("t_i"))
        return Quotient(expression, Symbol("S")) if loss.averages_outputs else expression

    if checked.together_text and _is_together(checked):
        together = build(checked.together_text, {**_names(checked, "a_i", "t_i"), **_symbols(loss.others)})
    else:
        letters = {"rest": Summation("k≠i", on_paper(_term(checked, "a_k", "t_k")))}
        together = Sum((_term(checked, "a_i", "t_i"), Symbol("rest")))
    definition = Quotient(together, Symbol("S")) if loss.averages_outputs else together
    of = "output i of S" if loss.averages_outputs else "output i of several"
    part = chained(f"{of}: {_STAND_STILL}", Paper("ℓ", "a_i", "∂", letters), definition)
    yield closed(part, [(rule, of_one(expression)) for rule, expression in closing])


def _with_value(loss: Loss) -> PointwiseLoss:
    """A loss whose text is its value."""
    name = LOSSES.name_of(loss)
    if not isinstance(loss, PointwiseLoss) or not loss.value_text:
        raise ArgumentError(
            f"loss {name!r} says no formula of one output: give its class a value_text, such as "
            "'e**4', or derive a formula, such as derive('(x - 1)**4')"
        )
    for e in NET_INPUTS:
        found = evaluate(build(loss.value_text, _numbers({**_point(0.5, 0.5 + e), **settings(loss)})))
        right = float(loss.value(np.asarray([[0.5]]), np.asarray([[0.5 + e]]))[0, 0])
        check_said(f"loss {name!r} says {loss.value_text!r}, which at e = {e:g}", found, right)
    return loss


def _is_together(loss: PointwiseLoss) -> bool:
    """Whether a text of several outputs is the sum of their values."""
    t = 0.5 + np.asarray(NET_INPUTS)
    a = np.full_like(t, 0.5)
    try:
        found = evaluate(build(loss.together_text, _numbers(_points(loss, a, t, a)[0])))
    except ArgumentError:
        return False
    return is_near(found, float(loss.value(a[:, None], t[:, None]).sum()))


def _chain(loss: Loss, chain: Chain) -> DerivationPart:
    """The chain of lines that a loss says, compared with what it computes of a sigmoid or a softmax."""
    several = chain.by.endswith("_i")
    activation = Softmax() if several else Sigmoid()
    n, t = np.asarray([[0.3, -1.0, 0.5], [0.2, 0.5, 0.3]])[:, : 3 if several else 1]
    a = activation(n)
    points = _points(loss, a, t, n)
    given = {letter: parse(text, tuple(points[0])) for letter, text in chain.given.items()}
    part = DerivationPart(chain.title, Paper("ℓ", chain.by, "∂", _letters(loss)), ())
    right = loss.sensitivity(activation, n[None], a[None], t[None])[0].tolist()
    if chain.text:
        definition = parse(chain.text, tuple(points[0]))
        value = float(loss.terms(activation, n[None], a[None], t[None]).sum())
        said = f"loss {LOSSES.name_of(loss)!r} says {chain.text!r}, which at a = {a[0]:.3g}"
        check_said(said, evaluate(definition, points[0]), value, "chains")
        part = chained(chain.title, part.paper, definition, given)
        right = [evaluate(part.lines[-1].expression, point) for point in points]
    return closed(part, true_lines(chain.closing_lines, points, right), given)


def _term(loss: PointwiseLoss, a: str, t: str) -> Expression:
    """The value of an output by its letter and its target's."""
    return build(loss.value_text, _names(loss, a, t))


def _names(loss: Loss, a: str, t: str) -> dict[str, Expression]:
    """What a, t and e of a text are, and its settings."""
    error = Sum((Symbol(t), Negative(Symbol(a))))
    return {"a": Symbol(a), "t": Symbol(t), "e": error, **_symbols(settings(loss))}


def _symbols(letters: Iterable[str]) -> dict[str, Expression]:
    return {letter: Symbol(letter) for letter in letters}


def _letters(loss: Loss) -> dict[str, Expression]:
    """The sums over the other outputs, as they are written."""
    names = {**_names(loss, "a_k", "t_k"), "a_i": Symbol("a_i")}
    return {letter: Summation("k≠i", on_paper(substituted(term, names))) for letter, term in _others(loss).items()}


def _others(loss: Loss) -> dict[str, Expression]:
    """What the letters of sums add up; the name of the loss, or of one it is made of, is a function of e there."""
    names = frozenset(("a", "t", "e", "a_i", *settings(loss)))
    return {letter: parsed(text, names, _made_of(loss)) for letter, text in loss.others.items()}


def _made_of(loss: Loss) -> tuple[str, ...]:
    """The names of a loss's class and of those that it is made of."""
    return tuple(name for name in LOSSES if isinstance(loss, LOSSES[name]))


def _points(loss: Loss, a: np.ndarray, t: np.ndarray, n: np.ndarray) -> list[dict[str, float]]:
    """What the letters are for each of these outputs."""
    others, known = _others(loss), settings(loss)
    if isinstance(loss, PointwiseLoss) and loss.value_text:
        value = build(loss.value_text, _symbols(("a", "t", "e", *known)))
        for name in _made_of(loss):
            others = {letter: replaced(term, Call(name, (Symbol("e"),)), value) for letter, term in others.items()}
    each = [_point(*values) for values in zip(a.tolist(), t.tolist(), n.tolist(), strict=True)]
    found = []
    for i, one in enumerate(each):
        rest = [{**known, **other, "a_i": one["a"]} for k, other in enumerate(each) if k != i]
        sums = {letter: sum(evaluate(term, other) for other in rest) for letter, term in others.items()}
        indexed = {f"{letter}_i": one[letter] for letter in ("a", "t", "n")}
        found.append({**known, **one, **indexed, **sums, "S": float(len(each))})
    return found


def _point(a: float, t: float, n: float = 0.0) -> dict[str, float]:
    return {"a": a, "t": t, "n": n, "e": t - a}


def _numbers(values: Mapping[str, float]) -> dict[str, Expression]:
    return {name: Number(value) for name, value in values.items()}
