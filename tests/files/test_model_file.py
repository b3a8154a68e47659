"""What is saved comes back to the bit; whatever else a file holds is one line, and runs no code."""

import dataclasses
import json
import os
import pickle
import random
import struct
import subprocess
import sys
import tracemalloc
import zipfile
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from safetensors import safe_open
from safetensors.numpy import save_file

import thalweg as tw
from thalweg.core.activations import ACTIVATIONS
from thalweg.core.losses import LOSSES
from thalweg.data import prepare
from thalweg.files import model_file

DATA = Path(__file__).parents[2] / "examples" / "data"


def frame() -> pl.DataFrame:
    return tw.read_table(DATA / "houses.csv").head(60)


def table_model() -> tw.Model:
    prepared = prepare(frame(), target="price", seed=1)
    net = tw.mlp(len(prepared.encoding.feature_names), 5, 1)
    record = {"history": {"loss": [0.5, float("nan")]}, "epochs": np.int64(2), "seconds": np.float32(0.5), "notes": ()}
    return tw.Model(net, net.init(3), tw.losses.MSE(), prepared.encoding, record)


def several_inputs() -> tw.Network:
    return tw.Network(
        {"left side": 2, "rechts ü": 3},
        [
            tw.Layer("a.b", 4, "elliott", sources=("left side", "rechts ü"), bias=False, dropout=0.25),
            tw.Layer("out", 2, "softmax", sources=("a.b", "left side")),
        ],
    )


NETWORKS = {
    "one layer": tw.mlp(2, 1),
    "chain": tw.mlp(3, 4, 2, 2, hidden="gelu", dropout=0.5),
    "cascade": tw.cascade(9, 4, 2, 2, hidden="selu"),
    "several inputs": several_inputs(),
    "with settings": tw.mlp(2, 3, 3, 1, hidden=tw.activations.LeakyReLU(slope=0.3), output="sigmoid"),
}


def inputs(net: tw.Network, dtype: str):
    rng = np.random.default_rng(5)
    arrays = {name: rng.normal(size=(7, size)).astype(dtype) for name, size in net.inputs.items()}
    return arrays if len(arrays) > 1 else next(iter(arrays.values()))


def parameters(net: tw.Network, dtype: str):
    return net.unravel(net.ravel(net.init(7, "uniform")).astype(dtype))


def flat(model: tw.Model) -> bytes:
    return np.asarray(model.network.ravel(model.params)).tobytes()


@pytest.fixture(name="saved")
def _saved(tmp_path) -> Path:
    path = tmp_path / "model.thalweg"
    tw.save(table_model(), path)
    return path


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", NETWORKS)
def test_a_network_comes_back_to_the_bit(name, dtype, tmp_path):
    net = NETWORKS[name]
    model = tw.Model(net, parameters(net, dtype), tw.losses.Huber(delta=0.5), None, {"word": "ünï", "n": [1, None]})
    tw.save(model, tmp_path / "net.thalweg")
    back = tw.load(tmp_path / "net.thalweg")
    assert (back.network, back.loss, back.encoding, back.record) == (net, model.loss, None, model.record)
    assert back.dtype == dtype
    assert flat(back) == flat(model)
    P = inputs(net, dtype)
    assert back.predict(P).tobytes() == model.predict(P).tobytes()


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_every_activation_comes_back_with_its_settings(name, tmp_path):
    part = ACTIVATIONS.get(name)
    part = dataclasses.replace(
        part, **{field.name: 0.375 for field in dataclasses.fields(part) if field.name != "formula"}
    )
    net = tw.mlp(2, 3, 2, output=part)
    tw.save(tw.Model(net, net.init(0), tw.losses.MSE()), tmp_path / "net.thalweg")
    assert tw.load(tmp_path / "net.thalweg").network.layers[-1].activation == part


