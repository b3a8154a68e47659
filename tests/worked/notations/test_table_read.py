"""What is wrong with a table of symbols is told in one line, with its key."""

import copy

import pytest

import thalweg as tw
from thalweg.worked.notations.table_read import NEEDED, read_table

MINE = {
    "title": "My course",
    "symbols": {
        "input": "x_{i}", "net_input": "z_{i}^{layer}", "output": "a_{i}^{layer}", "target": "y_{i}", "error": "e_{i}",
        "sensitivity": "δ_{i}^{layer}", "weight": "w_{to},{from}^{layer}", "bias": "b_{to}^{layer}", "function": "σ",
        "loss": "C",
    },
}  # fmt: skip


def changed(**symbols):
    table = copy.deepcopy(MINE)
    table["symbols"] |= symbols
    return table


def without(key):
    table = copy.deepcopy(MINE)
    del table["symbols"][key]
    return table


@pytest.mark.parametrize("key", NEEDED)
def test_a_symbol_that_is_missing_is_named_with_an_example(key):
    with pytest.raises(tw.ArgumentError, match=f"^symbols.{key} is missing: write its pattern, such as {key} = "):
        read_table(without(key))


@pytest.mark.parametrize(
    ("table", "told"),
    [
        ({"symbols": MINE["symbols"]}, "title is missing"),
        ({"title": "x"}, "[symbols] is missing"),
        ({**MINE, "titel": "x"}, "unknown key 'titel': did you mean 'title'"),
        ({**MINE, "title": 3}, "title is 3; it must be a text"),
        ({**MINE, "first": 2}, "first is 2; it must be 0 or 1"),
        ({**MINE, "first": True}, "first is True; it must be 0 or 1"),
        ({**MINE, "error_is": "t - a"}, 'error_is is \'t - a\'; it must be "target - output" or "output - target"'),
        ({**MINE, "weights_are": "to"}, 'it must be "to, from" or "from, to"'),
        ({**MINE, "symbols": ["x"]}, "symbols is ['x']; write it as [symbols]"),
        ({**MINE, "layers": ["I", "O"]}, "layers is ['I', 'O']; it must be three letters"),
        ({**MINE, "layers": "IHO"}, "layers is 'IHO'; it must be three letters"),
        ({**MINE, "notes": [1]}, "notes is [1]; it must be a list of sentences"),
        ({**MINE, "settings": {"lerning_rate": "η"}}, "did you mean 'learning_rate'"),
        ({**MINE, "settings": {"learning_rate": ""}}, "settings.learning_rate is ''; it must be a text"),
        ({**MINE, "words": {"sensitivty": "δ"}}, "did you mean 'sensitivity'"),
        ({**MINE, "matrices": {"delta": "D"}}, "matrices: unknown symbol 'delta'"),
        (changed(imput="x"), "symbols: unknown symbol 'imput': did you mean 'input'"),
        (changed(shortcuts={"weight": "w"}), "unknown case 'shortcuts': did you mean 'shortcut'"),
        (changed(shortcut={"wieght": "w"}), "symbols.shortcut: unknown symbol 'wieght': did you mean 'weight'"),
        (changed(input=4), "symbols.input is 4; it must be a text"),
        (changed(input="x_{"), "symbols.input is 'x_{'; it has a { without its }"),
        (changed(weight="w_{ij}"), "symbols.weight is 'w_{ij}': unknown placeholder '{ij}'"),
        (changed(input="x_{unt}"), "did you mean '{unit}'"),
        (changed(loss="C_{i}"), "symbols.loss is 'C_{i}'; it stands for one thing and has no {i}"),
        (changed(input="x_{i+1}"), "only {layer} may have a number added"),
        (changed(delta="d{weight}_{to}"), "{weight} stands in a word without indices"),
        # two things with one symbol
        (changed(net_input="a_{i}^{layer}"), "symbols.net_input and symbols.output are both a¹₁: change one of them"),
        (changed(output="a_{i}"), "symbols.output is a₁ of layer1[0] and of layer2[0]: tell them apart by {layer}"),
        (changed(weight="w_{to}^{layer}"), "tell them apart by {to}, {from} and {layer}"),
        (changed(bias="b_{layer}"), "symbols.bias is b₁ of layer1[0] and of layer1[1]: tell them apart by {to}"),
        (changed(error="y_{i}"), "symbols.target and symbols.error are both y₁"),
        (changed(loss="δ", sensitivity="δ"), "symbols.sensitivity is δ of"),
        (changed(net_input="n_{i}^{layer}"), 'give that one another letter in [settings], such as n = "ν"'),
        (changed(delta="w_{to},{from}^{layer}"), "symbols.weight and symbols.delta are both w¹₁,₁"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_in_a_line(table, told):
    with pytest.raises(tw.ArgumentError) as caught:
        tw.worked.notation_from(table)
    assert told in str(caught.value)
    assert "\n" not in str(caught.value)


def test_the_file_is_named(tmp_path):
    with pytest.raises(tw.FileError, match=r"nowhere\.toml: no such file: name a table of symbols"):
        tw.worked.notation_from(tmp_path / "nowhere.toml")
    (tmp_path / "mine.toml").write_text("title = 'x'", encoding="utf-8")
    with pytest.raises(tw.ArgumentError, match=r"mine\.toml: \[symbols\] is missing"):
        tw.worked.notation_from(tmp_path / "mine.toml")
