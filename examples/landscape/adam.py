"""NND figure 3.4: Adam and gradient descent over two parameters of a 1-2-1 network, the others at their best values.

The demonstration dl3aa: the network is fitted to a network of its own shape, over one pair of its parameters.
"""

import sys

import numpy as np
from matplotlib.figure import Figure

import thalweg as tw

net = tw.mlp(1, 2, 1, hidden="sigmoid", output="sigmoid")
best = np.array([10.0, 10.0, -5.0, 5.0, 1.0, 1.0, -1.0])  # W1, b1, W2, b2
P = np.arange(-2.0, 2.05, 0.1)[:, None]
T = tw.forward(net, net.unravel(best), P).output

pairs = {  # names, where to start, ranges
    (0, 4): (("layer1[0,0]", "layer2[0,0]"), (-4.0, 3.0), ((-5, 15), (-5, 15))),
    (0, 2): (("layer1[0,0]", "layer1[0]"), (-4.0, 10.0), ((-10, 30), (-30, 20))),
    (2, 3): (("layer1[0]", "layer1[1]"), (9.0, 1.0), ((-10, 10), (-10, 10))),
}
figure = Figure(figsize=(18, 5.2), layout="compressed")
for ax, (places, (names, at, span)) in zip(figure.subplots(1, 3), pairs.items(), strict=True):
    x = best.copy()
    x[list(places)] = at
    start = net.unravel(x)
    rules = {"gd": tw.optimizers.GradientDescent(0.1), "adam": tw.optimizers.Adam(0.1)}
    taken = [
        tw.surface.trajectory(net, "sse", start, P, T, rules[name], steps=600, only=names, name=name) for name in rules
    ]
    tw.plots.error_surface(
        tw.surface.error_surface(net, "sse", start, P, T, names, span=span, trajectories=taken), ax=ax
    )
    print(f"{' and '.join(names)}: {', '.join(f'{path.name} ends at {path.F[-1]:.2g}' for path in taken)}")
figure.savefig(sys.argv[1] if len(sys.argv) > 1 else "adam.png", dpi=150)
