"""Every public callable, with one argument after another of a wrong kind: our own errors in one line, or a result."""

import dataclasses
import datetime
import functools
import sys
import types

import numpy as np
import polars as pl
import pytest
from scipy import sparse

import thalweg as tw
from thalweg.core.activations import ACTIVATIONS
from thalweg.core.arrays import tree_map
from thalweg.core.initializers import INITIALIZERS
from thalweg.core.losses import LOSSES
from thalweg.optimizers import RULES, SCHEDULES
from thalweg.training.history import History
from thalweg.worked.exercises.answers import answers_of
from thalweg.worked.step_files.file import step_file

P, T = np.array([[0.0, 1.0], [1.0, 0.5], [0.5, 0.25], [0.2, 0.9]]), np.array([[1.0], [0.0], [0.5], [0.2]])
NET = tw.mlp(2, 2, 1)
LINEAR = tw.mlp(2, 1)
PARAMS = NET.init(0)
RUN = tw.train(NET, P, T, epochs=3, engine="numpy", batch_size=2)
MODEL = tw.Model(NET, PARAMS, tw.losses.MSE())
FRAME = pl.DataFrame({"x": np.arange(40.0), "z": np.arange(40.0) % 7, "y": np.arange(40.0) ** 2})
SETTINGS = tw.Settings(epochs=2, hidden=(2,), engine="numpy")
TRAINED = tw.train_table(FRAME, "y", SETTINGS)
FITTED = tw.fitnet(FRAME["x"].to_numpy(), FRAME["z"].to_numpy(), 2, "gd", epochs=2, engine="numpy")
PROBLEM = {"net": NET, "loss": "mse", "params": PARAMS, "P": P, "T": T}
GRADIENT = tw.gradient(NET, "mse", PARAMS, P, T)[1]


def chain_of(depth):
    deep = []
    for _ in range(depth):
        deep = [deep]
    return deep


def params_of(dtype):
    return tree_map(lambda array: array.astype(dtype), PARAMS)


class Shaped:
    """Has the attributes of an array, of wrong kinds."""

    shape = "many"
    ndim = None
    dtype = "float64"


WRONG = {
    "None": lambda: None,
    "text": lambda: "no such thing",
    "empty text": lambda: "",
    "bytes": lambda: b"\xff\x00",
    "huge": lambda: 10**400,
    "negative": lambda: -(10**20),
    "zero": lambda: 0,
    "half": lambda: 0.5,
    "nan": lambda: float("nan"),
    "infinite": lambda: float("inf"),
    "complex": lambda: 1j,
    "true": lambda: True,
    "object": object,
    "a type": lambda: int,
    "date": lambda: datetime.date(2024, 1, 1),
    "set": lambda: {1, 2},
    "empty list": list,
    "empty dict": dict,
    "dict": lambda: {"a": [1, 2], 3: None},
    "dict of inputs": lambda: {"input": object()},
    "ragged": lambda: [[1.0, 2.0], [3.0]],
    "nested": lambda: chain_of(100),
    "list of None": lambda: [None, None],
    "huge in a list": lambda: [[10**400, 1]],
    "generator": lambda: (i for i in range(4)),
    "function": lambda: lambda *_: None,
    "raises nothing": lambda: lambda *_, **__: "text",
    "texts": lambda: np.array([["a", "b"]] * 4),
    "objects": lambda: P.astype(object),
    "odd objects": lambda: np.array([[object(), None]] * 4, dtype=object),
    "complex array": lambda: P.astype(complex),
    "nan array": lambda: np.where(P > 0.9, np.nan, P),
    "masked": lambda: np.ma.array(P, mask=P > 0.9),
    "dates": lambda: np.array([["2024-01-01", "2024-01-02"]] * 4, "datetime64[D]"),
    "records": lambda: np.zeros(4, [("a", float), ("b", float)]),
    "no rows": lambda: P[:0],
    "no columns": lambda: P[:, :0],
    "scalar array": lambda: np.array(1.0),
    "three dimensions": lambda: np.zeros((4, 2, 1)),
    "sparse": lambda: sparse.csr_matrix(P),
    "frame": lambda: pl.DataFrame({"a": ["x", "y"]}),
    "no frame": pl.DataFrame,
    "series": lambda: pl.Series("a", [1.0, None]),
    "shaped": Shaped,
    "params": lambda: {"layer1": ({}, None), "layer2": None},
    "complex params": lambda: params_of("complex128"),
    "object params": lambda: {name: tw.LayerParameters(dict(w), object()) for name, (w, _) in PARAMS.items()},
    "text params": lambda: params_of("U32"),
    "other run": lambda: RUN,
    "other network": lambda: tw.mlp(3, 1),
}

