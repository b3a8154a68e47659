"""Every transformation of optax in the place of a rule: what `tw.train` makes of it is what optax's own loop makes."""

import inspect
import re

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

import thalweg as tw

NET = tw.mlp(3, 4, 2)
ONE = tw.mlp(3, 2, output="tanh")
"""With half as many arrays for XLA to compile for."""
RNG = np.random.default_rng(5)
P, T = RNG.normal(size=(12, 3)), RNG.normal(size=(12, 2))
START = NET.init(1)
EPOCHS = 4


def weights(params):
    return jax.tree.map(lambda p: p.ndim > 1, params)


REQUIRED = {
    "learning_rate": 0.01,
    "b1": 0.9,
    "b2": 0.99,
    "decay": 0.9,
    "clipping": 0.05,
    "threshold": 0.1,
    "max_norm": 0.5,
    "max_delta": 0.05,
    "step_size": 0.5,
    "step_size_fn": lambda step: 0.5 / (1 + step),
    "eta": 0.01,
    "gamma": 0.55,
    "key": jax.random.key(3),
    "weight_decay": 0.01,
    "max_consecutive_errors": 2,
    "k": 2,
    "every_k_schedule": 2,
    "max_linesearch_steps": 8,
    "max_backtracking_steps": 8,
    "slow_step_size": 0.5,
    "sync_period": 2,
    "f": lambda updates, params=None: jax.tree.map(lambda g: -0.1 * g, updates),
    "every_n": 2,
    "should_skip_update_fn": None,
    "should_transform_fn": lambda step: step % 2 == 0,
    "transforms": {"one": optax.sgd(0.1), "other": optax.adam(0.01)},
    "param_labels": lambda params: jax.tree.map(lambda p: "one" if p.ndim > 1 else "other", params),
    "mask": weights,
    "freeze_mask": weights,
    "inner": optax.adam(0.01),
    "opt": optax.sgd(0.1),
    "optimizer": optax.sgd(0.1),
    "base_optimizer": optax.sgd(0.1),
    "adv_optimizer": optax.sgd(0.1),
    "hyperparam": 0.1,
    "l2_norm_clip": 1.0,
    "l2_clip_norm": 1.0,
    "noise_multiplier": 0.1,
    "seed": 3,
    "memory_size": 5,
    "measure": lambda updates, *_, **__: jax.tree.leaves(updates)[0].sum(),
    "measure_name": "sum",
    "measures": {"sum": lambda updates, *_, **__: jax.tree.leaves(updates)[0].sum()},
    "fast_optimizer": optax.sgd(0.1),
    "rank": 2,
}
"""A value for each argument that some transformation must have."""
COMPOSED = {"chain": lambda: optax.chain(optax.clip(0.1), optax.adam(0.01))}
NONE = {"with_extra_args_support", "inject_hyperparams", "inject_stateful_hyperparams"}
"""These make a transformation out of others, or of their functions."""


def loss(params, P=P, T=T):
    """The mean square error, nothing of ours in it."""
    a = jnp.asarray(P)
    for name, layer in params.items():
        (W,) = layer.weights.values()
        a = a @ W.T + layer.bias
        a = jnp.tanh(a) if name == "layer1" else a
    return jnp.mean((a - T) ** 2)


value_and_gradient = jax.jit(jax.value_and_grad(loss))


def by_optax(transformation, start=START, **extra):
    """Optax's own loop; `extra` is what else the transformation asks for."""
    update = optax.with_extra_args_support(transformation).update
    takes = inspect.signature(update).parameters
    given = {"value_fn": loss} | extra

    @jax.jit
    def step(params, state, F, gradient):
        told = {"value": F, "grad": gradient, **given}
        if not any(each.kind is each.VAR_KEYWORD for each in takes.values()):
            told = {name: value for name, value in told.items() if name in takes}
        delta, state = update(gradient, state, params, **told)
        return optax.apply_updates(params, delta), state

    params = jax.tree.map(jnp.asarray, start)
    state = transformation.init(params)
    for _ in range(EPOCHS):
        params, state = step(params, state, *value_and_gradient(params))
    return params


def trained(transformation, net=NET, **options):
    settings = {"params": START, "dtype": "float64", "batch_size": "all", "epochs": EPOCHS, **options}
    return tw.train(net, P, T, "mse", transformation, **settings)


