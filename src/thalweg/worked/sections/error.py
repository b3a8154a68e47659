"""The error: of each output, of each example, and of all examples."""

from __future__ import annotations

from ...formulas.algebra import times, total
from ...formulas.expression import Expression, Negative, Number, Product, Quotient, Sum, Symbol
from . import penalties
from .document import Line, Section
from .forward import example_title
from .texts import Names, spelled_or_nothing
from .writing import OF_LOSS, Writing, folded_sum, symbol_of_weight, worked_terms


def error_sections(w: Writing) -> list[Section]:
    """A section for each example, and one for all of them."""
    sections = [Section(f"Error{example_title(w, q)}", tuple(error_of_example(w, q))) for q in w.examples]
    every = _all_examples(w)
    return [*sections, Section("Error of all examples", (every,))] if every else sections


def difference(w: Writing, i: int, q: int | None = None) -> Expression:
    """t - a or a - t of an output, by symbols or, in an example, by numbers."""
    layer = w.step.network.output.name
    if q is None:
        a: Expression = w.notation.output(layer, i)
        t: Expression = w.notation.target(i)
    else:
        a, t = Number(float(w.step.passed.output[q, i])), Number(float(w.step.targets[q, i]))
    return Sum((t, Negative(a)) if w.notation.subtracts_output else (a, Negative(t)))


def share(w: Writing) -> Expression:
    """1/S of a loss that averages its outputs, else 1."""
    size = w.step.network.output.size
    if not w.step.loss.averages_outputs or size == 1:
        return Number(1.0)
    return Quotient(Number(1.0), Number(float(size)))


def error_of_example(w: Writing, q: int) -> list[Line | str]:
    """The error of each output, and last that of the example."""
    net = w.step.network
    items: list[Line | str] = []
    last = net.output.name
    size = net.output.size
    shown = min(size, w.most_terms)
    counted = [i for i in range(shown) if w.target_weight(q, i)]
    for i in range(shown):
        if i not in counted:
            why = "its target is missing" if w.is_missing(q, i) else "its target has weight 0"
            items.append(f"Output {w.notation.number(i)} has no part in the error: {why}.")
            continue
        if not w.step.loss.uses_targets:
            continue
        e = float(w.step.targets[q, i] - w.step.passed.output[q, i])
        value = e if w.notation.subtracts_output else -e
        about = {"quantity": "error", "layer": last, "neuron": i, "example": q}
        items.append(w.line(w.notation.error(i), (difference(w, i), difference(w, i, q)), value + 0.0, **about))
    if size > shown:
        items.append(f"... and {size - shown:,} more outputs")
    terms = [_term(w, i, q) for i in counted]
    steps: tuple[Expression, ...] = ()
    if terms and all(terms):
        n, a, t = w.step.passed.net_inputs[last][[q]], w.step.passed.output[[q]], w.step.targets[[q]]
        of_all = w.step.loss.terms(net.output.activation, n, a, t)
        of_all = of_all if w.step.target_weight is None else of_all * w.step.target_weight[[q]]
        rest = float(of_all[0, shown:].sum())
        left = size - shown
        steps = (
            times(share(w), folded_sum([letters for letters, _ in terms], left, None)),
            times(share(w), folded_sum([numbers for _, numbers in terms], left, rest)),
        )
        steps += tuple(worked_terms(steps[-1])) if w.selection.weight is not None and size > 1 else ()
    about = {"quantity": "example_error", "example": q}
    items.append(w.line(w.notation.example_loss(), steps, float(w.step.errors[q]), **about))
    return items


def _term(w: Writing, i: int, q: int) -> tuple[Expression, ...]:
    """The term of an output in its example's error, by letters and by numbers, times the weight of its target."""
    found = spelled_or_nothing(w.step.loss.term_text(w.step.network.output.activation), output_names(w, i, q))
    return times_weight(w, i, q, found)


