"""Explanations of a wrong gradient in words: what comes out without what, and the line that it is a slip in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from ...core.activations import ACTIVATIONS, Elementwise, Linear, Softmax
from ...core.kinds import settings
from ...core.losses import LOSSES, CrossEntropy, Loss, PointwiseLoss
from ...core.network import Layer, Network
from ...formulas.evaluation import evaluate
from ...formulas.paper import DIGITS, LETTERS, on_paper
from ...formulas.parsing import parse
from ...formulas.stable import stabilised
from ...formulas.write_text import TextWriter
from ..findings import Finding, listed
from .mistake import Mistake
from .numbers import known_factor, known_penalty
from .problem import BIAS, Problem
from .search import LEFT, Explanation

Names = Mapping[tuple[str, str], str]
"""What the arrays of a network are called in x."""

_MOST = 3
"""So many explanations of the same numbers are told."""
_PLACES = ((-1.7,), (-0.4,), (0.3,), (2.1,))
"""Where what a part says of itself is compared with what it computes: four examples of one unit."""
_SUPERSCRIPTS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


def findings_of(
    problem: Problem, found: Sequence[Explanation], names: Names, wrong: Sequence[tuple[str, str]]
) -> tuple[Finding, ...]:
    """One finding for each mistake; where several explanations give the same numbers, one that tells them all."""
    least = min(one.cost for one in found)
    best = [one for one in found if one.cost == least] or list(found)
    told = list(dict.fromkeys(_sentence(problem, one, names) for one in best))
    if len(told) > 1:
        more = f", or in {len(told) - _MOST} other ways" if len(told) > _MOST else ""
        text = f"this is what comes out either {', or '.join(told[:_MOST])}{more}: the numbers are the same"
        first = _groups(best[0])[0][0]
        where = tuple(names[place] for place in wrong)
        return (Finding(first.kind, where, text, _number(first), line_of(problem, first)),)
    return tuple(
        Finding(
            group[0].kind,
            tuple(names[place] for place in _hurt(problem.net, group, wrong)),
            f"this is what comes out {_phrase(problem, group, names, places=False)}",
            _number(group[0]),
            line_of(problem, group[0]),
        )
        for group in _groups(best[0])
    )


def _number(mistake: Mistake) -> float | None:
    return mistake.number


def _groups(found: Explanation) -> list[list[Mistake]]:
    """The mistakes of one kind together, the output's first."""
    groups: dict[object, list[Mistake]] = {}
    for mistake in found.mistakes:
        if mistake.kind == LEFT:
            continue
        groups.setdefault(mistake.key, []).append(mistake)
    return list(groups.values())


def _sentence(problem: Problem, found: Explanation, names: Names) -> str:
    return ", and ".join(_phrase(problem, group, names) for group in _groups(found))


def _phrase(problem: Problem, group: Sequence[Mistake], names: Names, places: bool = True) -> str:
    """One mistake with all its places; of arrays only if these are not told beside it."""
    first = group[0]
    what = _what(problem, first)
    if first.source:
        made = {(one.layer, one.source) for one in group}
        where = listed([name for place, name in names.items() if place in made])
        return f"{what} in the gradient of {where}" if places else what.rstrip(",")
    layers = [layer.name for layer in problem.net.layers if layer.name in {one.layer for one in group}]
    if first.hook == "output":
        return f"{what} at the output"
    if first.hook == "terms" and layers == [problem.net.output.name]:
        if first.kind in ("sign", "factor"):
            return f"{what} in the error term of the output, and so in all that follows from it"
        return what
    return f"{what} {'on the way back to' if first.hook == 'carried' else 'in'} {listed(layers)}"


def _what(problem: Problem, mistake: Mistake) -> str:
    """A mistake with its number."""
    number = mistake.number
    if number is None:
        return mistake.what
    if mistake.kind == "factor":
        known = known_factor(problem, number, _entries(problem.net, mistake))
        like = _losses_like(problem, number) if mistake.hook == "terms" else []
        told = "; ".join([*([known] if known else []), *([f"as {' or '.join(like)} has it"] if like else [])])
        return f"with a factor {number:.6g}" + (f" ({told})" if told else "")
    if mistake.kind == "new_weights":
        return f"with the new weights, W - {number:.6g} times their gradient, for the old ones"
    if mistake.kind in ("penalty", "absolute_penalty"):
        known = known_penalty(problem, number, mistake.source, mistake.kind)
        if known is not None:
            return known
        term = "sign(w)" if mistake.kind == "absolute_penalty" else "w" if mistake.source != BIAS else "b"
        return f"with a penalty's derivative of {number:.6g} {term}"
    return f"{mistake.what} ({number:.6g})"


