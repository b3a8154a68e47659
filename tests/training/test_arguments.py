"""Bad arguments: each message names the argument, what was found, and what would be right."""

import numpy as np
import optax
import pytest

import thalweg as tw

NET = tw.mlp(3, 4, 2)
CLASSES = tw.mlp(3, 4, 2, output="softmax")
TWO_INPUTS = tw.Network({"p": 3, "q": 1}, [tw.Layer("out", 2, sources=("p", "q"))])
P, T = np.arange(30.0).reshape(10, 3) / 30, np.arange(20.0).reshape(10, 2) / 20
ONE_HOT = np.eye(2)[np.arange(10) % 2]


def put(values, row, column, value):
    changed = np.array(values, dtype=float)
    changed[row, column] = value
    return changed


def start(**changes):
    params = NET.init(0)
    params["layer1"] = params["layer1"]._replace(**changes)
    return params


BAD = {
    # shapes
    "P: a column too many": ({"P": np.ones((10, 4))}, "P has 4 columns, shape (10, 4)", "input 'input' has size 3"),
    "P: one dimension": ({"P": np.ones(10)}, "P has shape (10,)", "(examples, 3)", "reshape"),
    "P: one number": ({"P": 3.0}, "P has shape ()", "(examples, 3)"),
    "P: three dimensions": ({"P": np.ones((10, 3, 1))}, "P has shape (10, 3, 1)", "(examples, 3)"),
    "P: ragged": ({"P": [[1, 2, 3], [1, 2]]}, "P ", "rows have different lengths"),
    "P: no rows": ({"P": np.ones((0, 3)), "T": np.ones((0, 2))}, "P has no examples"),
    "P: empty list": ({"P": [], "T": []}, "P has shape (0,)", "(examples, 3)"),
    "P: None": ({"P": None}, "P is a NoneType", "a list of rows"),
    "P: a foreign input": ({"P": {"x": P}}, "P has inputs 'x'", "the network has input"),
    "P: one array for two inputs": ({"net": TWO_INPUTS}, "P is one array", "2 inputs", "P={'p': ..., 'q': ...}"),
    "P: an input lacks": ({"net": TWO_INPUTS, "P": {"p": P}}, "P has inputs 'p'", "the network has p, q"),
    "P: inputs of two lengths": (
        {"net": TWO_INPUTS, "P": {"p": P, "q": np.ones((9, 1))}},
        "P['q'] has 9 examples",
        "have 10",
    ),
    "T: a column too few": ({"T": np.ones((10, 1))}, "T has 1 columns, shape (10, 1)", "'layer2' has size 2"),
    "T: one dimension": ({"T": np.ones(10)}, "T has shape (10,)", "(examples, 2)", "reshape"),
    "T: other length": ({"T": np.ones((9, 2))}, "T has 9 examples and P has 10", "same"),
    "T: ragged": ({"T": [[1, 2], [1]]}, "T ", "rows have different lengths"),
    # values
    "P: NaN": ({"P": put(P, 4, 2, np.nan)}, "P has nan at row 4, column 2", "fill in or leave out"),
    "P: inf": ({"P": put(P, 0, 1, np.inf)}, "P has inf at row 0, column 1"),
    "P: -inf": ({"P": put(P, 9, 0, -np.inf), "dtype": "float64"}, "P has -inf at row 9, column 0"),
    "P: too large": ({"P": put(P, 7, 1, 1e39)}, "P has 1e+39 at row 7, column 1", "too large for float32", "float64"),
    "P: NaN of the second input": (
        {"net": TWO_INPUTS, "P": {"p": P, "q": np.full((10, 1), np.nan)}},
        "P['q'] has nan at row 0, column 0",
    ),
    "P: masked": ({"P": np.ma.masked_greater(P, 0.5)}, "P has masked values", "fill them in or leave out"),
    "P: text": ({"P": np.full((10, 3), "1.5")}, "P holds values of type <U3", "numbers", "encode"),
    "P: objects": ({"P": np.full((10, 3), None, dtype=object)}, "P holds values of type object", "numbers"),
    "P: dates": ({"P": np.zeros((10, 3), "datetime64[s]")}, "P holds values of type datetime64[s]"),
    "P: complex": ({"P": P + 1j}, "P holds values of type complex128"),
    "T: NaN": ({"T": put(T, 3, 0, np.nan)}, "T has nan at row 3, column 0"),
    "T: too large": ({"T": put(T, 3, 0, -1e39)}, "T has -1e+39 at row 3, column 0", "too large for float32"),
    "T: text": ({"T": np.full((10, 2), "a")}, "T holds values of type <U1"),
    "T: not one-hot": (
        {"net": CLASSES, "T": np.ones((10, 2))},
        "T adds up to 2 in row 0",
        "softmax output add up to 1",
    ),
    "T: labels": ({"net": CLASSES, "T": put(ONE_HOT, 5, 1, 2)}, "T is 2 at row 5, column 1", "from 0 to 1", "one-hot"),
    "T: negative": ({"net": CLASSES, "T": put(ONE_HOT, 1, 0, -1)}, "T is -1 at row 1, column 0", "from 0 to 1"),
    # weights
    "weight: shape": ({"sample_weight": np.ones((10, 1))}, "sample_weight has shape (10, 1)", "(10,)"),
    "weight: length": ({"sample_weight": np.ones(9)}, "sample_weight has shape (9,)", "(10,)"),
    "weight: negative": (
        {"sample_weight": [1, 1, -0.5, *[1] * 7]},
        "sample_weight is -0.5 at row 2",
        "must not be negative",
    ),
    "weight: NaN": ({"sample_weight": [1, np.nan, *[1] * 8]}, "sample_weight has nan at row 1"),
    "weight: all 0": ({"sample_weight": np.zeros(10)}, "sample_weight is 0 everywhere"),
    "weight: text": ({"sample_weight": ["a"] * 10}, "sample_weight holds values of type <U1"),
    # validation
    "validation: one array": ({"validation": P}, "validation must be (P, T)"),
    "validation: four": ({"validation": (P, T, None, None)}, "validation must be (P, T)"),
    "validation: text": ({"validation": "PT"}, "validation must be (P, T)"),
    "validation: shape of P": ({"validation": (P[:, :2], T)}, "validation P has 2 columns", "has size 3"),
    "validation: shape of T": ({"validation": (P, T[:, :1])}, "validation T has 1 columns", "has size 2"),
    "validation: lengths": ({"validation": (P, T[:4])}, "validation T has 4 examples"),
    "validation: NaN": ({"validation": (put(P, 1, 1, np.nan), T)}, "validation P has nan at row 1, column 1"),
    "validation: empty": ({"validation": (P[:0], T[:0])}, "validation P has no examples"),
    "validation: weight": ({"validation": (P, T, -np.ones(10))}, "validation sample_weight is -1.0 at row 0"),
    "validation: targets": (
        {"net": CLASSES, "T": ONE_HOT, "validation": (P, ONE_HOT * 3)},
        "validation T is 3 at row 0, column 0",
    ),
    # numbers
    "batch_size: more than there are": ({"batch_size": 11}, "batch_size is 11", "10 training examples", "'all'"),
    "batch_size: more than count": (
        {"batch_size": 10, "sample_weight": [0, *[1] * 9]},
        "batch_size is 10, but there are 9 training examples",
    ),
    "batch_size: 0": ({"batch_size": 0}, "batch_size is 0", "at least 1"),
    "batch_size: text": ({"batch_size": "everything"}, "batch_size is 'everything'", "'all' or a whole number"),
    "epochs: 0": ({"epochs": 0}, "epochs is 0", "whole number of at least 1"),
    "epochs: fraction": ({"epochs": 2.5}, "epochs is 2.5", "whole number"),
    "epochs: text": ({"epochs": "10"}, "epochs is '10'", "whole number"),
    "epochs: None": ({"epochs": None}, "epochs is None", "whole number"),
    "epochs: True": ({"epochs": True}, "epochs is True", "whole number"),
    "patience: 0": ({"patience": 0}, "patience is 0", "at least 1"),
    "patience: fraction": ({"patience": 1.5}, "patience is 1.5", "whole number"),
    "max_seconds: negative": ({"max_seconds": -1}, "max_seconds is -1", "at least 0"),
    "max_seconds: NaN": ({"max_seconds": float("nan")}, "max_seconds is nan", "finite"),
    "goal: text": ({"goal": "low"}, "goal is 'low'", "must be a number"),
    "goal: NaN": ({"goal": float("nan")}, "goal is nan", "finite"),
    "min_gradient: negative": ({"min_gradient": -1e-3}, "min_gradient is -0.001", "at least 0"),
    "l1: negative": ({"l1": -1.0}, "l1 is -1.0", "at least 0"),
    "l2: inf": ({"l2": float("inf")}, "l2 is inf", "finite"),
    "l2: None": ({"l2": None}, "l2 is None", "must be a number"),
    "seed: negative": ({"seed": -1}, "seed is -1", "at least 0"),
    "seed: text": ({"seed": "a"}, "seed is 'a'", "whole number"),
    "learning rate: negative": ({"optimizer": lambda: tw.Adam(-0.1)}, "Adam: learning_rate is -0.1", "at least 0"),
    "learning rate: NaN": ({"optimizer": lambda: tw.Adam(float("nan"))}, "Adam: learning_rate is nan"),
    "learning rate: inf": ({"optimizer": lambda: tw.Adam(float("inf"))}, "Adam: learning_rate is inf"),
    "momentum: 1": ({"optimizer": lambda: tw.Momentum(0.1, 1.0)}, "Momentum: momentum is 1.0", "below 1"),
    # names
    "dtype: float16": ({"dtype": "float16"}, "dtype is 'float16'", "'float32' or 'float64'"),
    "dtype: unknown": ({"dtype": "real"}, "dtype is 'real'", "'float32' or 'float64'"),
    "engine": ({"engine": "gpu"}, "engine is 'gpu'", "auto, numpy, xla"),
    "engine of an optax rule": (
        {"engine": "numpy", "optimizer": lambda: optax.adam(1e-3)},
        "optax",
        "engine='xla'",
    ),
    "order": ({"order": "shufle"}, "unknown order 'shufle'", "'shuffle'", "sequential, random"),
    "loss": ({"loss": "mes"}, "unknown loss 'mes'", "'mse'"),
    "loss: of another output": ({"loss": "cross_entropy"}, "cross_entropy needs sigmoid or softmax", "not linear"),
    "optimizer": ({"optimizer": "adm"}, "unknown optimizer 'adm'", "'adam'"),
    "optimizer: class": ({"optimizer": tw.Adam}, "optimizer is the class Adam", "Adam()"),
    "optimizer: number": ({"optimizer": 0.1}, "optimizer must be a name or a Rule", "float"),
    "callbacks: a function": ({"callbacks": print}, "callbacks is", "callbacks=[function]"),
    "callbacks: no functions": ({"callbacks": [1]}, "callbacks is [1]", "list of functions"),
    # parameters
    "params: a vector": ({"params": np.zeros(26)}, "params is ndarray", "net.init()", "net.unravel"),
    "params: a layer lacks": ({"params": {"layer1": NET.init(0)["layer1"]}}, "params lacks 'layer2'"),
    "params: of another network": (
        {"params": tw.mlp(3, 5, 2).init(0)},
        "params['layer1'].weights['input'] has shape (5, 3)",
        "needs (4, 3)",
    ),
    "params: no bias": ({"params": start(bias=None)}, "params['layer1'].bias is None", "bias=True"),
    "params: NaN": (
        {"params": start(bias=np.array([0, 0, np.nan, 0]))},
        "params['layer1'].bias has nan at row 2",
    ),
    "params: too large": (
        {"params": start(weights={"input": np.full((4, 3), 1e300)})},
        "params['layer1'].weights['input'] has 1e+300 at row 0, column 0",
        "float32",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_refuses(case):
    changes, *says = BAD[case]

    def train():
        settings = {"net": NET, "P": P, "T": T, "epochs": 1, **changes}
        if callable(rule := settings.get("optimizer")) and not isinstance(rule, type):
            settings["optimizer"] = rule()  # some rules refuse their settings themselves
        tw.train(**settings)

    with pytest.raises(tw.ThalwegError) as refused:
        train()
    message = str(refused.value)
    assert isinstance(refused.value, ValueError)
    assert "\n" not in message
    for part in says:
        assert part in message


@pytest.mark.parametrize("dtype", ["float32", np.float32, "f4", np.dtype("float64"), float])
def test_ways_to_say_a_dtype(dtype):
    run = tw.train(NET, P, T, epochs=1, dtype=dtype, engine="numpy")
    assert NET.ravel(run.params).dtype == np.dtype(dtype)


def test_large_values_are_fine_in_float64():
    run = tw.train(NET, put(P, 7, 1, 1e39), T, optimizer=tw.GradientDescent(0.0), epochs=1, dtype="float64")
    assert run.stopped_because == "epochs"


def test_soft_targets_are_fine():
    soft = np.stack([T[:, 0], 1 - T[:, 0]], axis=1)
    assert tw.train(CLASSES, P, soft, epochs=1, engine="numpy").stopped_because == "epochs"
