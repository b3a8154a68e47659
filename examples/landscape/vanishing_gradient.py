"""NCSU, AIFH: the gradient vanishes on its way back through seven hidden layers of sigmoids, and not of ReLUs."""

import sys

import numpy as np
from matplotlib.figure import Figure

import thalweg as tw

P = np.random.default_rng(0).normal(size=(256, 8))
T = np.sin(P.sum(axis=1, keepdims=True))

figure = Figure(figsize=(12, 4.2), layout="compressed")
for ax, hidden in zip(figure.subplots(1, 2, sharey=True), ("sigmoid", "relu"), strict=True):
    net = tw.mlp(8, *[32] * 7, 1, hidden=hidden)
    flow = tw.diagnosis.gradient_flow(net, "mse", net.init(seed=0), P, T)
    print(f"{hidden}: {flow.verdict}")
    tw.plots.gradient_flow(flow, ax=ax)
figure.savefig(sys.argv[1] if len(sys.argv) > 1 else "vanishing_gradient.png", dpi=150)
