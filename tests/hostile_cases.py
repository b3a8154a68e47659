"""Files made to break what reads them: what mutation does not come upon, and what it found; a target and bytes each.

Each must be refused, or read, within the limits of tests/fuzz.py, which reads them.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

HUGE = 1 << 60


def _npz(descr: str, shape: str, data: bytes = b"", **more: Any) -> bytes:
    text = f"{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}, }}\n".encode()
    return _zip({"X.npy": b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text + data}, **more)


def _zip(members: dict[str, bytes], kind: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", kind) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return out.getvalue()


def _misnamed() -> bytes:
    """A workbook in whose archive the first member's name is as long as a page of its bytes."""
    from hostile_tables import table

    whole = bytearray(table(".xlsx"))
    at = whole.index(b"xl/worksheets/sheet1.xml") - 30
    whole[at + 26 : at + 28] = (1500).to_bytes(2, "little")
    return bytes(whole)


def _safetensors(header: dict[str, Any], data: bytes = b"") -> bytes:
    text = json.dumps(header).encode()
    return len(text).to_bytes(8, "little") + text + data


def _onnx(nodes: list[tuple[str, str, str]], constants: dict[str, np.ndarray], **more: Any) -> bytes:
    from onnx import TensorProto, helper, numpy_helper

    graph = helper.make_graph(
        [helper.make_node(kind, inputs.split(), [output], **more.get(kind, {})) for kind, inputs, output in nodes],
        "net",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["rows", 3])],
        [helper.make_tensor_value_info(nodes[-1][2], TensorProto.FLOAT, None)],
        [numpy_helper.from_array(array, name) for name, array in constants.items()],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=9).SerializeToString()


def _claimed_onnx(dims: list[int], raw: bytes = b"1234") -> bytes:
    from onnx import load_from_string

    model = load_from_string(_onnx([("MatMul", "x W", "out")], {"W": np.ones((3, 1), np.float32)}))
    del model.graph.initializer[0].dims[:]
    model.graph.initializer[0].dims.extend(dims)
    model.graph.initializer[0].raw_data = raw
    return model.SerializeToString()


def _external_onnx(place: str) -> bytes:
    from onnx import load_from_string

    model = load_from_string(_onnx([("MatMul", "x W", "out")], {"W": np.ones((3, 1), np.float32)}))
    tensor = model.graph.initializer[0]
    tensor.raw_data, tensor.data_location = b"", 1
    tensor.external_data.add(key="location", value=place)
    return model.SerializeToString()


def _chain(kind: str, count: int, inputs: str = "{}") -> list[tuple[str, str, str]]:
    names = ["x", *(f"v{k}" for k in range(1, count + 1))]
    steps = [(kind, inputs.format(*[one] * 2), other) for one, other in pairwise(names)]
    return [*steps, ("Tanh", names[-1], "out")]


def _hdf5(change: Callable[[Any], object]) -> bytes:
    import h5py

    out = io.BytesIO()
    with h5py.File(out, "w") as file:
        change(file)
    return out.getvalue()


def _keras(weights: bytes, units: Any = 2, layers: int = 1) -> bytes:
    dense = {"class_name": "Dense", "config": {"name": "d", "units": units, "activation": "linear", "use_bias": False}}
    begin = {"class_name": "InputLayer", "config": {"name": "i", "batch_shape": [None, 3]}}
    config = {"class_name": "Sequential", "config": {"name": "s", "layers": [begin, *[dense] * layers]}}
    return _zip({"config.json": json.dumps(config).encode(), "metadata.json": b"{}", "model.weights.h5": weights})


def _concatenated(times: int) -> bytes:
    def told(kind: str, name: str, sources: list[str], **config: Any) -> dict[str, Any]:
        tensors = [{"class_name": "__keras_tensor__", "config": {"keras_history": [one, 0, 0]}} for one in sources]
        nodes = [{"args": [tensors], "kwargs": {}}] if sources else []
        return {"class_name": kind, "config": {"name": name, **config}, "name": name, "inbound_nodes": nodes}

    layers = [told("InputLayer", "c0", [], batch_shape=[None, 3])]
    layers += [told("Concatenate", f"c{k + 1}", [f"c{k}", f"c{k}"], axis=-1) for k in range(times)]
    config = {"layers": layers, "input_layers": ["c0", 0, 0], "output_layers": [f"c{times}", 0, 0]}
    whole = {"class_name": "Functional", "config": config}
    return _zip({"config.json": json.dumps(whole).encode(), "model.weights.h5": _hdf5(lambda _: None)})


