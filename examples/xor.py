"""XOR, the problem that needs a hidden layer: trained with Nesterov momentum, and its learning curve drawn."""

import sys

import numpy as np

import thalweg as tw

P = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
T = np.array([[0], [1], [1], [0]])

net = tw.mlp(2, 3, 1, hidden="tanh", output="sigmoid")
rule = tw.optimizers.Nesterov(learning_rate=0.7, momentum=0.9)
run = tw.train(net, P, T, loss="cross_entropy", optimizer=rule, batch_size="all", epochs=200, goal=0.01)

print(run.explanation)
print(run.predict(P).round(2).ravel())

figure = tw.plots.learning_curves(run)
figure.savefig(sys.argv[1] if len(sys.argv) > 1 else "xor.svg")
