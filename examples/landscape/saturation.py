"""AIFH figures 6.3 and 6.4: sigmoid and tanh with their derivatives; where these vanish, the units are saturated."""

import sys

from matplotlib.figure import Figure

import thalweg as tw

figure = Figure(figsize=(12, 4.2), layout="compressed")
for ax, name in zip(figure.subplots(1, 2), ("sigmoid", "tanh"), strict=True):
    tw.plots.activation_and_derivative(name, ax=ax)
    curve = tw.plots.activation_curve(name, [0.0, 3.0])
    print(f"{name}: slope {curve.derivative[0]:.4g} at 0, {curve.derivative[1]:.2g} at 3")
figure.savefig(sys.argv[1] if len(sys.argv) > 1 else "saturation.png", dpi=150)
