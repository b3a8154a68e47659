"""An error surface of 200 × 200 points: a 2-3-1 network on 100 examples, over two of its weights.

    python benchmarks/surface.py [--rounds 5]

Ours is `tw.surface.error_surface` as a user calls it, its curvature and its minimum included. The peers are PyTorch as
its documentation shows it: `torch.vmap` over `torch.func.functional_call`, all points at once; and a loop that sets the
weights and evaluates, as tools for loss landscapes do. All in float64; the three surfaces must agree to 1e-12.
"""

from __future__ import annotations

import argparse
import time

import numpy as np
import torch
from measuring import best_of_rounds, machine, ratio, report, table, times

import thalweg as tw

POINTS = 200


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--name", default="surface")
    arguments = parser.parse_args()

    rng = np.random.default_rng(0)
    P, T = rng.normal(size=(100, 2)), rng.random((100, 1))
    net = tw.mlp(2, 3, 1, hidden="tanh", output="sigmoid")
    params = net.init(0)
    axis = np.linspace(-5.0, 5.0, POINTS)

    model = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.Tanh(), torch.nn.Linear(3, 1), torch.nn.Sigmoid())
    model = model.double()
    with torch.no_grad():
        for linear, (weights, bias) in zip((model[0], model[2]), params.values(), strict=True):
            linear.weight.copy_(torch.from_numpy(next(iter(weights.values()))))
            linear.bias.copy_(torch.from_numpy(bias))
    p, t = torch.from_numpy(P), torch.from_numpy(T)
    loss = torch.nn.MSELoss()
    second, first = (torch.from_numpy(grid.ravel()) for grid in np.meshgrid(axis, axis, indexing="ij"))

    def ours() -> np.ndarray:
        across = ("layer1[0,0]", "layer2[0,0]")
        return tw.surface.error_surface(net, "mse", params, P, T, across, span=(-5, 5), points=POINTS).F

    def vmapped() -> np.ndarray:
        given = {name: value.detach() for name, value in model.named_parameters()}

        def error(u: torch.Tensor, v: torch.Tensor) -> torch.Tensor:
            put = dict(given)
            put["0.weight"] = torch.cat([torch.stack([u, given["0.weight"][0, 1]])[None], given["0.weight"][1:]])
            put["2.weight"] = torch.cat([v[None, None], given["2.weight"][:, 1:]], dim=1)
            return loss(torch.func.functional_call(model, put, (p,)), t)

        with torch.no_grad():
            return torch.vmap(error)(first, second).reshape(POINTS, POINTS).numpy()

    def looped() -> np.ndarray:
        found = np.empty((POINTS, POINTS))
        with torch.no_grad():
            kept = model[0].weight[0, 0].item(), model[2].weight[0, 0].item()
            for i, v in enumerate(axis):
                model[2].weight[0, 0] = v
                for j, u in enumerate(axis):
                    model[0].weight[0, 0] = u
                    found[i, j] = loss(model(p), t).item()
            model[0].weight[0, 0], model[2].weight[0, 0] = kept
        return found

    contenders = {"Thalweg": ours, "PyTorch, vmap": vmapped, "PyTorch, a loop": looped}
    surfaces = {name: draw() for name, draw in contenders.items()}
    for F in surfaces.values():
        np.testing.assert_allclose(F, surfaces["Thalweg"], rtol=1e-12)

    def timed(draw) -> float:
        began = time.perf_counter()
        draw()
        return time.perf_counter() - began

    found = best_of_rounds({name: lambda d=d: timed(d) for name, d in contenders.items()}, arguments.rounds)
    rows = [(name, times(seconds), ratio(seconds, found["Thalweg"])) for name, seconds in found.items()]
    report(
        arguments.name,
        [
            f"{POINTS} × {POINTS} points of a 2-3-1 network on 100 examples, float64, after the first call.",
            table(("", "time", "takes so many times as long as Thalweg"), rows),
            machine(("thalweg", "numpy", "torch")),
        ],
    )


if __name__ == "__main__":
    main()
