"""How many files and kinds of objects four journeys through the house pass, counted while they run.

    python benchmarks/journeys.py [--names]

Each journey runs twice, and the second time is counted, so that what is made once (imports, programs of XLA) is not:
the files of the package whose functions are called, and the classes of the package whose objects they are handed.
"""

import contextlib
import io
import os
import shutil
import sys
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np

import thalweg as tw

PACKAGE = Path(tw.__file__).parent
ROOT = PACKAGE.parents[1]
P = np.linspace(-1, 1, 40)[:, None]


def command(*arguments: str) -> None:
    from thalweg.cli import run

    sys.argv = ["thalweg", *arguments]
    with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(SystemExit):
        run()


def gradient() -> None:
    net = tw.mlp(1, 5, 1)
    tw.gradient(net, "mse", net.init(0), P, P**2)


JOURNEYS: dict[str, Callable[[], object]] = {
    "train a table": lambda: command("train", "wine.csv", "--target", "cultivar", "--epochs", "5"),
    "open a step": lambda: command(
        "step", str(ROOT / "examples/worked/aifh_xor_online.toml"), "--input", "1,0", "--target", "1"
    ),
    "a gradient": gradient,
    "lm on XLA": lambda: tw.train(tw.mlp(1, 5, 1), P, P**2, optimizer="lm", engine="xla", epochs=5),
}


def passed(journey: Callable[[], object]) -> tuple[set[str], set[str]]:
    """The files and the classes that a journey passes."""
    files: set[str] = set()
    classes: set[str] = set()

    def see(frame, event, _argument) -> None:
        name = frame.f_code.co_filename
        if event != "call" or not name.startswith(str(PACKAGE)) or frame.f_code.co_name == "<module>":
            return
        files.add(os.path.relpath(name, PACKAGE))
        for value in tuple(frame.f_locals.values()):
            if type(value).__module__.startswith("thalweg"):
                classes.add(type(value).__name__)

    journey()
    threading.setprofile(see)
    sys.setprofile(see)
    try:
        journey()
    finally:
        sys.setprofile(None)
        threading.setprofile(None)
    return files, classes


def main() -> None:
    told = "--names" in sys.argv
    with tempfile.TemporaryDirectory() as folder:
        shutil.copy(ROOT / "examples/data/wine.csv", folder)
        os.chdir(folder)
        for name, journey in JOURNEYS.items():
            files, classes = passed(journey)
            print(f"{name}: {len(files)} files, {len(classes)} classes")
            if told:
                print("   ", ", ".join(sorted(files)), "\n   ", ", ".join(sorted(classes)))
        os.chdir(ROOT)


if __name__ == "__main__":
    main()
