"""A gradient as a student wrote it for examples/worked/nnd_function_approximation.toml, with a mistake in it:

thalweg check examples/worked/nnd_function_approximation.toml --gradient examples/worked/backprop.py
"""

import numpy as np


def gradient(x, P, T):
    """∂F/∂W1, ∂F/∂b1, ... of the sum of squares, by backpropagation."""
    a = 1 / (1 + np.exp(-P @ x["W1"].T - x["b1"]))
    s2 = -2 * (T - (a @ x["W2"].T + x["b2"]))
    s1 = s2 @ x["W2"]
    return {"dW1": s1.T @ P, "db1": s1.sum(axis=0), "dW2": s2.T @ a, "db2": s2.sum(axis=0)}
