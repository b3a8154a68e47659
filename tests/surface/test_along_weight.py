"""The error against one weight: AIFH's property that the tangent's slope is the gradient."""

import json

import numpy as np
import pytest

import thalweg as tw

P, T = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]), np.array([[0.0], [1.0], [1.0], [0.0]])
NET = tw.Network({"p": 2}, [tw.Layer("hidden", 2, "tanh"), tw.Layer("out", 1, "sigmoid", ("hidden", "p"))])
PARAMS = NET.init(seed=3)


def aifh(reference):
    """AIFH's XOR network."""
    w = reference("aifh_xor")["weights"]
    net = tw.Network({"I": 2}, [tw.Layer("H", 2, "sigmoid"), tw.Layer("O", 1, "sigmoid")])
    hidden = np.array([[w["I1->H1"], w["I2->H1"]], [w["I1->H2"], w["I2->H2"]]])
    params = {
        "H": tw.LayerParameters({"I": hidden}, np.array([w["B->H1"], w["B->H2"]])),
        "O": tw.LayerParameters({"H": np.array([[w["H1->O"], w["H2->O"]]])}, np.array([w["B->O"]])),
    }
    return net, params


@pytest.mark.parametrize(
    ("weight", "text"),
    [("O[0,0]", "H1->O"), ("O[0,1]", "H2->O"), ("O[0]", "B->O"), ("H[0,1]", "I2->H1"), ("H[1,0]", "I1->H2")],
)
def test_the_slope_is_the_gradient_of_the_text(reference, weight, text):
    net, params = aifh(reference)
    curve = tw.error_along_weight(net, "half_sse", params, P, T, weight)
    assert curve.slope == pytest.approx(reference("aifh_xor")["batch"]["gradient_sum"][text], rel=1e-12)
    assert curve.at == reference("aifh_xor")["weights"][text]
    assert 2 * curve.F_at / 4 == pytest.approx(reference("aifh_xor")["batch"]["mse_before"], rel=1e-12)


@pytest.mark.parametrize("weight", ["hidden[1,0]", "hidden[0]", "out[0,hidden:1]", "out[0,p:0]"])
def test_the_tangent_touches_the_curve(weight):
    """Differences of the curve's own values, taken nearer and nearer to the weight, go to the tangent's slope."""
    at = tw.error_along_weight(NET, "mse", PARAMS, P, T, weight).at
    h = 1e-5
    near = tw.error_along_weight(NET, "mse", PARAMS, P, T, weight, span=(at - h, at + h), points=3)
    assert (near.F[2] - near.F[0]) / (2 * h) == pytest.approx(near.slope, abs=1e-9)
    assert near.F[1] == pytest.approx(near.F_at, rel=1e-13)
    np.testing.assert_allclose(near.tangent(near.values), near.F, atol=1e-9)
    assert near.name == weight


def test_only_that_weight_moves():
    curve = tw.error_along_weight(NET, "mse", PARAMS, P, T, "out[0,p:1]", span=(-2, 2), points=5)
    for value, F in zip(curve.values, curve.F, strict=True):
        changed = {**PARAMS, "out": tw.LayerParameters(dict(PARAMS["out"].weights), PARAMS["out"].bias)}
        changed["out"].weights["p"] = np.array([[PARAMS["out"].weights["p"][0, 0], value]])
        assert pytest.approx(tw.gradient(NET, "mse", changed, P, T)[0], rel=1e-13) == F


def test_a_penalty_is_in_the_error_and_the_slope():
    plain, bent = (tw.error_along_weight(NET, "mse", PARAMS, P, T, "hidden[0,0]", l2=l2) for l2 in (0.0, 0.4))
    assert bent.slope - plain.slope == pytest.approx(0.4 * plain.at, rel=1e-12)
    others = sum((W**2).sum() for weights, _ in PARAMS.values() for W in weights.values()) - plain.at**2
    np.testing.assert_allclose(bent.F - plain.F, 0.2 * (plain.values**2 + others), rtol=1e-12)


def test_the_default_span_is_around_the_weight_and_the_loss_that_of_train():
    curve = tw.error_along_weight(NET, None, NET.unravel(5 * np.ones(11)), P, T, "hidden[0,0]")
    assert (curve.values[0], curve.values[-1], len(curve.values)) == (0.0, 10.0, 200)
    assert curve.loss == "cross_entropy"
    below = tw.error_along_weight(NET, None, NET.unravel(-5 * np.ones(11)), P, T, "hidden[0,0]")
    assert (below.values[0], below.values[-1]) == (-10.0, 0.0)


def test_as_data():
    net = tw.mlp(1, 1)
    curve = tw.error_along_weight(
        net, "mse", net.unravel(np.array([0.0, 0.0])), [[1.0]], [[1.0]], "layer1[0]", span=(-1e200, 1e200), points=3
    )
    told = json.loads(json.dumps(curve.to_dict(), allow_nan=False))
    assert told == {
        "name": "layer1[0]",
        "values": [-1e200, 0.0, 1e200],
        "F": [None, 1.0, None],
        "at": 0.0,
        "F_at": 1.0,
        "slope": -2.0,
        "loss": "mse",
        "paths": [],
        "l2": 0.0,
    }


@pytest.mark.parametrize(
    ("changed", "error", "words"),
    [
        ({"weight": "hiden[0,0]"}, tw.ArgumentError, "unknown layer 'hiden': did you mean 'hidden'"),
        ({"weight": "out[0,1]"}, tw.ArgumentError, r"out\[0,hidden:1\] or out\[0,p:1\]"),
        ({"weight": "hidden[2,0]"}, tw.ArgumentError, "2 units, 0 to 1"),
        ({"span": (1, 1)}, tw.ArgumentError, r"span is \(1, 1\); it must be \(low, high\), finite and low below high"),
        ({"span": 3}, tw.ArgumentError, r"span is 3; it must be \(low, high\)"),
        ({"span": (0, float("inf"))}, tw.ArgumentError, "finite"),
        ({"points": 1}, tw.ArgumentError, "points is 1; it must be a whole number of at least 2"),
        ({"P": P[:0], "T": T[:0]}, tw.DataError, "P has no examples"),
        ({"P": P * np.nan}, tw.DataError, "P has nan at row 0, column 0"),
        ({"T": T + 1, "loss": None}, tw.DataError, "targets of cross_entropy are from 0 to 1"),
        ({"params": None}, tw.ArgumentError, "params is NoneType"),
    ],
)
def test_mistakes(changed, error, words):
    given = {"loss": "mse", "params": PARAMS, "P": P, "T": T, "weight": "hidden[0,0]", "span": None, "points": 10}
    given |= changed
    weight = given.pop("weight")
    with pytest.raises(error, match=words) as told:
        tw.error_along_weight(
            NET, given.pop("loss"), given.pop("params"), given.pop("P"), given.pop("T"), weight, **given
        )
    assert "\n" not in str(told.value)


def test_nowhere_finite():
    net = tw.mlp(1, 1)
    with pytest.raises(tw.DataError, match="the error is not finite for any layer1"):
        tw.error_along_weight(net, "mse", net.init(0), [[1e200]], [[0.0]], "layer1[0,0]", points=4)
