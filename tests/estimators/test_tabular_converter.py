"""Pipelines with the estimators of tables, converted by skl2onnx: in onnxruntime equal to the pipelines."""

import numpy as np
import onnxruntime
import pandas as pd
import pytest
import skl2onnx
from skl2onnx.common.data_types import DoubleTensorType, FloatTensorType
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import thalweg as tw
from thalweg.errors import ArgumentError

RNG = np.random.default_rng(0)
ROWS = 40
FRAME = pd.DataFrame(
    {
        "size": np.where(np.arange(ROWS) % 7 == 2, np.nan, RNG.normal(size=ROWS)),
        "colour": RNG.choice(["red", "blue", "it's"], ROWS),
        "ripe": RNG.random(ROWS) > 0.5,
        "count": RNG.integers(0, 9, ROWS),
    }
)
MATRIX = RNG.normal(size=(ROWS, 3))
SETTINGS = {"epochs": 2, "best": False, "random_state": 0, "hidden": (3,), "engine": "numpy"}
TARGETS = {
    "texts": np.where(FRAME["colour"] == "red", "no", "yes"),
    "numbers": np.arange(ROWS) % 3 - 1,
    "labels": np.column_stack([FRAME["ripe"], np.ones(ROWS), FRAME["count"] > 4]).astype(int),
    "measured": FRAME["count"] + 1.0,
    "several": np.column_stack([FRAME["count"], np.full(ROWS, 2.5), RNG.normal(size=ROWS)]),
}


def estimator(name):
    regress = name in ("measured", "several")
    return (tw.estimators.TabularRegressor if regress else tw.estimators.TabularClassifier)(**SETTINGS)


def feeds(frame):
    columns = {}
    for name in frame.columns:
        values = frame[name].to_numpy()
        columns[name] = values.astype(object if values.dtype.kind not in "biuf" else values.dtype)[:, None]
    return columns


def run(graph, given):
    session = onnxruntime.InferenceSession(graph.SerializeToString(), providers=["CPUExecutionProvider"])
    return session.run(None, given)


def check(found, made, X, room):
    if len(found) == 1:
        expected = made.predict(X)
        np.testing.assert_allclose(found[0].reshape(expected.shape), expected, rtol=room, atol=room)
        return
    np.testing.assert_array_equal(found[0], made.predict(X))
    np.testing.assert_allclose(found[1], made.predict_proba(X), atol=room)


@pytest.mark.parametrize("name", TARGETS)
def test_each_column_of_a_frame_is_an_input(name):
    made = estimator(name).fit(FRAME, TARGETS[name])
    graph = skl2onnx.to_onnx(made, FRAME[:1])
    odd = FRAME.head(6).assign(size=[np.nan, -0.0, 1e4, -1e4, 0.5, 1.0], colour=["teal", "", "RED", "red", "it's", "b"])
    for frame in (FRAME, odd):
        check(run(graph, feeds(frame)), made, frame, 1e-5)


@pytest.mark.parametrize("name", ["numbers", "several"])
def test_a_matrix_within_a_pipeline_is_cut_into_its_columns(name):
    made = make_pipeline(StandardScaler(), estimator(name)).fit(MATRIX, TARGETS[name])
    found = run(skl2onnx.to_onnx(made, MATRIX[:1]), {"X": MATRIX})
    assert found[-1].dtype == np.float64
    check(found, made, MATRIX, 1e-5)


def test_one_column_and_a_mean_of_networks():
    made = tw.estimators.TabularRegressor(**{**SETTINGS, "members": 2}).fit(MATRIX[:, :1], MATRIX[:, 0])
    assert made.model_.members
    check(run(skl2onnx.to_onnx(made, MATRIX[:1, :1]), {"X": MATRIX[:, :1]}), made, MATRIX[:, :1], 1e-5)


def test_what_is_no_input_or_of_another_type_is_told_in_a_line():
    made = estimator("measured").fit(FRAME, TARGETS["measured"])
    for types, told in (
        ([("size", FloatTensorType([None, 1])), ("ripe", DoubleTensorType([None, 1]))], "'colour' .a text. is none of"),
        ([("X", FloatTensorType([None, 4]))], "column 'colour' is a text, and the input of the pipeline is a number"),
    ):
        with pytest.raises(ArgumentError, match=rf"{told}.*estimator\.model_\.export") as error:
            skl2onnx.to_onnx(made, initial_types=types)
        assert "\n" not in str(error.value)


def test_hashed_texts_are_refused_by_column():
    names = pd.DataFrame({"who": [f"person {number}" for number in range(ROWS)], "x": MATRIX[:, 0]})
    made = tw.estimators.TabularRegressor(**SETTINGS, many_texts="hash").fit(names, MATRIX[:, 1])
    with pytest.raises(ArgumentError, match="column 'who' is hashed, which ONNX cannot do"):
        skl2onnx.to_onnx(made, names[:1])
