"""The examples run, print what they promise, and draw their pictures."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from compiling import FLAGS

EXAMPLES = Path(__file__).parents[1] / "examples"
SAYS = {  # lines that each prints, or parts of lines
    "xor.py": "the loss reached the goal",
    "one_step.py": "0.030014 -> 0.027630",
    "houses.py": "RMSE",
    "diagnosis.py": """\
the learning rate 0.4 is 1.3 times the largest stable one here, 2/λ_max = 0.308
largest stable learning rate 0.308""",
    "graphs/shortcuts.py": "('input', 'layer1', 'layer2') 187 parameters",
    "landscape/adam.py": "layer1[0] and layer1[1]: gd ends at 0.094, adam ends at",
    "landscape/error_and_tangent.py": "weight H[1,0] = 1.5: error 0.2082, slope -0.0532",
    "landscape/gradient_descent.py": """\
A = [[12.0, -8.0], [-8.0, 12.0]], d = [4.0, 4.0], c = 4.0, eigenvalues [ 4. 20.], minimum [-1. -1.]
x(k+1) = [[0.88, 0.08], [0.08, 0.88]] x(k) + [-0.04, -0.04] at α = 0.01
α = 0.01 after one step [-1.156 -2.716] after 100 [-1.01645 -1.01645]
α = 0.1 after one step [-2.56 -0.61] after 100 [-0.025 -1.975]""",
    "landscape/learning_rates.py": """\
learning rate 0.001: error 4.12 in epoch 60
learning rate 0.1: error 19 in epoch 60
learning rate 0.11: error 4.19e+10 in epoch 60
with momentum: --optimizer momentum --learning-rate 0.02 --momentum 0.5""",
    "landscape/quadratic.py": """\
A = [[34.0, -12.0], [-12.0, 16.0]], d = [-10.0, 0.0], c = 2.0, minimum [0.4 0.3]
eigenvalues [10. 40.]
largest stable learning rate 0.05
swing between [0.2 0.4] and [0.6 0.2]""",
    "landscape/saturation.py": "tanh: slope 1 at 0, 0.0099 at 3",
    "landscape/stochastic_gradient_descent.py": """\
minimum [-1. -1.]
all examples: [-1.016 -1.016], error 0.0011
one at random: [-1.0""",
    "landscape/vanishing_gradient.py": "sigmoid: the gradient shrinks",
}


def test_every_example_is_tested():
    found = {path.relative_to(EXAMPLES).as_posix() for path in EXAMPLES.glob("**/*.py")}
    assert found - {"data/make_houses.py", "worked/backprop.py"} == set(SAYS)


RUN = """
import contextlib, io, json, runpy, sys, traceback
told = {}
for name, path, picture in json.loads(sys.argv.pop()):
    sys.argv[:], sys.path[0] = [path, picture], path.rpartition("/")[0]
    out, error = io.StringIO(), ""
    try:
        with contextlib.redirect_stdout(out):
            runpy.run_path(path, run_name="__main__")
    except BaseException:
        error = traceback.format_exc()
    told[name] = [out.getvalue(), error]
print(json.dumps(told))
"""


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    """What each example printed, the error that ended it, and its picture; all run in one process."""
    folder = tmp_path_factory.mktemp("pictures")
    pictures = {name: folder / f"{number}.svg" for number, name in enumerate(SAYS)}
    jobs = [(name, (EXAMPLES / name).as_posix(), str(picture)) for name, picture in pictures.items()]
    environment = {**os.environ, "COLUMNS": "100", "XLA_FLAGS": FLAGS}
    command = [sys.executable, "-W", "error", "-c", RUN, json.dumps(jobs)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 0, done.stderr
    return {name: (*told, pictures[name]) for name, told in json.loads(done.stdout).items()}


@pytest.mark.parametrize("name", SAYS)
def test_it_runs_and_draws(name, ran):
    assert len((EXAMPLES / name).read_text(encoding="utf-8").splitlines()) <= 40
    printed, error, picture = ran[name]
    assert not error
    assert not [told for told in SAYS[name].splitlines() if told not in printed]
    assert "<svg" in picture.read_text(encoding="utf-8")
