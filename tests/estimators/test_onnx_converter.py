"""Pipelines with our estimators, converted by skl2onnx: in onnxruntime equal to the pipelines."""

import numpy as np
import onnxruntime
import pytest
import skl2onnx
from sklearn.exceptions import ConvergenceWarning
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import thalweg as tw

RNG = np.random.default_rng(0)
X = RNG.normal(size=(60, 3))
TARGETS = {
    "one": X[:, 0],
    "two": X[:, :2],
    "counts": np.floor(np.exp(X[:, 0])),
    "numbers": (X[:, 0] > 0).astype(int),
    "booleans": X[:, 0] > 0,
    "texts": np.array(["a", "b", "c"])[RNG.integers(0, 3, 60)],
    "labels": (X[:, :2] > 0).astype(int),
}


def estimator(name):
    known = {"hidden_layer_sizes": (5,), "max_iter": 2, "random_state": 0}
    if name in ("one", "two", "counts"):
        loss = "poisson" if name == "counts" else "squared_error"
        return tw.estimators.MLPRegressor(loss=loss, activation="tanh", **known)
    return tw.estimators.MLPClassifier(activation="elu", **known)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", TARGETS)
def test_a_pipeline_converts_as_it_is(name, dtype):
    rows = X.astype(dtype)
    with pytest.warns(ConvergenceWarning):
        pipeline = make_pipeline(StandardScaler(), estimator(name)).fit(rows, TARGETS[name])
    graph = skl2onnx.to_onnx(pipeline, rows[:1])
    run = onnxruntime.InferenceSession(graph.SerializeToString(), providers=["CPUExecutionProvider"])
    found = run.run(None, {"X": rows})
    room = 1e-5 if dtype == "float32" else 1e-12
    assert found[-1].dtype == rows.dtype
    expected = pipeline.predict(rows)
    if len(found) == 1:
        np.testing.assert_allclose(found[0].reshape(expected.shape), expected, rtol=room, atol=room)
    else:
        assert (found[0] == expected).all()
        np.testing.assert_allclose(found[1], pipeline.predict_proba(rows), atol=room)
