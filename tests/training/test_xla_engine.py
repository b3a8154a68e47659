"""What the compiled engine promises: no recompilation for numbers, padding without effect, nothing that grows."""

import gc
import tracemalloc

import jax
import numpy as np
import optax
import pytest
from hypothesis import given
from hypothesis import strategies as st
from training_cases import ENGINES, examples, vector

import thalweg as tw
from thalweg.training import numpy_engine, xla_engine
from thalweg.training.programs import compilations
from thalweg.training.xla_shards import bucket


@given(st.integers(1, 10**7), st.integers(1, 10**7))
def test_buckets_are_few_and_near(rows, more):
    assert rows <= bucket(rows) <= rows * 9 / 8
    assert bucket(bucket(rows)) == bucket(rows)
    assert bucket(min(rows, more)) <= bucket(max(rows, more))


def test_buckets_are_at_most_eight_for_each_doubling():
    assert len({bucket(n) for n in range(1025, 2049)}) == 8


NET = tw.mlp(3, 6, 2)
VALIDATION = examples(9, 3)[:2]


def trained(rows=50, net=NET, **settings):
    P, T, weight = examples(rows)
    settings = {"batch_size": 8, "optimizer": tw.Momentum(0.01, 0.9), "epochs": 3, "engine": "xla", **settings}
    if settings.pop("weighted", None):
        settings["sample_weight"] = weight
    return tw.train(net, P, T, **settings)


SHARED = {
    "learning rate": ({}, {"optimizer": tw.Momentum(0.5, 0.9)}),
    "momentum": ({}, {"optimizer": tw.Momentum(0.01, 0.5)}),
    "learning rate as a NumPy number": ({}, {"optimizer": tw.Momentum(np.float32(0.5), 0.9)}),
    "whole learning rate": ({}, {"optimizer": tw.Momentum(1, 0)}),
    "Adam's numbers": ({"optimizer": "adam"}, {"optimizer": tw.Adam(0.1, 0.5, 0.9, 1e-6)}),
    "epochs": ({}, {"epochs": 100}),
    "seed": ({}, {"seed": 12345678901}),
    "order": ({}, {"order": "sequential"}),
    "drawn order": ({}, {"order": "random"}),
    "l1, l2": ({"l1": 0.1, "l2": 0.1}, {"l1": 0.5, "l2": 1}),
    "weights' values": ({"sample_weight": np.ones(50)}, {"weighted": True}),
    "weights at all": ({}, {"weighted": True}),
    "an example left out": ({}, {"sample_weight": np.arange(50)}),
    "goal": ({}, {"goal": 0.01}),
    "patience": ({"validation": VALIDATION}, {"validation": VALIDATION, "patience": 2}),
    "validation rows": (
        {"validation": tuple(a[:31] for a in examples(40)[:2])},
        {"validation": tuple(a[:32] for a in examples(40)[:2])},
    ),
    "min_gradient": ({"min_gradient": 0.1}, {"min_gradient": 0.0}),
    "max_seconds, callbacks": ({}, {"max_seconds": 100.0, "callbacks": [lambda end: None]}),
    "rows": ({"rows": 48}, {"rows": 51}),  # with a spare row, 49 to 52 make one bucket
    "rows, all": ({"rows": 49, "batch_size": "all"}, {"rows": 52, "batch_size": "all"}),
    "initial parameters": ({}, {"params": NET.init(77, "he_normal")}),
    "parameters of another type": ({}, {"params": NET.init(77, dtype="float16")}),
    "schedule": (
        {"optimizer": tw.Momentum(optax.constant_schedule(0.1))},
        {"optimizer": tw.Momentum(lambda k: 0.1 / (k + 1))},
    ),
}


@pytest.mark.parametrize("case", SHARED)
def test_numbers_never_recompile(case):
    first, second = SHARED[case]
    one = trained(**first)
    before = compilations()
    other = trained(**second)
    assert compilations() == before
    assert one.engine == other.engine == "xla"


def test_shapes_do_recompile():
    """The count counts: another batch size or type is another program."""
    trained()
    for settings in ({"batch_size": 9}, {"dtype": "float64"}):
        before = compilations()
        trained(**settings)
        assert compilations() == before + 1, settings


def test_padding_has_no_effect():
    """65 rows are padded to 72, or to 66 with nothing but the spare row if they were 65 of 66; NumPy pads nothing."""
    for rows in (17, 65):
        for batch_size in (8, "all"):
            plain, compiled = (
                trained(rows, batch_size=batch_size, engine=e, dtype="float64", epochs=4) for e in ENGINES
            )
            np.testing.assert_allclose(vector(plain), vector(compiled), rtol=1e-12, atol=1e-13)


def test_arrays_on_the_device_do_not_grow_with_epochs():
    held = []

    def measure(end):
        if end.epoch % 20 == 0:
            arrays = jax.live_arrays()
            held.append((len(arrays), sum(array.nbytes for array in arrays)))

    trained(epochs=200, callbacks=[measure], validation=VALIDATION, min_gradient=0.0)
    assert len(held) == 10
    assert len(set(held)) == 1


@pytest.mark.parametrize(("engine", "more"), [("numpy", 40), ("xla", 500)])
def test_nothing_on_the_host_grows_with_epochs_but_the_history(engine, more, monkeypatch, unchecked_shapes):
    """The network is large enough for one array of its parameters kept in each epoch to show.

    In short segments, so that the peak is not that of a segment as long as the machine is fast.
    """
    monkeypatch.setattr(numpy_engine.NumPyEngine, "capacity", 70)
    monkeypatch.setattr(xla_engine, "_MOST_UPDATES", 700)
    net = tw.mlp(3, 300, 2)

    def kept_and_peak(epochs):
        tracemalloc.start()
        run = trained(net=net, epochs=epochs, engine=engine)
        peak = tracemalloc.get_traced_memory()[1]
        gc.collect()  # empties the interpreter's lists of spare objects
        kept = tracemalloc.get_traced_memory()[0]
        tracemalloc.stop()
        assert len(run.history.loss) == epochs
        return kept, peak

    trained(net=net, epochs=10, engine=engine)  # what is made once
    (kept, peak), (kept_longer, peak_longer) = kept_and_peak(20), kept_and_peak(20 + more)
    assert kept_longer - kept < more * 20 + 5_000  # a number an epoch, and what the interpreter caches
    assert peak_longer - peak < more * net.parameter_count * 4 / 2


def test_device_arrays_are_let_go():
    trained()
    before = len(jax.live_arrays())
    for _ in range(3):
        trained()
    assert len(jax.live_arrays()) <= before


def test_parameters_of_a_run_are_plain_numpy():
    run = trained()
    assert all(type(array) is np.ndarray for array in jax.tree.leaves(run.params))
