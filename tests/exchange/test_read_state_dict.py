"""State dicts of PyTorch as files, against NumPy's products; no torch is needed, and no pickle is opened."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from damaged_networks import refusals
from safetensors.numpy import save_file

import thalweg as tw
from thalweg.errors import ArgumentError, FileError

rng = np.random.default_rng(5)
STATE = {
    "0.weight": rng.normal(size=(4, 3)).astype(np.float32),
    "0.bias": rng.normal(size=4).astype(np.float32),
    "1.weight": rng.normal(size=4).astype(np.float32),
    "1.bias": rng.normal(size=4).astype(np.float32),
    "1.running_mean": rng.normal(size=4).astype(np.float32),
    "1.running_var": rng.uniform(0.5, 2.0, size=4).astype(np.float32),
    "1.num_batches_tracked": np.array(7),
    "10.weight": rng.normal(size=(2, 4)).astype(np.float32),
}
LAYERS = ["Linear", "BatchNorm1d(4, eps=0.001)", "Tanh", "Dropout", "Linear", "Softmax(dim=1)"]
P = rng.normal(size=(5, 3))


def expected(rows: np.ndarray) -> np.ndarray:
    state = {name: array.astype(np.float64) for name, array in STATE.items()}
    n = rows @ state["0.weight"].T + state["0.bias"]
    spread = np.sqrt(state["1.running_var"] + 0.001)
    n = (n - state["1.running_mean"]) / spread * state["1.weight"] + state["1.bias"]
    e = np.exp(np.tanh(n) @ state["10.weight"].T)
    return e / e.sum(axis=1, keepdims=True)


@pytest.mark.parametrize("suffix", [".safetensors", ".npz"])
def test_files(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"net{suffix}"
    save_file(STATE, path) if suffix == ".safetensors" else np.savez(path, **STATE)
    model = tw.exchange.read_network(path, layers=LAYERS, classes=["no", "yes"])
    np.testing.assert_allclose(model.predict(P), expected(P), rtol=2e-5)
    assert model.dtype == np.float32
    assert model.network.layers[1].bias is False
    prediction = model.predict_table({f"x{i + 1}": P[:, i] for i in range(3)})
    assert prediction.probabilities is not None
    assert prediction.classes == ("no", "yes")
    np.testing.assert_allclose(prediction.probabilities, expected(P), rtol=2e-5)
    tw.save(model, tmp_path / "net.thalweg")
    assert (tw.load(tmp_path / "net.thalweg").predict_table({f"x{i + 1}": P[:, i] for i in range(3)}).values
            == prediction.values).all()  # fmt: skip


def test_modules_that_have_names_are_named_where_a_file_has_no_order(tmp_path: Path) -> None:
    named = {"hidden.weight": STATE["0.weight"], "hidden.bias": STATE["0.bias"], "answer.weight": STATE["10.weight"]}
    save_file(named, tmp_path / "net.safetensors")
    model = tw.exchange.read_network(tmp_path / "net.safetensors", layers="hidden, Tanh, answer")
    hidden = np.tanh(P @ STATE["0.weight"].T.astype(float) + STATE["0.bias"])
    np.testing.assert_allclose(model.predict(P), hidden @ STATE["10.weight"].T.astype(float), rtol=1e-5)
    assert [layer.name for layer in model.network.layers] == ["hidden", "answer"]
    with pytest.raises(FileError, match="does not say the order of"):
        tw.exchange.read_network(tmp_path / "net.safetensors", layers="Linear,Tanh,Linear")


def test_what_pytorch_prints_says_the_layers() -> None:
    printed = """Sequential(
  (0): Linear(in_features=3, out_features=4, bias=True)
  (1): BatchNorm1d(4, eps=0.001, momentum=0.1, affine=True, track_running_stats=True, bias=True)
  (2): Tanh()
  (10): Linear(in_features=4, out_features=2, bias=False)
  (11): Softmax(dim=1)
)"""
    np.testing.assert_allclose(tw.exchange.read_network(STATE, layers=printed).predict(P), expected(P), rtol=2e-5)


PRINTED = """Net(
  (encoder): Sequential(
    (0): Sequential(
      (0): Linear(in_features=3, out_features=3, bias=False)
      (1): Tanh()
    )
    (2): Linear(in_features=3, out_features=3, bias=False)
  )
  (decoder): Sequential(
    (0): Tanh()
    (1): Linear(in_features=3, out_features=3, bias=False)
  )
)"""
NESTED: dict[str, Any] = {
    f"{name}.weight": rng.normal(size=(3, 3)) for name in ("encoder.0.0", "encoder.2", "decoder.1")
}


@pytest.mark.parametrize("suffix", [".safetensors", ".npz", ""])
def test_nested_modules_keep_their_order(tmp_path: Path, suffix: str) -> None:
    path: Any = tmp_path / f"net{suffix}" if suffix else NESTED
    if suffix:
        save_file(NESTED, path) if suffix == ".safetensors" else np.savez(path, **NESTED)
    U, V, W = NESTED.values()
    answer = np.tanh(np.tanh(P @ U.T) @ V.T) @ W.T
    named = "encoder.0.0, Tanh, encoder.2, Tanh, decoder.1"
    plain = [] if suffix == ".safetensors" else ["Linear, Tanh, Linear, Tanh, Linear"]
    for layers in [PRINTED, named, *plain]:
        np.testing.assert_allclose(tw.exchange.read_network(path, layers=layers).predict(P), answer, rtol=1e-12)
    if suffix == ".safetensors":
        with pytest.raises(FileError, match=r"does not say the order of .* or give all that print\(model\) writes"):
            tw.exchange.read_network(path, layers="Linear, Tanh, Linear, Tanh, Linear")


class Tensor:
    """What a tensor of PyTorch has of what is asked for, bfloat16 among it."""

    dtype = "torch.float32"

    def __init__(self, array: np.ndarray, *, narrow: bool = False) -> None:
        self.array, self.narrow = array, narrow

    def detach(self) -> Tensor:
        return self

    def cpu(self) -> Tensor:
        return self

    def float(self) -> Tensor:
        return Tensor(self.array)

    def numpy(self) -> np.ndarray:
        if self.narrow:
            raise TypeError("Got unsupported ScalarType BFloat16")
        return self.array


@pytest.mark.parametrize("narrow", [False, True])
def test_a_dict_of_tensors(narrow: bool) -> None:
    tensors = {name: Tensor(array, narrow=narrow) for name, array in STATE.items()}
    model = tw.exchange.read_network(tensors, layers=LAYERS)
    np.testing.assert_allclose(model.predict(P), expected(P), rtol=2e-5)
    assert model.dtype == np.float32


@pytest.mark.parametrize("where", ["torch.nn.modules.container", "mine"])
@pytest.mark.parametrize("inner", ["torch.nn.modules.activation", "mine"])
def test_a_module_is_known_by_where_its_class_is_from(where: str, inner: str) -> None:
    parts = {"": type("Sequential", (), {"__module__": where}), "1": type("Tanh", (), {"__module__": inner})}
    whole: Any = parts[""]
    whole.named_modules = lambda self: [("", self), ("1", parts["1"]())]
    whole.state_dict = lambda self: {"0.weight": Tensor(np.eye(3))}
    whole.__repr__ = lambda self: "Sequential(\n  (0): Linear(3, 3, bias=False)\n  (1): Tanh()\n)"
    if "mine" not in (where, inner):
        np.testing.assert_allclose(tw.exchange.read_network(whole()).predict(P), np.tanh(P), rtol=1e-12)
        return
    told = "mine.Sequential .'the module'. is no module of" if where == "mine" else "mine.Tanh .'1'. is no module of"
    with pytest.raises(ArgumentError, match=told):
        tw.exchange.read_network(whole())


@pytest.mark.parametrize(
    ("name", "f"),
    [
        ("LeakyReLU(negative_slope=0.2)", lambda n: n if n > 0 else 0.2 * n),
        ("ELU(alpha=0.5)", lambda n: n if n > 0 else 0.5 * (math.exp(n) - 1)),
        ("Softplus(beta=2)", lambda n: math.log(1 + math.exp(2 * n)) / 2),
        ("GELU", lambda n: n * (1 + math.erf(n / math.sqrt(2))) / 2),
        ("gelu(approximate='tanh')", lambda n: n / 2 * (1 + math.tanh(math.sqrt(2 / math.pi) * (n + 0.044715 * n**3)))),
        ("nn.SiLU()", lambda n: n / (1 + math.exp(-n))),
        ("Softsign", lambda n: n / (1 + abs(n))),
        ("Hardtanh", lambda n: min(1, max(-1, n))),
        ("LeakyReLU(0.2)", lambda n: n if n > 0 else 0.2 * n),
        ("ELU( alpha = 0.5, inplace=True)", lambda n: n if n > 0 else 0.5 * (math.exp(n) - 1)),
        ("Softplus(2, threshold=20)", lambda n: math.log(1 + math.exp(2 * n)) / 2),
        ("GELU('tanh')", lambda n: n / 2 * (1 + math.tanh(math.sqrt(2 / math.pi) * (n + 0.044715 * n**3)))),
        ("Hardtanh(-2, max_val=0.25)", lambda n: min(0.25, max(-2, n))),
        ("ReLU6", lambda n: min(6, max(0, n))),
        ("Mish", lambda n: n * math.tanh(math.log(1 + math.exp(n)))),
        ("LogSigmoid", lambda n: -math.log(1 + math.exp(-n))),
        ("CELU(0.5)", lambda n: max(0, n) + min(0, 0.5 * (math.exp(n / 0.5) - 1))),
        ("CELU", lambda n: max(0, n) + min(0, math.exp(n) - 1)),
        ("ELU(-0.5)", lambda n: n if n > 0 else -0.5 * (math.exp(n) - 1)),
        ("Hardswish", lambda n: 0 if n <= -3 else n if n >= 3 else n * (n + 3) / 6),
        ("Hardsigmoid", lambda n: 0 if n <= -3 else 1 if n >= 3 else n / 6 + 1 / 2),
        ("Hardshrink(1)", lambda n: n if n > 1 or n < -1 else 0),
        ("Softshrink(lambd=1.0)", lambda n: n - 1 if n > 1 else n + 1 if n < -1 else 0),
        ("Threshold(0.5, -2)", lambda n: n if n > 0.5 else -2),
        ("RReLU(0.1, 0.3)", lambda n: n if n > 0 else 0.2 * n),
    ],
)
def test_activations(name: str, f: Any) -> None:
    model = tw.exchange.read_network({"0.weight": np.eye(1)}, layers=["Linear", name])
    at = np.array([-7.0, -2.0, -0.5, 0.0, 0.5, 2.0, 7.0])
    np.testing.assert_allclose(model.predict(at[:, None])[:, 0], list(map(f, at)), rtol=1e-13, atol=1e-13)


@pytest.mark.parametrize(
    ("state", "layers", "told"),
    [
        (STATE, None, "layers is missing"),
        (STATE, ["Linear", "Tanh"], "1 modules with weights (Linear); the state_dict has those of 3 (0, 1, 10)"),
        (STATE, ["Linear", "BatchNorm1d", "Conv2d", "Linear"], "layer 3: unknown module 'Conv2d'"),
        (STATE, ["Linear", "Linear", "Linear"], "layer 2 (Linear), '1': tensors"),
        ({**STATE, "10.weight": np.ones((2, 5))}, LAYERS, "the weights of layer 5 (Linear), '10' have shape (2, 5)"),
        ({**STATE, "0.weight": np.full((4, 3), np.nan)}, LAYERS, "a number that is not finite"),
        ({**STATE, "0.weight": np.ones((4, 3), complex)}, LAYERS, "complex numbers"),
        (NESTED, ["encoder.2", "Linear", "Linear"], "name all of them, encoder.0.0, decoder.1 too"),
        (STATE, ["Linear(3, 5)", *LAYERS[1:]], "layer 1 (Linear), '0': out_features is '5'; it must be 4"),
        (STATE, ["Linear(3, 4, False)", *LAYERS[1:]], "bias is 'False'; it must be True"),
        (STATE, [*LAYERS[:5], "Softmax(0)"], "layer 6 (Softmax): dim is '0'; it must be 1 or -1 or None"),
        (STATE, [*LAYERS[:5], "Softplus(threshold=1)"], "beta 1 and threshold 1; they must be > 0 and >= 20"),
        (STATE, [*LAYERS[:5], "GELU(approximate=erf)"], "approximate is 'erf'"),
        (STATE, [*LAYERS[:5], "Hardtanh(2, -2)"], "min_val 2 and max_val -2"),
        (STATE, [*LAYERS[:5], "Flatten(0)"], "start_dim is '0'"),
        (STATE, ["Linear", "BatchNorm1d(4, bias=False)", *LAYERS[2:]], "bias is 'False'; it must be True"),
        (STATE, ["Linear", "BatchNorm1d(4, affine=False)", *LAYERS[2:]], "affine is 'False'; it must be True"),
        (STATE, ["Linear", "BatchNorm1d(5)", *LAYERS[2:]], "num_features is '5'; it must be 4"),
        ({**STATE, "0.bias": np.ones(1)}, LAYERS, "'0' has shape (1,); it must have shape (4,)"),
        (
            {**STATE, "1.bias": np.ones(1)},
            LAYERS,
            "its tensors have shapes [(4,), (4,), (4,), (1,)]; they must have (4,)",
        ),
        (STATE, 5, "layers is 5; it must be a text, a list of texts or None"),
        (STATE, [*LAYERS[:5], "CELU(0)"], "layer 6 (CELU): alpha is 0, by which it divides"),
        (STATE, [*LAYERS[:5], "Softshrink(-1)"], "layer 6 (Softshrink): lambd is -1; it must be from 0"),
        (STATE, [*LAYERS[:5], "Threshold(1)"], "layer 6 (Threshold): its threshold and its value are not said"),
        (STATE, [*LAYERS[:5], "GLU"], "layer 6: unknown module 'GLU'"),
        ({"0.weight": np.ones((3, 2)), "1.weight": np.ones(2)}, ["Linear", "PReLU"], "has 2 slopes for 3 units"),
        ({"0.weight": np.ones((3, 2)), "1.weight": np.ones(3)}, ["Linear", "PReLU(2)"], "num_parameters is '2'"),
        ({"1.weight": np.ones(3)}, ["PReLU"], "layer 1 (PReLU), '1' stands before any Linear"),
    ],
)
def test_mistakes_are_told(state: dict[str, Any], layers: Any, told: str) -> None:
    with pytest.raises(ArgumentError) as error:
        tw.exchange.read_network(state, layers=layers)
    assert told in str(error.value)


@pytest.mark.parametrize("slopes", [[0.25], [0.1, -0.3, 0.1, 0.0]])
@pytest.mark.parametrize("layers", [["Linear", "PReLU", "Linear"], ["0", "1", "2"]])
def test_slopes_that_were_learnt_are_those_of_each_unit(slopes: list[float], layers: list[str]) -> None:
    rng = np.random.default_rng(0)
    W, V = rng.normal(size=(4, 2)), rng.normal(size=(1, 4))
    state = {"0.weight": W, "1.weight": np.array(slopes), "2.weight": V}
    model = tw.exchange.read_network(state, layers=layers)
    rows = rng.normal(size=(9, 2))
    n = rows @ W.T
    np.testing.assert_allclose(model.predict(rows), (np.maximum(n, 0) + slopes * np.minimum(n, 0)) @ V.T, rtol=1e-13)
    assert model.network.parameter_count == 12


def test_what_an_older_export_said_of_itself_is_read(tmp_path: Path) -> None:
    net = tw.Network({"p": 2}, [tw.Layer("a", 3, "tanh", bias=False), tw.Layer("b", 1, sources=("a", "p"))])
    model = tw.Model(net, net.init(0), tw.losses.MAE())
    model.export(tmp_path / "net.safetensors")
    raw = (tmp_path / "net.safetensors").read_bytes()
    header = json.loads(raw[8 : 8 + int.from_bytes(raw[:8], "little")])
    said = json.loads(header["__metadata__"]["thalweg"])
    older = {"network": {"graph": said["model"]["network"], "attributes": said["attributes"][0]}}
    header["__metadata__"]["thalweg"] = json.dumps(older)
    text = json.dumps(header).encode()
    body = raw[8 + int.from_bytes(raw[:8], "little") :]
    (tmp_path / "net.safetensors").write_bytes(len(text).to_bytes(8, "little") + text + body)
    found = tw.exchange.read_network(tmp_path / "net.safetensors")
    assert found.network == net
    assert (net.ravel(found.params) == net.ravel(model.params)).all()
    assert found.loss == tw.losses.MSE()


def test_pickles_are_never_opened(tmp_path: Path) -> None:
    for name, told in (
        ("net.pt", "safetensors.torch.save_file"),
        ("net.pth", "may hold code"),
        ("net.joblib", "fitted"),
    ):
        (tmp_path / name).write_bytes(b"anything")
        with pytest.raises(FileError, match=told):
            tw.exchange.read_network(tmp_path / name)
    np.savez(tmp_path / "net.npz", **{"0.weight": np.array([[object()]])})
    with pytest.raises(FileError, match="holds Python objects"):
        tw.exchange.read_network(tmp_path / "net.npz", layers="Linear")
    np.savez_compressed(tmp_path / "bomb.npz", **{"0.weight": np.zeros((1000, 1000))})
    with pytest.raises(FileError, match="its arrays take"):
        tw.exchange.read_network(tmp_path / "bomb.npz", layers="Linear", largest=10**6)


def test_damaged_files_raise_errors_of_ours_alone(tmp_path: Path) -> None:
    save_file(STATE, tmp_path / "net.safetensors")
    assert refusals(tmp_path / "net.safetensors", (tmp_path / "net.safetensors").read_bytes(), 60, layers=LAYERS) > 30
    np.savez(tmp_path / "net.npz", **STATE)
    assert refusals(tmp_path / "net.npz", (tmp_path / "net.npz").read_bytes(), 60, layers=LAYERS) > 30
