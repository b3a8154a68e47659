"""NND 3.15-3.24 and figure 3.2: gradient descent over the contours of a linear network's error.

The demonstration dl3gd; at the largest stable learning rate, 2/λ_max, the path bounces for ever.
"""

import sys

import numpy as np

import thalweg as tw

P = np.array([[-1.0, 2.0], [2.0, -1.0], [0.0, -1.0], [-1.0, 0.0]])
T = np.array([[-1.0], [-1.0], [1.0], [1.0]])
net = tw.Network({"p": 2}, [tw.Layer("a", 1, "linear", bias=False)])
x = np.array([-1.0, -2.95])

F = tw.surface.quadratic(net, "sse", P, T)
limit = F.largest_stable_rate()
print(f"A = {F.A.tolist()}, d = {F.d.tolist()}, c = {F.c}, eigenvalues {F.eigenvalues}, minimum {F.minimum}")
print(f"x(k+1) = {F.descent_matrix(0.01).round(9).tolist()} x(k) + {F.descent_offset(0.01).tolist()} at α = 0.01")
rates = 0.01, 0.8 * limit, limit
for rate in rates:
    X = F.gradient_descent(x, rate, steps=100)
    print(f"α = {rate:g} after one step {X[1].round(4)} after 100 {X[-1].round(5)}")

start = net.unravel(x)
paths = [
    tw.surface.trajectory(net, "sse", start, P, T, tw.optimizers.GradientDescent(r), steps=100, name=f"α = {r:g}")
    for r in rates
]
surface = tw.surface.error_surface(
    net, "sse", start, P, T, ("a[0,0]", "a[0,1]"), span=((-4, 2), (-4, 2)), trajectories=paths
)
figure = tw.plots.error_surface(surface)
figure.savefig(sys.argv[1] if len(sys.argv) > 1 else "gradient_descent.png", dpi=150)
