"""IW, LW and b as dicts and .mat files, against the same network as MATLAB's function and NumPy's products."""

from __future__ import annotations

import io
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from damaged_networks import refusals
from scipy.io import savemat

import thalweg as tw
from thalweg.errors import ArgumentError, FileError

rng = np.random.default_rng(3)
IW, LW, B1, B2 = rng.normal(size=(3, 2)), rng.normal(size=(1, 3)), rng.normal(size=(3, 1)), np.array([[0.5]])
X = {"name": "mapminmax", "xoffset": np.array([[-2.0], [10.0]]), "gain": np.array([[0.5], [0.1]]), "ymin": -1.0}
Y = {"name": "mapminmax", "xoffset": 100.0, "gain": 0.02, "ymin": -1.0}
P = np.array([[0.0, 20.0], [1.5, 12.0]])


def expected(rows: np.ndarray) -> np.ndarray:
    scaled = (rows - [-2.0, 10.0]) * [0.5, 0.1] - 1.0
    return (np.tanh(scaled @ IW.T + B1.ravel()) @ LW.T + 0.5 + 1.0) / 0.02 + 100.0


def cell(rows: list[list[Any]]) -> np.ndarray:
    made = np.empty((len(rows), len(rows[0])), dtype=object)
    for i, row in enumerate(rows):
        for j, one in enumerate(row):
            made[i, j] = one
    return made


NONE = np.zeros((0, 0))
TABLES: dict[str, Any] = {
    "IW": cell([[IW], [NONE]]),
    "LW": cell([[NONE, NONE], [LW, NONE]]),
    "b": cell([[B1], [B2]]),
    "transferFcn": cell([["tansig"], ["purelin"]]),
    "inputSettings": cell([[X]]),
    "outputSettings": cell([[Y]]),
}


def mat(tables: dict[str, Any], **options: Any) -> bytes:
    file = io.BytesIO()
    savemat(file, tables, **options)
    return file.getvalue()


@pytest.mark.parametrize("compressed", [False, True])
def test_cells_of_a_mat_file(tmp_path: Path, compressed: bool) -> None:
    path = tmp_path / "net.mat"
    path.write_bytes(mat(TABLES, do_compression=compressed))
    np.testing.assert_allclose(tw.exchange.read_network(path).predict(P), expected(P), rtol=1e-13)


@pytest.mark.parametrize(
    "tables",
    [
        TABLES,
        {"net": TABLES},
        {
            "IW1_1": IW, "LW2_1": LW, "b1": B1, "b2": B2, "transferFcn": ["tansig", "purelin"],
            "x1_step1": X, "y1_step1": Y,
        },
        {
            "IW": [IW, None], "LW": [None, LW], "b": [B1, B2], "transferFcn": ["tansig", "purelin"],
            "inputSettings": [X], "outputSettings": Y,
        },
    ],
)  # fmt: skip
def test_dicts(tables: dict[str, Any]) -> None:
    model = tw.exchange.read_network(tables if "net" not in tables else dict(tables["net"]))
    np.testing.assert_allclose(model.predict(P), expected(P), rtol=1e-13)
    assert [layer.name for layer in model.network.layers] == ["layer1", "layer2"]


def test_radial_units_of_sums_are_read_where_they_say_so(tmp_path: Path) -> None:
    said = {"weightFcn": cell([["dotprod"], ["dotprod"]]), "netInputFcn": cell([["netsum"], ["netsum"]])}
    path = tmp_path / "net.mat"
    path.write_bytes(mat({**TABLES, **said, "transferFcn": cell([["radbas"], ["purelin"]])}))
    scaled = (P - [-2.0, 10.0]) * [0.5, 0.1] - 1.0
    right = (np.exp(-((scaled @ IW.T + B1.ravel()) ** 2)) @ LW.T + 0.5 + 1.0) / 0.02 + 100.0
    np.testing.assert_allclose(tw.exchange.read_network(path).predict(P), right, rtol=1e-13)


def test_a_struct_of_all_in_a_file_and_kept_scaling(tmp_path: Path) -> None:
    path = tmp_path / "net.mat"
    path.write_bytes(mat({"s": TABLES}))
    model = tw.exchange.read_network(path, scaling="kept", columns=["a", "b"], target="y")
    assert (model.params["layer1"].weights["input"] == IW).all()
    frame = {"a": P[:, 0], "b": P[:, 1]}
    np.testing.assert_allclose(model.predict_table(frame).values, expected(P)[:, 0], rtol=1e-13)


def test_constant_rows_of_outputs_come_back() -> None:
    removed = {"keep": np.array([[1, 3]]), "remove": np.array([[2]]), "value": np.array([[7.0]]), "xrows": 3}
    tables = {"IW": [np.array([[1.0], [2.0]])], "b": [np.array([0.0, 1.0])], "transferFcn": "purelin"}
    model = tw.exchange.read_network({**tables, "outputSettings": [removed]})
    assert model.predict(np.array([[3.0]])).tolist() == [[3.0, 7.0, 7.0]]


