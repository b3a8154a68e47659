"""Step files as texts, for the tests of exercises: a chain, softmax, a batch and a layer with a kink."""

CHAIN = """
title = "A chain"
loss = "half_sse"
[network]
inputs = 2
[[network.layers]]
name = "hidden"
size = 2
activation = "{hidden}"
weights = [[0.15, 0.20], [0.25, 0.30]]
bias = [0.35, 0.35]
[[network.layers]]
name = "out"
size = 2
activation = "sigmoid"
weights = [[0.40, 0.45], [0.50, 0.55]]
bias = [0.60, 0.60]
[optimizer]
name = "gd"
learning_rate = 0.5
[data]
inputs = [[0.05, 0.10]]
targets = [[0.01, 0.99]]
"""
SOFTMAX = """
title = "Three classes"
loss = "cross_entropy"
network = {inputs = 2, layers = [{name = "a", size = 2, activation = "tanh"}, {size = 3, activation = "softmax"}]}
optimizer = {name = "gd", learning_rate = 0.5}
data = {inputs = [[0.5, -1.0]], targets = [[0, 1, 0]]}
"""
BATCH = """
title = "Two examples"
loss = "mse"
network = {inputs = 1, layers = [{name = "a", size = 2, activation = "sigmoid"}, {size = 1}]}
optimizer = {name = "gd", learning_rate = 0.5}
data = {inputs = [1.0, -0.5], targets = [2.0, 1.0]}
"""


def written(folder, text, name="step.toml"):
    """The file of a text."""
    path = folder / name
    path.write_text(text.replace("{hidden}", "sigmoid"), encoding="utf-8")
    return path
