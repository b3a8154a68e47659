"""scikit-learn's own tests of its MLP, from the installed package, with the import swapped."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import sklearn.neural_network

THEIRS = Path(sklearn.neural_network.__file__).parent / "tests" / "test_mlp.py"
FIXTURE = """import pytest
@pytest.fixture(params=[42])
def global_random_seed(request):
    return request.param
"""
"""The one seed of scikit-learn's own runs, unless others are asked for."""
IMPORT = "from sklearn.neural_network import MLPClassifier, MLPRegressor"


LONG = ("test_n_iter_no_change_inf", "test_partial_fit_classification")
"""Which take a third of the time of all: `test_n_iter_no_change` and `test_partial_fit_regression` pass the same
ways."""


@pytest.mark.parametrize("left_out", [LONG, pytest.param((), marks=pytest.mark.thorough)], ids=["most", "all"])
def test_they_pass(tmp_path: Path, left_out: tuple[str, ...]) -> None:
    text = THEIRS.read_text(encoding="utf-8")
    assert text.count(IMPORT) == 1
    swapped = text.replace(IMPORT, "from thalweg.estimators import MLPClassifier, MLPRegressor")
    (tmp_path / "test_swapped.py").write_text(swapped, encoding="utf-8")
    (tmp_path / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")  # none of our settings
    (tmp_path / "conftest.py").write_text(FIXTURE, encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_swapped.py"]
    command += [f"--deselect=test_swapped.py::{name}" for name in left_out]
    alone = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "OPENBLAS_NUM_THREADS": "1"}
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, env=alone)
    assert done.returncode == 0, done.stdout[-3000:]
    passed = int(done.stdout.rsplit(" passed", 1)[0].split()[-1])
    assert passed >= text.count("\ndef test_") - len(left_out)
    assert all(f"\ndef {name}(" in text for name in left_out)