def times_weight(w: Writing, i: int, q: int, found: tuple[Expression, ...]) -> tuple[Expression, ...]:
    """Letters and numbers, times the weight of a target if that is not 1; none where it does not count."""
    v = w.target_weight(q, i)
    if v == 1.0 or not found:
        return found
    letters, numbers = found
    return (times(symbol_of_weight(w.notation, i), letters), times(Number(v), numbers)) if v else ()


def output_names(w: Writing, i: int, q: int, *, written_out: bool = False, weighed: bool = False) -> Names:
    """What names stand for in a loss's texts, at an output in an example: a, t, e = t - a, and the loss's settings.

    The error is the text's own, less where that is a - t; or written out as the difference. With `weighed` the target
    is times its weight, if that is not 1.
    """
    layer = w.step.network.output.name
    a, t = float(w.step.passed.output[q, i]), float(w.step.targets[q, i])
    letters: dict[str, Expression] = {"a": w.notation.output(layer, i), "t": w.notation.target(i)}
    numbers: dict[str, Expression] = {"a": Number(a), "t": Number(t)}
    e: tuple[Expression, Expression]
    if weighed and (v := w.target_weight(q, i)) != 1.0:
        letters["t"], numbers["t"] = (
            times(symbol_of_weight(w.notation, i), letters["t"]) if v else Number(0.0),
            Number(v * t),
        )
        e = Sum((letters["t"], Negative(letters["a"]))), Sum((numbers["t"], Negative(numbers["a"])))
        if not w.notation.subtracts_output:
            e = Sum((letters["a"], Negative(letters["t"]))), Sum((numbers["a"], Negative(numbers["t"])))
    elif written_out:
        e = difference(w, i), difference(w, i, q)
    else:
        e = w.notation.error(i), Number(t - a if w.notation.subtracts_output else a - t)
    letters["e"], numbers["e"] = e if w.notation.subtracts_output else map(Negative, e)
    return Names(letters, numbers).and_settings(w, w.step.loss, OF_LOSS)


def _all_examples(w: Writing) -> Line | None:
    """F = Σ c F of the examples, with the penalties."""
    step = w.step
    if step.examples == 1 and step.factors[0] == 1.0 and not (step.l1 or step.l2):
        return None
    shown = min(step.examples, w.view.most_examples)
    even = bool((step.factors == step.factors[0]).all())
    letters: list[Expression] = [Symbol(w.notation.loss().base, (str(q + 1),)) for q in range(shown)]
    errors: list[Expression] = [Number(float(error)) for error in step.errors[:shown]]
    left = step.examples - shown
    if even:
        rest = float(step.errors[shown:].sum())
        factor = weight_of(w)
        formula: Expression = times(factor, folded_sum(letters, left, None))
        numbers: Expression = times(factor, folded_sum(errors, left, rest))
    else:
        c = [Number(float(factor)) for factor in step.factors[:shown]]
        rest = float((step.factors[shown:] * step.errors[shown:]).sum())
        formula = folded_sum([times(Symbol("c", (str(q + 1),)), letters[q]) for q in range(shown)], left, None)
        numbers = folded_sum([Product((c[q], errors[q])) for q in range(shown)], left, rest)
    extra_letters, extra_numbers = penalties.of_error(w)
    formula = total((*_terms(formula), *extra_letters))
    numbers = total((*_terms(numbers), *extra_numbers))
    return w.line(w.notation.loss(), (formula, numbers), step.value, quantity="error_before")


def weight_of(w: Writing) -> Expression:
    """The factor that all examples have: 1/N of a mean, 1 of a sum."""
    if w.step.factors[0] == 1.0:
        return Number(1.0)
    if w.step.target_weight is not None:
        size, weights = w.step.network.output.size, float(w.step.target_weight.sum(dtype="float64"))
        return Quotient(Number(float(size)), Number(weights))
    if w.step.weight is None:
        return Quotient(Number(1.0), Number(float(w.step.examples)))
    return Number(float(w.step.factors[0]))


def _terms(expression: Expression) -> tuple[Expression, ...]:
    return expression.terms if isinstance(expression, Sum) else (expression,)
