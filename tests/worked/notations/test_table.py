"""Tables of symbols: the five texts written as tables say what their classes say, and a table is taken everywhere."""

import copy
from pathlib import Path

import pytest

import thalweg as tw
from thalweg.core.weight_names import WeightName, weight_at
from thalweg.formulas.expression import Symbol, walk
from thalweg.formulas.write_text import TextWriter
from thalweg.optimizers import RULES
from thalweg.worked.notations import NOTATIONS, Notation, known_notation, name_of_notation
from thalweg.worked.step_files.file import read_step_file

FOLDER = Path(__file__).parents[3] / "examples" / "worked"
MINE = {
    "title": "My course",
    "symbols": {
        "input": "x_{i}", "net_input": "z_{i}^{layer}", "output": "a_{i}^{layer}", "target": "y_{i}", "error": "e_{i}",
        "sensitivity": "δ_{i}^{layer}", "weight": "w_{to},{from}^{layer}", "bias": "b_{to}^{layer}", "function": "σ",
        "loss": "C",
    },
}  # fmt: skip
FIVE = {
    "nnd": """
        title = "Hagan et al., Neural Network Design: Deep Learning, chapter 3"
        error_is = "target - output"
        slopes_are = "a diagonal matrix"
        [symbols]
        input = "p_{i}"
        net_input = "n_{i}^{layer}"
        output = "a_{i}^{layer}"
        target = "t_{i}"
        error = "e_{i}"
        sensitivity = "s_{i}^{layer}"
        weight = "w_{to},{from}^{layer}"
        bias = "b_{to}^{layer}"
        function = "f^{layer}"
        loss = "F"
        [symbols.several_inputs]
        input = "{name}_{i}"
        [symbols.shortcut]
        weight = "w_{to},{from}^{layer},{source}"
        [settings]
        n = "ν"
    """,
    "aifh": """
        title = "Heaton, Artificial Intelligence for Humans, volume 3, chapter 6"
        [symbols]
        input = "x_{unit}"
        net_input = "sum_{unit}"
        output = "o_{unit}"
        target = "ŷ_{unit}"
        error = "e_{unit}"
        sensitivity = "δ_{unit}"
        weight = "w_{from_unit}→{to_unit}"
        bias = "w_B{layer}→{to_unit}"
        bias_unit = "B{layer}"
        function = "φ"
        loss = "E"
        example_loss = "E_q"
        [symbols.output_layer]
        output = "y_{unit}"
        [symbols.one_layer]
        bias = "w_B→{to_unit}"
        bias_unit = "B"
        [settings]
        learning_rate = "ε"
        momentum = "α"
        epsilon = "η"
        [words]
        sensitivity = "node delta"
        net_input = "sum"
        target = "expected"
    """,
    "ncsu": """
        title = "Samatova, Deep Learning, part 2: Backpropagation"
        weights_are = "from, to"
        [symbols]
        input = "X_{i}"
        net_input = "Net_{i}^{letter}"
        output = "{initial}_{i}^{rank}"
        target = "T_{i}"
        error = "e_{i}"
        sensitivity = "δ_{i}^{letter}"
        weight = "w_{from},{to}^{source_letter}{letter}"
        bias = "b_{to}^{letter}"
        function = "φ"
        loss = "E"
        example_loss = "E_q"
        [symbols.output_layer]
        output = "Y_{i}"
        [symbols.several_inputs]
        input = "X_{i}^{letter}"
        [settings]
        learning_rate = "γ"
        momentum = "α"
        [words]
        sensitivity = "error term"
        net_input = "Net"
    """,
    "brilliant": """
        title = "Brilliant wiki, Backpropagation"
        weights_are = "from, to"
        bias_is = "first"
        [symbols]
        input = "o_{i}^0"
        net_input = "a_{i}^{layer}"
        output = "o_{i}^{layer}"
        target = "y_{i}"
        error = "e_{i}"
        sensitivity = "δ_{i}^{layer}"
        weight = "w_{from},{to}^{layer}"
        bias = "w_0,{to}^{layer}"
        bias_unit = "o_0^{layer-1}"
        function = "g"
        loss = "E"
        example_loss = "E_d"
        [symbols.one_output]
        target = "y"
        error = "e"
        [symbols.several_inputs]
        input = "o_{i}^{name}"
        [symbols.shortcut]
        weight = "w_{from},{to}^{source},{layer}"
        [symbols.output_layer]
        function = "g_o"
        [matrices]
        bias = "w_0^{layer}"
        [words]
        sensitivity = "error term"
        net_input = "activation"
    """,
    "qmind": """
        title = "Farley, Neural Network Package, module 3"
        first = 0
        error_is = "target - output"
        sensitivity_is = "-∂F/∂n"
        weights_are = "from, to"
        [symbols]
        input = "input_{i}"
        net_input = "x_{i}^{layer}"
        output = "f(x)_{i}^{layer}"
        target = "expected_{i}"
        error = "Cost_{i}"
        sensitivity = "Gradient_{i}^{layer}"
        weight = "W_{from},{to}^{layer}"
        bias = "b_{to}^{layer}"
        function = "f"
        loss = "F"
        gradient = "D{weight}"
        example_gradient = "D{weight}"
        [symbols.one_layer]
        net_input = "x_{i}"
        output = "f(x)_{i}"
        sensitivity = "Gradient_{i}"
        weight = "W_{from},{to}"
        bias = "b_{to}"
        [symbols.several_inputs]
        input = "{name}_{i}"
        [symbols.shortcut]
        weight = "W_{from},{to}^{source},{layer}"
        [settings]
        learning_rate = "lr"
        [words]
        sensitivity = "Gradient"
        error = "Cost"
        target = "expected"
        output = "f(x)"
        net_input = "x"
    """,
}
"""The notations of the five texts as a teacher would write them."""


