"""The graph in an ONNX file and its constants, also those that lie in a file beside it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import prod
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import ArgumentError, shown

_NODES = 10_000
_COMPUTED = 1 << 26
"""Numbers in what a node makes of constants."""
COARSE = {10: "float16", 16: "bfloat16"}
"""Types of ONNX in which no Network computes."""


def opened(raw: bytes, most: int, folder: Path) -> tuple[Any, dict[str, np.ndarray], dict[str, str]]:
    """The graph, its constants, and what it says of itself by name.

    Raises ArgumentError for a damaged file, and more than `most` bytes of constants.
    """
    try:
        import onnx
    except ImportError:
        raise ArgumentError("onnx is not installed: pip install 'thalweg[exchange]'") from None
    model = onnx.ModelProto()
    try:
        model.ParseFromString(raw)
    except Exception as error:  # protobuf's own kinds, which differ by its builds
        raise ArgumentError("damaged, cut short, or no ONNX file: export it again") from error
    graph = model.graph
    if not graph.node and not graph.output:
        raise ArgumentError("damaged, or no ONNX file: it has no graph; export it again")
    if len(graph.node) > _NODES:
        raise ArgumentError(f"a graph of {len(graph.node):,} nodes, more than {_NODES:,}")
    budget = [most]
    constants = {one.name: tensor_array(one, folder, budget) for one in graph.initializer}
    if graph.sparse_initializer:
        raise ArgumentError("sparse initializers: save full matrices")
    return graph, constants, {one.key: one.value for one in model.metadata_props}


def tensor_array(tensor: Any, folder: Path, budget: list[int]) -> np.ndarray:
    """The array of a tensor, also of one that lies in a file of the same folder."""
    from onnx import TensorProto, helper, numpy_helper

    place = f"tensor {shown(tensor.name)}"
    if any(length < 0 for length in tensor.dims):
        raise ArgumentError(f"{place} has a length below 0")
    count = int(np.prod([int(length) for length in tensor.dims], dtype=object))
    try:
        kind = np.dtype(helper.tensor_dtype_to_np_dtype(tensor.data_type))
    except (KeyError, TypeError, ValueError):
        raise ArgumentError(f"{place} is of a type that is not known ({tensor.data_type})") from None
    size = count * kind.itemsize
    budget[0] -= size
    if budget[0] < 0:
        raise ArgumentError(f"{place} claims {count:,} numbers, more than the file may hold: allow more by --max-size")
    if tensor.data_location == TensorProto.EXTERNAL:
        found = np.frombuffer(_external(tensor, folder, size, place), kind.newbyteorder("<"))
        return found.astype(kind).reshape(tuple(tensor.dims))
    try:
        return np.asarray(numpy_helper.to_array(tensor)).reshape(tuple(tensor.dims))
    except Exception as error:  # whatever onnx stumbles over
        raise ArgumentError(f"{place} does not hold the {count:,} numbers of its shape: export it again") from error


def _external(tensor: Any, folder: Path, size: int, place: str) -> bytes:
    from ..system import ordinary_file

    told = {entry.key: entry.value for entry in tensor.external_data}
    name = told.get("location", "")
    root = folder.resolve()
    path = (root / name).resolve()
    if not name or not path.is_relative_to(root) or path == root:
        raise ArgumentError(f"{place} lies in {shown(name)}, outside the folder of the file: put it beside it")
    try:
        offset, length = int(told.get("offset", "0")), int(told.get("length", str(size)))
    except ValueError:
        raise ArgumentError(f"{place}: where it lies in {shown(name)} is no number") from None
    found = ordinary_file(path, "put it beside the .onnx file")
    if offset < 0 or length != size or found.stat().st_size < offset + size:
        raise ArgumentError(f"{place}: {shown(name)} has not the {size:,} bytes that its shape needs")
    with found.open("rb") as file:
        file.seek(offset)
        return file.read(size)


def constant_of(node: Any, place: str) -> np.ndarray:
    """The array of a Constant."""
    attributes = {one.name: one for one in node.attribute}
    if "value" in attributes:
        return tensor_array(attributes["value"].t, Path(), [1 << 29])
    for name, field in (
        ("value_float", "f"),
        ("value_floats", "floats"),
        ("value_int", "i"),
        ("value_ints", "ints"),
    ):
        if name in attributes:
            return np.asarray(getattr(attributes[name], field))
    raise ArgumentError(f"{place} holds {', '.join(attributes) or 'nothing'}, which is no array of numbers")


def folded(kind: str, given: list[np.ndarray], attributes: dict[str, Any], place: str) -> np.ndarray:
    """What a node makes of constants alone."""
    from onnx import helper

    simple: dict[str, Callable[..., Any]] = {
        "Identity": lambda a: a,
        "Cast": lambda a: a.astype(helper.tensor_dtype_to_np_dtype(attributes["to"])),
        "Transpose": lambda a: np.transpose(a, attributes.get("perm")),
        "Add": np.add,
        "Sub": np.subtract,
        "Mul": np.multiply,
        "Div": np.divide,
        "Neg": np.negative,
        "Sqrt": np.sqrt,
        "MatMul": np.matmul,
        "Reshape": lambda a, shape: np.reshape(a, tuple(int(one) for one in shape)),
        "Unsqueeze": lambda a, *axes: np.expand_dims(a, tuple(np.ravel(axes[0])) if axes else attributes["axes"]),
        "Squeeze": lambda a, *axes: np.squeeze(a),
    }
    if kind not in simple or sum(one.size for one in given) > _COMPUTED:
        raise ArgumentError(f"{place} is computed of constants, which is not done by this node: fold it before")
    if any(one.dtype.kind not in "biuf" for one in given):
        raise ArgumentError(f"{place} is computed of constants that are no real numbers")
    try:
        size = _size_of(kind, given)
        if size > _COMPUTED:
            raise ArgumentError(f"{place} makes {size:,} numbers of constants, more than {_COMPUTED:,}: fold it before")
        return np.asarray(simple[kind](*given))
    except ArgumentError:
        raise
    except (ValueError, TypeError, KeyError, IndexError) as error:
        raise ArgumentError(f"{place}: its constants do not fit together ({error})") from error


def _size_of(kind: str, given: list[np.ndarray]) -> int:
    """How many numbers a node makes of constants, or more; raises ValueError or IndexError for what do not fit."""
    if kind == "MatMul":
        one, other = given
        return prod(one.shape[:-1]) * prod((*other.shape[:-2], *other.shape[-1:][: other.ndim - 1]))
    if kind in ("Add", "Sub", "Mul", "Div"):
        return prod(np.broadcast_shapes(*(one.shape for one in given)))
    return given[0].size


def rounding_told(graph: Any) -> tuple[str, ...]:
    """What is to be told of a graph whose inputs, and so all that it computes, are rounded to 16 bits."""
    kinds = sorted({COARSE[one.type.tensor_type.elem_type] for one in graph.input if _is_coarse(one)})
    if not kinds:
        return ()
    return (f"the graph computes in {' and '.join(kinds)}, the network in float32: answers differ by that",)


def _is_coarse(one: Any) -> bool:
    return one.type.tensor_type.elem_type in COARSE


def told_of(node: Any) -> str:
    """A node as messages name it."""
    name = node.name or (node.output[0] if node.output else "")
    return f"node {shown(name)} ({node.op_type})"


def attributes_of(node: Any) -> dict[str, Any]:
    """The attributes of a node by their names."""
    from onnx import helper

    try:
        return {one.name: helper.get_attribute_value(one) for one in node.attribute}
    except (ValueError, TypeError) as error:
        raise ArgumentError(f"{told_of(node)}: a damaged attribute ({error})") from error


def width_of(one: Any) -> int | None:
    """The width of an input (rows, width), None where it is not said."""
    shape = one.type.tensor_type.shape
    dims = list(shape.dim)
    if len(dims) == 2 and dims[1].dim_value > 0:
        return int(dims[1].dim_value)
    if len(dims) in (0, 2):
        return None
    raise ArgumentError(f"input {shown(one.name)} has {len(dims)} dimensions; rows of numbers have 2")


def layer_name(node: Any) -> str:
    """What the layer of a node is called: the first part of its output's name that says something."""
    name = node.output[0] if node.output else node.name
    parts = [part for part in name.replace(":", "/").split("/") if part]
    return parts[0] if len(parts) > 1 and parts[-1] in ("output", "net_input", "net_input_2") else (node.name or name)


def is_open(bound: np.ndarray) -> bool:
    """Whether it is the bound of a Clip that has none."""
    return bound.dtype.kind == "f" and bool(np.isinf(bound).all())


def bounds_of(node: Any, attributes: Mapping[str, Any], things: Mapping[str, Any]) -> list[Any]:
    """The lowest and the highest output of a Clip, as inputs that may be left out or, before opset 11, attributes."""
    names = [*node.input[1:], "", ""][:2]
    known = zip(("min", "max"), names, (-np.inf, np.inf), strict=True)
    return [things[name] if name else np.asarray(attributes.get(what, none)) for what, name, none in known]
