"""What the letters of matrix form stand for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ....formulas.expression import Expression, Symbol
from .. import heading as units
from ..document import Line
from .forward import target_weights
from .gradient import sources_of
from .writing import MatrixWriting, first_weight


def symbols(m: MatrixWriting, lines: Iterable[Line]) -> tuple[tuple[Expression, str], ...]:
    """The letters of the lines, each with what it stands for; of those that have indices the first one."""

    def kind(letter: Symbol) -> tuple[bool, tuple[str, str, str]]:
        return letter.bold, units.kind_of(m.w, letter)

    vectors = list(_vectors(m))[::-1]
    exact, meanings = dict(vectors), {kind(symbol): meaning for symbol, meaning in vectors}
    for symbol, meaning in reversed(list(units.all_symbols(m.w))):
        for letter in units.letters_of(symbol):
            meanings[kind(letter)] = meaning
    explained: dict[Expression, str] = {}
    kinds = set()
    for line in lines:
        for letter in (letter for part in (line.symbol, *line.steps) for letter in units.letters_of(part)):
            if (found := kind(letter)) not in kinds:
                kinds.add(found)
                explained[letter] = exact.get(letter) or meanings.get(found, "")
    return tuple((symbol, meaning) for symbol, meaning in explained.items() if meaning)


def _vectors(m: MatrixWriting) -> Iterator[tuple[Symbol, str]]:
    """The vectors and matrices that a step may have."""
    w, notation, net = m.w, m.w.notation, m.w.step.network
    yield notation.loss(), "error over all examples"
    yield notation.example_loss(), "error of one example"
    if m.together:
        yield (
            Symbol(notation.example_loss().base, (), (), notation.example_loss().mark, bold=True),
            "errors of the examples",
        )
    for name in net.inputs:
        yield notation.input_vector(name), f"the inputs {name}" if len(net.inputs) > 1 else "the inputs"
    for layer in net.layers:
        name = layer.name
        yield notation.net_input_vector(name), f"{notation.word('net input')} of each unit of {name}"
        yield notation.output_vector(name), f"outputs of {name}"
        meaning = "∂F/∂n" if notation.sign > 0 else "-∂F/∂n"
        yield notation.sensitivity_vector(name), f"{notation.word('sensitivity')}, {meaning}, of {name}"
        slope = notation.slopes(name)
        for letter in units.letters_of(slope):
            how = ", on a diagonal" if notation.diagonal and not m.together else ""
            if letter != notation.net_input_vector(name):
                yield letter, f"derivative of the activation function{how}"
        for source in sources_of(m, name):
            weight = first_weight(name, source)
            what = f"biases of {name}" if source is None else f"weights of {name} from {source}"
            for letter in units.letters_of(notation.lifted(notation.weight(weight), weight)):
                yield letter, what
            for letter in units.letters_of(notation.lifted(notation.delta(weight), weight)):
                yield letter, f"update that is added to the {what}"
            for gradient in (notation.example_gradient(weight), notation.gradient(weight)):
                for letter in units.letters_of(notation.lifted(gradient, weight)):
                    yield letter, f"gradient by the {what}"
            for part in (*w.step.parts, *w.step.state._fields):
                for letter in units.letters_of(notation.lifted(notation.part(part, weight), weight)):
                    yield letter, units.meaning_of(w.step.rule, part)
        yield Symbol("J", bold=True), "derivatives of the outputs of a layer by its net inputs"
    yield notation.target_vector(), f"{notation.word('target')} outputs"
    error = "target - output" if notation.subtracts_output else "output - target"
    yield notation.error_vector(), f"errors of the outputs: {error}"
    yield Symbol("mask", bold=True), "what dropout multiplies outputs with"
    yield Symbol("c", bold=True), "weights of the examples"
    yield Symbol("1", bold=True), "ones"
    g = notation.gradient_of(0)
    yield Symbol(g.base, g.below, g.above, g.mark, bold=True), "gradient of the first example's error"
    for group in m.groups[:1]:
        weights = target_weights(m, group)
        if weights is not None and isinstance(weights.letters, Symbol):
            yield weights.letters, "weights of the targets"
