"""scikit-learn's own tests of its MLP, from the installed package, with the import swapped."""

from pathlib import Path
from typing import Any

import pytest
import sklearn.neural_network

THEIRS = Path(sklearn.neural_network.__file__).parent / "tests" / "test_mlp.py"
IMPORT = "from sklearn.neural_network import MLPClassifier, MLPRegressor"
LONG = {"test_n_iter_no_change_inf", "test_partial_fit_classification"}
"""Which take a third of the time of all: `test_n_iter_no_change` and `test_partial_fit_regression` pass the same
ways."""

pytestmark = [pytest.mark.filterwarnings("ignore"), pytest.mark.usefixtures("unchecked_shapes")]  # as in their own runs


def swapped() -> dict[str, Any]:
    """Their tests, by name, of our estimators."""
    text = THEIRS.read_text(encoding="utf-8")
    assert text.count(IMPORT) == 1
    names: dict[str, Any] = {"__name__": "scikit_learns_test_mlp", "__file__": str(THEIRS)}
    exec(
        compile(text.replace(IMPORT, "from thalweg.estimators import MLPClassifier, MLPRegressor"), THEIRS, "exec"),
        names,
    )
    return {name: found for name, found in names.items() if name.startswith("test_")}


@pytest.fixture
def global_random_seed() -> int:
    """The one seed of scikit-learn's own runs, unless others are asked for."""
    return 42


TESTS = swapped()
assert len(TESTS) > 35
assert TESTS.keys() >= LONG
globals().update({name: pytest.mark.thorough(test) if name in LONG else test for name, test in TESTS.items()})
