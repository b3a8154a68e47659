"""NND P3.3: the contours of a quadratic are ellipses along the eigenvectors; at 2/λ the path oscillates along one."""

import sys

import numpy as np

import thalweg as tw

P, T = np.array([[-4.0, 2.0], [1.0, 2.0]]), np.array([[-1.0], [1.0]])
net = tw.Network({"p": 2}, [tw.Layer("a", 1, "linear", bias=False)])
start, minimum = net.unravel(np.array([1.0, 1.0])), net.unravel(np.array([0.4, 0.3]))

trajectories = [
    tw.trajectory(net, "sse", start, P, T, tw.GradientDescent(rate), steps=30, name=f"α = {rate}")
    for rate in (0.01, 0.05)
]
surface = tw.error_surface(net, "sse", minimum, P, T, ("a[0,0]", "a[0,1]"), trajectories=trajectories)
eigenvalues, eigenvectors = np.linalg.eigh(surface.curvature)
print("eigenvalues", eigenvalues.round(6), "largest stable learning rate", round(2 / eigenvalues[-1], 6))
print("minimum", surface.minimum.round(6))

figure = tw.plots.error_surface(surface, eigenvectors=True)
figure.savefig(sys.argv[1] if len(sys.argv) > 1 else "quadratic.png", dpi=150)
