"""Weights as data: those of the parameters, and each unit's map what it says."""

import base64
import json
from pathlib import Path

import numpy as np
from moving_runs import classifier
from schema_check import validate

import thalweg as tw
from thalweg.plots.section import section_of_run
from thalweg.widgets.weights_data import diagram_data, weights_frame


def test_weights_biases_and_maps_are_those_of_the_network():
    run = classifier()
    section = section_of_run(run, cells=4)
    frame = weights_frame(run.network, run.params, 3, 12, section, 8)
    for layer, (weights, bias) in run.params.items():
        np.testing.assert_allclose(frame["biases"][layer], bias, rtol=1e-3)
        for source, W in weights.items():
            np.testing.assert_allclose(frame["weights"][layer][source], W, rtol=1e-3)
    passed = tw.forward(run.network, run.params, section.grid_inputs)
    for unit, (low, high, cells) in enumerate(frame["maps"]["layer1"]):
        a = passed.outputs["layer1"][:, unit]
        np.testing.assert_allclose([low, high], [a.min(), a.max()], rtol=1e-3)
        drawn = np.frombuffer(base64.b64decode(cells), np.uint8)
        np.testing.assert_allclose((drawn / 127.5 - 1) * np.abs(a).max(), a, atol=np.abs(a).max() / 127)


def test_of_a_large_layer_the_first_units_are_there():
    net = tw.cascade(3, 20, 2)
    params = net.init(0)
    frame = weights_frame(net, params, 0, None, None, 5)
    assert np.shape(frame["weights"]["layer1"]["input"]) == (5, 3)
    assert np.shape(frame["weights"]["layer2"]["layer1"]) == (2, 5)
    data = diagram_data(net, "t", (), None, 5)
    assert [(one["size"], one["drawn"]) for one in data["columns"]] == [(3, 3), (20, 5), (2, 2)]
    assert data["columns"][2]["sources"] == ["input", "layer1"]


def test_what_is_not_finite_is_nothing():
    run = classifier()
    broken = run.network.unravel(run.network.ravel(run.params) * np.inf)
    frame = weights_frame(run.network, broken, 0, None, section_of_run(run, cells=3), 8)
    assert frame["weights"]["layer1"]["input"][0][0] is None
    assert frame["maps"]["layer2"] == [None]


def test_it_is_as_its_schema_says():
    schema = json.loads((Path(tw.__file__).parent / "widgets" / "weights.schema.json").read_text(encoding="utf-8"))
    live = tw.widgets.Network(classifier().network, params=classifier().params)
    live.show(classifier().params, 3)
    for picture in (tw.widgets.Network(classifier(), frames=3), live):
        values = {name: getattr(picture, name) for name in ("data", "frames", "frame", "now")}
        validate(json.loads(json.dumps(values, allow_nan=False)), schema)
