"""What a network says, in bytes, beside what it says in numbers."""

import base64
import json
from pathlib import Path

import numpy as np
import pytest
from moving_runs import classifier, curve
from schema_check import validate

import thalweg as tw
from thalweg.plots.section import Said, section_of_function, section_of_run
from thalweg.widgets.regions_data import frame_data, packed, scale_of, still_data

SCHEMA = json.loads((Path(tw.__file__).parent / "widgets" / "regions.schema.json").read_text(encoding="utf-8"))


def cells(frame, shape):
    return np.frombuffer(base64.b64decode(frame["cells"]), np.uint8).reshape(shape)


def test_a_cell_is_its_class_and_how_far_that_is_ahead():
    run = classifier()
    section = section_of_run(run, cells=9)
    frame = frame_data(section, section.said(run.params), 60, 240, (0.0, 1.0))
    levels = still_data(section, "", (0.0, 1.0))["levels"]
    of, ahead = np.divmod(cells(frame, (9, 9)), levels)
    upper = run.predict(section.grid_inputs).reshape(9, 9)
    np.testing.assert_array_equal(of, upper > 0.5)
    np.testing.assert_allclose(ahead / (levels - 1), np.abs(2 * upper - 1), atol=0.5 / (levels - 1) + 1e-6)
    P = np.concatenate([run.recipe.examples.inputs["input"], run.recipe.validation.inputs["input"],
                        run.recipe.test.inputs["input"]])  # fmt: skip
    assert frame["said"] == (run.predict(P)[:, 0] > 0.5).astype(int).tolist()
    assert frame["wrong"] == int((np.array(frame["said"]) != section.targets).sum())


def test_values_are_shades_between_the_ends_of_their_scale():
    P = np.array([[0.0, 0], [1, 0], [0, 1], [1, 1]])
    section = section_of_function(lambda p: p[:, 0] * 2, {"a": (P, P[:, 0] * 2)}, classes=(), cells=5)
    said = section.said(None)
    scale = scale_of(section, [said])
    assert scale == pytest.approx((-0.2, 2.2))
    shades = cells(frame_data(section, said, 0, None, scale), (5, 5)) / 255
    np.testing.assert_allclose(scale[0] + shades * (scale[1] - scale[0]), said.grid, atol=0.5 * 2.4 / 255 + 1e-9)
    wild = Said(said.grid * 1000, said.examples)
    assert scale_of(section, [wild]) == (-2.0, 4.0)  # no further beyond the targets than they span
    assert cells(frame_data(section, wild, 0, None, (-2.0, 4.0)), (5, 5)).max() == 255


def test_one_input_is_a_curve_and_of_classes_their_shares():
    run = curve()
    section = section_of_run(run, cells=6)
    frame = frame_data(section, section.said(run.params), 12, 12, (0.0, 1.0))
    np.testing.assert_allclose(frame["curves"], [run.predict(section.grid_inputs)[:, 0]], rtol=1e-3)
    along = section_of_run(classifier(), [0], cells=6)
    (shares,) = frame_data(along, along.said(classifier().params), 1, 1, (0.0, 1.0))["curves"]
    np.testing.assert_allclose(shares, classifier().predict(along.grid_inputs)[:, 0], rtol=1e-3)


def test_outputs_that_are_not_finite_are_said_to_be_so():
    section = section_of_run(classifier(), cells=3)
    broken = classifier().network.unravel(classifier().network.ravel(classifier().params) * np.nan)
    frame = frame_data(section, section.said(broken), 3, None, (0.0, 1.0))
    assert (frame["finite"], frame["cells"], frame["wrong"]) == (False, "", None)


def test_it_is_as_its_schema_says():
    for section, params in (
        (section_of_run(classifier(), cells=3), classifier().params),
        (section_of_run(classifier(), classes=(), cells=3), classifier().params),
        (section_of_run(curve(), cells=3), curve().params),
    ):
        said = section.said(params)
        scale = scale_of(section, [said])
        frame = frame_data(section, said, 3, 4, scale)
        values = {"data": still_data(section, "t", scale), "frames": [frame], "frame": 0, "now": {}}
        validate(json.loads(json.dumps(values, allow_nan=False)), SCHEMA)


def test_bytes_are_packed_row_by_row():
    assert base64.b64decode(packed(np.array([[0.0, 255.0], [3.0, 4.0]]))) == b"\x00\xff\x03\x04"
