"""`tw.train` against plain loops, against the sources' worked runs, and what `engine="auto"` chooses."""

import functools
import subprocess
import sys

import jax
import numpy as np
import optax
import pytest
from training_cases import (
    CHAIN,
    ENGINES,
    SEVERAL_INPUTS,
    SHORTCUTS,
    by_hand,
    epoch_losses,
    examples,
    vector,
)

import thalweg as tw
from thalweg.optimizers import RULES
from thalweg.training.batch_order import ORDERS, make_batch_order
from thalweg.training.recipe import choose_engine

XOR = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]), np.array([[0.0], [1.0], [1.0], [0.0]])


@pytest.fixture(params=ENGINES)
def engine(request):
    return request.param


def assert_same_as_by_hand(net, settings, epochs, engine, seed=2):
    """Train, and compare parameters and history with a plain loop over the drawn rows."""
    P, T, weight = examples(net=net)
    settings = {"loss": "mse", "optimizer": tw.Adam(0.01), "batch_size": 8, "order": "shuffle", **settings}
    weight = weight if settings.pop("weighted", False) else None
    params = net.init(7)
    run = tw.train(
        net,
        P,
        T,
        epochs=epochs,
        sample_weight=weight,
        params=params,
        seed=seed,
        dtype="float64",
        engine=engine,
        **settings,
    )
    rows = make_batch_order(len(T), settings["batch_size"], settings["order"], seed).rows(0, epochs)
    penalties = {name: settings[name] for name in ("l1", "l2") if name in settings}
    rule = settings["optimizer"]
    rule = RULES[rule]() if isinstance(rule, str) else rule
    path, losses = by_hand(net, P, T, settings["loss"], rule, rows, params, weight, **penalties)
    np.testing.assert_allclose(vector(run), vector(path[-1], net), rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(
        run.history.loss, epoch_losses(losses, rows, len(T), settings["loss"], weight), rtol=1e-10
    )
    assert run.updates == len(losses)
    assert run.epochs == epochs
    assert run.stopped_because == "epochs"


def test_a_plain_loop(engine):
    """Of Adam; test_replay.py has the updates of every rule."""
    assert_same_as_by_hand(CHAIN, {"optimizer": "adam"}, 4, engine)


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("batch_size", [1, 8, "all"])
def test_every_batch_order_as_in_a_plain_loop(order, batch_size):
    assert_same_as_by_hand(SHORTCUTS, {"order": order, "batch_size": batch_size}, 3, "numpy")


SETTINGS = {
    "weights, penalties": {"weighted": True, "l1": 0.01, "l2": 0.1},
    "weights, all": {"weighted": True, "loss": "half_sse", "batch_size": "all"},
    "sum, drawn": {"loss": "sse", "order": "random", "l2": 0.1},
    "schedules": {
        "optimizer": tw.Momentum(optax.cosine_decay_schedule(0.1, 9), momentum=lambda k: 0.9 if k > 4 else 0.5)
    },
}


@pytest.mark.parametrize(
    ("settings", "engine"),
    [*((name, "numpy") for name in SETTINGS), ("weights, penalties", "xla"), ("sum, drawn", "xla")],
)
def test_weights_penalties_and_schedules_as_in_a_plain_loop(settings, engine):
    """Of the others test_replay.py has both engines."""
    assert_same_as_by_hand(SEVERAL_INPUTS, SETTINGS[settings], 4, engine)


def classes():
    """Examples of three classes, and a network for them."""
    rng = np.random.default_rng(0)
    P, labels = rng.normal(size=(30, 4)), rng.integers(0, 3, 30)
    return P, labels, tw.mlp(4, 6, 3, hidden="tanh", output="softmax")


@functools.cache
def by_jax_and_optax():
    """The parameters and losses of a training with nothing of ours but the drawn rows."""
    P, labels, net = classes()
    with jax.enable_x64(True):
        P, labels = jax.numpy.asarray(P), jax.numpy.asarray(labels)
        x = {
            name: (jax.numpy.asarray(next(iter(layer.weights.values()))), jax.numpy.asarray(layer.bias))
            for name, layer in net.init(1).items()
        }

        def F(x, P, labels):
            (W1, b1), (W2, b2) = x["layer1"], x["layer2"]
            logits = jax.numpy.tanh(P @ W1.T + b1) @ W2.T + b2
            return optax.softmax_cross_entropy_with_integer_labels(logits, labels).mean()

        gradient, rule, losses = jax.jit(jax.value_and_grad(F)), optax.adam(0.02), []
        state = rule.init(x)
        for epoch in make_batch_order(30, 7, "shuffle", 9).rows(0, 6):
            seen = 0.0
            for rows in epoch:
                rows = rows[rows < 30]  # noqa: PLW2901
                loss, g = gradient(x, P[rows], labels[rows])
                seen += float(loss) * len(rows)
                delta, state = rule.update(g, state, x)
                x = optax.apply_updates(x, delta)
            losses.append(seen / 30)
        return np.concatenate([np.asarray(a).ravel() for pair in x.values() for a in pair]), losses


def test_classification_as_in_jax_grad_and_optax(engine):
    """The forward phase, loss, gradient and rule are JAX's and optax's."""
    P, labels, net = classes()
    run = tw.train(
        net,
        P,
        np.eye(3)[labels],
        optimizer=tw.Adam(0.02),
        batch_size=7,
        epochs=6,
        params=net.init(1),
        seed=9,
        dtype="float64",
        engine=engine,
    )
    assert run.loss == tw.losses.CrossEntropy()
    expected, losses = by_jax_and_optax()
    np.testing.assert_allclose(vector(run), expected, rtol=1e-9, atol=1e-11)
    np.testing.assert_allclose(run.history.loss, losses, rtol=1e-10)


def test_optax_rule_in_the_place_of_ours():
    P, T, _ = examples()
    settings = {"batch_size": 8, "epochs": 6, "dtype": "float64", "engine": "xla", "seed": 1}
    theirs = tw.train(CHAIN, P, T, optimizer=optax.adam(1e-3), **settings)
    ours = tw.train(CHAIN, P, T, optimizer=tw.Adam(1e-3), **settings)
    np.testing.assert_allclose(vector(theirs), vector(ours), rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(theirs.history.loss, ours.history.loss, rtol=1e-12)
    assert tw.train(CHAIN, P, T, optimizer=optax.sgd(0.1), epochs=1, engine="auto").engine == "xla"


def test_weight_two_is_the_example_twice_and_zero_is_leaving_it_out(engine):
    P, T, _ = examples()
    weight = np.ones(len(T))
    weight[3], weight[5], weight[22] = 2.0, 0.0, 0.0
    rows = np.repeat(np.arange(len(T)), weight.astype(int))
    settings = {
        "optimizer": RULES["momentum"](),
        "batch_size": "all",
        "epochs": 5,
        "dtype": "float64",
        "engine": engine,
    }
    weighted = tw.train(CHAIN, P, T, sample_weight=weight, **settings)
    repeated = tw.train(CHAIN, P[rows], T[rows], **settings)
    np.testing.assert_allclose(vector(weighted), vector(repeated), rtol=1e-12)
    np.testing.assert_allclose(weighted.history.loss, repeated.history.loss, rtol=1e-12)


def test_brilliant_sigmoid(engine, reference, unchecked_shapes):
    """BRL's example: 10,000 iterations; weights at the end, losses on the way, outputs of the last forward phase."""
    worked = reference("brilliant_sigmoid")
    P, T = np.array(worked["inputs"]), np.array(worked["targets"])[:, None]
    net = tw.Network({"p": 3}, [tw.Layer("hidden", 3, "sigmoid"), tw.Layer("out", 1, "linear")])

    def layers(hidden, output):  # the bias is row 0
        hidden, output = np.array(hidden), np.array(output)
        return {
            "hidden": tw.LayerParameters({"p": hidden[1:].T}, hidden[0]),
            "out": tw.LayerParameters({"hidden": output[1:].T}, output[0]),
        }

    start = layers(worked["initial_hidden"], worked["initial_output"])

    before = tw.train(
        net,
        P,
        T,
        "half_mse",
        tw.GradientDescent(worked["learning_rate"]),
        batch_size="all",
        epochs=worked["iterations"] - 1,
        params=start,
        dtype="float64",
        engine=engine,
    )
    run = before.more(1)
    final = layers(worked["final_hidden"], worked["final_output"])
    np.testing.assert_allclose(vector(run), vector(final, net), rtol=0, atol=1e-10)
    for iteration, loss in worked["losses"]:
        assert run.history.loss[iteration] == pytest.approx(loss, rel=0, abs=1e-10)
    outputs = before.predict(P)[:, 0]
    np.testing.assert_allclose(outputs, worked["outputs"], rtol=0, atol=1e-10)


def test_aifh_xor_batch_step(engine, reference):
    """AIFH's XOR page: the sum of the gradients of four examples, and one step with momentum."""
    worked = reference("aifh_xor")
    net = tw.mlp(2, 2, 1, hidden="sigmoid", output="sigmoid")

    def layers(named):
        return {
            "layer1": tw.LayerParameters(
                {"input": np.array([[named[f"I{i}->H{h}"] for i in (1, 2)] for h in (1, 2)])},
                np.array([named["B->H1"], named["B->H2"]]),
            ),
            "layer2": tw.LayerParameters(
                {"layer1": np.array([[named["H1->O"], named["H2->O"]]])}, np.array([named["B->O"]])
            ),
        }

    P, T = np.array(worked["batch"]["order"]), np.array(worked["batch"]["targets"])[:, None]
    rate = worked["learning_rate"]
    start = layers(worked["weights"])
    run = tw.train(
        net,
        P,
        T,
        "half_sse",
        tw.Momentum(rate, worked["momentum"]),
        batch_size="all",
        epochs=1,
        params=start,
        dtype="float64",
        engine=engine,
    )
    step = vector(run) - vector(start, net)
    summed = vector(layers(worked["batch"]["gradient_sum"]), net)
    np.testing.assert_allclose(step, -rate * summed, rtol=0, atol=1e-14)
    assert run.history.loss[0] * 2 / 4 == pytest.approx(worked["batch"]["mse_before"], abs=1e-14)
    after = np.mean((run.predict(P) - T) ** 2)
    assert after == pytest.approx(worked["batch"]["mse_after_one_step"], abs=1e-14)


@pytest.mark.parametrize(("engine", "dtype"), [("numpy", "float64"), ("xla", "float32")])
def test_xor_is_learnt(engine, dtype):
    run = tw.train(
        tw.mlp(2, 4, 1, output="sigmoid"),
        *XOR,
        optimizer=tw.Adam(0.05),
        batch_size="all",
        epochs=1000,
        dtype=dtype,
        engine=engine,
    )
    assert abs(run.predict(XOR[0]) - XOR[1]).max() < 0.05
    assert run.history.loss[-1] < 0.02 < run.history.loss[0]


def test_defaults():
    P, T, _ = examples(count=70)
    run = tw.train(CHAIN, P, T)
    assert run.loss == tw.losses.MSE()
    assert run.optimizer == tw.Adam()
    assert (run.epochs, run.updates) == (200, 200 * 3)
    assert vector(run).dtype == np.float32
    assert run.network is CHAIN
    assert tw.train(CHAIN, P[:20], T[:20], epochs=3).updates == 3  # fewer than 32: all of them


def test_init_by_seed_is_where_a_run_starts(engine):
    P, T, _ = examples()
    run = tw.train(CHAIN, P, T, optimizer=tw.GradientDescent(0.0), epochs=1, seed=4, dtype="float64", engine=engine)
    np.testing.assert_array_equal(vector(run), vector(CHAIN.init(4), CHAIN))


def test_arguments_are_left_as_they_were(engine):
    P, T, weight = examples()
    params = CHAIN.init(0, dtype="float32")
    given = (P, T, weight, vector(params, CHAIN))
    before = [array.copy() for array in given]
    tw.train(CHAIN, P, T, sample_weight=weight, params=params, epochs=2, engine=engine)
    for array, copy in zip((P, T, weight, vector(params, CHAIN)), before, strict=True):
        np.testing.assert_array_equal(array, copy)


def test_lists_integers_booleans_and_one_named_input_will_do(engine):
    P, T = [[0, 0], [0, 1], [1, 0], [1, 1]], [[False], [True], [True], [False]]
    net = tw.mlp(2, 2, 1, output="sigmoid")
    plain = tw.train(net, P, T, epochs=2, engine=engine)
    named = tw.train(net, {"input": np.array(P, dtype="uint8")}, XOR[1], epochs=2, engine=engine)
    np.testing.assert_array_equal(vector(plain), vector(named))


def test_run_predicts_as_forward_does(engine):
    P, T, _ = examples(net=SEVERAL_INPUTS)
    run = tw.train(SEVERAL_INPUTS, P, T, epochs=2, engine=engine)
    np.testing.assert_array_equal(run.predict(P), tw.forward(SEVERAL_INPUTS, run.params, P).output)
    assert run.history.to_dict() == {
        "loss": run.history.loss.tolist(),
        "validation_loss": None,
        "gradient_norm": None,
    }


# engine="auto"


def python(code):
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def test_a_short_job_runs_on_numpy_and_never_imports_jax():
    assert python(
        "import sys, numpy as np, thalweg as tw\n"
        "P = np.linspace(-1, 1, 20)[:, None]\n"
        "run = tw.train(tw.mlp(1, 4, 1), P, P**2, epochs=20, validation=(P, P**2), patience=5)\n"
        "print(run.engine, 'jax' in sys.modules, 'optax' in sys.modules, 'sklearn' in sys.modules)"
    ) == ["numpy", "False", "False", "False"]


def test_a_long_job_runs_on_xla():
    P, T, _ = examples()
    run = tw.train(CHAIN, P, T, epochs=10**6, max_seconds=0.0)
    assert run.engine == "xla"
    assert run.stopped_because == "seconds"


def test_auto_goes_by_updates_and_by_work():
    rule = tw.Adam()
    small, large = tw.mlp(3, 3, 1), tw.mlp(1024, 1024, 1024, 10)
    assert choose_engine("auto", small, rule, 100, 8) == "numpy"
    assert choose_engine("auto", small, rule, 10**6, 8) == "xla"
    assert choose_engine("auto", large, rule, 100, 1) == "numpy"
    assert choose_engine("auto", large, rule, 1000, 512) == "xla"
    for name in ENGINES:
        assert choose_engine(name, small, rule, 10**9, 8) == name
