"""AIFH figure 6.1: the error against one weight; the slope of its tangent is the gradient."""

import sys

import numpy as np

import thalweg as tw

P = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
T = np.array([[0.0], [1.0], [1.0], [0.0]])
net = tw.Network({"I": 2}, [tw.Layer("H", 2, "sigmoid"), tw.Layer("O", 1, "sigmoid")])
params = {
    "H": tw.LayerParameters({"I": np.array([[4.9, 4.7], [1.5, 6.4]])}, np.array([-7.1, -2.6])),
    "O": tw.LayerParameters({"H": np.array([[-8.1, 7.6]])}, np.array([-3.4])),
}

curve = tw.surface.error_along_weight(net, "mse", params, P, T, "H[1,0]", span=(-4, 12))
print(f"weight {curve.name} = {curve.at}: error {curve.F_at:.4f}, slope {curve.slope:.4f}")
print(f"the lowest error along it is {curve.F.min():.4f}, at {curve.values[curve.F.argmin()]:.2f}")

figure = tw.plots.error_along_weight(curve)
figure.savefig(sys.argv[1] if len(sys.argv) > 1 else "error_and_tangent.png", dpi=150)