def _mat(kind: int, size: int, inside: bytes) -> bytes:
    return (
        b"MATLAB 5.0 MAT-file".ljust(124)
        + b"\x00\x01IM"
        + kind.to_bytes(4, "little")
        + size.to_bytes(4, "little")
        + inside
    )


def _matrix(shape: tuple[int, ...], claimed: int = 8) -> bytes:
    lengths = np.array(shape, "<i4").tobytes()
    parts = [(6, (6).to_bytes(8, "little")), (5, lengths + b"\0" * (-len(lengths) % 8)), (1, b"X\0\0\0\0\0\0\0")]
    inside = b"".join(k.to_bytes(4, "little") + len(p).to_bytes(4, "little") + p for k, p in parts)
    return inside + (9).to_bytes(4, "little") + claimed.to_bytes(4, "little") + bytes(8)


def _sheet(cells: str, dimension: str = "A1:B2") -> bytes:
    from workbooks import workbook

    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    return workbook(
        {"s": f'<worksheet xmlns="{main}"><dimension ref="{dimension}"/><sheetData>{cells}</sheetData></worksheet>'}
    )


def _bomb() -> bytes:
    """An XML whose entities would be a billion laughs."""
    entities = "".join(f'<!ENTITY a{k + 1} "{f"&a{k};" * 10}">' for k in range(9))
    return (
        f'<?xml version="1.0"?><!DOCTYPE w [<!ENTITY a0 "ha">{entities}]>'
        '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData><row r="1">'
        '<c r="A1" t="inlineStr"><is><t>&a9;</t></is></c></row></sheetData></worksheet>'
    ).encode()


def _with_bomb() -> bytes:
    from workbooks import workbook

    with zipfile.ZipFile(io.BytesIO(workbook({"s": [["a"], [1]]}))) as archive:
        members = {one: archive.read(one) for one in archive.namelist()}
    return _zip({name: _bomb() if "worksheets" in name else content for name, content in members.items()})


class Pickled:
    """What a pickle could run."""

    def __reduce__(self) -> tuple[Any, ...]:
        import os

        return os.system, ("true",)


def _pickled() -> bytes:
    out = io.BytesIO()
    np.savez(out, X=np.array([Pickled()], dtype=object))
    return out.getvalue()


def _virtual(file: Any) -> None:
    import h5py

    layout = h5py.VirtualLayout(shape=(3, 2), dtype="f4")
    layout[:] = h5py.VirtualSource("/etc/passwd", "x", shape=(3, 2))
    file.create_virtual_dataset("layers/dense/vars/0", layout)


def _without_biases() -> bytes:
    folder = Path(__file__).resolve().parents[1] / "src/thalweg/worked/notations"
    lines = (folder / "sklearn.toml").read_bytes().splitlines()
    return b"\n".join(line for line in lines if not line.startswith(b"bias_gradient"))