def made(function):
    """A transformation by its function, with a value for what it must have."""
    if function.__name__ in COMPOSED:
        return COMPOSED[function.__name__]()
    arguments = {}
    for name, each in inspect.signature(function).parameters.items():
        if name == "key" or (each.default is each.empty and each.kind not in (each.VAR_POSITIONAL, each.VAR_KEYWORD)):
            arguments[name] = REQUIRED[name]
    return function(**arguments)


def transformations():
    """All public functions of optax that make a transformation, by name."""
    found = {}
    for prefix, module in (("", optax), ("transforms.", optax.transforms), ("contrib.", optax.contrib)):
        for name, function in vars(module).items():
            if name.startswith("_") or not inspect.isfunction(function):
                continue
            told = str(inspect.signature(function).return_annotation)
            if "GradientTransformation" in told and name not in NONE and function not in found.values():
                found[prefix + name] = function
    return found


def seen_in_another(name, sources):
    """Whether it is a `scale_by_...` that another of them is made of, by its source."""
    own = name.rpartition(".")[2]
    if not own.startswith("scale_by_"):
        return False
    return any(re.search(rf"\b{own}\(", source) for key, source in sources.items() if key != name)


ALL = transformations()
SOURCES = {name: inspect.getsource(function) for name, function in ALL.items()}
ASKED = {"contrib.sophia": {"obj_fn": loss}}
REFUSED = {
    "contrib.differentially_private_aggregate": "batch dimension",
    "contrib.dpsgd": "batch dimension",
    "contrib.scale_by_muon": "pytree structure",
    "lookahead": "fast",
    "measure_with_ema": "not shaped like the parameters",
}
"""What asks for other updates or parameters than those of a training, and what the refusal says of it."""
DIFFERENT = [name for name in sorted(ALL) if name in REFUSED or not seen_in_another(name, SOURCES)]
ALIKE = [
    "adabelief", "adadelta", "adagrad", "adamax", "adamaxw", "amsgrad", "adan", "novograd", "radam", "rmsprop",
    "rprop", "yogi", "sgd", "sign_sgd", "signum", "noisy_sgd", "optimistic_adam", "optimistic_adam_v2",
    "optimistic_gradient_descent", "fromage", "lars", "sm3", "trace", "ema", "identity", "scale", "clip",
    "clip_by_block_rms", "clip_by_global_norm", "centralize", "set_to_zero", "zero_nans", "stateless", "named_chain",
    "snapshot", "add_decayed_weights", "add_noise", "adafactor", "normalize_by_update_norm",
    "keep_params_nonnegative", "scale_by_param_block_norm", "apply_every", "stateless_with_tree_map",
    "scale_by_distance_over_gradients", "contrib.galore", "contrib.acprop", "contrib.adopt", "contrib.ademamix",
    "contrib.simplified_ademamix", "contrib.madgrad", "contrib.normalize", "contrib.momo_adam",
    "contrib.schedule_free_adamw", "contrib.schedule_free_sgd", "contrib.dadapt_adamw", "contrib.cocob",
    "adam", "contrib.momo", "contrib.schedule_free", "freeze", "partition", "apply_if_finite", "contrib.muon",
    "contrib.mechanize", "lbfgs",
    "lion", "lamb", "adaptive_grad_clip", "contrib.prodigy", "contrib.split_real_and_imaginary", "conditionally_mask",
    "selective_transform",
]  # fmt: skip
"""What asks for the gradient and the parameters alone, as adamw and the chain of adam do, or more as another does."""
TRIED = [pytest.param(name, marks=[pytest.mark.thorough] if name in ALIKE else []) for name in DIFFERENT]


def test_the_list_is_that_of_optax():
    assert {"adam", "lamb", "lbfgs", "polyak_sgd", "masked", "contrib.muon", "contrib.sophia"} <= set(ALL)
    assert len(ALL) > 80
    assert {"adam", "scale_by_backtracking_linesearch", *REFUSED} <= set(DIFFERENT)
    assert "scale_by_adam" not in DIFFERENT
    assert len(DIFFERENT) > 70
    assert set(ALIKE) < set(ALL)


