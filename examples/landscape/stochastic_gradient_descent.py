"""NND figure 3.3: one random example an update, against all of them: the path wanders, and arrives all the same."""

import sys

import numpy as np

import thalweg as tw

P = np.array([[-1.0, 2.0], [2.0, -1.0], [0.0, -1.0], [-1.0, 0.0]])
T = np.array([[-1.0], [-1.0], [1.0], [1.0]])
net = tw.Network({"p": 2}, [tw.Layer("a", 1, "linear", bias=False)])
start = net.unravel(np.array([-1.0, -2.95]))

rule = tw.GradientDescent(0.05)
trajectories = [
    tw.trajectory(net, "mse", start, P, T, rule, steps=100, name="all examples"),
    tw.trajectory(net, "mse", start, P, T, rule, steps=100, batch_size=1, order="random", name="one at random"),
]
for taken in trajectories:
    print(f"{taken.name}: {taken.X[-1].round(3)}, error {taken.F[-1]:.2g}")

surface = tw.error_surface(net, "mse", start, P, T, ("a[0,0]", "a[0,1]"), trajectories=trajectories)
figure = tw.plots.error_surface(surface)
figure.savefig(sys.argv[1] if len(sys.argv) > 1 else "stochastic_gradient_descent.png", dpi=150)
