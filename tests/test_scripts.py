"""The examples run, print what they promise, and draw their pictures."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[1] / "examples"
SAYS = {
    "xor.py": "the loss reached the goal",
    "one_step.py": "0.030014 -> 0.027630",
    "houses.py": "RMSE",
    "shortcuts.py": "('input', 'layer1', 'layer2') 187 parameters",
}


def test_every_example_is_tested():
    assert {path.name for path in EXAMPLES.glob("*.py")} == set(SAYS)


@pytest.mark.parametrize("name", SAYS)
def test_it_runs_and_draws(name, tmp_path):
    assert len((EXAMPLES / name).read_text(encoding="utf-8").splitlines()) <= 40
    command = [sys.executable, "-W", "error", str(EXAMPLES / name), str(tmp_path / "picture.svg")]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env={**os.environ, "COLUMNS": "100"})
    assert done.returncode == 0, done.stderr
    assert SAYS[name] in done.stdout
    assert "<svg" in (tmp_path / "picture.svg").read_text(encoding="utf-8")
