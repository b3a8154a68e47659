"""Arrays in HDF5 files by their paths, and the layers of Keras that they are of."""

import io

import h5py
import numpy as np
import pytest

from thalweg.errors import ArgumentError
from thalweg.exchange.keras_arrays import Arrays, by_layer, hdf5_arrays


def hdf5(change) -> bytes:
    raw = io.BytesIO()
    with h5py.File(raw, "w") as file:
        change(file)
    return raw.getvalue()


def test_arrays_by_path_and_the_names_of_groups():
    def change(file):
        file.create_dataset("layers/dense/vars/0", data=np.eye(2))
        file["layers/dense"].attrs["name"] = "hidden"

    found = hdf5_arrays(hdf5(change), 1000, "the file")
    assert found.names == {"layers/dense": "hidden"}
    np.testing.assert_array_equal(found.arrays["layers/dense/vars/0"], np.eye(2))


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (np.zeros(200), r"weights 'a' are of shape \(200,\) and type float64, which no layer has"),
        (np.array([b"text"]), "type |S4, which no layer has"),
    ],
)
def test_what_no_layer_has_is_told(data, told):
    with pytest.raises(ArgumentError, match=told):
        hdf5_arrays(hdf5(lambda file: file.create_dataset("a", data=data)), 1000, "the file")
    with pytest.raises(ArgumentError, match="the file is damaged"):
        hdf5_arrays(b"no HDF5", 1000, "the file")


def test_arrays_in_another_file_are_refused(tmp_path):
    (tmp_path / "raw").write_bytes(bytes(8))

    def change(file):
        file.create_dataset("a", (1,), "f8", external=[(str(tmp_path / "raw"), 0, 8)])

    with pytest.raises(ArgumentError, match="weights 'a' lie in another file"):
        hdf5_arrays(hdf5(change), 1000, "the file")


def test_groups_go_by_class_and_number_or_say_a_name():
    a, b, c, d, e = (np.full(1, float(number)) for number in range(5))
    given = Arrays(
        {
            "layers/dense/vars/1": b, "layers/dense/vars/0": a, "layers/dense_1/vars/0": c,
            "layers/dense_1/activation/vars/0": d, "layers/p_re_lu/vars/0": e, "optimizer/vars/0": a,
        },
        {},
    )  # fmt: skip
    layers = [("Dense", "first"), ("Dense", "second"), ("PReLU", "slopes"), ("Dropout", "none")]
    found = by_layer(layers, given)
    assert {name: [float(one[0]) for one in arrays] for name, arrays in found.items()} == {
        "first": [0.0, 1.0], "second": [2.0], "second/activation": [3.0], "slopes": [4.0],
    }  # fmt: skip
    turned = by_layer(layers[:2], given._replace(names={"layers/dense_1": "first", "layers/dense": "second"}))
    assert [float(one[0]) for one in turned["first"]] == [2.0]
    assert "first/activation" in turned
