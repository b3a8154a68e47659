"""A model as a state_dict of PyTorch, in a safetensors file, with the source of its module beside it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from ..formulas.expression import Expression
from ..system import Content
from .activation_form import is_linear
from .expression_text import array_language, written
from .numpy_module import layer_names
from .python_source import docstring, functions_source, imports_of, inputs_source, pipeline_source, together_source
from .subject import Member, Subject

TORCH = array_language(
    "torch",
    sum="torch.sum({}, dim=-1, keepdim=True)",
    largest="torch.amax({}, dim=-1, keepdim=True)",
    atan="torch.atan({})",
    asinh="torch.asinh({})",
    erf="torch.erf({})",
    sigmoid="torch.sigmoid({})",
    relu="torch.relu({})",
)
_MODULE = frozenset(
    [
        "T_destination", "add_module", "apply", "bfloat16", "buffers", "call_super_init", "children", "compile", "cpu",
        "cuda", "double", "dump_patches", "eval", "extra_repr", "float", "forward", "get_buffer", "get_extra_state",
        "get_parameter", "get_submodule", "half", "ipu", "load_state_dict", "modules", "mtia", "named_buffers",
        "named_children", "named_modules", "named_parameters", "parameters", "register_backward_hook",
        "register_buffer",
        "register_forward_hook", "register_forward_pre_hook", "register_full_backward_hook", "register_module",
        "register_full_backward_pre_hook", "register_load_state_dict_post_hook", "register_load_state_dict_pre_hook",
        "register_parameter", "register_state_dict_post_hook", "register_state_dict_pre_hook", "requires_grad_",
        "set_extra_state", "set_submodule", "share_memory", "state_dict", "to", "to_empty", "train", "training", "type",
        "xpu", "zero_grad",
    ]
)  # fmt: skip
"""What `torch.nn.Module` has already, so that no layer can be called so."""


def torch_module(subject: Subject, path: str) -> list[Content]:
    """The `.safetensors`, tensors named as the module's parameters, and the `.py`, with the encoding of the table.

    A layer of several sources is one Linear of these side by side.
    """
    from safetensors.numpy import save

    tensors = {
        f"{_prefix(subject, number)}{name}": array
        for number, member in enumerate(subject.members)
        for name, array in state_of(member).items()
    }
    about = {"format": "pt", "thalweg": json.dumps({"head": list(subject.head), **_described(subject)})}
    source = str(Path(path).with_suffix(".py"))
    weights = save({name: np.ascontiguousarray(array) for name, array in tensors.items()}, metadata=about)
    text = _module_source(subject, Path(path).name)
    return [Content(path, _in_order(weights), "state_dict"), Content(source, text.encode(), "PyTorch module")]


def _in_order(raw: bytes) -> bytes:
    """The same file with its header in order, so that the same model is the same bytes."""
    end = 8 + int.from_bytes(raw[:8], "little")
    header = json.dumps(json.loads(raw[8:end]), sort_keys=True, separators=(",", ":")).encode()
    header += b" " * (-len(header) % 8)
    return len(header).to_bytes(8, "little") + header + raw[end:]


def _described(subject: Subject) -> dict[str, Any]:
    """The model, by which the file is read back: its tensors' names are those of each member's layers."""
    if subject.described is None:
        return {}
    owners = [
        [f"{_prefix(subject, number)}{name}" for name in attributes(member).values()]
        for number, member in enumerate(subject.members)
    ]
    return {"model": subject.described, "attributes": owners}


def _prefix(subject: Subject, number: int) -> str:
    return f"members.{number}." if subject.together else ""


def attributes(member: Member) -> dict[str, str]:
    """The attribute of each layer."""
    letters = layer_names(member)
    return {
        unit.layer.name: f"{letters[unit.layer.name]}_"
        if letters[unit.layer.name] in _MODULE
        else letters[unit.layer.name]
        for unit in member.units
    }


def state_of(member: Member) -> dict[str, np.ndarray]:
    """Weights (size, sizes of the sources) and biases by the names of a state_dict."""
    names = attributes(member)
    tensors = {}
    for unit in member.units:
        own = names[unit.layer.name]
        tensors[f"{own}.weight"] = np.hstack(list(unit.weights.values()))
        if unit.bias is not None:
            tensors[f"{own}.bias"] = unit.bias
    return tensors


def _module_source(subject: Subject, weights: str) -> str:
    forms = forms_of(subject)
    own = Path(weights).stem
    about = (
        f"    import {own}\n    net = {own}.load()            # a torch.nn.Module with the weights of {weights}\n"
        f"    {own}.predict(...)            # encoding and all"
    )
    modules = "".join(f"import {name}\n" for name in imports_of(subject, forms, []))
    before, behind = pipeline_source(subject)
    classes = "".join(
        _class_source(member, f"Member{number}" if subject.together else "Network")
        for number, member in enumerate(subject.members, start=1)
    )
    if subject.together:
        classes += _together_class(subject)
    functions = functions_source(forms, TORCH)
    return (
        f"{docstring(subject, about)}\n{modules}from pathlib import Path\n\nimport numpy as np\nimport torch\n"
        f"{functions}{before}{classes}{_loading(subject, weights)}{behind}"
    )


def forms_of(subject: Subject) -> list[Expression]:
    """The expressions of all layers, and of the calibration."""
    forms = [unit.form for member in subject.members for unit in member.units]
    return forms if subject.calibrated_form is None else [*forms, subject.calibrated_form]


def _class_source(member: Member, name: str) -> str:
    letters, names = layer_names(member), attributes(member)
    sizes, kind = member.network.sizes, f"torch.{member.dtype}"
    made, lines = [], []
    for unit in member.units:
        own, letter = names[unit.layer.name], letters[unit.layer.name]
        width = sum(sizes[source] for source in unit.weights)
        about = f"{width}, {unit.layer.size}, bias={unit.bias is not None}, dtype={kind}"
        made.append(f"        self.{own} = torch.nn.Linear({about})")
        sources = [letters[source] for source in unit.weights]
        given = sources[0] if len(sources) == 1 else f"torch.cat([{', '.join(sources)}], dim=-1)"
        if is_linear(unit.form):
            lines.append(f"        {letter} = self.{own}({given})")
        else:
            lines += [f"        n = self.{own}({given})", f"        {letter} = {written(unit.form, TORCH, 'n')}"]
    inputs = [letters[one] for one in member.network.inputs]
    lines = [f"        {letter} = {letter}.to({kind})" for letter in inputs] + lines
    body = "\n".join(made) + f"\n\n    def forward(self, {', '.join(inputs)}):\n" + "\n".join(lines)
    return (
        f'\n\nclass {name}(torch.nn.Module):\n    """Inputs (rows, features) in, outputs out."""\n\n'
        f"    def __init__(self):\n        super().__init__()\n{body}\n        return {letters[member.output]}\n"
    )


def _together_class(subject: Subject) -> str:
    inputs = ", ".join(list(layer_names(subject.members[0]).values())[: len(subject.network.inputs)])
    members = ", ".join(f"Member{number}()" for number in range(1, len(subject.members) + 1))
    outputs = [f"self.members[{number}]({inputs})" for number in range(len(subject.members))]
    lines = "\n".join(f"    {line}" for line in together_source(subject, outputs, TORCH, "torch"))
    return (
        f'\n\nclass Network(torch.nn.Module):\n    """The mean of its members, in double."""\n\n'
        f"    def __init__(self):\n        super().__init__()\n"
        f"        self.members = torch.nn.ModuleList([{members}])\n\n"
        f"    def forward(self, {inputs}):\n{lines}\n        return a\n"
    )


def _loading(subject: Subject, weights: str) -> str:
    run = "torch.as_tensor(_inputs(P))"
    if len(subject.network.inputs) > 1:
        run = "*map(torch.as_tensor, _inputs(P).values())"
    inputs = inputs_source(subject)
    return f'''

def load(path=Path(__file__).with_name({weights!r})):
    """The network with its weights, from a safetensors file; nothing in it is run."""
    from safetensors.torch import load_file

    net = Network()
    net.load_state_dict(load_file(path))
    return net.eval()
{inputs}

def network(P):
    """The outputs for inputs (rows, features), as arrays of NumPy."""
    with torch.no_grad():
        return load()({run}).numpy()
'''
