"""60 Rprop runs of one PROBEN1 problem: all at once by `tw.train_many`, against one after another in PyTorch.

    python benchmarks/rprop_many.py FOLDER [--problem cancer1] [--epochs 200]

Both train the pivot architecture of the problem in float32 from the same 60 initial weights, full batch, squared error,
with Rprop in the form that PyTorch has (a sign change stops a weight for one update), for the same epochs. Equal work
is proven first: after 10 epochs the parameters of the first runs are the same within 1 % of the way moved.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import numpy as np
import torch
from proben1 import network, read, read_rows, row_of

import thalweg as tw


def modules(net: tw.Network, params: dict[str, tw.LayerParameters]) -> torch.nn.Sequential:
    """The chain in PyTorch, from the same weights; Softsign is x/(1+|x|)."""
    layers: list[torch.nn.Module] = []
    for number, layer in enumerate(net.layers):
        weights, bias = params[layer.name]
        (W,) = weights.values()
        linear = torch.nn.Linear(W.shape[1], W.shape[0])
        with torch.no_grad():
            linear.weight.copy_(torch.from_numpy(W))
            linear.bias.copy_(torch.from_numpy(bias))
        layers.append(linear)
        if number < len(net.layers) - 1 or layer.activation != tw.activations.Linear():
            layers.append(torch.nn.Softsign())
    return torch.nn.Sequential(*layers).float()


def train_peer(model: torch.nn.Sequential, P: torch.Tensor, T: torch.Tensor, epochs: int) -> np.ndarray:
    """PyTorch's loop as its documentation writes it; the parameters in our order."""
    rule = torch.optim.Rprop(model.parameters(), lr=0.01, etas=(0.5, 1.2), step_sizes=(1e-6, 50.0))
    loss = torch.nn.MSELoss()
    for _ in range(epochs):
        rule.zero_grad()
        loss(model(P), T).backward()
        rule.step()
    return np.concatenate([p.detach().numpy().ravel() for p in model.parameters()])


def train_ours(net: tw.Network, P: np.ndarray, T: np.ndarray, starts: list, epochs: int) -> list[tw.Run]:
    """All runs at once."""
    rule = tw.optimizers.Rprop(delta0=0.01, backtracking="never")
    return tw.train_many(
        net, P, T, loss="mse", optimizer=rule, batch_size="all", epochs=epochs, params=starts, dtype="float32"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--problem", default="cancer1")
    parser.add_argument("--epochs", type=int, default=200)
    parser.add_argument("--runs", type=int, default=60)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--output", type=Path, default=Path(__file__).parent / "results")
    arguments = parser.parse_args()
    problem = read(arguments.folder / f"{arguments.problem}.dt")
    net = network(problem, row_of(read_rows(arguments.folder / "architectures.csv"), problem.name), shortcuts=False)
    P, T = (values.astype(np.float32) for values in problem.part("train"))
    starts = [net.init(seed, tw.initializers.Uniform(0.1), dtype="float32") for seed in range(arguments.runs)]
    tensors = torch.from_numpy(P), torch.from_numpy(T)

    began = time.perf_counter()
    first_runs = train_ours(net, P, T, starts, 10)
    compiled = time.perf_counter() - began
    for start, run in zip(starts[:3], first_runs, strict=False):
        ours, theirs = net.ravel(run.params), train_peer(modules(net, start), *tensors, 10)
        moved = np.linalg.norm(ours - net.ravel(start))
        assert np.linalg.norm(ours - theirs) < 0.01 * moved, "the work is not equal"

    best = {"ours": np.inf, "PyTorch": np.inf}
    for _ in range(arguments.rounds):
        began = time.perf_counter()
        train_ours(net, P, T, starts, arguments.epochs)
        best["ours"] = min(best["ours"], time.perf_counter() - began)
        began = time.perf_counter()
        for start in starts:
            train_peer(modules(net, start), *tensors, arguments.epochs)
        best["PyTorch"] = min(best["PyTorch"], time.perf_counter() - began)
    lines = ["| 60 runs | seconds | PyTorch takes so many times as long |", "| --- | --- | --- |"]
    best["ours, with the compilation"] = best["ours"] + compiled
    for name in ("ours", "ours, with the compilation", "PyTorch"):
        lines.append(f"| {name} | {best[name]:.2f} | {best['PyTorch'] / best[name]:.1f} |")
    told = f"{arguments.problem}, {arguments.runs} runs, {arguments.epochs} epochs, {net.parameter_count} weights"
    text = "\n".join([told, "", *lines]) + "\n"
    print(text)
    arguments.output.mkdir(exist_ok=True)
    (arguments.output / "rprop_many.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
