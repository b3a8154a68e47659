"""Modules by name and as printed: their paths and settings, and what is refused by name."""

from __future__ import annotations

import pytest

from thalweg.errors import ArgumentError
from thalweg.exchange.sequential_modules import modules_of


def test_settings_by_place_by_name_and_with_spaces_are_the_same() -> None:
    wanted = {"num_features": "4", "eps": "0.1"}
    for text in ("BatchNorm1d(4, 0.1)", "nn.BatchNorm1d( num_features = 4 , eps=0.1 )", "batchnorm1d(4,eps = 0.1)"):
        (module,) = modules_of([text], (), {})
        assert (module.kind, module.settings) == ("BatchNorm1d", wanted)


def test_printed_modules_have_their_whole_paths() -> None:
    text = "Sequential(\n  (a): Sequential(\n    (0): Tanh()\n  )\n  (b): Sequential()\n  (c): ELU(alpha=2.0)\n)\n"
    assert [(one.path, one.kind, one.settings) for one in modules_of(text, (), {})] == [
        ("a.0", "Tanh", {}),
        ("c", "ELU", {"alpha": "2.0"}),
    ]


@pytest.mark.parametrize(
    ("layers", "told"),
    [
        (
            "LeakyReLU(slope=0.3)",
            r"layer 1 \(LeakyReLU\): 'slope=0.3' is no setting of it, each once: its settings are",
        ),
        ("Tanh(2)", "'2' is no setting of it, each once: it has no settings"),
        ("ELU(1, alpha=2)", "'alpha=2' is no setting"),
        ("ELU(1, False, 3)", "'3' is no setting"),
        ("ELU(alpha=)", "'alpha=' is no setting"),
        ("S(\n  (0): Block(\n    (a): Tanh()\n  )\n)", "Block '0', which is no nn.Sequential"),
        ("S(\n  (0-1): 2 x Tanh()\n)", "the line '.0-1.: 2 x Tanh..', which is no module"),
        ([], "names no module"),
    ],
)
def test_what_is_no_module_or_setting_is_told(layers: object, told: str) -> None:
    with pytest.raises(ArgumentError, match=told):
        modules_of(layers, (), {})
