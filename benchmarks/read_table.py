"""Reading a CSV: `tw.read_table` beside `polars.read_csv`, each in a process of its own, in turn.

    python benchmarks/read_table.py [rows] [columns]

Processor time and the peak of memory above what the imports take, the least of the rounds; a table of numbers, and one
in which a quarter of the columns is quoted text. Ratios above 1.5 are more than is promised.
Linux only: the system tells the peak of memory of a process.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import polars as pl
from measuring import machine, table

_ROUNDS = 5

_RUN = """
import re, sys, time
from pathlib import Path
import numpy, polars
from thalweg.data import read_table
read = {"polars": lambda path: polars.read_csv(path, try_parse_dates=True), "thalweg": read_table}[sys.argv[1]]
peak = lambda: int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]) / 1024
before, started = peak(), time.process_time()
frame = read(sys.argv[2])
print(time.process_time() - started, peak() - before)
"""


def measured(reader: str, path: Path) -> tuple[float, float]:
    """Seconds of the processor, and MiB above what the imports take."""
    ended = subprocess.run([sys.executable, "-c", _RUN, reader, path], capture_output=True, text=True, check=True)
    seconds, memory = map(float, ended.stdout.split())
    return seconds, memory


def main() -> None:
    """Write the tables, read them in turn, and print the ratios."""
    given = list(map(int, sys.argv[1:3]))
    rows, columns = [*given, *(1_000_000, 20)[len(given) :]]
    rng = np.random.default_rng(0)
    numbers = {f"c{number}": rng.normal(size=rows) for number in range(columns)}
    words = np.array(["red", "blue, dark", 'say "no"', "Smith, John"])
    texts = {f"c{number}": words[rng.integers(0, len(words), rows)] for number in range(columns // 4)}
    lines: list[list[str]] = []
    with tempfile.TemporaryDirectory() as folder:
        for name, frame in (("numbers", numbers), ("numbers and texts", {**numbers, **texts})):
            path = Path(folder) / "table.csv"
            pl.DataFrame(frame).write_csv(path)
            found: dict[str, list[tuple[float, float]]] = {"polars": [], "thalweg": []}
            for _ in range(_ROUNDS):
                for reader, values in found.items():
                    values.append(measured(reader, path))
            seconds, memory = ({reader: min(v[i] for v in values) for reader, values in found.items()} for i in (0, 1))
            lines.append(
                [
                    f"{name}, {path.stat().st_size / 1e6:.0f} MB",
                    *(f"{seconds[reader]:.2f} s, {memory[reader]:.0f} MiB" for reader in found),
                    f"{seconds['thalweg'] / seconds['polars']:.2f}",
                    f"{memory['thalweg'] / memory['polars']:.2f}",
                ]
            )
    print(f"{rows:,} rows of {columns} columns; {machine(('thalweg', 'polars', 'numpy'))}\n")
    print(table(["table", "polars.read_csv", "tw.read_table", "time ratio", "memory ratio"], lines))


if __name__ == "__main__":
    main()
