"""What a prediction costs by `predict`, by the exports of the same network, and by onnxruntime.

    python benchmarks/exports.py [rows]

One row of a network 20-64-32-1 in float32, and many rows at once (a million, if no other number is given): Thalweg's
own `predict`, the NumPy module, C (compiled with -O3, one row a call), and the ONNX graph in onnxruntime; processor
time of one thread each. Each takes its turn in every round; told is the least.
"""

from __future__ import annotations

import importlib.util
import subprocess
import sys
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


def seconds(call: Callable[[], Any], calls: int) -> float:
    """Of one call."""
    begun = time.process_time()
    for _ in range(calls):
        call()
    return (time.process_time() - begun) / calls


def module_of(path: Path) -> Any:
    spec = importlib.util.spec_from_file_location("net", path)
    assert spec is not None
    assert spec.loader is not None
    found = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(found)
    return found


def measured(hidden: str, rows: int, folder: Path) -> list[list[str]]:
    """A line for one row, and one for many."""
    net = tw.mlp(20, 64, 32, 1, hidden=hidden)
    model = tw.Model(net, net.init(0, dtype="float32"), tw.losses.MSE())
    for name in ("net.py", "net.c", "net.onnx"):
        model.export(folder / name)
    (folder / "timer.c").write_text(_TIMER)
    program = folder / "timer"
    sources = [str(folder / "timer.c"), str(folder / "net.c")]
    subprocess.run(["cc", "-std=c99", "-O3", *sources, "-o", str(program), "-lm"], check=True)
    module = module_of(folder / "net.py")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(str(folder / "net.onnx"), options, providers=["CPUExecutionProvider"])

    def in_c(many: int, calls: int) -> float:
        ended = subprocess.run([str(program), str(many), str(calls)], capture_output=True, text=True, check=True)
        return float(ended.stdout.split()[0])

    lines = []
    for many in (1, rows):
        P = np.random.default_rng(0).normal(size=(many, 20)).astype(np.float32)
        own, beside = model.predict(P), session.run(None, {"input": P})[0]
        assert np.allclose(own, beside, atol=1e-4)
        assert np.allclose(own, module.predict(P), atol=1e-4)
        calls = 3000 if many == 1 else 1
        found = best_of_rounds(
            {
                "predict": lambda P=P, calls=calls: seconds(lambda: model.predict(P), calls),
                "NumPy module": lambda P=P, calls=calls: seconds(lambda: module.predict(P), calls),
                "C": lambda many=many: in_c(many, 200_000) / 200_000 if many == 1 else in_c(many, many),
                "onnxruntime": lambda P=P, calls=calls: seconds(lambda: session.run(None, {"input": P}), calls),
            },
            _ROUNDS,
        )
        shown = [times(found[name]) for name in ("predict", "NumPy module", "C", "onnxruntime")]
        shares = [f"{found[name] / found['onnxruntime']:.2f}" for name in ("predict", "NumPy module", "C")]
        lines.append([f"{hidden}, {many:,} {'row' if many == 1 else 'rows'}", *shown, " · ".join(shares)])
    return lines


def main() -> None:
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    lines: list[list[str]] = []
    for hidden in ("tanh", "relu"):
        with threadpool_limits(1), tempfile.TemporaryDirectory() as folder:
            lines += measured(hidden, rows, Path(folder))
    heads = ["20-64-32-1 in float32", "predict", "NumPy module", "C", "onnxruntime", "each by onnxruntime"]
    report(
        "exports",
        [
            "# What a prediction costs, by `predict` and by the exports",
            f"Encoded rows; {machine(['thalweg', 'numpy', 'onnxruntime'])}",
            table(heads, lines),
            f"Processor time of one thread each, the least of {_ROUNDS} rounds. The last column: times of `predict`, "
            "the NumPy module and C divided by those of onnxruntime. C predicts row by row, compiled by `cc -O3`. "
            "Where other programs take the processors, threads of BLAS wait for each other: `OPENBLAS_NUM_THREADS=1` "
            "then pays.",
        ],
    )


if __name__ == "__main__":
    main()
