"""What of a step is asked for fits together, or is refused."""

import dataclasses

import pytest

import thalweg as tw
from thalweg.worked.sections.view import Selection, View, ViewFields, select

NET = tw.Network({"p": 2}, [tw.Layer("hidden", 3), tw.Layer("out", 2, sources=("hidden", "p"))])


def test_one_thing_is_shown_whole_and_what_is_not_asked_for_is_folded():
    first = {"hidden": (0, 1), "out": (0, 1)}
    assert select(NET, View(most_neurons=2)) == Selection(first, None, False, first)
    assert select(NET, View(layer="hidden", most_neurons=2)).units == {"hidden": (0, 1, 2)}
    assert select(NET, View(neuron="hidden[2]")).units == {"hidden": (2,)}
    assert select(NET, View(layer="hidden", neuron="2")) == select(NET, View(neuron="hidden[2]"))
    chosen = select(NET, View(weight="out[1,p:0]"))
    assert chosen.back["out"] == (1,)
    assert (chosen.weight.source, chosen.weight.origin, chosen.whole) == ("p", 0, True)


@pytest.mark.parametrize("asked", [{}, {"layer": "hidden"}, {"neuron": "hidden[1]"}, {"layer": "hidden", "neuron": 1}])
def test_a_weight_with_the_layer_and_the_neuron_that_it_leads_to(asked):
    chosen = select(NET, View(weight="hidden[1,0]", **asked))
    assert chosen.units == {"hidden": (0, 1, 2), "out": (0, 1)}  # all whose outputs are used on the way to the error
    assert chosen.back == {"hidden": (1,), "out": (0, 1)}


@pytest.mark.parametrize(
    "asked",
    [
        {"neuron": "hidden[0]"},
        {"neuron": "hidden[2]"},
        {"layer": "hidden", "neuron": 0},
        {"layer": "hidden", "neuron": "2"},
        {"layer": "out"},
        {"neuron": "out[1]"},
    ],
)
def test_a_weight_of_another_neuron_or_layer_is_refused(asked):
    with pytest.raises(tw.ArgumentError) as told:
        select(NET, View(weight="hidden[1,0]", **asked))
    assert str(told.value) == "weight 'hidden[1,0]' is not of the layer or neuron asked for: name one of them"


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"layer": "hiden"}, "did you mean 'hidden'"),
        ({"neuron": "2"}, "of which layer"),
        ({"neuron": "hidden[3]"}, "layer 'hidden' has 3, 0 to 2"),
        ({"layer": "hidden", "neuron": -1}, "layer 'hidden' has 3, 0 to 2"),
        ({"neuron": "hidden[x]"}, "is no unit"),
        ({"neuron": "hidden 2"}, "is no unit"),
        ({"layer": "out", "neuron": "hidden[1]"}, "is not of layer 'out'"),
    ],
)
def test_what_there_is_not_is_told(asked, told):
    with pytest.raises(tw.ArgumentError, match=told):
        select(NET, View(**asked))


@pytest.mark.parametrize("value", [0, 18, True, 2.0])
def test_digits(value):
    with pytest.raises(tw.ArgumentError, match="digits is"):
        View(digits=value)


@pytest.mark.parametrize("name", ["most_examples", "most_neurons", "most_terms"])
@pytest.mark.parametrize("value", [0, True, 1.5])
def test_how_much_is_shown(name, value):
    with pytest.raises(tw.ArgumentError, match=f"{name} is"):
        View(**{name: value})


def test_the_fields_are_those_that_a_step_takes_by_name():
    assert ViewFields.__annotations__.keys() == {field.name for field in dataclasses.fields(View)}
