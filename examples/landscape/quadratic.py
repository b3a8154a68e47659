"""NND P3.3: the contours of a quadratic are ellipses along the eigenvectors; at 2/λ_max the path swings along one."""

import sys

import numpy as np

import thalweg as tw

P, T = np.array([[-4.0, 2.0], [1.0, 2.0]]), np.array([[-1.0], [1.0]])
net = tw.Network({"p": 2}, [tw.Layer("a", 1, "linear", bias=False)])
F = tw.surface.quadratic(net, "sse", P, T)
limit = F.largest_stable_rate()
print(f"A = {F.A.tolist()}, d = {F.d.tolist()}, c = {F.c}, minimum {F.minimum}")
print(f"eigenvalues {F.eigenvalues} of {F.eigenvectors.T.round(4).tolist()}, largest stable learning rate {limit:g}")

x = np.array([1.0, 1.0])
X = F.gradient_descent(x, limit, steps=100)
print(f"from {x} it comes to swing between {X[-2].round(4)} and {X[-1].round(4)}")

start, minimum = net.unravel(x), net.unravel(F.minimum)
paths = [
    tw.surface.trajectory(net, "sse", start, P, T, tw.optimizers.GradientDescent(rate), steps=30, name=f"α = {rate:g}")
    for rate in (0.01, limit)
]
span = (-0.3, 1.1)
surface = tw.surface.error_surface(
    net, "sse", minimum, P, T, ("a[0,0]", "a[0,1]"), span=(span, span), trajectories=paths
)
figure = tw.plots.error_surface(surface, eigenvectors=True)
figure.savefig(sys.argv[1] if len(sys.argv) > 1 else "quadratic.png", dpi=150)
