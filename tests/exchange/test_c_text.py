"""Numbers, texts and functions as C writes them, read back by a compiler of C."""

import shutil
import subprocess

import numpy as np
import pytest

from thalweg.core.activations import ACTIVATIONS
from thalweg.errors import ArgumentError
from thalweg.exchange.c_text import c_comment, c_functions, c_number, c_text

NUMBERS = [0.0, -0.0, 1.0, 0.1, -1e-38, 3e38, 1 / 3, 5e-324, 1.7976931348623157e308, 123456789.0]
TEXTS = ["plain", "grün", 'a "b" \\ c', "two\nlines", "what??!", "1\u00012", "", "%d"]
N = np.array([-1000.0, -20.0, -1.0, -1e-3, 0.0, 1e-3, 1.0, 20.0, 1000.0])
FUNCTIONS = ("sign", "square", "relu", "sigmoid", "softplus")
compiler = pytest.mark.skipif(shutil.which("cc") is None, reason="no compiler of C is installed")


def run(tmp_path, before, body):
    text = f"#include <math.h>\n#include <stdio.h>\n{before}\nint main(void)\n{{\n{body}    return 0;\n}}\n"
    (tmp_path / "t.c").write_text(text)
    flags = ["-std=c99", "-Wall", "-Wextra", "-pedantic", "-Wconversion", "-Wdouble-promotion", "-Werror"]
    subprocess.run(["cc", *flags, "t.c", "-o", "t", "-lm"], cwd=tmp_path, check=True)
    return subprocess.run(["./t"], cwd=tmp_path, capture_output=True, check=True).stdout


@compiler
def test_numbers_and_texts_come_back_to_the_bit(tmp_path):
    single = [one for one in NUMBERS if abs(one) < 3.4e38]
    body = "".join(f'    printf("%.17g\\n", {c_number(one)});\n' for one in NUMBERS)
    body += "".join(f'    printf("%.9g\\n", (double){c_number(one, "float32")});\n' for one in single)
    body += "".join(f"    fwrite({c_text(one, 'x')}, 1, sizeof {c_text(one, 'x')}, stdout);\n" for one in TEXTS)
    *lines, texts = run(tmp_path, "", body).split(b"\n", len(NUMBERS) + len(single))
    read = [float(one) for one in lines]
    assert [one.hex() for one in read[: len(NUMBERS)]] == [one.hex() for one in NUMBERS]
    assert [float(np.float32(one)) for one in read[len(NUMBERS) :]] == [float(np.float32(one)) for one in single]
    assert texts == b"".join(one.encode() + b"\0" for one in TEXTS)


@compiler
def test_functions_that_libm_lacks_are_those_of_the_activations(tmp_path):
    calls = [f"{name}_{kind}(" for name in FUNCTIONS for kind in ("double", "float")]
    body = "".join(
        f'    printf("%.17g %.9g\\n", {name}_double({c_number(n)}), (double){name}_float({c_number(n, "float32")}));\n'
        for name in FUNCTIONS
        for n in N.tolist()
    )
    found = np.array(run(tmp_path, c_functions(" ".join(calls)), body).split(), float).reshape(
        len(FUNCTIONS), len(N), 2
    )
    expected = [np.sign(N), N**2, *(np.asarray(ACTIVATIONS.get(name)(N)) for name in FUNCTIONS[2:])]
    np.testing.assert_allclose(found[..., 0], expected, rtol=1e-14, atol=1e-300)
    np.testing.assert_allclose(found[..., 1], expected, rtol=1e-6, atol=1e-37)


def test_only_those_that_are_called_are_written():
    assert c_functions("relu_float(n)").count("static") == 1
    assert c_functions("tanh(n)") == ""


@pytest.mark.parametrize("value", [np.inf, -np.inf, np.nan])
def test_what_is_no_number_of_c_is_refused(value):
    with pytest.raises(ArgumentError, match="is no number that a float64 of C can hold"):
        c_number(value)
    with pytest.raises(ArgumentError, match="1e\\+300 is no number that a float32 of C can hold"):
        c_number(1e300, "float32")


@pytest.mark.parametrize(("text", "told"), [("a\0b", "with a NUL within"), ("x" * 5000, "of 5,000 bytes")])
def test_a_text_that_c_cannot_hold_is_refused(text, told):
    with pytest.raises(ArgumentError, match=f"column 'a' has a text {told}"):
        c_text(text, "column 'a'")


def test_a_comment_ends_where_it_should():
    assert "*/" not in c_comment("a */ b **/ /* ??/ c")
    assert c_comment("grün").isascii()
