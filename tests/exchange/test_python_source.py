"""What the modules in Python share: arrays as text, functions, heads, inputs, and what outputs say."""

import base64
import dataclasses
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from to_export import SUBJECTS, of_hostile

from thalweg.core.activations import ACTIVATIONS
from thalweg.exchange.activation_form import form_of
from thalweg.exchange.expression_text import written
from thalweg.exchange.numpy_module import NUMPY
from thalweg.exchange.python_source import array_text, docstring, functions_source, imports_of, inputs_source

N = np.array([-1000.0, -20.0, -1.0, -1e-6, 0.0, 0.5, 30.0, 1000.0])


def evaluated(text):
    return eval(text, {"np": np, "base64": base64})


@settings(max_examples=40, deadline=None)
@given(
    st.sampled_from([np.float32, np.float64]).flatmap(
        lambda kind: arrays(kind, st.sampled_from([(3,), (2, 2), (1, 1), (1,)]), elements={"allow_nan": False})
    )
)
def test_arrays_come_back_to_the_bit(values):
    finite = np.where(np.isfinite(values), values, 0)
    found = evaluated(array_text(finite))
    assert (found.dtype, found.shape, found.tobytes()) == (finite.dtype, finite.shape, finite.tobytes())


@pytest.mark.parametrize("kind", ["float32", "float64"])
def test_many_numbers_are_base64(kind):
    values = np.random.default_rng(0).normal(size=(201, 100)).astype(kind)
    text = array_text(values)
    assert "base64" in text
    found = evaluated(text)
    assert found.dtype == values.dtype
    np.testing.assert_array_equal(found, values)


@pytest.mark.parametrize("name", ["sigmoid", "softplus", "gelu", "relu", "satlins", "elu"])
def test_functions_that_the_library_lacks_are_written_and_no_others(name):
    activation = ACTIVATIONS.get(name)
    form = form_of(activation, "layer")
    source = functions_source([form], NUMPY)
    names = {"np": np, "math": math}
    exec(source, names)
    text = written(form, NUMPY, "n")
    written_ones = [one for one in names if one.startswith("_") and one != "__builtins__"]
    assert all((text + source).count(f"{one}(") > 1 for one in written_ones)  # where it is made, and called
    assert bool(written_ones) == (name in ("sigmoid", "softplus", "gelu"))
    with np.errstate(all="ignore"):
        np.testing.assert_allclose(eval(text, {**names, "n": N}), activation(N), rtol=1e-12, atol=1e-12)
    assert ("math" in imports_of(of_hostile("classes"), [form], [])) == (name == "gelu")


def test_a_head_is_one_text_whatever_stands_in_it():
    subject = dataclasses.replace(of_hostile("classes"), head=('""" + 1/0', "a \\ b", "end\\"))
    head = eval(docstring(subject, "about"))
    assert head.splitlines()[:3] == ['""" + 1/0', "a \\ b", "end\\"]
    assert "'size': a number" in head


@pytest.mark.parametrize("name", ["float32", "two inputs"])
def test_inputs_are_of_the_type_of_the_network(name):
    subject = SUBJECTS[name]()
    names = {"np": np}
    exec(inputs_source(subject), names)
    sizes = subject.network.inputs
    rows = {one: np.ones((4, size), "float64") for one, size in sizes.items()}
    given_rows = rows if len(sizes) > 1 else next(iter(rows.values()))
    found = names["_inputs"](given_rows)
    for one in found.values() if len(sizes) > 1 else [found]:
        assert (one.dtype, one.shape[0]) == (subject.dtype, 4)