@pytest.mark.parametrize("reduction", ["mean", "sum"])
@pytest.mark.parametrize("name", LOSSES)
def test_every_loss_comes_back(name, reduction, tmp_path):
    loss = dataclasses.replace(LOSSES.get(name), reduction=reduction)
    net = tw.mlp(2, 1, output="sigmoid")
    tw.save(tw.Model(net, net.init(0), loss), tmp_path / "net.thalweg")
    assert tw.load(tmp_path / "net.thalweg").loss == loss


def test_a_model_of_a_table_comes_back_and_predicts_the_same(saved):
    model, back = table_model(), tw.load(saved)
    assert back.encoding == model.encoding
    assert back.record == {"history": {"loss": [0.5, None]}, "epochs": 2, "seconds": 0.5, "notes": []}
    assert back.predict_table(frame()).values.tobytes() == model.predict_table(frame()).values.tobytes()


def test_saving_what_was_loaded_gives_the_same_file(saved, tmp_path):
    tw.save(tw.load(saved), tmp_path / "again.thalweg")
    assert (tmp_path / "again.thalweg").read_bytes() == saved.read_bytes()


def test_a_run_can_be_saved(tmp_path):
    P, T = np.array([[0.0], [1.0]]), np.array([[0.0], [1.0]])
    run = tw.train(tw.mlp(1, 1), P, T, optimizer="gd", epochs=3)
    tw.save(run, str(tmp_path / "run.thalweg"))
    model = tw.load(str(tmp_path / "run.thalweg"))
    assert model.predict(P.astype("float32")).tobytes() == run.predict(P.astype("float32")).tobytes()
    assert model.record["epochs"] == 3
    assert model.record["history"]["loss"] == run.history.loss.tolist()
    with pytest.raises(tw.ArgumentError, match="trained on arrays"):
        model.predict_table(pl.DataFrame({"x": [1.0]}))


def test_other_programs_can_read_the_file(saved):
    with safe_open(saved, framework="np") as file:
        assert sorted(file.keys()) == [
            f"parameters/{layer}/{part}"
            for layer, source in (("layer1", "input"), ("layer2", "layer1"))
            for part in ("bias", f"weights/{source}")
        ]
        header = json.loads(file.metadata()["thalweg"])
        np.testing.assert_array_equal(file.get_tensor("parameters/layer2/bias"), table_model().params["layer2"].bias)
    assert list(header) == ["format", "network", "loss", "encoding", "record"]
    assert header["format"] == 1  # of one network, as before


def test_a_name_that_is_no_unicode_can_be_told(tmp_path):
    net = tw.mlp(1, 1)
    record = {"table": {"name": "\udcff.csv"}}
    tw.save(tw.Model(net, net.init(0), tw.losses.MSE(), None, record), tmp_path / "net.thalweg")
    assert tw.load(tmp_path / "net.thalweg").record == record


# ---- files that are no model files


def refused(path) -> str:
    with pytest.raises(tw.FileError) as caught:
        tw.load(path)
    message = str(caught.value)
    assert "\n" not in message
    assert Path(path).name[:50] in message
    return message


def test_no_file(tmp_path):
    assert "No such file" in refused(tmp_path / "nothing.thalweg")
    assert "is a folder" in refused(tmp_path)
    assert "too long" in refused(tmp_path / ("x" * 300))
    with pytest.raises(tw.FileError, match="null byte"):
        tw.load("null\0byte")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_pipe_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    assert "a device or a pipe" in refused(tmp_path / "pipe")


class Bomb:
    def __reduce__(self):
        return os._exit, (99,)


def foreign(name: str, path: Path) -> None:
    match name:
        case "pickle":
            path.write_bytes(pickle.dumps(Bomb()))
        case "zip":
            with zipfile.ZipFile(path, "w") as archive:
                archive.writestr("data.pkl", pickle.dumps(Bomb()))
        case "npy":
            with path.open("wb") as file:
                np.save(file, np.array([Bomb()], dtype=object), allow_pickle=True)
        case "safetensors":
            save_file({"w": np.zeros(3)}, path)
        case "safetensors with other metadata":
            save_file({"w": np.zeros(3)}, path, metadata={"format": "pt"})
        case text:
            path.write_text(text)


