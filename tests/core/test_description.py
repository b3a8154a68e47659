"""A network as plain data and back."""

import dataclasses
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import thalweg as tw
from thalweg.core.activations import ACTIVATIONS
from thalweg.core.description import build_network, describe_network


@st.composite
def networks(draw) -> tw.Network:
    """Any feedforward graph."""
    sizes = st.integers(1, 5)
    inputs = {f"in{number}": draw(sizes) for number in range(draw(st.integers(1, 3)))}
    names, layers = list(inputs), []
    for number in range(draw(st.integers(1, 5))):
        sources = draw(st.lists(st.sampled_from(names), min_size=1, unique=True))
        activation = draw(st.sampled_from([ACTIVATIONS.get(name) for name in ACTIVATIONS]))
        dropout = draw(st.floats(0, 1, exclude_max=True))
        layers.append(tw.Layer(f"l{number}", draw(sizes), activation, tuple(sources), draw(st.booleans()), dropout))
        names.append(f"l{number}")
    layers[-1] = dataclasses.replace(layers[-1], dropout=0.0)
    return tw.Network(inputs, layers)


@given(networks())
def test_any_network_comes_back_through_json(net):
    back = build_network(json.loads(json.dumps(describe_network(net))))
    assert back == net
    assert list(back.inputs) == list(net.inputs)


@settings(max_examples=15)
@given(st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text("aé/0 "), st.lists, max_leaves=5))
def test_data_that_describe_no_network(data):
    for description in (data, {"inputs": data, "layers": []}, {"inputs": [{"name": "p", "size": 1}], "layers": data}):
        with pytest.raises(tw.ArgumentError):
            build_network(description)  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"bias": 1}, "bias is 1; it must be true or false"),
        ({"bias": "no"}, "bias is 'no'"),
        ({"size": 0}, "size 0"),
        ({"size": 1.0}, "size 1.0"),
        ({"dropout": 1.0}, "dropout is 1.0"),
        ({"dropout": "0"}, "dropout is '0'; it must be a number"),
        ({"name": "a/b"}, "without '/'"),
        ({"name": None}, "layer name None"),
        ({"sources": ["nowhere"]}, "unknown source 'nowhere'"),
        ({"sources": [["input"]]}, "source"),
        ({"sources": []}, "no source"),
        ({"sources": None}, "not one"),
        ({"activation": "tanh"}, "not one"),
        ({"activation": {}}, "unknown activation None"),
        ({"activation": {"name": ["tanh"]}}, "unknown activation"),
    ],
)
def test_layers_that_are_none(change, reason):
    description = describe_network(tw.mlp(2, 1))
    description["layers"][0].update(change)
    with pytest.raises(tw.ArgumentError, match=reason.replace("(", r"\(")):
        build_network(description)
