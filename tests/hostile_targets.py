"""What reads files of others, a target each: whole files to begin with, the ways to damage them, and how they are read.

Each is read as a person's file is, and what comes of it is used once: a model predicts, a table is prepared.
"""

from __future__ import annotations

import dataclasses
import functools
import gzip
import io
import json
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import damage
import numpy as np
import polars as pl
from damage import Damage, damaged_bytes, damaged_text
from hostile_cases import CASES as CASES

TREE = Path(__file__).resolve().parents[1]
ROWS = 24
FRAME = pl.DataFrame(
    {
        "size": [k / 8 for k in range(ROWS)],
        "day": [f"2024-0{1 + k % 9}-1{k % 8}" for k in range(ROWS)],
        "<b>": ["ab"[k % 2] for k in range(ROWS)],
    }
)


@dataclasses.dataclass(frozen=True)
class Target:
    """A reader, and files for it."""

    suffix: str
    seeds: Callable[[], Sequence[bytes]]
    read: Callable[[Path], object]
    ways: tuple[Damage, ...] = (damaged_bytes,)
    within: Callable[[Path], object] | None = None
    """What `read` does in a child process, done here: it is tried first, and `read` where it ends the process."""


def written(write: Callable[[io.BytesIO], object]) -> bytes:
    """The bytes that something writes into a file."""
    out = io.BytesIO()
    write(out)
    return out.getvalue()


def table(suffix: str) -> bytes:
    """A table in a format."""
    from scipy.io import savemat
    from workbooks import workbook

    columns = {"X": np.arange(ROWS * 2.0).reshape(ROWS, 2), "kind": np.arange(ROWS) % 2}
    rows = [FRAME.columns, *map(list, FRAME.rows())]
    match suffix:
        case ".csv" | ".csv.gz":
            text = FRAME.write_csv().encode()
            return gzip.compress(text) if suffix == ".csv.gz" else text
        case ".tsv" | ".tsv.gz":
            text = FRAME.write_csv(separator="\t").encode()
            return gzip.compress(text) if suffix == ".tsv.gz" else text
        case ".json":
            return FRAME.write_json().encode()
        case ".ndjson" | ".jsonl":
            return FRAME.write_ndjson().encode()
        case ".parquet":
            return written(FRAME.write_parquet)
        case ".arrow" | ".feather" | ".ipc":
            return written(FRAME.write_ipc)
        case ".npz":
            return written(lambda out: np.savez(out, **columns))
        case ".mat":
            return written(lambda out: savemat(out, columns, oned_as="column"))
        case ".xlsx" | ".xlsm":
            return workbook({"sheet": rows})
    raise AssertionError(f"write a table as {suffix}")


def _kinds() -> pl.DataFrame:
    """A table of many types."""
    texts = pl.Series(["fig", "plum", None] * 8)
    return FRAME.with_columns(
        pl.Series("n", [None, *range(1, ROWS)], dtype=pl.Int16),
        pl.Series("c", texts, dtype=pl.Categorical),
        pl.Series("d", ["2024-01-02", None] * 12).str.to_date(),
        pl.Series("t", range(ROWS)).cast(pl.Datetime("ms")),
        pl.Series("l", [[1, 2], None] * 12),
        pl.Series("o", [{"x": 1, "y": "a"}, {"x": None, "y": "b"}] * 12),
        pl.Series("w", ["long" * 40, "é"] * 12),
        pl.Series("b", [True, None] * 12),
        pl.Series("g", [b"\0", b"x" * 40] * 12),
    )


def _compressed(write: str, ways: Sequence[str]) -> list[bytes]:
    frame = _kinds()
    return [written(lambda out, way=way: getattr(frame, write)(out, compression=way)) for way in ways]