def graph():
    return tw.Network(
        {"p": 2, "q": 1},
        [tw.Layer("one", 2, "tanh", ("p",)), tw.Layer("two", 3, "tanh", ("one", "q"), bias=False),
         tw.Layer("out", 2, "softmax", ("two", "one", "p"))],
    )  # fmt: skip


NETWORKS = {"chain": tw.mlp(2, 3, 1), "deep": tw.mlp(3, 2, 2, 2), "one layer": tw.mlp(2, 2), "graph": graph()}


def lines_of(step, notation, **view):
    """All that is printed but the notes, which a text has of its misprints."""
    document = step.document(notation, **view)
    write = TextWriter().write
    lines = [[write(part) for part in (line.symbol, *line.steps)] for line in document.lines()]
    sections = [section.title for section in document.sections]
    return document.introduction, document.text, [(write(s), what) for s, what in document.symbols], sections, lines


@pytest.mark.parametrize(
    ("name", "net"), [*((name, net) for name in FIVE for net in ("one layer", "graph")), ("ncsu", "deep")]
)  # NCSU's letters go by the ranks of the layers
def test_the_five_texts_written_as_tables_say_what_their_classes_say(name, net, tmp_path):
    (tmp_path / "mine.toml").write_text(FIVE[name], encoding="utf-8")
    table = tw.worked.notation_from(tmp_path / "mine.toml")
    net = NETWORKS[net]
    rows = {source: [[0.5] * size] for source, size in net.inputs.items()}
    P = rows if len(rows) > 1 else next(iter(rows.values()))
    loss = "cross_entropy" if net.output.size == 2 and len(net.inputs) == 2 else "mse"
    step = tw.worked_step(net, loss, net.init(0), P, [[1.0, 0.0][: net.output.size]], "nesterov")
    assert lines_of(step, table) == lines_of(step, name)
    if name != "aifh":  # whose letters of matrices a table writes as W[H]
        assert lines_of(step, table, form="matrix") == lines_of(step, name, form="matrix")
    for attribute in ("first", "sign", "subtracts_output", "bias_first", "from_to", "letters", "words"):
        assert getattr(table, attribute) == getattr(NOTATIONS[name], attribute), attribute