MISTAKES: list[tuple[dict[str, Any], str]] = [
    ({**TABLES, "b": cell([[np.ones((2, 1))], [B2]])}, "b{1} has shape (2, 1); it must have shape (3, 1)"),
    ({**TABLES, "b": cell([[np.ones((1, 1))], [B2]])}, "b{1} has shape (1, 1); it must have shape (3, 1)"),
    ({**TABLES, "b": cell([[B1]])}, "b has 1 cells; the network has 2 layers: [] for a layer that has no bias"),
    ({**TABLES, "LW": cell([[NONE, LW.T], [LW, NONE]])}, "LW{1,2}: layer 1 is fed by layer 2"),
    ({**TABLES, "IW": cell([[IW * 1j], [NONE]])}, "IW{1,1}: complex numbers"),
    ({**TABLES, "transferFcn": cell([["tansig"], ["compet"]])}, "layer 2: unknown transfer function 'compet'"),
    ({**TABLES, "transferFcn": cell([["tansig"]])}, "names 1 transfer functions; the network has 2 layers"),
    ({name: one for name, one in TABLES.items() if name != "transferFcn"}, "transferFcn is missing"),
    ({**TABLES, "inputSettings": cell([[{"unknown": np.array([1]), "xrows": 2}]])}, "fixunknowns"),
    ({**TABLES, "weightFcn": cell([["dist"], ["dotprod"]])}, "weightFcn: 'dist'; a layer here has dotprod alone"),
    ({**TABLES, "netInputFcn": cell([["netprod"], ["netsum"]])}, "netInputFcn: 'netprod'; a layer here has netsum"),
    ({**TABLES, "transferFcn": cell([["radbas"], ["purelin"]])}, "weightFcn is missing: a layer of radbas"),
    ({**TABLES, "inputsettings": cell([[X]])}, "unknown entry 'inputsettings': did you mean 'inputSettings'?"),
    ({**TABLES, "inputSetings": cell([[X]])}, "unknown entry 'inputSetings': did you mean 'inputSettings'?"),
    ({**TABLES, "processSettings": cell([[X]])}, "unknown entry 'processSettings'"),
    ({"s": {**TABLES, "B": B1}}, "unknown entry 'B': did you mean 'b'?"),
    ({"A": np.eye(2)}, "a network needs IW, LW, b"),
]


@pytest.mark.parametrize(("tables", "told"), MISTAKES)
def test_mistakes_are_told(tables: dict[str, Any], told: str, tmp_path: Path) -> None:
    path = tmp_path / "net.mat"
    path.write_bytes(mat(tables))
    with pytest.raises(FileError) as error:
        tw.exchange.read_network(path)
    assert told in str(error.value)


def test_sparse_matrices_are_told(tmp_path: Path) -> None:
    from scipy.sparse import csc_matrix

    tables = {"IW1_1": csc_matrix(IW), "b1": B1, "transferFcn": "tansig"}
    with pytest.raises(ArgumentError, match=r"IW\{1,1\}: a sparse matrix"):
        tw.exchange.read_network(tables)
    (tmp_path / "net.mat").write_bytes(mat(tables))
    with pytest.raises(FileError, match="IW1_1: a sparse matrix"):
        tw.exchange.read_network(tmp_path / "net.mat")


def test_a_sparse_bias_is_not_left_out(tmp_path: Path) -> None:
    from scipy.sparse import csc_matrix

    (tmp_path / "net.mat").write_bytes(mat({"IW": cell([[IW]]), "b": csc_matrix(B1), "transferFcn": "tansig"}))
    with pytest.raises(FileError, match="b: a sparse matrix"):
        tw.exchange.read_network(tmp_path / "net.mat")


def test_bombs_and_newer_files_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "net.mat"
    packed = zlib.compress(bytes(1 << 22))
    head = mat({})[:128]
    path.write_bytes(head + (15).to_bytes(4, "little") + len(packed).to_bytes(4, "little") + packed)
    with pytest.raises(FileError, match="unpack to more bytes"):
        tw.exchange.read_network(path, largest=1 << 20)
    path.write_bytes(b"MATLAB 7.3 MAT-file".ljust(512) + b"\x89HDF\r\n\x1a\n")
    with pytest.raises(FileError, match=r"-v7\.3"):
        tw.exchange.read_network(path)


def test_rows_of_no_cells_take_no_time() -> None:
    """Met by damaging files: a cell array of no cells says that it has some hundred million rows."""
    with pytest.raises(ArgumentError, match="unknown entry 'c'"):
        tw.exchange.read_network({"IW": IW, "b": B1, "c": np.empty((10**9, 0), dtype=object)})


def test_damaged_files_raise_errors_of_ours_alone(tmp_path: Path) -> None:
    assert refusals(tmp_path / "net.mat", mat(TABLES), 60) > 30
    assert refusals(tmp_path / "net.mat", mat(TABLES, do_compression=True), 60) > 30