WIDE = np.ones((1, 1 << 17), np.float32)
CASES: dict[str, tuple[str, Callable[[], bytes]]] = {
    "an array of 2^60 numbers": ("npz", lambda: _npz("'<f8'", f"({HUGE},)")),
    "an array of no bytes and 2^60 rows": ("npz", lambda: _npz("'<U0'", f"({HUGE},)")),
    "an array of no bytes and 10^30 rows": ("npz", lambda: _npz("'<U0'", f"({10**30}, 2)")),
    "an array of fewer than no rows": ("npz", lambda: _npz("'<U9'", f"({-(10**30)},)")),
    "an array of 2^60 rows of nothing": ("npz", lambda: _npz("'<f8'", f"({HUGE}, 0)")),
    "rows of nothing, many": ("npz", lambda: _npz("'<f8'", "(0, 1000000000)")),
    "a text of a billion letters": ("npz", lambda: _npz("'<U999999999'", "(1,)")),
    "a pickle": ("npz", _pickled),
    "a pickle as a state_dict": ("state_dict npz", _pickled),
    "a pickle as a gradient": ("gradient npz", _pickled),
    "a shape that is code": ("npz", lambda: _npz("'<f8'", "__import__('os').system('true')")),
    "a shape that is deep": ("npz", lambda: _npz("'<f8'", "(" * 300 + ")" * 300)),
    "an array of zeros, compressed": ("npz", lambda: _npz("'<f8'", "(200000000,)", bytes(1 << 26))),
    "a header that does not end": ("npz", lambda: _npz("'<f8'", "(\n'''")),
    "a zip in which all is damaged": (
        "gradient npz",
        lambda: _npz("'<f8'", "(1,)", bytes(8)).replace(b"X.npy", b"Y.npy", 1),
    ),
    "a header of 2^60 bytes": ("model", lambda: HUGE.to_bytes(8, "little") + b"{}"),
    "a tensor of 2^60 numbers": (
        "model",
        lambda: _safetensors({"x": {"dtype": "F32", "shape": [HUGE], "data_offsets": [0, 4]}}, b"1234"),
    ),
    "tensors that lie on each other": (
        "safetensors",
        lambda: _safetensors(
            {str(k): {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]} for k in range(3)}, b"1234"
        ),
    ),
    "a tensor of lengths 2^60 and 0": (
        "safetensors",
        lambda: _safetensors({"0.weight": {"dtype": "F32", "shape": [HUGE, 0], "data_offsets": [0, 0]}}),
    ),
    "a name of a megabyte": ("model", lambda: _safetensors({"x" * (1 << 20): {"dtype": "Q"}})),
    "metadata nested 100,000 deep": ("model", lambda: _safetensors({"__metadata__": {"thalweg": "[" * 100_000}})),
    "a constant of 2^60 numbers": ("onnx", lambda: _claimed_onnx([HUGE])),
    "a constant of 2^62 by 2^62 numbers": ("onnx", lambda: _claimed_onnx([1 << 62, 1 << 62])),
    "a constant of lengths 2^60 and 0": ("onnx", lambda: _claimed_onnx([HUGE, 0], b"")),
    "a constant in another folder": ("onnx", lambda: _external_onnx("../../../etc/passwd")),
    "a constant in a device": ("onnx", lambda: _external_onnx("/dev/zero")),
    "a sum that is a large table": (
        "onnx",
        lambda: _onnx([("Add", "a b", "c"), ("MatMul", "x c", "out")], {"a": WIDE, "b": WIDE.T.copy()}),
    ),
    "a product that is a large table": (
        "onnx",
        lambda: _onnx([("MatMul", "b a", "c"), ("MatMul", "x c", "out")], {"a": WIDE, "b": WIDE.T.copy()}),
    ),
    "a join of a join, forty times": ("onnx", lambda: _onnx(_chain("Concat", 40, "{} {}"), {}, Concat={"axis": 1})),
    "a sum of a sum, sixty times": ("onnx", lambda: _onnx(_chain("Add", 60, "{} {}"), {})),
    "nodes in a row, 9,000": ("onnx", lambda: _onnx(_chain("Identity", 9000), {})),
    "elements taken a million times": (
        "onnx",
        lambda: _onnx(
            [("Gemm", "x W", "n"), ("Gather", "n i", "g"), ("Gather", "g i", "h"), ("Gemm", "h", "out")],
            {"W": np.ones((3, 2000), np.float32), "i": np.zeros(1 << 20, np.int64)},
            Gather={"axis": 1},
        ),
    ),
    "a graph of itself": ("onnx", lambda: _onnx([("Add", "x b", "a"), ("Add", "a a", "b")], {})),
    "a matrix of 2^40 weights": (
        "keras",
        lambda: _keras(
            _hdf5(
                lambda f: f.create_dataset(
                    "layers/dense/vars/0", shape=(1 << 20, 1 << 20), chunks=(1, 1 << 10), dtype="f4"
                )
            )
        ),
    ),
    "weights of nothing, 2^60 times": (
        "keras",
        lambda: _keras(
            _hdf5(
                lambda f: f.create_dataset(
                    "layers/dense/vars/0", shape=(HUGE, 0), dtype="f4", chunks=(1, 1), maxshape=(None, None)
                )
            )
        ),
    ),
    "weights of another file": ("keras", lambda: _keras(_hdf5(_virtual))),
    "weights that lie outside": (
        "keras",
        lambda: _keras(
            _hdf5(
                lambda f: f.create_dataset(
                    "layers/dense/vars/0", shape=(3, 2), dtype="f4", external=[("/etc/passwd", 0, 24)]
                )
            )
        ),
    ),
    "a group in another file": (
        "keras",
        lambda: _keras(_hdf5(lambda f: f.__setitem__("layers", __import__("h5py").ExternalLink("/etc/passwd", "/")))),
    ),
    "a group in itself": (
        "keras weights",
        lambda: _hdf5(lambda f: f.create_group("layers").__setitem__("again", f["/"])),
    ),
    "a layer of 2^60 units": ("keras", lambda: _keras(_hdf5(lambda f: f.create_group("layers")), units=HUGE)),
    "a join of a join, of Keras": ("keras", lambda: _concatenated(40)),
    "a matrix of 2^31 rows": ("mat", lambda: _mat(14, 72, _matrix((2**31 - 1, 2**31 - 1)))),
    "no rows of 2^93 columns": (
        "MATLAB tables",
        lambda: _mat(14, 64, _matrix((0, 2**31 - 1, 2**31 - 1, 2**31 - 1), 0)),
    ),
    "a variable of 4 GiB": ("mat", lambda: _mat(14, 2**32 - 1, _matrix((1, 1)))),
    "a variable that claims more numbers": ("MATLAB tables", lambda: _mat(14, 72, _matrix((1, 1), 2**31))),
    "a sheet of a cell in the last place": (
        "xlsx",
        lambda: _sheet('<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'),
    ),
    "a sheet that says to be large": (
        "xlsx",
        lambda: _sheet('<row r="1"><c r="A1"><v>1</v></c></row>', "A1:XFD1048576"),
    ),
    "a billion laughs": ("xlsx", _with_bomb),
    "a number of 5,000 digits": ("json", lambda: b'[{"a": ' + b"9" * 5000 + b"}]"),
    "an object nested 100,000 deep": ("ndjson", lambda: b'{"a":' * 100_000),
    "rows of which each has another key": ("ndjson", lambda: b"".join(b'{"k%d":1}\n' % k for k in range(20_000))),
    "a gradient with a source, and none of biases": ("notation", _without_biases),
    "a gradient near the largest number": ("gradient json", lambda: b'{"W1": [[1e308, 1], [1, 1]], "b1": [1, 1e308]}'),
    "an array nested 100,000 deep": ("gradient json", lambda: b'{"W1": ' + b"[" * 100_000),
    "a gradient of 10^400": ("gradient json", lambda: b'{"W1": [[1' + b"0" * 400 + b"]]}"),
    "a line of a million fields": ("csv", lambda: b"," * (1 << 20) + b"\n1\n"),
    "quotes that do not close": ("csv", lambda: b"a,b\n" + b'"1,' * 100_000),
    "a name of a megabyte, in a table": ("csv", lambda: b"x" * (1 << 20) + b",b\n1,2\n"),
    "powers of powers": ("formula", lambda: b"9**9**9**9"),
    "a product of a hundred factors": ("formula", lambda: b"*".join([b"tanh(x)"] * 37)),
    "choices within choices": ("formula", lambda: b"x if x > 0 else (" * 12 + b"1" + b")" * 12),
    "code": ("formula", lambda: b"__import__('os').system('true')"),
    "an attribute": ("formula", lambda: b"x.__class__.__mro__"),
    "numbers of 16 bytes that are none": ("npz", lambda: _npz("'<f16'", "(1,)", b"\1" * 16)),
    "a sheet whose name goes on in the archive": ("xlsx", _misnamed),
    "constants nested in a statement": ("genFunction", lambda: b"function y = f(x)\nb1 = " + b"[" * 50_000),
    "expressions nested": ("genFunction", lambda: b"function y = f(x)\na1 = " + b"f(" * 5000 + b")" * 5000 + b";\n"),
}
"""Each by what it is."""