@pytest.mark.parametrize("name", list(NOTATIONS))
@pytest.mark.parametrize("net", NETWORKS)
def test_different_things_have_different_symbols(name, net):
    net = NETWORKS[net]
    n, meanings = NOTATIONS[name](net), {}

    def enter(symbol, meaning):
        assert meanings.setdefault(symbol, meaning) == meaning, (symbol, meaning, meanings[symbol])

    for source, size in net.inputs.items():
        for j in range(size):
            enter(n.input(source, j), ("input", source, j))
    for layer in net.layers:
        for i in range(layer.size):
            for what in ("net_input", "output", "sensitivity"):
                enter(getattr(n, what)(layer.name, i), (what, layer.name, i))
    for i in range(net.output.size):
        enter(n.target(i), ("target", i))
        enter(n.error(i), ("error", i))
    weights = [weight_at(net, k) for k in range(net.parameter_count)]
    parts = {part for rule in RULES for part, _ in RULES.get(rule).texts()} - {"delta"}
    for weight in weights:
        enter(n.weight(weight), ("weight", weight))
        enter(n.delta(weight), ("delta", weight))
        enter(n.gradient(weight), ("gradient", weight))
        for part in parts:
            enter(n.part(part, weight), ("part", part, weight))
    assert len(meanings) > 5 * len(weights)


def test_a_bias_that_its_layer_shares_has_one_symbol_in_every_notation():
    net = tw.mlp(2, 2, 2)
    step = tw.worked_step(net, "mse", net.init(0), [[0.1, 0.2]], [[1.0, 0.0]], shared_bias=["layer1"])
    for name in NOTATIONS:
        lines = step.document(name).lines()
        biases = [line.symbol for line in lines if line.about["quantity"] == "new_weight" and "shared" in line.about]
        assert len(biases) == 1
        assert step.document(name, form="matrix").lines()


def test_a_table_is_taken_wherever_a_name_is(tmp_path):
    import tomllib

    table = tw.worked.notation_from(MINE)
    file = tmp_path / "mine.toml"
    file.write_text(as_toml(MINE), encoding="utf-8")
    assert tomllib.loads(file.read_text(encoding="utf-8")) == MINE
    step_file = (FOLDER / "aifh_xor_online.toml").read_text(encoding="utf-8")
    (tmp_path / "step.toml").write_text(f'notation = "mine.toml"\n{without_notation(step_file)}', encoding="utf-8")
    (tmp_path / "own.toml").write_text(
        f"{without_notation(step_file)}\n[notation]\n{as_toml(MINE, 'notation.')}", encoding="utf-8"
    )
    step = read_step_file(FOLDER / "aifh_xor_online.toml").open()
    expected = step.document(table).lines()
    assert "z¹₁ = w¹₁,₁ x₁ + w¹₁,₂ x₂ + b¹₁" in step.show(table)
    for notation in (MINE, file, str(file)):
        assert step.document(notation).lines() == expected
    for name in ("step.toml", "own.toml"):
        read = read_step_file(tmp_path / name)
        assert read.open().document().lines() == expected
        assert "notation" in repr(read)
    assert read_step_file(tmp_path / "step.toml").open().to_dict()["notation"] == "mine"
    net = tw.mlp(2, 2, 1)
    assert tw.derive_chain(net, "layer1[0,1]", notation=file).lines[0].text.startswith("(∂Ĉ/∂a²₁)(∂a²₁/∂z²₁)")
    opened = tw.worked_step(net, "mse", net.init(0), [[1.0, 2.0]], [[1.0]], notation=file)
    assert opened.document().text == "My course"


def without_notation(text):
    return "\n".join(line for line in text.splitlines() if not line.startswith("notation"))


def as_toml(table, before=""):
    """A table of MINE's form as TOML."""
    import json

    lines = [f"{key} = {json.dumps(value)}" for key, value in table.items() if not isinstance(value, dict)]
    for name, inside in table.items():
        if isinstance(inside, dict):
            lines += [f"[{before}{name}]", *(f"{key} = {json.dumps(value)}" for key, value in inside.items())]
    return "\n".join(lines) + "\n"


def test_what_a_table_says_of_itself():
    table = tw.worked.notation_from({**copy.deepcopy(MINE), "notes": ["δ is the delta of chapter 4."], "first": 0})
    assert issubclass(table, Notation)
    assert name_of_notation(table) == "own"
    assert known_notation("nnd") == "nnd"
    net = tw.mlp(1, 1)
    n = table(net)
    assert n.weight(WeightName("layer1", 0, "input", 0)) == Symbol("w", ("0", "0"), ("1",))
    step = tw.worked_step(net, "mse", net.init(0), [[1.0]], [[1.0]], notation=table)
    assert "δ is the delta of chapter 4." in step.show()
    assert any(part == Symbol("C", (), (), "hat") for line in step.document().lines() for part in walk(line.symbol))
