"""NND figure 3.3: one random example an update, against all of them: the path wanders, and arrives all the same.

One example's gradient is on average a quarter of that of all four, and so its learning rate is four times as high.
"""

import sys

import numpy as np

import thalweg as tw

P = np.array([[-1.0, 2.0], [2.0, -1.0], [0.0, -1.0], [-1.0, 0.0]])
T = np.array([[-1.0], [-1.0], [1.0], [1.0]])
net = tw.Network({"p": 2}, [tw.Layer("a", 1, "linear", bias=False)])
start = net.unravel(np.array([-1.0, -2.95]))
print("minimum", tw.surface.quadratic(net, "sse", P, T).minimum)

of_all, of_one = tw.optimizers.GradientDescent(0.01), tw.optimizers.GradientDescent(0.04)
paths = [
    tw.surface.trajectory(net, "sse", start, P, T, of_all, steps=100, name="all examples"),
    tw.surface.trajectory(
        net, "sse", start, P, T, of_one, steps=100, batch_size=1, order="random", name="one at random"
    ),
]
for path in paths:
    print(f"{path.name}: {path.X[-1].round(3)}, error {path.F[-1]:.2g}")

span = (-2.6, 0.0), (-3.2, -0.6)
surface = tw.surface.error_surface(net, "sse", start, P, T, ("a[0,0]", "a[0,1]"), span=span, trajectories=paths)
figure = tw.plots.error_surface(surface)
figure.savefig(sys.argv[1] if len(sys.argv) > 1 else "stochastic_gradient_descent.png", dpi=150)
