"""What a prediction costs by `predict`, by the exports of the same network, and by onnxruntime.

    python benchmarks/exports.py [rows] [--threads 2]

One row of a network 20-64-32-1 in float32, and many rows at once (a million, if no other number is given): Thalweg's
own `predict`, the NumPy module, C (compiled with -O3, one row a call), and the ONNX graph in onnxruntime; processor
time of one thread each, and, of many rows, the time on the clock with several (all that the machine has, if no other
number is given; 1 leaves these out): of BLAS for `predict` and the module, of its own for onnxruntime. C has none. Each
takes its turn in every round; told is the least.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from measuring import best_of_rounds, machine, report, table, times
from threadpoolctl import threadpool_limits

import thalweg as tw

_ROUNDS = 5
_TIMER = """
#define _POSIX_C_SOURCE 199309L
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include "net.h"

int main(int count, char **given)
{
    const long rows = count > 1 ? atol(given[1]) : 1, calls = count > 2 ? atol(given[2]) : 1;
    float *p = malloc((size_t)rows * 20 * sizeof *p), out;
    struct timespec begun, ended;
    long call, k;
    double sum = 0;

    for (k = 0; k < rows * 20; ++k)
        p[k] = (float)(k % 201) / 100.0f - 1.0f;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &begun);
    for (call = 0; call < calls; ++call) {
        net_network(p + (call % rows) * 20, &out);
        sum += (double)out;
    }
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ended);
    printf("%.9g %.9g\\n", (double)(ended.tv_sec - begun.tv_sec) + 1e-9 * (double)(ended.tv_nsec - begun.tv_nsec), sum);
    return 0;
}
"""


def seconds(call: Callable[[], Any], calls: int, threads: int = 1) -> float:
    """Of one call: of the processor, or on the clock where several threads work."""
    clock = time.process_time if threads == 1 else time.perf_counter
    begun = clock()
    for _ in range(calls):
        call()
    return (clock() - begun) / calls


def module_of(path: Path) -> Any:
    spec = importlib.util.spec_from_file_location("net", path)
    assert spec is not None
    assert spec.loader is not None
    found = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(found)
    return found


def session_of(path: Path, threads: int) -> Any:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def measured(hidden: str, rows: int, threads: int, folder: Path) -> list[list[str]]:
    """A line for one row, one for many, and one for many with several threads."""
    net = tw.mlp(20, 64, 32, 1, hidden=hidden)
    model = tw.Model(net, net.init(0, dtype="float32"), tw.losses.MSE())
    for name in ("net.py", "net.c", "net.onnx"):
        model.export(folder / name)
    (folder / "timer.c").write_text(_TIMER)
    program = folder / "timer"
    sources = [str(folder / "timer.c"), str(folder / "net.c")]
    subprocess.run(["cc", "-std=c99", "-O3", *sources, "-o", str(program), "-lm"], check=True)
    module = module_of(folder / "net.py")

    def in_c(many: int, calls: int) -> float:
        ended = subprocess.run([str(program), str(many), str(calls)], capture_output=True, text=True, check=True)
        return float(ended.stdout.split()[0])

    lines = []
    for many, count in ((1, 1), (rows, 1), *(((rows, threads),) if threads > 1 else ())):
        session = session_of(folder / "net.onnx", count)
        P = np.random.default_rng(0).normal(size=(many, 20)).astype(np.float32)
        own, beside = model.predict(P), session.run(None, {"input": P})[0]
        assert np.allclose(own, beside, atol=1e-4)
        assert np.allclose(own, module.predict(P), atol=1e-4)
        calls = 3000 if many == 1 else 1
        measures: dict[str, Callable[[], float]] = {
            name: lambda call=call, calls=calls, count=count: seconds(call, calls, count)
            for name, call in {
                "predict": lambda P=P: model.predict(P),
                "NumPy module": lambda P=P: module.predict(P),
                "onnxruntime": lambda P=P, session=session: session.run(None, {"input": P}),
            }.items()
        }
        if count == 1:
            measures["C"] = lambda many=many: in_c(many, 200_000) / 200_000 if many == 1 else in_c(many, many)
        with threadpool_limits(count):
            found = best_of_rounds(measures, _ROUNDS)
        names = ("predict", "NumPy module", "C", "onnxruntime")
        shown = [times(found[name]) if name in found else "" for name in names]
        shares = [f"{found[name] / found['onnxruntime']:.2f}" for name in names[:3] if name in found]
        told = f"{hidden}, {many:,} {'row' if many == 1 else 'rows'}{f', {count} threads' if count > 1 else ''}"
        lines.append([told, *shown, " · ".join(shares)])
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("rows", type=int, nargs="?", default=1_000_000)
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1)
    given = parser.parse_args()
    lines: list[list[str]] = []
    for hidden in ("tanh", "relu"):
        with tempfile.TemporaryDirectory() as folder:
            lines += measured(hidden, given.rows, given.threads, Path(folder))
    heads = ["20-64-32-1 in float32", "predict", "NumPy module", "C", "onnxruntime", "each by onnxruntime"]
    several = f" Lines of {given.threads} threads tell the time on the clock." if given.threads > 1 else ""
    report(
        "exports",
        [
            "# What a prediction costs, by `predict` and by the exports",
            f"Encoded rows; {machine(['thalweg', 'numpy', 'onnxruntime'])}",
            table(heads, lines),
            f"Processor time of one thread each, the least of {_ROUNDS} rounds.{several} The last column: times of "
            "`predict`, the NumPy module and C divided by those of onnxruntime. C predicts row by row, compiled by "
            "`cc -O3`. Where other programs take the processors, threads of BLAS wait for each other: "
            "`OPENBLAS_NUM_THREADS=1` then pays.",
        ],
    )


if __name__ == "__main__":
    main()