def read_table(path: Path) -> object:
    """Read a table, and prepare what can be prepared."""
    from thalweg.data import prepare
    from thalweg.data.reading import open_table
    from thalweg.errors import DataError

    frame = open_table(path).frame
    if path.stat().st_size % 3:  # preparing takes longer than all the rest
        return frame
    with suppress(DataError):  # a table that is read, and none to train with
        prepare(frame, target=frame.columns[-1])
    return frame


def _within(path: Path) -> object:
    """The trial that a child process makes of a table, here."""
    from thalweg.data import column_files
    from thalweg.data.limits import allowed

    raw = path.read_bytes()
    given = sys.argv, sys.stdin, sys.stdout
    sys.argv, sys.stdin = ["trial", path.suffix, str(allowed(len(raw), None))], io.TextIOWrapper(io.BytesIO(raw))
    sys.stdout = io.StringIO()
    try:
        exec(compile(column_files._TRIAL, "trial", "exec"), {})
    except SystemExit as ended:
        from thalweg.errors import FileError

        raise FileError(f"ends with {ended.code}") from ended
    finally:
        sys.argv, sys.stdin, sys.stdout = given
    return raw


def _tables(suffix: str) -> tuple[bytes, ...]:
    more = {
        ".csv": [
            b"a;b;c\n" + b"1,5;x;\xe4\n2,0;y;z\n" * 9,
            b'"a b","c""d"\r\n' + b'1,"two\nlines"\r\n' * 9,
            "x\ty\n1\t2\n".encode("utf-16") * 3,
        ],
        ".tsv": [b"# note\na\tb\n" + b"1.5e3\tJan-24\n-2\tFeb-24\n" * 9],
        ".ndjson": [b'{"a": {"b": [1, 2]}, "c": "x"}\n{"a": null, "c": NaN}\n' * 9],
        ".json": [b'[{"a": 1, "b": "x"},\n{"a": 2.5, "b": null}]'],
        ".parquet": _compressed("write_parquet", ("uncompressed", "snappy", "zstd", "gzip", "brotli", "lz4")),
        ".arrow": _compressed("write_ipc", ("uncompressed", "lz4", "zstd")),
        ".npz": [
            written(
                lambda out: np.savez_compressed(
                    out, a=np.array(["x", "yy"]), d=np.array(["2024-01-01", "NaT"], "M8[D]")
                )
            )
        ],
    }
    if suffix == ".mat":
        from scipy.io import savemat

        columns = {
            "X": np.eye(3),
            "s": np.array(["ab", "c", "d"], dtype=object),
            "t": np.array([["text"], ["else"], ["once"]], dtype=object),
        }
        more[suffix] = [
            written(lambda out, k=k: savemat(out, columns, do_compression=k, oned_as="column")) for k in (True, False)
        ]
    return (table(suffix), *more.get(suffix, []))


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
        import test_read_matlab_tables as tables

        found += [tables.mat(tables.TABLES), tables.mat(tables.TABLES, do_compression=True)]
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


_P = np.linspace(-1.0, 1.0, 12).reshape(6, 2)


def _checkpoints() -> tuple[bytes, ...]:
    import tempfile

    import thalweg as tw

    found = []
    for optimizer, more in (("momentum", {}), ("lm", {}), ("adam", {"batch_size": 2, "order": tw.PrioritySampling()})):
        with tempfile.TemporaryDirectory() as folder:
            options = {"optimizer": optimizer, "epochs": 2, "engine": "numpy", **more}
            tw.train(tw.mlp(2, 2, 1), _P, _P[:, :1], checkpoint=folder, **options)
            found += [path.read_bytes() for path in Path(folder).glob("*.safetensors")]
    return tuple(found)


def _checkpoint(path: Path) -> object:
    """Go on from a checkpoint, the only one in its folder."""
    import thalweg as tw

    folder = path.parent / "run"
    folder.mkdir(exist_ok=True)
    for other in folder.iterdir():
        other.unlink()
    (folder / "checkpoint-000000000000006.safetensors").write_bytes(path.read_bytes())
    return tw.resume(folder, _P, _P[:, :1], epochs=2, max_seconds=1.0)


