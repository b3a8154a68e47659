"""The functions that genFunction writes at the end: Octave runs each form, and gives what its name means."""

import shutil
import subprocess

import numpy as np
import pytest

from thalweg.core.activations import ACTIVATIONS
from thalweg.errors import ArgumentError
from thalweg.exchange.matlab_local import _FORMULAS, _HEADS, _SOFTMAX, check_local
from thalweg.exchange.matlab_text import statements

FORMS = {
    f"{name} {number}": (name, f"function {_HEADS[number % 2].format(name + '_apply')}\n  a = {formula};\nend\n")
    for name, formulas in _FORMULAS.items()
    for number, formula in enumerate(formulas)
}
FORMS["softmax 0"] = (
    "softmax",
    f"function a = softmax_apply(n,~)\n  {_SOFTMAX.format('numerator', 'denominator')};\nend\n",
)
N = np.array([-20.0, -1.5, -0.5, 0.0, 0.25, 1.0, 30.0])


def functions(text: str):
    """The functions of a text, each by its statements."""
    found = []
    for statement in statements(text.encode()):
        if statement.text.startswith("function"):
            found.append([])
        found[-1].append(statement)
    return found


@pytest.mark.parametrize("form", FORMS)
def test_every_form_is_accepted_however_it_is_spaced(form):
    text = FORMS[form][1]
    check_local(functions(text))
    check_local(functions(text.replace(" = ", "=").replace("end\n", "")))
    check_local(functions(text.replace("  a", "  % what it computes\n\n   a")))


@pytest.mark.skipif(shutil.which("octave-cli") is None, reason="Octave is not installed")
def test_every_form_computes_what_its_name_means(tmp_path):
    calls, expected = [], []
    for number, (name, text) in enumerate(FORMS.values()):
        (tmp_path / f"f{number}.m").write_text(text.replace(f"{name}_apply", f"f{number}"))
        calls.append(f"printf('%.17g ', f{number}([{' '.join(map(repr, N.tolist()))}]')); printf('\\n');")
        expected.append(np.asarray(ACTIVATIONS.get(name)(N)))
    ended = subprocess.run(
        ["octave-cli", "--quiet", "--norc", "--eval", "\n".join(calls)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    found = [np.array(line.split(), float) for line in ended.stdout.strip().splitlines()]
    for name, one, right in zip(FORMS, found, expected, strict=True):
        np.testing.assert_allclose(one, right, rtol=1e-12, atol=1e-12, err_msg=name)


@pytest.mark.parametrize(
    "text",
    [
        "function a = tansig_apply(n,~)\n  a = 2 ./ (1 + exp(-n)) - 1;\nend",
        "function a = tansig_apply(n,m)\n  a = n;\nend",
        "function a = mine_apply(n,~)\n  a = n;\nend",
        "function y = mapminmax_apply(x,settings)\n  y = x;\nend",
        "function y = fixunknowns_apply(x,settings)\n  y = x;\nend",
        "function a = purelin_apply(n,~)\n  a = n;\n  a = 2*a;\nend",
    ],
)
def test_a_function_that_is_otherwise_is_told_by_name_and_line(text):
    name = text.split("= ")[1].split("(")[0]
    with pytest.raises(ArgumentError, match=f"line 3: the function {name} is not as genFunction writes it"):
        check_local(functions(f"\n\n{text}"))