COUNTS = {"actual": ["a", "b", "b", "a"], "probabilities": [0.1, 0.8, 0.6, 0.3], "classes": ["a", "b"]}
BY_PART = {"test": ([1.0, 2.0, 3.0], [1.5, 2.0, 2.5])}
RECORDED = History(np.ones(2), None, None, recorded={"mu": np.ones(2)})
NUMBERS = {"actual": [1.0, 2.0, 3.0], "predicted": [1.5, 2.0, 2.5]}
SLICE = {**PROBLEM, "span": (-1.0, 1.0), "points": 3, "sample_weight": np.ones(4), "l2": 0.1}
CURVATURE = {**PROBLEM, "sample_weight": np.ones(4), "l2": 0.1, "seed": 0}
ALONG = tw.surface.error_along_direction(**PROBLEM, direction=np.ones(9), points=3)
ALONG_WEIGHT = tw.surface.error_along_weight(**PROBLEM, weight="layer1[0,0]", points=3)
SURFACE = tw.surface.error_surface(**PROBLEM, across=["layer1[0,0]", "layer2[0]"], points=3)
TRAJECTORY = tw.surface.trajectory(**PROBLEM, rule="gd", steps=2)
CROSSED = tw.surface.error_surface(**PROBLEM, across=["layer1[0,0]", "layer2[0]"], points=3, trajectories=[TRAJECTORY])
FLOW = tw.diagnosis.gradient_flow(**PROBLEM)
HISTORY = tw.diagnosis.FlowHistory(np.array([1]), (FLOW,), np.ones((1, 2)))
RANGE = tw.learning_rate_range_test(NET, P, T, updates=3)
CURVATURES = tw.curvature_spectrum(**PROBLEM)
TRAINING = {
    "net": NET, "P": P, "T": T, "loss": "mse", "optimizer": "gd", "batch_size": 2, "epochs": 1, "params": PARAMS,
    "patience": 3, "max_seconds": 1.0, "order": "shuffle", "seed": 0, "dtype": "float64", "engine": "numpy", "l1": 0.1,
    "l2": 0.1, "validation": (P, T), "goal": 0.1, "min_gradient": 1e-9, "generalization_loss": 5.0, "min_progress": 5.0,
    "validate_every": 1, "sample_weight": np.ones(4), "callbacks": (), "verbose": None, "record": ("gradient_norm",),
    "test": (P, T), "checkpoint": None,
}  # fmt: skip
STEP = tw.worked_step(**PROBLEM)
CALLS = {
    tw.forward: {"net": NET, "params": PARAMS, "P": P},
    tw.gradient: {**PROBLEM, "sample_weight": np.ones(4), "l1": 0.1, "l2": 0.1},
    tw.sensitivities: {**PROBLEM, "sample_weight": np.ones(4)},
    tw.activation_from_formula: {"formula": "n*n"},
    tw.train: TRAINING,
    tw.watch: TRAINING,
    tw.train_many: {
        **{name: TRAINING[name] for name in TRAINING if name not in ("max_seconds", "engine", "callbacks", "verbose")},
        "seed": [0, 1],
    },
    tw.rates_grid: {
        "net": NET, "P": P, "T": T, "learning_rates": [0.1], "momenta": [0.5], "loss": "mse", "optimizer": "momentum",
        "batch_size": 2, "epochs": 1, "params": PARAMS, "order": "shuffle", "seed": 0, "l2": 0.1, "validation": (P, T),
        "sample_weight": np.ones(4),
    },
    tw.compare_rates: {
        "frame": FRAME, "target": "y", "settings": SETTINGS, "learning_rates": [0.1], "momenta": [0.5],
        "validation": FRAME, "notes": (), "checkpoint": None, "on_prepared": lambda *_: None,
    },
    tw.pretrain: {"net": tw.mlp(2, 2, 1), "P": P, "tied": True, "decoder": "linear", "epochs": 1, "engine": "numpy"},
    tw.check_gradient: {
        "function": lambda x: np.sum(x**2), "gradient": lambda x: 2 * x, "x": np.ones(3), "examples": 2,
        "shapes": {"a": (3,)}, "entries": 3, "tolerance": 1e-6, "seed": 0,
    },
    tw.check_network: {**CURVATURE, "l1": 0.1, "weights": 4, "tolerance": 1e-6},
    tw.curvature_spectrum: {
        **CURVATURE, "largest": 1, "smallest": 0, "matrix": "hessian", "tolerance": 1e-3, "max_products": 20,
        "dtype": None, "engine": "numpy",
    },
    tw.largest_stable_rate: {**CURVATURE, "rule": "gd", "tolerance": 1e-3, "engine": "numpy"},
    tw.learning_rate_range_test: {
        "net": NET, "P": P, "T": T, "lowest": 1e-4, "highest": 1.0, "updates": 2, "loss": "mse", "optimizer": "gd",
        "batch_size": 2, "params": PARAMS, "l2": 0.1, "sample_weight": np.ones(4), "order": "shuffle", "seed": 0,
    },
    tw.derive: {"what": "sigmoid"},
    tw.derive_chain: {"net": NET, "weight": "layer1[0,0]", "loss": "mse", "notation": "nnd"},
    tw.diagnose: {"run": RUN, "rows": 3, "seed": 0},
    tw.diagnose_network: {
        **CURVATURE, "rule": "gd", "batch_size": "all", "updates": 0, "loss_curve": None, "rows": 3
    },
    tw.exchange.check_export: {"path": "nothing.c"},
    tw.exchange.export: {
        "model": MODEL, "path": "no/such/folder/net.c", "dtype": "float32", "fixed_buffers": False,
    },
    tw.exchange.onnx_inputs: {"model": TRAINED.model, "table": FRAME},
    tw.exchange.read_network: {
        "source": "nothing.onnx", "columns": ["x"], "target": "y", "classes": None, "loss": "mse", "scaling": "folded",
        "largest": 10,
    },
    tw.load: {"path": "nothing.thalweg"},
    tw.save: {"model": MODEL, "path": "no/such/folder/net.thalweg"},
    tw.read_step_file: {"path": "nothing.toml"},
    tw.worked.notation_from: {"table": "nothing.toml"},
    tw.worked.gallery: {},
    tw.worked.gallery_step: {"name": "nothing"},
    tw.read_table: {"source": "nothing.csv", "largest": 10},
    tw.to_optax: {"rule": tw.GradientDescent(0.1)},
    **{
        recipe: {
            "P": FRAME["x"].to_numpy(), "T": FRAME["z"].to_numpy(), "hidden": 2, "train": "gd", "divide": "block",
            "ratios": (0.5, 0.25, 0.25), "indices": None, "scaling": "standard", "activation": "tanh",
            "output": "linear", "initializer": "auto", "loss": "mse", "batch_size": 8, "seed": 0, "epochs": 1,
            "patience": 2, "engine": "numpy", "params": None, "sample_weight": np.ones(40), "targets": "complete",
            "target_weight": np.ones((40, 1)),
        }
        for recipe in (tw.fitnet, tw.feedforwardnet, tw.cascadeforwardnet)
    },
    tw.patternnet: {
        "P": FRAME["x"].to_numpy(), "T": FRAME["x"].to_numpy() > 20, "hidden": 2, "train": "gd", "divide": "block",
        "ratios": (0.5, 0.25, 0.25), "indices": None, "scaling": "standard", "activation": "tanh", "output": None,
        "initializer": "auto", "loss": "mse", "batch_size": 8, "seed": 0, "epochs": 1, "engine": "numpy",
    },
    tw.recipes.open_step: {"model": FITTED.model, "frame": FRAME.select(x1="x", y="z"), "number": 1},
    tw.train_table: {
        "frame": FRAME, "target": "y", "settings": SETTINGS, "validation": FRAME, "test": FRAME, "name": "t",
        "validation_name": "v", "test_name": "t", "notes": (), "callbacks": (), "verbose": False,
        "on_prepared": lambda *_: None,
    },
    tw.worked_step: {
        **PROBLEM, "rule": "gd", "state": None, "sample_weight": np.ones(4), "l1": 0.1, "l2": 0.1, "masks": None,
        "number": 1, "title": "", "notation": "nnd", "rows": np.arange(4), "notes": (),
    },
    tw.widgets.steps_data: {
        "steps": [STEP], "notations": ["nnd"], "notation": "nnd", "largest": None, "digits": 6, "form": "units",
    },
    tw.widgets.worked_page: {
        "steps": STEP, "notation": "nnd", "notations": ["nnd"], "hidden": ["sensitivity"], "neuron": 0,
    },
    tw.optimizers.as_rule: {"thing": "adam"},
    tw.optimizers.line_search: {
        "evaluate": lambda x: (x @ x, 2 * x), "x": np.ones(2), "d": -np.ones(2), "F": np.asarray(2.0),
        "g": 2 * np.ones(2), "first": 1.0, "decrease": 1e-4, "curvature": 0.9,
    },
    tw.diagnosis.gradient_flow: {**PROBLEM, "rule": "gd", "state": None, "sample_weight": np.ones(4), "threshold": 0.1},
    tw.diagnosis.FlowRecorder: {
        "net": NET, "loss": "mse", "P": P, "T": T, "every": 1, "sample_weight": np.ones(4), "threshold": 0.1
    },
    tw.surface.error_along_direction: {**SLICE, "direction": np.ones(9), "name": "d"},
    tw.surface.error_along_weight: {**SLICE, "weight": "layer1[0,0]"},
    tw.surface.error_surface: {
        **SLICE, "across": ["layer1[0,0]", "layer2[0]"], "trajectories": (TRAJECTORY,), "seed": 0
    },
    tw.surface.quadratic: {"net": LINEAR, "loss": "mse", "P": P, "T": T, "sample_weight": np.ones(4), "l2": 0.1},
    tw.surface.taylor: {**PROBLEM, "sample_weight": np.ones(4), "l2": 0.1},
    tw.surface.trajectory: {
        **CURVATURE, "rule": "gd", "steps": 2, "batch_size": 2, "order": "shuffle", "only": ["layer1[0,0]"], "name": "x"
    },
    tw.surface.before_update: {**PROBLEM, "rule": "gd", "k": 1, "only": ["layer1[0,0]"], "l2": 0.1},
    tw.surface.demonstration: {"name": "dl3gd"},
    tw.surface.with_weights: {"net": NET, "params": PARAMS, "values": {"layer1[0,0]": 1.0}},
    tw.surface.Quadratic: {"c": 1.0, "d": np.ones(2), "A": np.eye(2)},
    tw.Checkpoints: {"folder": "runs", "every": "60s", "keep": 3, "resume": False, "trail": 10},
    tw.blocks: {"source": [(P, T)], "target": None, "inputs": None, "sample_weight": None, "memory": "1MB"},
    tw.resume: {"folder": "no/such/folder", "P": P, "T": T},
    tw.PrioritySampling: {"portion": 0.5, "high": [0], "share": 0.2, "refill_every": 5, "unbiased": False},
    tw.Layer: {"name": "a", "size": 2, "activation": "tanh", "sources": ("b",), "bias": True, "dropout": 0.1},
    tw.Network: {"inputs": {"p": 2}, "layers": [tw.Layer("out", 1)]},
    tw.plots.activation_curve: {"activation": "tanh", "n": np.zeros(3)},
    tw.plots.activation_and_derivative: {"activation": "tanh", "low": -1.0, "high": 1.0, "saturated_below": 0.05},
    tw.widgets.contour_page: {"drawn": CROSSED, "command": "thalweg", "network": NET},
    tw.plots.animated_paths: {"drawn": CROSSED, "frames": 2, "frames_per_second": 5, "eigenvectors": False},
    tw.plots.calibration: {**COUNTS, "bins": 3},
    tw.plots.calibration_bins: {**COUNTS, "bins": 3},
    tw.plots.class_regions: {
        "predict": lambda p: p[:, 0] > p[:, 1], "low": [0, 0], "high": [1, 1], "classes": None, "resolution": 3
    },
    tw.plots.confusion_matrix: {"confusion": [[9, 1], [0, 5]], "classes": ["red", "white"]},
    tw.plots.decision_regions: {
        "predict": lambda p: p[:, 0] > p[:, 1], "P": P, "labels": [True, False, False, True], "classes": [False, True],
        "names": ("a", "b"), "resolution": 3,
    },
    tw.plots.error_along_direction: {"curve": ALONG, "learning_rate": 0.1},
    tw.plots.error_along_weight: {"curve": ALONG_WEIGHT},
    tw.plots.error_histogram: {**NUMBERS, "bins": 3},
    tw.plots.error_histogram_by_part: {"parts": BY_PART, "output": 1, "bins": 3},
    tw.plots.fit: {"model": lambda P: P, "parts": BY_PART, "output": 1},
    tw.plots.regression: {"parts": BY_PART, "names": ["a"]},
    tw.plots.training_state: {"run": RECORDED, "names": ["mu"]},
    tw.plots.error_surface: {"surface": SURFACE, "eigenvectors": False},
    tw.plots.gradient_flow: {"flow": FLOW},
    tw.plots.gradient_flow_history: {"history": HISTORY, "number": "gradient_rms"},
    tw.plots.gradient_histograms: {"net": NET, "gradient": GRADIENT, "bins": 3},
    tw.plots.weight_histograms: {"net": NET, "params": PARAMS, "bins": 3},
    tw.plots.layer_histograms: {"net": NET, "params": PARAMS, "bins": 3, "magnitudes": False},
    tw.plots.inline_svg: {"figure": None, "name": "a", "title": "b", "description": "c"},
    tw.plots.learning_curves: {
        "loss": [2.0, 1.0], "validation_loss": [3.0, 2.0], "test_loss": [3.0, 2.0], "best_epoch": 1,
        "stopped_because": "epochs",
        "loss_name": "mse",
    },
    tw.plots.learning_rates: {"runs": [[2.0, 1.0]], "rates": [0.1], "loss_name": "mse"},
    tw.plots.rate_curves: {"runs": [[2.0, 1.0]], "rates": [0.1]},
    tw.plots.network_diagram: {"net": NET, "params": PARAMS, "biases": True, "most_units": 3},
    tw.plots.precision_recall: COUNTS,
    tw.plots.precision_recall_curves: COUNTS,
    tw.plots.roc: COUNTS,
    tw.plots.roc_curves: COUNTS,
    tw.plots.predicted_against_actual: NUMBERS,
    tw.plots.range_test: {"test": RANGE},
    tw.plots.rates_map: {
        "learning_rates": [0.1, 0.2], "momenta": [0.0], "errors": [[1.0, 2.0]], "best": (0, 0),
        "bounced": [[False, True]], "stable_rate": [0.3], "error_at_start": 3.0, "error_name": "loss",
    },
    tw.plots.section_of_run: {
        "run": RUN, "across": ["input 2"], "held": {"input 1": 0.5}, "names": ["input 1", "input 2"],
        "classes": ("a", "b"), "output": 1, "cells": 3,
    },
    tw.plots.sort_spectrum: {"eigenvalues": [1.0, 2.0]},
    tw.plots.spectrum: {"eigenvalues": [1.0, 2.0], "of": 2},
}  # fmt: skip
SIZES = {"hidden": "tanh", "output": "linear", "dropout": 0.0}
CALLS[tw.mlp] = CALLS[tw.cascade] = SIZES
PARTS = [kind for table in (RULES, SCHEDULES, ACTIVATIONS, INITIALIZERS, LOSSES) for kind in table.values()]
STEP_FILE = step_file(
    {
        "network": {"inputs": 2, "layers": [{"name": "out", "size": 1}]},
        "data": {"inputs": [[1.0, 0.5]], "targets": [[1.0]]},
    }
)
MADE = tw.worked.exercise(STEP_FILE, "sensitivities", numbers="file")
CALLS[tw.worked.exercise] = {
    "step_file": STEP_FILE, "blank": "sensitivities", "students": 1, "seed": 0, "round": 4, "step": 1,
    "numbers": "file", "notation": "nnd", "title": "t",
}  # fmt: skip
CALLS[tw.worked.grade] = {
    "step_file": STEP_FILE, "answers": answers_of(MADE.answers_csv(), "answers"), "settings": None
}  # fmt: skip
CALLS[tw.worked.one_by_one] = {"step": STEP, "most": 2}
CALLS[tw.worked.step_file_of] = {"step": STEP}
CALLS[tw.join_processes] = {
    "coordinator": "localhost:1", "processes": 2, "process_id": 1, "seconds": 0.01, "lost_after": 5.0
}  # fmt: skip
METHODS = {
    "init": (NET.init, {"seed": 0, "initializer": "auto", "dtype": "float64"}),
    "ravel": (NET.ravel, {"params": PARAMS}),
    "unravel": (NET.unravel, {"x": np.zeros(9)}),
    "check_parameters": (NET.check_parameters, {"params": PARAMS}),
    "model.predict": (MODEL.predict, {"P": P}),
    "model.predict_table": (TRAINED.model.predict_table, {"frame": FRAME}),
    "run.predict": (RUN.predict, {"P": P}),
    "run.step": (RUN.step, {"k": 1}),
    "step_file.open": (STEP_FILE.open, {"number": 1, "notation": "nnd"}),
    "step_file.run": (STEP_FILE.run, {"notation": "nnd"}),
    "step_file.with_example": (STEP_FILE.with_example, {"inputs": [1.0, 2.0], "target": [1.0]}),
    "show": (STEP.show, {"notation": "nnd"}),
    "compare": (STEP.compare, {"answers": {"s2_1#1": 0.1}, "notation": "nnd", "round": 4}),
    "sheet": (MADE.sheet, {"form": "markdown", "per_page": 1, "hints": False}),
    "key": (MADE.key, {"form": "html", "per_page": 1}),
    "neuron": (STEP.neuron, {"layer": "layer1", "index": 0, "example": 0}),
    "quadratic.value": (tw.surface.Quadratic(0.0, np.ones(2), np.eye(2)).value, {"x": np.ones(2)}),
}