@pytest.mark.parametrize(
    "name",
    ["", "{}", "\n" * 20, "pickle", "zip", "npy", "safetensors", "safetensors with other metadata", "a,b\n1,2\n" * 9],
)
def test_foreign_files(name, tmp_path):
    path = tmp_path / "foreign.thalweg"
    foreign(name, path)
    refused(path)


def test_a_file_cut_short_anywhere(saved):
    whole = saved.read_bytes()
    for length in [*range(0, 120), *range(120, len(whole), max(1, len(whole) // 150)), len(whole) - 1]:
        saved.write_bytes(whole[:length])
        refused(saved)
    saved.write_bytes(whole + b"\0")
    refused(saved)


def test_flipped_bits_are_an_error_or_another_model_never_a_crash(saved):
    whole = saved.read_bytes()
    (length,) = struct.unpack("<Q", whole[:8])
    draw = random.Random(0)
    refusals = 0
    for turn in range(1200):
        damaged = bytearray(whole)
        for _ in range(draw.choice([1, 1, 2, 8])):
            place = draw.randrange(8 + length) if turn % 4 else draw.randrange(len(whole))
            damaged[place] ^= 1 << draw.randrange(8)
        saved.write_bytes(damaged)
        try:
            model = tw.load(saved)
        except tw.FileError as error:
            assert "\n" not in str(error)  # noqa: PT017 - a file that loads is right as well
            refusals += 1
        else:
            assert np.isfinite(model.network.ravel(model.params)).all()
    assert refusals > 300


def write(path: Path, header: object, tensors=None) -> None:
    """A file with a header of our own, or of text."""
    if tensors is None:
        tensors = {"parameters/layer1/weights/input": np.zeros((1, 2)), "parameters/layer1/bias": np.zeros(1)}
    text = header if isinstance(header, str) else json.dumps(header)
    save_file(tensors, path, metadata={"thalweg": text})


def good() -> dict:
    layer = {"name": "layer1", "size": 1, "activation": {"name": "linear"}, "sources": ["input"]}
    return {
        "format": 1,
        "network": {"inputs": [{"name": "input", "size": 2}], "layers": [{**layer, "bias": True, "dropout": 0.0}]},
        "loss": {"name": "mse", "reduction": "mean"},
        "encoding": None,
        "record": {},
    }


def test_the_file_that_the_next_tests_damage_is_good(tmp_path):
    write(tmp_path / "net.thalweg", good())
    assert tw.load(tmp_path / "net.thalweg").network == tw.mlp(2, 1)


def test_a_newer_format_says_upgrade(tmp_path):
    write(tmp_path / "net.thalweg", {**good(), "format": 3, "network": "told otherwise"})
    assert "written by a newer Thalweg (format 3; this one reads up to 2): upgrade" in refused(tmp_path / "net.thalweg")
    write(tmp_path / "net.thalweg", {**good(), "format": "x" * 5000})
    assert len(refused(tmp_path / "net.thalweg")) < 300


ODD = [None, True, 0, -1, 1.5, 10**40, 1e999, "", "../../etc/passwd", "os.system", [], {}, [[]], [None], {"name": "os"}]


def everywhere(value: object, place: tuple = ()):
    """The places of a header, its leaves and what holds them."""
    yield place
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield from everywhere(item, (*place, key))


def with_value(header: dict, place: tuple, value: object) -> object:
    if not place:
        return value
    copy = json.loads(json.dumps(header))
    holder = copy
    for key in place[:-1]:
        holder = holder[key]
    holder[place[-1]] = value
    return copy


def test_odd_values_everywhere_in_the_header(tmp_path):
    path = tmp_path / "net.thalweg"
    before = set(sys.modules)
    for place in everywhere(good()):
        for value in ODD:
            write(path, with_value(good(), place, value))
            try:
                model = tw.load(path)
            except tw.FileError as error:
                assert "\n" not in str(error)  # noqa: PT017 - some odd values are right ones
            else:
                model.predict(np.zeros((3, 2)))
                assert (
                    place[:1] in (("record",), ("encoding",)) or place[-1] in ("dropout", "name", "activation")
                ) or (value in (good()["format"], True)), (place, value)
    assert set(sys.modules) == before


def test_odd_values_everywhere_in_the_encoding(saved):
    with safe_open(saved, framework="np") as file:
        header = json.loads(file.metadata()["thalweg"])
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    table = frame()
    draw = random.Random(1)
    for place in everywhere(header["encoding"]):
        for value in draw.sample(ODD, 4):
            write(saved, with_value(header, ("encoding", *place), value), tensors)
            try:
                tw.load(saved).predict_table(table)
            except tw.ThalwegError as error:
                assert "\n" not in str(error)  # noqa: PT017 - some odd values are right ones


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        ("{", "Expecting"),
        ("", "Expecting"),
        ("[1]", "no JSON object"),
        ("null", "no JSON object"),
        ("[" * 100_000, "damaged"),
        ('{"format":' + "[" * 500 + "]" * 500 + "}", "no JSON object of Thalweg's"),
        ('{"format": 1' + "0" * 5000 + "}", "digits"),
        ({}, "'format' is missing"),
        ({**good(), "format": "1"}, "format '1' is not one"),
        ({**good(), "format": True}, "format True is not one"),
        ({**good(), "format": 0}, "format 0 is not one"),
        ({**good(), "record": {"a": eval("[" * 90 + "]" * 90)}}, "no JSON object of Thalweg's"),
        ({**good(), "loss": {"name": "mse", "reduction": "median"}}, "reduction is 'median'"),
        ({**good(), "loss": {"name": "subprocess.Popen", "args": "ls"}}, "unknown loss 'subprocess.Popen'"),
    ],
)
def test_headers_of_another_shape(header, reason, tmp_path):
    write(tmp_path / "net.thalweg", header)
    assert reason in refused(tmp_path / "net.thalweg")


@pytest.mark.parametrize(
    ("activation", "reason"),
    [
        ({"name": "tahn"}, "unknown activation 'tahn': did you mean 'tanh'?"),
        ({"name": "__class__"}, "unknown activation '__class__'"),
        ({"name": "os.system"}, "unknown activation 'os.system'"),
        ({"name": "leaky_relu", "slope": "0.1"}, "setting 'slope' of an activation is '0.1'"),
        ({"name": "leaky_relu", "slope": float("inf")}, "must be a finite number"),
        ({"name": "elu", "alpha": -1}, "alpha is -1"),
        ({"name": "linear", "slope": 1.0}, "unknown setting"),
    ],
)
def test_activations_that_are_none(activation, reason, tmp_path):
    write(tmp_path / "net.thalweg", with_value(good(), ("network", "layers", 0, "activation"), activation))
    assert reason in refused(tmp_path / "net.thalweg")


W, B = "parameters/layer1/weights/input", "parameters/layer1/bias"


@pytest.mark.parametrize(
    ("tensors", "reason"),
    [
        ({B: np.zeros(1)}, f"tensor '{W}' is missing"),
        ({W: np.zeros((1, 2)), B: np.zeros(1), "../../x": np.zeros(1)}, "tensor '../../x' is not in the network"),
        ({W: np.zeros((2, 1)), B: np.zeros(1)}, "shape (2, 1); the network needs (1, 2)"),
        ({W: np.zeros((1, 2)), B: np.zeros((1, 1))}, "shape (1, 1); the network needs (1,)"),
        ({W: np.array([[0.0, np.nan]]), B: np.zeros(1)}, f"tensor '{W}' does not hold finite numbers"),
        ({W: np.zeros((1, 2)), B: np.array([np.inf])}, f"tensor '{B}' does not hold finite numbers"),
        ({W: np.zeros((1, 2), np.int64), B: np.zeros(1)}, f"tensor '{W}' does not hold finite numbers"),
        ({W: np.zeros((1, 2), np.float16), B: np.zeros(1, np.float16)}, "does not hold finite numbers"),
        ({}, "is missing"),
    ],
)
def test_tensors_that_are_not_those_of_the_network(tensors, reason, tmp_path):
    write(tmp_path / "net.thalweg", good(), tensors)
    assert reason in refused(tmp_path / "net.thalweg")


def test_an_encoding_that_does_not_fit_the_network(saved):
    with safe_open(saved, framework="np") as file:
        header = json.loads(file.metadata()["thalweg"])
    write(saved, {**good(), "encoding": header["encoding"]})
    assert "does not fit an encoding of 22 features and 1 outputs" in refused(saved)


def test_huge_claims_take_no_memory(tmp_path):
    path = tmp_path / "net.thalweg"
    huge = with_value(good(), ("network", "inputs", 0, "size"), 10**12)
    write(path, huge)
    entry = {"dtype": "F64", "shape": [10**12, 10**6], "data_offsets": [0, 8 * 10**18]}
    raw = json.dumps({"__metadata__": {"thalweg": json.dumps(huge)}, W: entry}).encode()
    tracemalloc.start()
    try:
        refused(path)
        for length in (len(raw), 2**40, 2**63, 2**64 - 1):
            path.write_bytes(struct.pack("<Q", length) + raw)
            refused(path)
        assert tracemalloc.get_traced_memory()[1] < 10_000_000
    finally:
        tracemalloc.stop()


@given(raw=st.binary(max_size=300))
@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_bytes_are_one_line(raw, tmp_path):
    path = tmp_path / "any.thalweg"
    for data in (raw, struct.pack("<Q", len(raw)) + raw, struct.pack("<Q", len(raw) + 2) + b"{" + raw + b"}"):
        path.write_bytes(data)
        refused(path)


# ---- saving that fails


def smaller(path: Path) -> bytes:
    """An old model in the way, and its bytes."""
    net = tw.mlp(1, 1)
    tw.save(tw.Model(net, net.init(0), tw.losses.MSE()), path)
    return path.read_bytes()


@pytest.mark.parametrize("call", ["fsync", "replace"])
def test_a_full_disk_leaves_the_old_model(call, tmp_path, monkeypatch):
    path = tmp_path / "net.thalweg"
    old = smaller(path)

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(*((os, "fsync") if call == "fsync" else (Path, "replace")), full)
    with pytest.raises(tw.FileError, match=r"cannot write the model .*: the disk is full; make room"):
        tw.save(table_model(), path)
    monkeypatch.undo()
    assert path.read_bytes() == old
    assert [entry.name for entry in tmp_path.iterdir()] == ["net.thalweg"]
    tw.load(path)


FULL = """
import resource, signal, sys
import thalweg as tw
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
net = tw.mlp(200, 200, 1)
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
try:
    tw.save(tw.Model(net, net.init(0), tw.losses.MSE()), sys.argv[1])
except tw.FileError as error:
    print(error)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limits on the size of files")
def test_a_file_that_the_system_cuts_leaves_the_old_model(tmp_path):
    path = tmp_path / "net.thalweg"
    old = smaller(path)
    done = subprocess.run([sys.executable, "-c", FULL, path], capture_output=True, text=True, check=True)
    assert "larger than this system allows" in done.stdout
    assert path.read_bytes() == old
    assert [entry.name for entry in tmp_path.iterdir()] == ["net.thalweg"]


def test_interrupted_while_saving(tmp_path, monkeypatch):
    path = tmp_path / "net.thalweg"
    old = smaller(path)

    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupted)
    with pytest.raises(KeyboardInterrupt):
        tw.save(table_model(), path)
    assert path.read_bytes() == old
    assert [entry.name for entry in tmp_path.iterdir()] == ["net.thalweg"]


def test_plain_data():
    value = {1: (np.float32(0.5), np.array([1, 2])), "x": [float("inf"), None, True, "a"], "n": np.bool_(True)}
    assert model_file.plain(value) == {"1": [0.5, [1, 2]], "x": [None, None, True, "a"], "n": True}