@pytest.mark.filterwarnings("ignore::DeprecationWarning:optax")  # of optax's own names, which the list holds too
@pytest.mark.parametrize("name", TRIED)
def test_each_is_what_it_is_in_a_loop_of_optax(name):
    with jax.enable_x64(True):
        transformation = made(ALL[name])
        if name in REFUSED:
            with pytest.raises(tw.ArgumentError, match=f"this rule of optax cannot be used here: .*{REFUSED[name]}"):
                trained(transformation)
            return
        expected = by_optax(transformation, ONE.init(1), **ASKED.get(name, {}))
    run = trained(transformation, ONE, params=ONE.init(1))
    np.testing.assert_allclose(ONE.ravel(run.params), np.asarray(ONE.ravel(expected)), rtol=1e-9, atol=1e-12)


def wide(hidden):
    return tw.mlp(3, hidden, 2)


BY_LAYER = optax.multi_transform(
    {"fast": optax.sgd(0.05), "still": optax.set_to_zero()}, {"layer1": "fast", "layer2": "still"}
)
TREES = {
    "mask by shape": lambda: optax.chain(optax.add_decayed_weights(0.5, mask=weights), optax.sgd(0.05)),
    "by layer": lambda: BY_LAYER,
    "several steps": lambda: optax.MultiSteps(optax.sgd(0.05, momentum=0.5), 2),
}


@pytest.mark.parametrize(("case", "hidden"), [("mask by shape", 10_000), *((case, 4) for case in TREES)])
def test_the_tree_is_seen_whatever_the_size(case, hidden):
    """A mask was obeyed above 50,000 weights and ignored below."""
    net = wide(hidden)
    start = net.init(1)
    whole = TREES[case]()
    with jax.enable_x64(True):
        bare = whole.gradient_transformation() if case == "several steps" else whole
        expected = by_optax(bare, start=start)
    run = trained(whole, net, params=start)
    np.testing.assert_allclose(net.ravel(run.params), np.asarray(net.ravel(expected)), rtol=1e-7, atol=1e-10)
    if case == "by layer":
        np.testing.assert_array_equal(run.params["layer2"].bias, start["layer2"].bias)


def test_a_run_of_a_line_search_is_replayed_and_opened():
    search = optax.scale_by_backtracking_linesearch(max_backtracking_steps=8)
    run = trained(optax.chain(optax.sgd(2.0), search), ONE, params=ONE.init(1))
    step = run.step(run.updates)
    assert "the losses of 4 epochs are the run's to the bit; the parameters after it are the run's to the bit" in str(
        step.notes
    )
    np.testing.assert_allclose(step.value, run.history.loss[3], rtol=1e-9)
    assert step.value_after < step.value
    assert "Weight update" in step.show(weight="layer1[0,0]")


def test_many_runs_see_the_tree_too():
    rule = optax.masked(optax.sgd(0.1), {"layer1": True, "layer2": False})
    starts = [NET.init(seed) for seed in (1, 2)]
    runs = tw.train_many(NET, P, T, "mse", rule, params=starts, dtype="float64", batch_size="all", epochs=EPOCHS)
    with jax.enable_x64(True):
        expected = by_optax(rule, start=starts[1])
    np.testing.assert_allclose(NET.ravel(runs[1].params), np.asarray(NET.ravel(expected)), rtol=1e-9)
    for run, start in zip(runs, starts, strict=True):
        np.testing.assert_allclose(NET.ravel(run.params), NET.ravel(trained(rule, params=start).params), rtol=1e-9)


def test_a_path_sees_the_tree_and_reckons_in_float64():
    rule = optax.chain(optax.scale_by_trust_ratio(), optax.scale(-0.05))  # array by array
    found = tw.surface.trajectory(ONE, "mse", ONE.init(1), P, T, rule, steps=EPOCHS)
    with jax.enable_x64(True):
        np.testing.assert_allclose(found.X[-1], np.asarray(ONE.ravel(by_optax(rule, ONE.init(1)))), rtol=1e-12)
    with pytest.raises(tw.ArgumentError, match=r"leave `only` out and mask the others by optax\.masked"):
        tw.surface.trajectory(ONE, "mse", ONE.init(1), P, T, rule, only=["layer1[0,0]"])
