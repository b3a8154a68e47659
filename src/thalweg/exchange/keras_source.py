"""A model as weights of Keras, in its own HDF5 layout, with the source of the model beside them."""

from __future__ import annotations

import io
import json
from pathlib import Path

import numpy as np

from ..errors import ArgumentError
from ..system import Content
from .activation_form import is_linear
from .expression_text import array_language, written
from .numpy_module import layer_names
from .python_source import docstring, functions_source, imports_of, inputs_source, pipeline_source, together_source
from .subject import Member, Subject
from .torch_module import forms_of

KERAS = array_language(
    "keras.ops",
    sum="keras.ops.sum({}, axis=-1, keepdims=True)",
    largest="keras.ops.max({}, axis=-1, keepdims=True)",
    erf="keras.ops.erf({})",
    relu="keras.ops.relu({})",
)

HELD = "thalweg_model"
"""The dataset of a weights file that holds the model's description, by which it is read back."""


def keras_source(subject: Subject, path: str) -> list[Content]:
    """The `.weights.h5`, in Keras's own layout, and the `.py` that builds the model, with the table's encoding.

    All is float32: Keras multiplies matrices of float64 in float32.
    """
    try:
        import h5py
    except ImportError as error:
        raise ArgumentError('weights of Keras are written by h5py: pip install "thalweg[exchange]"') from error
    raw = io.BytesIO()
    with h5py.File(raw, "w") as file:
        file.attrs["thalweg"] = json.dumps({"head": list(subject.head)})
        if subject.described is not None:  # an attribute holds 64 KiB at most
            text = json.dumps({"model": subject.described}).encode()
            file.create_dataset(HELD, data=np.frombuffer(text, np.uint8))
        for number, (name, unit_weights) in enumerate(_layers(subject).items()):
            group = file.create_group(layer_group(number))
            group.attrs["name"] = name
            for place, array in enumerate(unit_weights):
                group.create_dataset(f"vars/{place}", data=array)
    weights = Path(path).name
    source = str(Path(path).with_name(f"{weights[: -len('.weights.h5')]}.py"))
    text = _source(subject, weights)
    return [Content(path, raw.getvalue(), "weights"), Content(source, text.encode(), "Keras model")]


def layer_group(number: int) -> str:
    """Where Keras keeps the weights of a dense layer, counted from 0 over all members."""
    return f"layers/dense_{number}" if number else "layers/dense"


def _mark(subject: Subject, number: int) -> str:
    return f"member{number}_" if len(subject.members) > 1 else ""


def _layers(subject: Subject) -> dict[str, list[np.ndarray]]:
    """Kernel (sizes of the sources, size) and bias of each dense layer by its name."""
    found = {}
    for number, member in enumerate(subject.members, start=1):
        letters = layer_names(member)
        for unit in member.units:
            kernel = np.ascontiguousarray(np.hstack(list(unit.weights.values())).T)
            bias = [] if unit.bias is None else [unit.bias]
            found[_mark(subject, number) + letters[unit.layer.name]] = [kernel, *bias]
    return found


def _source(subject: Subject, weights: str) -> str:
    forms = forms_of(subject)
    own = weights[: -len(".weights.h5")]
    about = (
        f"    import {own}\n    model = {own}.load()          # a keras.Model with the weights of {weights}\n"
        f"    {own}.predict(...)            # encoding and all"
    )
    modules = "".join(f"import {name}\n" for name in imports_of(subject, forms, []))
    before, behind = pipeline_source(subject)
    functions = functions_source(forms, KERAS)
    return (
        f"{docstring(subject, about)}\n{modules}from pathlib import Path\n\nimport h5py\nimport keras\n"
        "import numpy as np\n"
        f"{functions}{before}{_building(subject)}{_loading(subject, weights)}{behind}"
    )


def _building(subject: Subject) -> str:
    """The function that builds a functional model, its outputs those of all members."""
    inputs = subject.network.inputs
    letters = layer_names(subject.members[0])
    lines = [
        f"    {letters[name]} = keras.Input(({size},), dtype={subject.dtype!r}, name={letters[name]!r})"
        for name, size in inputs.items()
    ]
    outputs = []
    for number, member in enumerate(subject.members, start=1):
        more, output = _member_lines(subject, member, number)
        lines += more
        outputs.append(output)
    given = ", ".join(letters[name] for name in inputs)
    return (
        '\n\ndef build():\n    """The model with weights of its own: the outputs of every member."""\n'
        + "\n".join(lines)
        + f"\n    return keras.Model([{given}], [{', '.join(outputs)}])\n"
    )


def _member_lines(subject: Subject, member: Member, number: int) -> tuple[list[str], str]:
    mark = _mark(subject, number)
    letters = layer_names(member)
    inputs = set(member.network.inputs)
    values = {name: letter if name in inputs else mark + letter for name, letter in letters.items()}
    lines = []
    for unit in member.units:
        own = values[unit.layer.name]
        sources = [values[source] for source in unit.weights]
        joined = f"keras.layers.Concatenate(dtype={member.dtype!r})"
        given = sources[0] if len(sources) == 1 else f"{joined}([{', '.join(sources)}])"
        about = f"use_bias={unit.bias is not None}, dtype={member.dtype!r}, name={own!r}"
        dense = f"keras.layers.Dense({unit.layer.size}, {about})"
        if is_linear(unit.form):
            lines.append(f"    {own} = {dense}({given})")
        else:
            lines += [f"    n = {dense}({given})", f"    {own} = {written(unit.form, KERAS, 'n')}"]
    return lines, values[member.output]


def _loading(subject: Subject, weights: str) -> str:
    given = "[_inputs(P)]" if len(subject.network.inputs) == 1 else "list(_inputs(P).values())"
    inputs = inputs_source(subject)
    lines = ["    return outputs[0]"]
    if subject.together:
        members = [f"outputs[{number}]" for number in range(len(subject.members))]
        lines = [*together_source(subject, members, KERAS), "    return keras.ops.convert_to_numpy(a)"]
    body = "\n".join(lines)
    return f'''

def load(path=Path(__file__).with_name({weights!r})):
    """The model with its weights; nothing in the file is run."""
    model = build()
    with h5py.File(path, "r") as file:
        for group in file["layers"].values():
            weights = [group["vars"][place][()] for place in sorted(group["vars"], key=int)]
            model.get_layer(group.attrs["name"]).set_weights(weights)
    return model
{inputs}

def network(P):
    """The outputs for inputs (rows, features), as arrays of NumPy."""
    outputs = load()({given})
    outputs = [keras.ops.convert_to_numpy(one) for one in (outputs if isinstance(outputs, list) else [outputs])]
{body}
'''
