"""A student's network of two layers in plain NumPy, its gradient, and ways to get it wrong."""

import numpy as np

N = 7
_rng = np.random.default_rng(4)
P, T = _rng.normal(size=(N, 3)), _rng.normal(size=(N, 2))
X = {
    "W1": _rng.normal(size=(4, 3)),
    "b1": _rng.normal(size=4),
    "W2": _rng.normal(size=(2, 4)),
    "b2": _rng.normal(size=2),
}
SHAPES = {name: array.shape for name, array in X.items()}
FLAT = np.concatenate([array.ravel() for array in X.values()])


def sigmoid(n):
    return 1.0 / (1.0 + np.exp(-n))


def function(x, P=P, T=T):
    """½ of the squared error, the mean over the examples."""
    a = sigmoid(P @ x["W1"].T + x["b1"])
    e = a @ x["W2"].T + x["b2"] - T
    return 0.5 * np.mean(np.sum(e * e, axis=1))


def gradient(x, P=P, T=T, slope=lambda a: a * (1.0 - a)):
    a = sigmoid(P @ x["W1"].T + x["b1"])
    s2 = (a @ x["W2"].T + x["b2"] - T) / len(P)
    s1 = (s2 @ x["W2"]) * slope(a)
    return {"W1": s1.T @ P, "b1": s1.sum(axis=0), "W2": s2.T @ a, "b2": s2.sum(axis=0)}


def flat(function):
    """A function of the dict as one of the flat vector, its gradient too if it gives one."""

    def of(vector):
        x, start = {}, 0
        for name, shape in SHAPES.items():
            stop = start + int(np.prod(shape))
            x[name], start = vector[start:stop].reshape(shape), stop
        found = function(x)
        return np.concatenate([array.ravel() for array in found.values()]) if isinstance(found, dict) else found

    return of


def planted(**changes):
    """The gradient with some arrays changed, each by a function of the right one and of x's."""

    def wrong(x):
        found = gradient(x)
        for name, change in changes.items():
            found[name] = change(found[name], x[name])
        return {name: array for name, array in found.items() if array is not None}

    return wrong


def everywhere(change):
    return planted(**dict.fromkeys(SHAPES, change))
