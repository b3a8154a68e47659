"""Labels, dicts of probabilities, and 1 - p beside p, found in the nodes of a graph."""

import numpy as np
from onnx import helper

from thalweg.exchange.onnx_labels import classes_of, is_label, probabilities_before

NODES = [
    helper.make_node("Sigmoid", ["n"], ["p"]),
    helper.make_node("Sub", ["one", "p"], ["rest"]),
    helper.make_node("Concat", ["rest", "p"], ["both"], axis=1),
    helper.make_node("Cast", ["both"], ["wide"], to=11),
    helper.make_node("ZipMap", ["wide"], ["chances"], domain="ai.onnx.ml"),
    helper.make_node("ArgMax", ["both"], ["best"], axis=1),
    helper.make_node("Gather", ["labels", "best"], ["named"]),
    helper.make_node("Identity", ["named"], ["told"]),
    helper.make_node("Gather", ["labels", "places"], ["no label"]),
]
MAKERS = {node.output[0]: node for node in NODES}
THINGS = {"one": np.array(1.0), "labels": np.array([b"fig", b"plum"])}


def test_a_label_is_chosen_by_the_largest():
    assert {name for name in MAKERS if is_label(name, MAKERS)} == {"best", "named", "told"}
    circle = {"a": helper.make_node("Identity", ["b"], ["a"]), "b": helper.make_node("Identity", ["a"], ["b"])}
    assert not is_label("a", circle)


def test_the_classes_are_those_that_it_is_chosen_from():
    assert classes_of(["told"], NODES, MAKERS, THINGS) == ("fig", "plum")
    assert classes_of([], NODES, MAKERS, THINGS) == ()
    assert classes_of(["told"], NODES, MAKERS, {}) == ()


def test_probabilities_lie_before_dicts_and_both():
    assert {name: probabilities_before(name, MAKERS, THINGS) for name in ("chances", "wide", "both", "p")} == (
        dict.fromkeys(("chances", "wide", "both", "p"), "p")
    )
    assert probabilities_before("both", MAKERS, {"one": np.array(2.0)}) == "both"
    assert probabilities_before("chances", MAKERS, {}) == "wide"