def damaged_checkpoint(content: bytes, rng: Any) -> bytes:
    """Another header or other arrays, whose digest is as it should be."""
    from safetensors.numpy import load, save

    from thalweg.training.checkpoint_file import stored_bytes

    size = int.from_bytes(content[:8], "little")
    metadata = json.loads(content[8 : 8 + size])["__metadata__"]
    tensors, header = load(content), json.loads(metadata["checkpoint"])
    if rng.randrange(2):
        header = damage.damaged_tree(header, rng)
    else:
        name = rng.choice(list(tensors))
        other = rng.choice(list(tensors.values()))
        changed = load(damage.damaged_safetensors(save({"x": tensors[name]}), rng)) if tensors[name].size else {}
        tensors[name] = rng.choice((other, np.zeros(3), np.full_like(tensors[name], -1), changed.get("x", other)))
        if not rng.randrange(4):
            del tensors[name]
    return stored_bytes(header, tensors)


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
_JSON = (damage.damaged_json, damage.damaged_json, damaged_text, damaged_bytes)
_ZIP = (damage.damaged_zip, damage.damaged_zip, damage.damaged_zip, damaged_bytes)


def _of_tables(suffix: str, *ways: Damage, **more: Any) -> Target:
    return Target(suffix, lambda: _tables(suffix), read_table, ways or (damaged_bytes,), **more)


def _of_networks(suffix: str, *ways: Damage, read: Callable[[Path], object] = read_network) -> Target:
    import tempfile

    def seeds() -> Sequence[bytes]:
        with tempfile.TemporaryDirectory() as folder:
            return _network(Path(folder), suffix)

    return Target(suffix, seeds, read, ways or (damaged_bytes,))


TARGETS: dict[str, Target] = {
    "model": Target(".thalweg", _models, _model, (damage.damaged_safetensors,) * 3 + (damaged_bytes,)),
    "checkpoint": Target(
        ".safetensors",
        _checkpoints,
        _checkpoint,
        (*(damaged_checkpoint,) * 4, damage.damaged_safetensors, damaged_bytes),
    ),
    "step file": Target(".toml", _step_files, _step, _TEXTS),
    "notation": Target(".toml", _notations, _notation, _TEXTS),
    "settings": Target(".toml", lambda: (CONFIG,), _config, _TEXTS),
    "formula": Target(".txt", _formulas, _formula, _TEXTS),
    "answers": Target(".csv", _answer_files, _answers, _TEXTS),
    "gradient json": Target(".json", lambda: _gradient_files(".json"), _gradient, _JSON),
    "gradient npz": Target(".npz", lambda: _gradient_files(".npz"), _gradient, _ZIP),
    "csv": _of_tables(".csv", *_TEXTS),
    "csv.gz": _of_tables(".csv.gz", damage.damaged_gzip),
    "tsv": _of_tables(".tsv", *_TEXTS),
    "ndjson": _of_tables(".ndjson", *_JSON),
    "json": _of_tables(".json", *_JSON),
    "parquet": _of_tables(".parquet", within=_within),
    "arrow": _of_tables(".arrow", within=_within),
    "npz": _of_tables(".npz", *_ZIP),
    "mat": _of_tables(".mat", damage.damaged_mat),
    "xlsx": _of_tables(".xlsx", *_ZIP),
    "onnx": _of_networks(".onnx", damage.damaged_onnx),
    "keras": _of_networks(".keras", *_ZIP),
    "keras weights": _of_networks(".weights.h5"),
    "safetensors": _of_networks(".safetensors", *(damage.damaged_safetensors,) * 3, damaged_bytes, read=_state_dict),
    "state_dict npz": _of_networks(".npz", *_ZIP, read=_state_dict),
    "genFunction": _of_networks(".m", *_TEXTS),
    "MATLAB tables": _of_networks(".mat", damage.damaged_mat),
}
"""By what they read."""
