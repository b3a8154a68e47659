"""NND figure 3.2: gradient descent over the contours of a linear network's error, at rates that crawl and that bounce.

The demonstration dl3gd: the largest stable learning rate of this network is 2 / 20 = 0.1.
"""

import sys

import numpy as np

import thalweg as tw

P = np.array([[-1.0, 2.0], [2.0, -1.0], [0.0, -1.0], [-1.0, 0.0]])
T = np.array([[-1.0], [-1.0], [1.0], [1.0]])
net = tw.Network({"p": 2}, [tw.Layer("a", 1, "linear", bias=False)])
start = net.unravel(np.array([-1.0, -2.95]))

trajectories = [
    tw.trajectory(net, "sse", start, P, T, tw.GradientDescent(rate), steps=100, name=f"α = {rate}")
    for rate in (0.01, 0.09, 0.101)
]
for taken in trajectories:
    print(taken.name, "after one step", taken.X[1].round(4), "after all", taken.X[-1].round(5))

surface = tw.error_surface(
    net, "sse", start, P, T, ("a[0,0]", "a[0,1]"), span=((-4, 2), (-4, 2)), trajectories=trajectories
)
figure = tw.plots.error_surface(surface)
figure.savefig(sys.argv[1] if len(sys.argv) > 1 else "gradient_descent.png", dpi=150)
