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
    "landscape/adam.py": "layer1[0] and layer1[1]: gd ends at 0.25, adam ends at",
    "landscape/error_and_tangent.py": "weight H[1,0] = 1.5: error 0.2082, slope -0.0532",
    "landscape/gradient_descent.py": "α = 0.01 after one step [-1.156 -2.716] after all [-1.01645 -1.01645]",
    "landscape/learning_rates.py": "learning rate 0.05: error",
    "landscape/quadratic.py": "eigenvalues [10. 40.] largest stable learning rate 0.05",
    "landscape/saturation.py": "tanh: slope 1 at 0, 0.0099 at 3",
    "landscape/stochastic_gradient_descent.py": "one at random: [-1.0",
    "landscape/vanishing_gradient.py": "sigmoid: the gradient shrinks",
}


def test_every_example_is_tested():
    found = {path.relative_to(EXAMPLES).as_posix() for path in EXAMPLES.glob("**/*.py")}
    assert found - {"data/make_houses.py"} == set(SAYS)


@pytest.mark.parametrize("name", SAYS)
def test_it_runs_and_draws(name, tmp_path):
    assert len((EXAMPLES / name).read_text(encoding="utf-8").splitlines()) <= 40
    command = [sys.executable, "-W", "error", str(EXAMPLES / name), str(tmp_path / "picture.svg")]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env={**os.environ, "COLUMNS": "100"})
    assert done.returncode == 0, done.stderr
    assert SAYS[name] in done.stdout
    assert "<svg" in (tmp_path / "picture.svg").read_text(encoding="utf-8")
