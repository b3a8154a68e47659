"""NCSU's comparison of learning rates: too low crawls, too high bounces and diverges."""

import sys

import numpy as np

import thalweg as tw

P = np.array([[-1.0, 2.0], [2.0, -1.0], [0.0, -1.0], [-1.0, 0.0]])
T = np.array([[-1.0], [-1.0], [1.0], [1.0]])
net = tw.Network({"p": 2}, [tw.Layer("a", 1, "linear", bias=False)])
start = net.unravel(np.array([-1.0, -2.95]))

rates = (0.001, 0.01, 0.05, 0.095, 0.11)
runs = [
    tw.train(net, P, T, "sse", tw.GradientDescent(rate), batch_size="all", epochs=60, params=start, dtype="float64")
    for rate in rates
]
for rate, run in zip(rates, runs, strict=True):
    print(f"learning rate {rate}: error {run.history.loss[-1]:.3g} after 60 epochs")

figure = tw.plots.learning_rates(runs, rates)
figure.savefig(sys.argv[1] if len(sys.argv) > 1 else "learning_rates.png", dpi=150)
