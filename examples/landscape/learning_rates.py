"""NCSU's comparison of learning rates: too low crawls, 2/λ_max bounces, more climbs; and what momentum changes."""

import sys

import numpy as np
from matplotlib.figure import Figure

import thalweg as tw

P = np.array([[-1.0, 2.0], [2.0, -1.0], [0.0, -1.0], [-1.0, 0.0]])
T = np.array([[-1.0], [-1.0], [1.0], [1.0]])
net = tw.Network({"p": 2}, [tw.Layer("a", 1, "linear", bias=False)])
start = net.unravel(np.array([-1.0, -2.95]))
each = {"loss": "sse", "batch_size": "all", "epochs": 60, "params": start, "dtype": "float64"}

limit = tw.largest_stable_rate(net, "sse", start, P, T)
rates = limit * np.array([0.01, 0.1, 0.5, 1.0, 1.1])
runs = [tw.train(net, P, T, optimizer=tw.optimizers.GradientDescent(rate), **each) for rate in rates]
for rate, run in zip(rates, runs, strict=True):
    print(f"learning rate {rate:.3g}: error {run.history.loss[-1]:.3g} in epoch 60")

grid = tw.rates_grid(net, P, T, learning_rates=limit * np.array([0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2]), **each)
print(f"with momentum: {grid.options}\n{grid.reason}")

figure = Figure(figsize=(18, 4.6), layout="compressed")
lines, cells = figure.subplots(1, 2)
tw.plots.learning_rates(runs, rates, ax=lines)
tw.plots.rates_map(grid, ax=cells)
figure.savefig(sys.argv[1] if len(sys.argv) > 1 else "learning_rates.png", dpi=150)
