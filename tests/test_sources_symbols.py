"""The tables of symbols in docs/sources.md are what the notations write.

`python tests/test_sources_symbols.py` prints them anew.
"""

import re

from sources_document import SECTIONS, WORKED, rows_of

from thalweg.core.weight_names import WeightName
from thalweg.formulas.expression import Number
from thalweg.formulas.write_latex import LatexWriter
from thalweg.formulas.write_text import TextWriter
from thalweg.worked.notations import NOTATIONS
from thalweg.worked.rendering.text import render_text
from thalweg.worked.step_files.file import read_step_file

HEADING = "One quantity, twelve notations"
XOR = read_step_file(WORKED / "aifh_xor_online.toml")
SHORTCUT = read_step_file(WORKED / "nnd_p3_2_shortcut.toml")
WEIGHT = WeightName("hidden", 0, "input", 1)
WRITTEN = {name: notation(XOR.network) for name, notation in NOTATIONS.items()}
GROUPS = list(NOTATIONS)[:5], list(NOTATIONS)[5:]
"""The five texts, and the others: a table each."""

SYMBOLS = {
    "second input": lambda n: n.input("input", 1),
    "net input of the first hidden unit": lambda n: n.net_input("hidden", 0),
    "its output": lambda n: n.output("hidden", 0),
    "output of the network": lambda n: n.output("out", 0),
    "its target": lambda n: n.target(0),
    "its error": lambda n: n.error(0),
    "activation function of the output": lambda n: n.function("out"),
    "its derivative": lambda n: n.slope("out"),
    "weight from the second input to the first hidden unit": lambda n: n.weight(WEIGHT),
    "bias of the first hidden unit": lambda n: n.weight(WeightName("hidden", 0)),
    "what that bias is multiplied with": lambda n: n.bias_unit("hidden") or Number(1.0),
    "weight of a shortcut, from the input to layer 2": lambda n: type(n)(SHORTCUT.network).weight(
        WeightName("two", 0, "p", 0)
    ),
    "sensitivity of the first hidden unit": lambda n: n.sensitivity("hidden", 0),
    "error of one example": lambda n: n.example_loss(),
    "error of all examples": lambda n: n.loss(),
    "gradient of one example": lambda n: n.example_gradient(WEIGHT),
    "gradient of all examples": lambda n: n.gradient(WEIGHT),
    "update of that weight": lambda n: n.delta(WEIGHT),
    "learning rate": lambda n: n.setting("learning_rate"),
    "momentum": lambda n: n.setting("momentum"),
    "Nesterov's n": lambda n: n.part("n", WEIGHT),
    "Adam's m̂": lambda n: n.part("m_hat", WEIGHT),
    "Adam's ε": lambda n: n.setting("epsilon"),
}


def order_of_indices(n):
    """Whether a weight's indices say first where it comes from, or where it leads."""
    symbol, ends = n.weight(WEIGHT).below, [n.number(WEIGHT.origin or 0), n.number(WEIGHT.to)]
    found = re.findall(r"\d", "".join(symbol))
    if len(found) == 1:
        return "none: weights are numbered"
    order = ("from", "to") if found == ends else ("to", "from")
    return ("→" if "→" in symbol[0] else ", ").join(order)


def mark_of_layers(n):
    """How a weight says of which layer it is."""
    symbol = n.weight(WEIGHT)
    above = "".join(symbol.above).strip("()[]")
    if not above:
        return "its number, in the word" if "[" in symbol.base else MARKS.get(len(symbol.below), "its own number")
    return "its number, above" if above[0].isdecimal() else "the letters of both layers, above"


MARKS = {2: "the letters of its ends"}


def treatment_of_bias(n):
    """What a bias is, and where it stands in the sum."""
    what = "b" if n.bias_unit("hidden") is None else "weight of a unit that gives 1"
    return f"{what}, {'first' if n.bias_first else 'last'} in the sum"


CONVENTIONS = {
    "indices of a weight": order_of_indices,
    "its layer is told by": mark_of_layers,
    "units are counted from": lambda n: n.number(0),
    "a bias is": treatment_of_bias,
    "an error is": lambda n: "target - output" if n.subtracts_output else "output - target",
    "a sensitivity is": lambda n: "∂F/∂n" if n.sign > 0 else "-∂F/∂n",
    "its name": lambda n: n.word("sensitivity"),
    "the name of a net input": lambda n: n.word("net input"),
}


def symbols_table(names):
    """The symbol of each quantity in each notation."""
    write = LatexWriter().write
    return [[what, *(f"$`{write(symbol(WRITTEN[name]))}`$" for name in names)] for what, symbol in SYMBOLS.items()]


def conventions_table(names):
    """What each notation does."""
    return [[what, *(told(WRITTEN[name]) for name in names)] for what, told in CONVENTIONS.items()]


def terminal_lines():
    """A net input, a sensitivity and an update as the terminal shows them, each in all notations."""
    step, writer, found = XOR.with_example([1, 0], [1]).open(), TextWriter(), {}
    for name, n in WRITTEN.items():
        shown = [line.strip() for line in render_text(step.document(name, digits=4), width=10**6).splitlines()]
        first = WeightName("hidden", 0, "input", 0)
        for number, symbol in enumerate((n.net_input("hidden", 0), n.sensitivity("hidden", 0), n.delta(first))):
            start = f"{writer.write(symbol)} = "
            found.setdefault(number, []).append(f"{name:<10} {next(line for line in shown if line.startswith(start))}")
    return "\n\n".join("\n".join(lines) for lines in found.values())


def test_the_heads_name_the_notations():
    heads = re.findall(r"^\| \| (.+) \|$", SECTIONS[HEADING], re.MULTILINE)
    assert [head.replace("`", "").split(" | ") for head in heads] == [GROUPS[0], GROUPS[0], GROUPS[1], GROUPS[1]]


def test_the_tables_are_what_the_notations_write():
    found = (row for names in GROUPS for table in (symbols_table, conventions_table) for row in table(names))
    assert rows_of(HEADING) == list(found)


def test_the_lines_are_those_of_the_terminal():
    block = re.search(r"```text\n(.*?)\n```", SECTIONS[HEADING], re.DOTALL)
    assert block
    assert block[1] == terminal_lines()


def test_alpha_is_not_alpha():
    letters = {name: (n.setting("learning_rate").base, n.setting("momentum").base) for name, n in WRITTEN.items()}
    assert [name for name, (rate, _) in letters.items() if rate == "α"] == ["nnd", "brilliant", "ng"]
    assert [name for name, (_, momentum) in letters.items() if momentum == "α"] == [
        "aifh", "ncsu", "goodfellow", "mitchell",
    ]  # fmt: skip


def _as_markdown(names, table):
    head = f"| | {' | '.join(f'`{name}`' for name in names)} |\n|{' --- |' * (1 + len(names))}"
    return "\n".join([head, *(f"| {' | '.join(row)} |" for row in table)])


if __name__ == "__main__":
    for names in GROUPS:
        print(_as_markdown(names, symbols_table(names)), _as_markdown(names, conventions_table(names)), sep="\n\n")
        print()
    print(terminal_lines())
