"""One process that works on network after network, each of another shape: its memory and its memory maps.

python benchmarks/long_life.py                  # 2,000 shapes trained on XLA
python benchmarks/long_life.py --everything 300 # and with all else that JAX compiles or traces
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import optax
from measuring import machine, report, table

import thalweg as tw
from thalweg.training.programs import MOST_PROGRAMS

MOST_MAPS = 65_530
"""As many memory maps as Linux gives a process, unless it is told otherwise."""
_RNG = np.random.default_rng(0)
P, T = _RNG.normal(size=(40, 2)), _RNG.normal(size=(40, 1))


def train(h: int) -> None:
    """One epoch of 2-h-1 on XLA."""
    tw.train(tw.mlp(2, h, 1), P, T, epochs=1, engine="xla", optimizer="gd", batch_size="all")


def everything(h: int) -> None:
    """All that has programs of JAX's: trainings, many at once, rates, curvature, paths by optax, replays."""
    net = tw.mlp(2, h, 1)
    params = net.init(h)
    run = tw.train(net, P, T, epochs=2, engine="xla", optimizer="adam", batch_size=8)
    run.step(3)
    tw.train(net, P, T, epochs=1, optimizer=optax.adam(0.01))
    tw.train_many(net, P, T, epochs=1, seed=[0, 1])
    tw.rates_grid(net, P, T, learning_rates=[0.01, 0.1], momenta=[0.0, 0.9], epochs=1)
    tw.curvature_spectrum(net, "mse", params, P, T, engine="xla")
    tw.learning_rate_range_test(net, P, T, updates=20)
    tw.surface.trajectory(net, "mse", params, P, T, optax.sgd(0.1), steps=2)
    tw.worked_step(net, "mse", params, P[:2], T[:2], optax.adam(0.1))
    tw.check_network(net, "mse", params, P, T)
    tw.diagnose(run)


def lived(work: Callable[[int], None], shapes: int) -> Iterator[tuple[int, int, int, int, float]]:
    """After each tenth of the work: shapes, MiB now, MiB at most, memory maps, seconds."""
    began = time.perf_counter()
    for h in range(1, shapes + 1):
        work(h)
        if h % max(1, shapes // 10) == 0 or h == 1:
            told = dict(line.split(":") for line in Path("/proc/self/status").read_text().splitlines())
            now, most = (int(told[name].split()[0]) // 1024 for name in ("VmRSS", "VmHWM"))
            maps = len(Path("/proc/self/maps").read_text().splitlines())
            print(h, now, most, maps, flush=True)
            yield h, now, most, maps, time.perf_counter() - began


def main() -> None:
    """Live, and tell."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("shapes", type=int, nargs="?", default=2000)
    parser.add_argument("--everything", action="store_true", help="not trainings alone")
    parser.add_argument("--name", help="another file in results/")
    asked = parser.parse_args()
    import jax

    with tempfile.TemporaryDirectory() as folder:
        jax.config.update("jax_compilation_cache_dir", folder)
        found = list(lived(everything if asked.everything else train, asked.shapes))
    rows = [[f"{h:,}", f"{now:,}", f"{most:,}", f"{maps:,}", f"{s:,.0f} s"] for h, now, most, maps, s in found]
    what = (
        "trained, run many at once, replayed and opened; rates, curvature, paths, gradient checks, diagnoses"
        if asked.everything
        else "trained for an epoch"
    )
    parts = [
        "# Long life",
        f"{asked.shapes:,} networks 2-h-1, h = 1, 2, ..., in one process, on XLA: {what}. {MOST_PROGRAMS} programs are "
        f"kept; a process may have {MOST_MAPS:,} memory maps, and a GiB, the bound, has 1,024 MiB.",
        table(["shapes", "MiB", "MiB at most", "memory maps", "time"], rows),
        machine(["thalweg", "numpy", "jax"]),
    ]
    report(asked.name or ("long_life_everything" if asked.everything else "long_life"), parts)


if __name__ == "__main__":
    main()