class ReachedError(Exception):
    """The arguments were taken."""


def reached(*_, **__):
    raise ReachedError


def told(call, arguments, name, value):
    """What a call with one argument of a wrong kind says; None if it is taken."""
    try:
        call(**{**arguments, name: value})
    except (tw.ThalwegError, ReachedError) as error:
        return None if isinstance(error, ReachedError) else str(error)
    return None


def public():
    modules = [getattr(tw, name) for name in dir(tw) if isinstance(getattr(tw, name), types.ModuleType)]
    parts = [getattr(tw, name) for name in dir(tw)]
    parts += [getattr(module, name) for module in modules for name in module.__all__]
    return {part for part in parts if isinstance(part, types.FunctionType)}


def test_every_public_function_is_called_here():
    assert public() <= set(CALLS)


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path, monkeypatch):
    """A text is a path to `save`."""
    monkeypatch.chdir(tmp_path)


@pytest.fixture(autouse=True)
def nothing_is_compiled(monkeypatch):
    monkeypatch.setattr(sys.modules["thalweg.training.many"], "run_members", reached)
    monkeypatch.setattr(sys.modules["thalweg.learning_rates.rates_grid"], "run_many", reached)


@pytest.mark.parametrize("step", [3, pytest.param(1, marks=pytest.mark.thorough)], ids=["each third", "all"])
@pytest.mark.parametrize("call", CALLS, ids=lambda call: call.__qualname__)
def test_a_wrong_kind_gives_one_line_of_our_own(call, step):
    """An argument is given a third of the kinds, and the next one another third."""
    arguments = CALLS[call]
    if call in (tw.mlp, tw.cascade):
        sizes = [told(lambda size, call=call: call(2, size, 1), {}, "size", make()) for make in WRONG.values()]
        assert all(line is None or "\n" not in line for line in sizes)
        call = functools.partial(call, 2, 3, 1)
    _all_refused_well(call, arguments, step)


