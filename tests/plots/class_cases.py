"""Classified examples with probabilities that know something of them."""

import numpy as np


def classified(classes, examples, seed=0, sharpness=1.5):
    """Labels (examples,) and probabilities (examples, classes)."""
    random = np.random.default_rng(seed)
    actual = random.integers(0, classes, examples)
    scores = random.normal(size=(examples, classes))
    scores[np.arange(examples), actual] += sharpness
    chances = np.exp(scores)
    return actual, chances / chances.sum(axis=1, keepdims=True)
