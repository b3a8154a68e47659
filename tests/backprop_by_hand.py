"""Backpropagation in plain NumPy as a student writes it, with a hundred ways to get it wrong, and no Thalweg in it."""

import itertools

import numpy as np

RATE, LAMBDA = 0.3, 0.07


def sigmoid(n):
    return 1.0 / (1.0 + np.exp(-n))


def softmax(n):
    e = np.exp(n - n.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


F = {
    "sigmoid": (sigmoid, lambda n, a: a * (1 - a)),
    "tanh": (np.tanh, lambda n, a: 1 - a**2),
    "relu": (lambda n: np.maximum(n, 0), lambda n, a: (n > 0) * 1.0),
    "elliott": (lambda n: n / (1 + np.abs(n)), lambda n, a: 1 / (1 + np.abs(n)) ** 2),
    "linear": (lambda n: n, lambda n, a: np.ones_like(n)),
    "softmax": (softmax, None),
}
OTHER = {"sigmoid": "tanh", "tanh": "sigmoid", "relu": "sigmoid", "elliott": "tanh", "linear": "linear"}


def error(loss, a, t, output):
    N, S = a.shape
    if loss == "cross_entropy":
        if output == "softmax":
            return -np.sum(t * np.log(a)) / N
        return -np.sum(t * np.log(a) + (1 - t) * np.log(1 - a)) / N
    scale = {"mse": 1 / (N * S), "half_mse": 0.5 / N, "sse": 1.0, "half_sse": 0.5}[loss]
    return scale * np.sum((a - t) ** 2)


def loss_and_gradient(net, P, T, x, wrong=()):
    """(F, gradient) of a chain; x is a dict of W1, b1, W2, ...; `wrong` names the mistakes."""
    hidden, output, loss, l2 = net["hidden"], net["output"], net["loss"], net["l2"]
    L = len(x) // 2
    W = [None] + [x[f"W{m}"] for m in range(1, L + 1)]
    b = [None] + [x[f"b{m}"] for m in range(1, L + 1)]
    f = [None] + [hidden] * (L - 1) + [output]
    N, S = T.shape
    n, a = [None], [P]
    for m in range(1, L + 1):
        n.append(a[m - 1] @ W[m].T + b[m])
        a.append(F[f[m]][0](n[m]))
    value = error(loss, a[L], T, output) + 0.5 * l2 * sum(np.sum(w * w) for w in W[1:])

    t, y = T, a[L]
    if "targets one later" in wrong:
        t = np.roll(T, -1, axis=0)
    if "targets shifted" in wrong:
        t = np.roll(T, 1, axis=1)
    if "1 - t" in wrong:
        t = 1 - T
    if "n for a in the error" in wrong:
        y = n[L]
    if "rounded outputs" in wrong:
        y = np.eye(S)[a[L].argmax(axis=1)] if S > 1 else np.round(a[L])
    e = y + t if "plus t" in wrong else y - t
    scale = {"mse": 2 / (N * S), "half_mse": 1 / N, "sse": 2.0, "half_sse": 1.0, "cross_entropy": 1 / N}[loss]
    v = [None] * (L + 1)
    s = [None] * (L + 1)
    if loss == "cross_entropy":
        v[L] = -t / a[L] / N if output == "softmax" else e / (a[L] * (1 - a[L])) / N
    else:
        v[L] = e * scale
    if "error of mae" in wrong:
        v[L] = np.sign(e) / (N * S)
    if loss == "cross_entropy" and "error of mae" not in wrong:
        s[L] = e * scale
        if "no f' at the output" in wrong:
            s[L] = v[L]
        if "f' twice at the output" in wrong:
            s[L] = s[L] * a[L] * (1 - a[L])
    elif output == "softmax":
        s[L] = a[L] * (v[L] - np.sum(a[L] * v[L], axis=1, keepdims=True))
        if "softmax's diagonal" in wrong:
            s[L] = a[L] * (1 - a[L]) * v[L]
        if "no f' at the output" in wrong:
            s[L] = v[L]
    else:
        slope = F[output][1](n[L], a[L])
        if "no f' at the output" in wrong:
            slope = 1.0
        if "f' twice at the output" in wrong:
            slope = slope**2
        if "other f' at the output" in wrong:
            slope = F[OTHER[output]][1](n[L], a[L])
        s[L] = v[L] * slope
    if "a - t of cross-entropy" in wrong:
        s[L] = (a[L] - T) / N if loss not in ("sse", "half_sse") else a[L] - T
    for name, factor in FACTORS.items():
        if name in wrong:
            s[L] = s[L] * factor(N, S)
    if "|e|" in wrong:
        s[L] = np.abs(s[L])
    weight = np.ones(N)
    if "row 2 dropped" in wrong:
        weight[2] = 0
    if "last row dropped" in wrong:
        weight[-1] = 0
    if "row 1 twice" in wrong:
        weight[1] = 2
    if "last example only" in wrong:
        weight[:-1] = 0
    if "first three only" in wrong:
        weight[3:] = 0
    s[L] = s[L] * weight[:, None]

    g = {}
    for m in range(L, 0, -1):
        if m < L:
            delta, V = s[m + 1], W[m + 1]
            if "new W" in wrong:
                V = V - RATE * g[f"W{m + 1}"]
            if "|W|" in wrong:
                V = np.abs(V)
            if "error before f'" in wrong:
                delta = v[m + 1]
            if "output's error all the way" in wrong and s[L].shape == delta.shape:
                delta = s[L]
            if "mean of the errors back" in wrong:
                delta = np.tile(delta.mean(axis=0), (N, 1))
            v[m] = delta @ V
            if "W for W'" in wrong and V.shape[0] == V.shape[1]:
                v[m] = delta @ V.T
            if "without W" in wrong and V.shape[0] == V.shape[1]:
                v[m] = delta
            if "bias column left in" in wrong:
                v[m] = (delta @ np.column_stack([b[m + 1], V]))[:, :-1]
            slope = F[f[m]][1](n[m], a[m])
            if "no f'" in wrong or (m == 1 and "no f' in layer 1" in wrong):
                slope = 1.0
            if "f' at a" in wrong:
                slope = F[f[m]][1](a[m], F[f[m]][0](a[m]))
            if "n in the formula of f'" in wrong:
                slope = F[f[m]][1](a[m], n[m])
            if m == 1 and "f' twice in layer 1" in wrong:
                slope = slope**2
            if "other f'" in wrong:
                slope = F[OTHER[f[m]]][1](n[m], a[m])
            if "f for f'" in wrong:
                slope = a[m]
            if "1 - a for f'" in wrong:
                slope = 1 - a[m]
            s[m] = v[m] * slope
            if m == 1 and "sign of layer 1" in wrong:
                s[m] = -s[m]
        into = a[m - 1]
        if m > 1 and "n into the product" in wrong:
            into = n[m - 1]
        if m == 1 and "inputs one later" in wrong:
            into = np.roll(into, -1, axis=0)
        if "own output into the product" in wrong and a[m].shape == into.shape:
            into = a[m]
        if m == L and "ones into the product" in wrong:
            into = np.ones_like(into)
        dW, db = s[m].T @ into, s[m].sum(axis=0)
        if "W's gradient by the last example" in wrong:
            dW = np.outer(s[m][-1], into[-1])
        if "b's gradient by the last example" in wrong:
            db = s[m][-1].copy()
        if "b's gradient a mean" in wrong:
            db = s[m].mean(axis=0)
        if "b's gradient one sum" in wrong:
            db = np.full(len(b[m]), s[m].sum())
        if "b's sum over the units" in wrong and len(b[m]) == N:
            db = s[m].sum(axis=1)
        if m == L and "b from W's rows" in wrong:
            db = dW.sum(axis=1)
        if m == L and "e in b for s" in wrong:
            db = v[m].sum(axis=0)
        cost, on_bias = l2 * W[m], 0.0 * b[m]
        if l2:
            if "no penalty" in wrong or (m == 1 and "no penalty in layer 1" in wrong):
                cost = 0.0 * W[m]
            if "penalty twice" in wrong:
                cost = 2 * cost
            if "penalty's sign" in wrong:
                cost = -cost
            if "penalty over N" in wrong:
                cost = cost / N
            if "l1 for l2" in wrong:
                cost = l2 * np.sign(W[m])
            if "penalty on biases" in wrong:
                on_bias = l2 * b[m]
        elif "a penalty too many" in wrong:
            cost = LAMBDA * W[m]
        g[f"W{m}"], g[f"b{m}"] = dW + cost, db + on_bias

    last = f"W{L}"
    if "W1 transposed" in wrong:
        g["W1"] = g["W1"].T.reshape(g["W1"].shape)
    if "last W transposed" in wrong:
        g[last] = g[last].T.reshape(g[last].shape)
    if "W1 by columns" in wrong:
        g["W1"] = g["W1"].ravel().reshape(g["W1"].shape, order="F")
    if "b1 0" in wrong:
        g["b1"] = np.zeros_like(g["b1"])
    if "W1 0" in wrong:
        g["W1"] = np.zeros_like(g["W1"])
    if "all biases 0" in wrong:
        g.update({k: np.zeros_like(q) for k, q in g.items() if k[0] == "b"})
    if "sign of W1" in wrong:
        g["W1"] = -g["W1"]
    if "sign of the last b" in wrong:
        g[f"b{L}"] = -g[f"b{L}"]
    if "W1 twice" in wrong:
        g["W1"] = 2 * g["W1"]
    if "last W over N" in wrong:
        g[last] = g[last] / N
    if "first row of W1 left out" in wrong:
        g["W1"][0] = 0
    if "last column of W1 left out" in wrong:
        g["W1"][:, -1] = 0
    if "rows of W1 exchanged" in wrong:
        g["W1"][[0, 1]] = g["W1"][[1, 0]]
    if "columns of W1 reversed" in wrong:
        g["W1"] = g["W1"][:, ::-1].copy()
    if "a column of the inputs twice" in wrong:
        g["W1"][:, 1] = g["W1"][:, 0]
    if "b1 rolled" in wrong:
        g["b1"] = np.roll(g["b1"], 1)
    if "|W1|" in wrong:
        g["W1"] = np.abs(g["W1"])
    return value, g


FACTORS = {
    "the sign": lambda N, S: -1.0,
    "twice": lambda N, S: 2.0,
    "half": lambda N, S: 0.5,
    "sum for mean": lambda N, S: N,
    "mean once more": lambda N, S: 1 / N,
    "mean over outputs": lambda N, S: 1 / S,
    "sum over outputs": lambda N, S: S,
    "N - 1 for N": lambda N, S: N / (N - 1),
    "a factor of 0.37": lambda N, S: 0.37,
}

NETS = {
    "3-5-3 sigmoid, linear": {
        "sizes": (3, 5, 3),
        "hidden": "sigmoid",
        "output": "linear",
        "loss": "half_mse",
        "l2": 0.0,
        "N": 7,
        "seed": 0,
    },
    "3-4-4-3 tanh, softmax": {
        "sizes": (3, 4, 4, 3),
        "hidden": "tanh",
        "output": "softmax",
        "loss": "cross_entropy",
        "l2": 0.0,
        "N": 6,
        "seed": 1,
    },
    "4-4-2 relu, sigmoid": {
        "sizes": (4, 4, 2),
        "hidden": "relu",
        "output": "sigmoid",
        "loss": "mse",
        "l2": 0.03,
        "N": 8,
        "seed": 2,
    },
    "3-3-3-3 tanh, tanh": {
        "sizes": (3, 3, 3, 3),
        "hidden": "tanh",
        "output": "tanh",
        "loss": "half_sse",
        "l2": 0.0,
        "N": 5,
        "seed": 3,
    },
    "2-4-1 sigmoid, sigmoid": {
        "sizes": (2, 4, 1),
        "hidden": "sigmoid",
        "output": "sigmoid",
        "loss": "cross_entropy",
        "l2": 0.02,
        "N": 4,
        "seed": 4,
    },
    "5-4-3 elliott, softmax": {
        "sizes": (5, 4, 3),
        "hidden": "elliott",
        "output": "softmax",
        "loss": "mse",
        "l2": 0.0,
        "N": 9,
        "seed": 5,
    },
}


def data_of(net):
    """Parameters, inputs and targets of one of the networks."""
    rng = np.random.default_rng(net["seed"])
    sizes, N = net["sizes"], net["N"]
    P = rng.normal(size=(N, sizes[0]))
    if net["output"] == "softmax":
        T = np.eye(sizes[-1])[np.arange(N) % sizes[-1]][rng.permutation(N)]
    elif net["loss"] == "cross_entropy":
        T = rng.permutation(np.arange(N) % 2.0)[:, None]
    else:
        T = rng.uniform(0.1, 0.9, size=(N, sizes[-1]))
    x = {}
    for m, (before, size) in enumerate(itertools.pairwise(sizes), start=1):
        x[f"W{m}"], x[f"b{m}"] = rng.normal(size=(size, before)), 0.5 * rng.normal(size=size)
    return x, P, T