@pytest.mark.parametrize("name", METHODS)
def test_a_wrong_kind_in_a_method_gives_one_line_of_our_own(name):
    _all_refused_well(*METHODS[name])


@pytest.mark.parametrize("kind", PARTS, ids=lambda kind: kind.__name__)
def test_a_part_refuses_a_setting_of_a_wrong_kind_where_it_is_made(kind):
    """field h18-rule-settings: a list, a table, a date, a complex number or one of 400 digits in the place of one."""
    settings = {field.name: getattr(kind(), field.name) for field in dataclasses.fields(kind)}
    _all_refused_well(kind, settings)
    wrong = ("text", "huge", "complex", "object", "a type", "date", "empty dict", "list of None", "None")
    for name, value in settings.items():
        if isinstance(value, float):
            taken = [what for what in wrong if told(kind, settings, name, WRONG[what]()) is None]
            assert not taken, (name, taken)


def _all_refused_well(call, arguments, step=1):
    for turn, name in enumerate(arguments):
        for what, make in list(WRONG.items())[turn % step :: step]:
            line = told(call, arguments, name, make())
            assert line is None or ("\n" not in line and len(line) < 900), (name, what, line)


@pytest.mark.parametrize("call", [tw.forward, tw.gradient, tw.sensitivities, tw.train], ids=lambda call: call.__name__)
def test_what_is_no_table_of_finite_numbers_is_refused(call):
    """field h25-gradient-arguments"""
    wrong = (
        "texts", "odd objects", "objects", "ragged", "complex array", "nan array", "masked", "dates", "sparse",
        "generator", "frame", "None",
    )  # fmt: skip
    arguments = CALLS[call]
    for name in {"P", "T"} & set(arguments):
        taken = [what for what in wrong if told(call, arguments, name, WRONG[what]()) is None]
        assert not taken, (name, taken)
    for params in ("complex params", "object params", "text params", "params", "None"):
        assert call is tw.train or told(call, arguments, "params", WRONG[params]()), params


def test_no_rows_have_no_gradient_but_an_empty_forward_phase():
    """field h25-gradient-arguments"""
    assert tw.forward(NET, PARAMS, P[:0]).output.shape == (0, 1)
    with pytest.raises(tw.DataError, match="P has no examples"):
        tw.gradient(NET, "mse", PARAMS, P[:0], T[:0])
