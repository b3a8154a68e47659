"""What reads files of others, a target each: whole files to begin with, the ways to damage them, and how they are read.

Each is read as a person's file is, and what comes of it is used once: a model predicts, a table is prepared.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import damage_packed as packed
import numpy as np
from damage import Damage, damaged_bytes, damaged_json, damaged_text
from hostile_cases import CASES as CASES
from hostile_checkpoints import TARGETS as CHECKPOINTS
from hostile_tables import read_table, tables, trial_of_table, written
from reader_target import Target

TREE = Path(__file__).resolve().parents[1]


def _network(tmp: Path, name: str) -> tuple[bytes, ...]:
    """Networks in a format: our own exports, and as others write them."""
    import to_export

    found = []
    if name in (".onnx", ".safetensors", ".m", ".weights.h5"):
        for kind in ("classes", "pair"):
            to_export.models()[kind].export(tmp / f"net{name}")
            found.append((tmp / f"net{name}").read_bytes())
    if name == ".onnx":
        import test_read_onnx as onnx

        found.append(onnx.graph(onnx.CHAIN, onnx.CONSTANTS).SerializeToString())
        found += [_arithmetic(onnx)] * 2
    elif name == ".m":
        import test_read_matlab_source as source

        found += [source.AS_CELLS.encode(), source.MATRIX_ONLY.encode()]
    elif name == ".mat":
        import test_read_matlab_tables as matlab

        found += [matlab.mat(matlab.TABLES), matlab.mat(matlab.TABLES, do_compression=True)]
    elif name == ".keras":
        import test_read_keras as keras

        found.append(keras.keras(keras.CHAIN, keras.WEIGHTS))
        found.append(keras.keras(keras.CHAIN, keras.WEIGHTS, compression="gzip", chunks=True, shuffle=True))
    elif name in (".safetensors", ".npz"):
        import test_read_state_dict as state
        from safetensors.numpy import save

        found.append(save(state.STATE) if name == ".safetensors" else written(lambda out: np.savez(out, **state.STATE)))
    return tuple(found)


def _arithmetic(onnx: Any) -> bytes:
    """A graph that computes some of its constants."""
    node, nodes = onnx.node, []
    nodes += [node("Transpose", "W1", "V", perm=[1, 0]), node("Mul", "V two", "V2"), node("Add", "V2 V", "V4")]
    nodes += [node("Reshape", "V4 shape", "R"), node("Gemm", "x R b1", "n", transB=1)]
    nodes += [node("Sigmoid", "n", "s"), node("Mul", "n s", "a"), node("MatMul", "a T", "out")]
    constants = {"W1": onnx.W1, "two": np.array([2.0], np.float32)}
    constants |= {"shape": np.array([4, 3]), "b1": onnx.B1, "T": onnx.W2.T.copy()}
    return onnx.graph(nodes, constants).SerializeToString()


LAYERS = ["Linear", "BatchNorm1d(4, eps=0.001)", "Tanh", "Dropout", "Linear", "Softmax(dim=1)"]


def read_network(path: Path, layers: Any = None) -> object:
    """Read a network, and let it predict."""
    import thalweg as tw

    return _predicted(tw.exchange.read_network(path, layers=layers, largest=1 << 28))


def _state_dict(path: Path) -> object:
    """A state_dict, with the layers that it is of, and then as an export of ours, which needs none."""
    from thalweg.errors import ThalwegError

    with suppress(ThalwegError):
        return read_network(path, LAYERS)
    return read_network(path)


def _predicted(model: Any) -> object:
    from thalweg.errors import DataError

    size = sum(model.network.inputs.values())
    if model.encoding is not None:
        import to_export

        with suppress(DataError):  # rows of another table
            model.predict(to_export.table())
    elif len(model.network.inputs) == 1 and size < 10_000:
        model.predict(np.zeros((2, size)))
    return model


def _models() -> tuple[bytes, ...]:
    import to_export

    from thalweg.files import model_bytes

    found = [model_bytes(one) for one in to_export.models().values()]
    return (*found, model_bytes(to_export.every_activation("float32")))


def _model(path: Path) -> object:
    import thalweg as tw

    model = _predicted(tw.load(path))
    repr(model)
    return model


def _step_files() -> tuple[bytes, ...]:
    paths = sorted([*(TREE / "examples" / "worked").glob("*.toml"), *(TREE / "examples" / "gallery").glob("*.toml")])
    return tuple(content for path in paths if len(content := path.read_bytes()) < 2000)


def _step(path: Path) -> object:
    import thalweg as tw

    file = tw.read_step_file(path)
    return file.open(1).show() if file.network.parameter_count < 500 else file


def _notations() -> tuple[bytes, ...]:
    return tuple(path.read_bytes() for path in sorted((TREE / "src/thalweg/worked/notations").glob("*.toml")))


def _notation(path: Path) -> object:
    import thalweg as tw

    return tw.derive_chain((2, 2, 1), "layer1[0,1]", notation=tw.worked.notation_from(path)).lines[0].text


CONFIG = b"""target = "quality"
hidden = "8 tanh, 4"
split = [70, 15, 15]
optimizer = "adam"
learning-rate = 0.01
epochs = 20
ignore = ["a", "b"]
class-weight = {good = 2.0, bad = 1}
seed = 3
max-size = "8GiB"
"""


@functools.cache
def _commands() -> Any:
    import typer.main

    from thalweg.cli.commands import app

    return typer.main.get_command(app)


def _config(path: Path) -> object:
    """The options of a command with a file of settings, which are checked, and not followed."""
    command = _commands().commands["train"]
    try:
        with command.make_context("train", ["table.csv", "--config", str(path)]) as context:
            return context.params
    except Exception as error:  # of the parser, which tells it in a line of its own
        from thalweg.errors import ArgumentError

        if not hasattr(error, "format_message"):
            raise
        raise ArgumentError(" ".join(error.format_message().split())) from error


def _formulas() -> tuple[bytes, ...]:
    return tuple(
        text.encode()
        for text in (
            "x*tanh(log(1 + exp(x)))",
            "x if x > 0 else 0.1*(exp(x) - 1)",
            "max(0, min(1, 0.2*x + 0.5))",
            "(((x + 1)/9)**3 - x/2)**2",
            "sigmoid(1.702*x)*x",
            "x/(1 + abs(x)) + sin(pi*x)**2",
            "erf(x/sqrt(2))*sign(x) - cos(atan(asinh(x)))",
            "e**-x**2",
            "2**-x*softplus(relu(x)) if x <= 0 else log(2) + ln(1 + x*x)",
            "((((((x))))))",
            "sinh(x)/cosh(x)",
        )
    )


def _formula(path: Path) -> object:
    import thalweg as tw

    text = path.read_bytes().decode("latin-1")
    one = tw.activations.Formula(text)
    n = np.linspace(-3, 3, 7)
    with np.errstate(all="ignore"):
        a = one(n)
        one.derivative(n)
        one.curvature(n) if hasattr(one, "curvature") else None
    str((one.value_text, one.derivative_text))
    one.check_trainable()
    return a


def _answer_files() -> tuple[bytes, ...]:
    return tuple(path.read_bytes() for path in sorted((TREE / "examples/worked/answers").iterdir()) if path.is_file())


def _answers(path: Path) -> object:
    from thalweg.worked.exercises.answers import read_answers

    return read_answers(path)


def _gradient_files(suffix: str) -> tuple[bytes, ...]:
    arrays = {"W1": np.ones((2, 2)), "b1": np.ones(2), "W2": np.ones((1, 2)), "b2": np.ones(1)}
    if suffix == ".npz":
        return written(lambda out: np.savez(out, **arrays)), written(lambda out: np.savez_compressed(out, **arrays))
    return (json.dumps({name: values.tolist() for name, values in arrays.items()}).encode(),)


def _gradient(path: Path) -> object:
    import thalweg as tw
    from thalweg.gradient_check.student_file import check_file

    net = tw.mlp(2, 2, 1)
    P = np.array([[0.0, 1.0], [1.0, 0.5]])
    return check_file(path, net, tw.losses.MSE(), net.init(0), P, P[:, :1])


_TEXTS = (damaged_text, damaged_text, damaged_bytes)
_JSON = (damaged_json, damaged_json, damaged_text, damaged_bytes)
_ZIP = (packed.damaged_zip, packed.damaged_zip, packed.damaged_zip, damaged_bytes)


def _of_tables(suffix: str, *ways: Damage, **more: Any) -> Target:
    return Target(suffix, lambda: tables(suffix), read_table, ways or (damaged_bytes,), **more)


def _of_networks(suffix: str, *ways: Damage, read: Callable[[Path], object] = read_network) -> Target:
    import tempfile

    def seeds() -> Sequence[bytes]:
        with tempfile.TemporaryDirectory() as folder:
            return _network(Path(folder), suffix)

    return Target(suffix, seeds, read, ways or (damaged_bytes,))


TARGETS: dict[str, Target] = {
    "model": Target(".thalweg", _models, _model, (packed.damaged_safetensors,) * 3 + (damaged_bytes,)),
    **CHECKPOINTS,
    "step file": Target(".toml", _step_files, _step, _TEXTS),
    "notation": Target(".toml", _notations, _notation, _TEXTS),
    "settings": Target(".toml", lambda: (CONFIG,), _config, _TEXTS),
    "formula": Target(".txt", _formulas, _formula, _TEXTS),
    "answers": Target(".csv", _answer_files, _answers, _TEXTS),
    "gradient json": Target(".json", lambda: _gradient_files(".json"), _gradient, _JSON),
    "gradient npz": Target(".npz", lambda: _gradient_files(".npz"), _gradient, _ZIP),
    "csv": _of_tables(".csv", *_TEXTS),
    "csv.gz": _of_tables(".csv.gz", packed.damaged_gzip),
    "tsv": _of_tables(".tsv", *_TEXTS),
    "ndjson": _of_tables(".ndjson", *_JSON),
    "json": _of_tables(".json", *_JSON),
    "parquet": _of_tables(".parquet", within=trial_of_table),
    "arrow": _of_tables(".arrow", within=trial_of_table),
    "npz": _of_tables(".npz", *_ZIP),
    "mat": _of_tables(".mat", packed.damaged_mat),
    "xlsx": _of_tables(".xlsx", *_ZIP),
    "onnx": _of_networks(".onnx", packed.damaged_onnx),
    "keras": _of_networks(".keras", *_ZIP),
    "keras weights": _of_networks(".weights.h5"),
    "safetensors": _of_networks(".safetensors", *(packed.damaged_safetensors,) * 3, damaged_bytes, read=_state_dict),
    "state_dict npz": _of_networks(".npz", *_ZIP, read=_state_dict),
    "genFunction": _of_networks(".m", *_TEXTS),
    "MATLAB tables": _of_networks(".mat", packed.damaged_mat),
}
"""By what they read."""
