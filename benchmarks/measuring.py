"""What the benchmarks share: the machine in words, interleaved rounds, Markdown tables and their files."""

from __future__ import annotations

import importlib.metadata
import os
import platform
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

RESULTS = Path(__file__).parent / "results"


def machine(packages: Iterable[str]) -> str:
    """Processor, cores, memory, system, Python and package versions, and load; no names of hosts or users."""
    facts = [processor(), f"{os.cpu_count()} logical cores"]
    if hasattr(os, "sysconf") and "SC_PHYS_PAGES" in os.sysconf_names:
        facts.append(f"{os.sysconf('SC_PHYS_PAGES') * os.sysconf('SC_PAGE_SIZE') / 2**30:.0f} GiB of memory")
    facts += [platform.system(), f"Python {platform.python_version()}"]
    facts += [f"{name} {version}" for name in packages if (version := version_of(name))]
    if hasattr(os, "getloadavg"):
        facts.append(f"load of the last 5 minutes {os.getloadavg()[1]:.1f}")
    return ", ".join(facts)


def processor() -> str:
    """The processor's name."""
    info = Path("/proc/cpuinfo")
    if info.exists():
        for line in info.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def version_of(package: str) -> str | None:
    """The installed version of a package, or None."""
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


def best_of_rounds(measures: Mapping[str, Callable[[], float]], rounds: int) -> dict[str, float]:
    """The least of each measure over rounds in which all take their turn, so that a slow spell touches all alike."""
    found: dict[str, list[float]] = {name: [] for name in measures}
    for turn in range(rounds):
        names = list(measures)
        for name in names if turn % 2 == 0 else reversed(names):
            found[name].append(measures[name]())
    return {name: min(values) for name, values in found.items()}


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table; all columns but the first are set right."""
    lines = [list(header), ["---", *["---:"] * (len(header) - 1)], *map(list, rows)]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def times(seconds: float) -> str:
    """A duration with three digits and a fitting unit."""
    unit, size = ("s", 1.0) if seconds >= 1.0 else ("ms", 1e-3) if seconds >= 1e-3 else ("µs", 1e-6)
    return f"{seconds / size:.3g} {unit}"


def ratio(theirs: float, ours: float) -> str:
    """How many times as long theirs takes as ours."""
    value = theirs / ours
    return f"{value:.0f}×" if value >= 100 else f"{value:.2g}×" if value >= 10 else f"{value:.2f}×"


def report(name: str, parts: Iterable[str]) -> None:
    """Print the parts and write them to results/`name`.md."""
    text = "\n\n".join(parts) + "\n"
    print(text)
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / f"{name}.md").write_text(text, encoding="utf-8")
