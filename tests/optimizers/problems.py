"""A tree of parameters and gradients that depend on them, for every test of a rule."""

import numpy as np

import thalweg as tw

NET = tw.Network({"p": 2}, [tw.Layer("a", 3, "tanh"), tw.Layer("b", 2, bias=False, sources=("a", "p"))])
STEPS = 50


def start(dtype="float64"):
    return NET.unravel(np.random.default_rng(7).normal(size=NET.parameter_count).astype(dtype))


_rng = np.random.default_rng(8)
_PULL = _rng.uniform(0.2, 3.0, NET.parameter_count)
_NOISE = _rng.normal(0.0, 0.3, (STEPS, NET.parameter_count))


def gradient_at(step, params):
    """The slope of a valley, with noise that step for step is the same; some entries are 0 now and then."""
    x = NET.ravel(params)
    noise = np.where(np.abs(_NOISE[step]) < 0.05, -_PULL * np.asarray(x), _NOISE[step])
    return NET.unravel((_PULL * np.asarray(x) + noise).astype(np.asarray(x).dtype))


def added(params, delta):
    return NET.unravel(NET.ravel(params) + NET.ravel(delta))


def path(rule, steps=STEPS, params=None):
    """The parameters after each step of a rule, as rows, and the last state."""
    params = start() if params is None else params
    state, rows = rule.init(params), []
    for step in range(steps):
        delta, state = rule.update(gradient_at(step, params), state, params)
        params = added(params, delta)
        rows.append(np.asarray(NET.ravel(params)))
    return np.array(rows), state
