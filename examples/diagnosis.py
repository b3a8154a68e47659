"""Why a training misbehaves: its rate is too large for the surface, and it bounces from side to side of a ravine."""

import sys

import numpy as np

import thalweg as tw

P = np.linspace(-3, 3, 60)[:, None]
T = np.sin(P)
net = tw.mlp(1, 8, 1, hidden="tanh")
run = tw.train(net, P, T, optimizer=tw.optimizers.GradientDescent(0.4), batch_size="all", epochs=100)

found = tw.diagnose(run)
print(found.verdict)
print(f"largest stable learning rate {found.stable_rate:.3g}")

paths = [
    tw.surface.trajectory(
        net, "mse", run.params, P, T, tw.optimizers.GradientDescent(rate), steps=30, name=f"rate {rate:.3g}"
    )
    for rate in (0.4, 0.5 * found.stable_rate)
]
surface = tw.surface.error_surface(net, "mse", run.params, P, T, "gradient", trajectories=paths)
figure = tw.plots.error_surface(surface)
figure.savefig(sys.argv[1] if len(sys.argv) > 1 else "diagnosis.png")
