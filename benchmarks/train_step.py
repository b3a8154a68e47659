"""Time of one training step in the steady state, and of the first call, beside the peers.

python benchmarks/train_step.py                 # four sizes, two rules, all peers
python benchmarks/train_step.py --quick --sizes tiny --rules adam --peers "PyTorch eager"
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from contenders import CONTENDERS, RULES, SIZES, Thalweg, Work
from measuring import best_of_rounds, machine, ratio, report, table, times

TOLERANCE = 0.03
"""Largest distance between our parameters and a peer's, as a share of the distance that ours moved.

Other work, such as a rate that differs by a twentieth, shows as more. Rounding alone is mostly seen as 1e-6, but where
it switches on a ReLU unit for one example, Adam moves all weights of that unit by full steps: 1024 of two million make
0.02.
"""
OURS = "Thalweg"
FIRST_CALL = """
import json, sys, time
sys.path.insert(0, {folder!r})
import numpy as np
began = time.perf_counter()
import thalweg as tw
from contenders import RULES, SIZES, Work
work = Work(SIZES[{size!r}], {rule!r}, 0.0)
P, T, net, start = work.inputs, work.targets, work.net, work.start
called = time.perf_counter()
tw.train(net, P, T, work.loss, RULES[work.rule], batch_size=work.size.batch_size, epochs=1, params=start, engine="xla")
print(json.dumps(time.perf_counter() - called))
"""


def first_call(size: str, rule: str, rounds: int) -> tuple[float, float]:
    """Seconds of the first `tw.train` of a process, import of JAX included: with an empty and a filled cache."""
    code = FIRST_CALL.format(folder=str(Path(__file__).parent.resolve()), size=size, rule=rule)
    cold, warm = [], []
    for _ in range(rounds):
        with tempfile.TemporaryDirectory() as cache:
            env = {
                **os.environ,
                "JAX_COMPILATION_CACHE_DIR": cache,
                "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0.1",  # as Thalweg sets it for its own cache folder
            }
            for seconds in (cold, warm):
                done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True)
                seconds.append(json.loads(done.stdout))
    return min(cold), min(warm)


def distance_from_ours(work: Work, peer: Any, epochs: int) -> float:
    """How far a peer's parameters lie from ours after the same updates, as a share of the distance that ours moved."""
    ours = Thalweg(work)
    ours.order = peer.order
    x = ours.path(epochs)
    return float(np.linalg.norm(peer.path(epochs) - x) / np.linalg.norm(x - work.net.ravel(work.start)))


def main() -> None:
    """Parse, measure, report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", nargs="+", choices=SIZES, default=list(SIZES))
    parser.add_argument("--rules", nargs="+", choices=RULES, default=list(RULES))
    peers = [name for name in CONTENDERS if name != OURS]
    parser.add_argument("--peers", nargs="*", choices=peers, default=peers)
    parser.add_argument("--rounds", type=int, default=5, help="measurements of each, interleaved; the best counts")
    parser.add_argument("--seconds", type=float, default=2.0, help="length of a measurement")
    parser.add_argument("--quick", action="store_true", help="2 rounds of 0.3 s")
    parser.add_argument("--no-first-call", action="store_true", help="leave out the time of the first call")
    parser.add_argument("--name", default="train_step", help="name of the file in results/")
    asked = parser.parse_args()
    rounds, seconds = (2, 0.3) if asked.quick else (asked.rounds, asked.seconds)

    names = [OURS, *asked.peers]
    ratios, absolute, equal, firsts, notes = [], [], [], [], []
    for size in asked.sizes:
        for rule in asked.rules:
            work = Work(SIZES[size], rule, seconds)
            title = f"{work.size.name}, {rule}"
            made: dict[str, Any] = {}
            far: dict[str, float] = {}
            for name in names:
                try:
                    made[name] = CONTENDERS[name](work)
                    epochs = max(1, 16 // work.size.batches)
                    if name != OURS:
                        far[name] = distance_from_ours(work, made[name], epochs)
                except Exception as error:  # a peer that this machine cannot run is named with its reason
                    made.pop(name, None)
                    notes.append(f"{title}: {name} did not run: {type(error).__name__}: {str(error).splitlines()[0]}")
                    print(notes[-1], file=sys.stderr)
            for name, distance in far.items():
                if not distance <= TOLERANCE:
                    raise SystemExit(f"{title}: {name} does other work: {distance:.2g} of the distance moved")
            best = best_of_rounds({name: one.seconds_a_step for name, one in made.items()}, rounds)
            cells = [ratio(best[name], best[OURS]) if name in best else "failed" for name in asked.peers]
            ratios.append([title, *cells])
            absolute.append([title, *(times(best[name]) if name in best else "failed" for name in names)])
            equal.append([title, *(f"{far[name]:.1e}" if name in far else "failed" for name in asked.peers)])
            if not asked.no_first_call:
                firsts.append([title, *map(times, first_call(size, rule, rounds))])
            print(ratios[-1], absolute[-1], file=sys.stderr)

    packages = ["thalweg", "jax", "numpy", "torch", "scikit-learn", "flax", "optax"]
    how = f"Best of {rounds} interleaved rounds of about {seconds:g} s each; float32."
    parts = [
        "# A training step",
        f"{machine(packages)}. {how}",
        "How many times as long as Thalweg (compiled by XLA) a step takes:",
        table(["network, rule", *asked.peers], ratios),
        "Time of a step:",
        table(["network, rule", *names], absolute),
    ]
    if firsts:
        parts += [
            'The first `tw.train` with `engine="xla"` of a process, import of JAX, compilation and one epoch included: '
            "with nothing in the compilation cache, and with what an earlier process left there:",
            table(["network, rule", "cold", "from the cache"], firsts),
        ]
    parts += [
        "Proof of equal work: the distance between the peer's parameters and ours after the same first updates "
        "(one epoch, or 16), from the same start and over the same batches, as a share of the distance moved "
        f"(a run with more than {TOLERANCE:g} is refused):",
        table(["network, rule", *asked.peers], equal),
    ]
    if notes:
        parts.append("\n".join(f"* {note}" for note in notes))
    report(asked.name, parts)


if __name__ == "__main__":
    main()
