"""How long the page that steps takes to open, and a step on it; and how large the page of a large network is.

python benchmarks/step_page.py                   # needs playwright, and a Chromium on the path or playwright's own
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from measuring import machine, report, table

import thalweg as tw

if TYPE_CHECKING:
    from playwright.sync_api import Browser

PRESSES = 60
OPENED = """performance.getEntriesByType("navigation")[0].loadEventEnd"""
PRESSED = """(count) => {
  const picture = document.getElementById("picture"), began = performance.now();
  for (let press = 0; press < count; press += 1) {
    picture.dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowRight" }));
    picture.getBoundingClientRect();
  }
  return (performance.now() - began) / count;
}"""


def two_by_two() -> tw.WorkedStep:
    """The example of Mazur, A Step by Step Backpropagation Example (2015)."""
    net = tw.mlp(2, 2, 2, hidden="sigmoid", output="sigmoid")
    params = net.unravel(np.array([0.15, 0.20, 0.25, 0.30, 0.35, 0.35, 0.40, 0.45, 0.50, 0.55, 0.60, 0.60]))
    rule = tw.optimizers.GradientDescent(0.5)
    return tw.worked_step(net, "half_sse", params, [[0.05, 0.10]], [[0.01, 0.99]], rule, title="Mazur's example")


def large() -> tw.WorkedStep:
    """784-256-128-10, one example, Adam."""
    net = tw.mlp(784, 256, 128, 10, hidden="relu", output="softmax")
    rng = np.random.default_rng(0)
    P, T = rng.random((1, 784)), np.eye(10)[[3]]
    return tw.worked_step(net, "cross_entropy", net.init(0), P, T, "adam", title="784-256-128-10")


def measured(step: tw.WorkedStep, browser: Browser, folder: Path, rounds: int) -> list[str]:
    """A row: how long the page takes to write, its size, how long to open and for a key; the best of the rounds."""
    html, written, opened, pressed = "", [], [], []
    for _ in range(rounds):
        began = time.perf_counter()
        html = tw.widgets.worked_page(step)
        written.append(time.perf_counter() - began)
        path = folder / "step.html"
        path.write_text(html, encoding="utf-8")
        page = browser.new_page()
        page.goto(path.as_uri())
        page.wait_for_selector(".calculation .line")
        opened.append(page.evaluate(OPENED))
        pressed.append(page.evaluate(PRESSED, PRESSES))
        page.close()
    size = len(html.encode())
    return [f"{min(written):.2f} s", f"{size / 1e6:.2f} MB", f"{min(opened):.0f} ms", f"{min(pressed):.1f} ms"]


def main() -> None:
    from playwright.sync_api import sync_playwright

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--quick", action="store_true", help="one round")
    parser.add_argument("--name", default="step_page", help="name of the file in results/")
    asked = parser.parse_args()
    rounds = 1 if asked.quick else asked.rounds
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        own = playwright.chromium.executable_path
        found = own if Path(own).is_file() else shutil.which("chromium") or shutil.which("google-chrome")
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        rows = [
            [name, *measured(make(), browser, Path(folder), rounds)]
            for name, make in (("Mazur's example, 2-2-2", two_by_two), ("784-256-128-10, folded", large))
        ]
        version = browser.version
        browser.close()
    parts = [
        "# The page that steps",
        f"{machine(('thalweg', 'numpy'))}, Chromium {version}, headless",
        table(["page of a step, in all notations", "written", "size", "opened", "a key"], rows),
        "Opened: from the start of the navigation to the end of the page's load event, the calculation drawn. A key: "
        f"one line forward with the page laid out after it, the mean of {PRESSES}. Best of the rounds. Goals: the "
        "first opens in under 300 ms and steps without delay; the second is under 2 MB.",
    ]
    report(asked.name, parts)


if __name__ == "__main__":
    main()