def _entries(net: Network, mistake: Mistake) -> int:
    """How many the array of a mistake has; 1 for a mistake of a layer."""
    if not mistake.source:
        return 1
    return net.sizes[mistake.layer] * (1 if mistake.source == BIAS else net.sizes[mistake.source])


def _losses_like(problem: Problem, number: float) -> list[str]:
    """The losses that are F's by a factor."""
    if not problem.loss.squares:
        return []

    def size(loss: Loss) -> float:
        share = 1.0 if loss.reduction == "sum" else 1.0 / problem.count
        return share * loss.multiple() / (problem.net.output.size if loss.averages_outputs else 1.0)

    others = {name: kind() for name, kind in LOSSES.items() if kind.squares and kind is not type(problem.loss)}
    right = problem.factor * size(problem.loss)
    return [name for name, loss in others.items() if abs(size(loss) - number * right) <= 1e-6 * abs(number * right)]


def _hurt(net: Network, group: Sequence[Mistake], wrong: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """The wrong arrays that a mistake is seen in first: its own, or those of its layers; else all."""
    of_arrays = {(one.layer, one.source) for one in group if one.source}
    if of_arrays:
        return [place for place in wrong if place in of_arrays] or list(wrong)
    layers = {one.layer for one in group}
    return [place for place in wrong if place[0] in layers] or list(wrong)


def line_of(problem: Problem, mistake: Mistake) -> str:
    """The line of the derivation that a mistake is a slip in.

    >>> import numpy as np, thalweg as tw
    >>> from thalweg.training.examples import Examples
    >>> net = tw.mlp(2, 3, 1, hidden="sigmoid")
    >>> problem = Problem(net, tw.losses.HalfMSE(), Examples({"input": np.zeros((4, 2))}, np.zeros((4, 1)), None))
    >>> line_of(problem, Mistake("no_slope", "slope", "layer1", "without f'", lambda place, right: right))
    "s¹ = f'(n¹) ⊙ (W²)ᵀ s², with f'(n) = a (1 - a)"
    """
    net = problem.net
    layer = next(one for one in net.layers if one.name == mistake.layer)
    m = _index(net, layer.name)
    if mistake.hook in ("output", "carried", "slope", "terms"):
        if mistake.hook == "terms":
            return f"s{m} of every example: " + _line_of_sensitivity(problem, layer)
        return _line_of_sensitivity(problem, layer)
    if mistake.hook == "penalty" or mistake.kind in ("penalty", "absolute_penalty"):
        return _line_of_penalty(problem, mistake, m)
    if mistake.source == BIAS:
        return f"∂F/∂b{m} = Σ s{m} over the examples"
    return f"∂F/∂W{m} = Σ s{m} (a{_index(net, mistake.source)})ᵀ over the examples"


def _line_of_penalty(problem: Problem, mistake: Mistake, m: str) -> str:
    if mistake.source == BIAS:
        more = f" + {problem.bias_l2:.6g} b{m}" if problem.bias_l2 else ": F has no penalty on biases"
        return f"∂F/∂b{m} = Σ s{m}{more}"
    terms = [f" + {problem.l1:.6g} sign(W{m})"] if problem.l1 else []
    terms += [f" + {problem.l2:.6g} W{m}"] if problem.l2 else []
    return f"∂F/∂W{m} = Σ s{m} aᵀ" + ("".join(terms) or ": F has no penalty")


def _line_of_sensitivity(problem: Problem, layer: Layer) -> str:
    net, f = problem.net, layer.activation
    m = _index(net, layer.name)
    if layer is net.output:
        return _line_of_output(problem, m)
    fed = [(_index(net, name), name) for name in net.fed_by[layer.name]]
    v = " + ".join(f"(W{k})ᵀ s{k}" for k, _ in fed)
    v = f"({v})" if len(fed) > 1 else v
    if isinstance(f, Linear):
        return f"s{m} = {v}"
    if type(f) is Softmax:
        return f"s{m} = a{m} ⊙ (v - Σ a{m} v), with v = {v}"
    if not isinstance(f, Elementwise):
        return f"s{m} = (∂a{m}/∂n{m})ᵀ {v}"
    return f"s{m} = f'(n{m}) ⊙ {v}{_slope_text(f)}"


def _line_of_output(problem: Problem, m: str) -> str:
    f, loss = problem.net.output.activation, problem.loss
    name = ACTIVATIONS.name_of(f)
    if type(loss) is CrossEntropy:
        return f"s{m} = (a{m} - t) c, with the derivative of {name} in it already; c = {_share(problem)}"
    if not isinstance(loss, PointwiseLoss) or not _says_derivative(loss):
        return f"s{m} = f'(n{m}) ⊙ ∂F/∂a{m}" if isinstance(f, Elementwise) else f"s{m} = (∂a{m}/∂n{m})ᵀ ∂F/∂a{m}"
    known = settings(loss)
    by = _written(loss.derivative_text, ("a", "t", "e", *known))
    told = f"∂ℓ/∂a = {by}, e = t - a, c = {_share(problem)}"
    if isinstance(f, Linear):
        return f"s{m} = c ∂ℓ/∂a, with {told}"
    if type(f) is Softmax:
        return f"s{m} = a{m} ⊙ (v - Σ a{m} v), with v = c ∂ℓ/∂a, {told}"
    if not isinstance(f, Elementwise):
        return f"s{m} = (∂a{m}/∂n{m})ᵀ c ∂ℓ/∂a, with {told}"
    return f"s{m} = f'(n{m}) ⊙ c ∂ℓ/∂a{_slope_text(f)}, {told}"


def _share(problem: Problem) -> str:
    """The factor c of the terms."""
    if problem.examples.weight is not None:
        return "the example's weight over their sum" if problem.loss.reduction == "mean" else "the example's weight"
    down = [str(problem.count)] if problem.loss.reduction == "mean" and problem.count > 1 else []
    if problem.loss.averages_outputs and problem.net.output.size > 1:
        down.append(str(problem.net.output.size))
    factor = f"{problem.factor:.6g}" if problem.factor != 1.0 else "1"
    if not down:
        return factor
    return f"{factor}/{down[0]}" if len(down) == 1 else f"{factor}/({' · '.join(down)})"


def _slope_text(f: object) -> str:
    if not isinstance(f, Elementwise) or not _says_slope(f):
        return ""
    return f", with f'(n) = {_written(f.derivative_text, ('n', 'a', *settings(f)))}"


def _says_slope(f: Elementwise) -> bool:
    """Whether an activation has a text of its derivative, and it gives this."""
    n = np.array(_PLACES)
    a = f(n)
    return _gives(f, f.derivative_text, {"n": n, "a": a}, f.derivative(n if f.reads == "net_input" else a))


def _says_derivative(loss: PointwiseLoss) -> bool:
    """The same of a loss."""
    a = np.array(_PLACES)
    t = a[::-1]
    return _gives(loss, loss.derivative_text, {"a": a, "t": t, "e": t - a}, loss.derivative(a, t))


def _gives(part: object, text: str, at: Mapping[str, np.ndarray], right: np.ndarray) -> bool:
    known = settings(part)
    if not text:
        return False
    said = stabilised(parse(text, (*at, *known)))
    found = [
        evaluate(said, {**{name: float(values[k, 0]) for name, values in at.items()}, **known})
        for k in range(len(_PLACES))
    ]
    return bool(np.allclose(found, right[:, 0], rtol=1e-9, atol=1e-9))


def _written(text: str, letters: Sequence[str]) -> str:
    return TextWriter(DIGITS, algebraic=True).write(on_paper(parse(text, letters), LETTERS))


def _index(net: Network, name: str) -> str:
    """The number of a layer as a superscript, 0 for an input; its name in brackets in a network that is no chain."""
    chain = len(net.inputs) == 1 and all(len(layer.sources or ()) == 1 for layer in net.layers)
    if not chain:
        return f"[{name}]"
    number = 0 if name in net.inputs else [layer.name for layer in net.layers].index(name) + 1
    return str(number).translate(_SUPERSCRIPTS)
