"""Pre-training with stacked autoencoders: good initial weights for deep chains, whose gradients vanish (NCSU, AIFH)."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from ..core.activations import Activation
from ..core.arrays import Array
from ..core.checked import check_inputs, forward
from ..core.kinds import takes_kinds
from ..core.network import Layer, LayerParameters, Network, Parameters
from ..errors import ArgumentError
from ..optimizers.full_batch import FullBatchRule
from ..optimizers.interop import as_rule
from ..registry import title_of
from .arguments import check_start
from .checkpoints import as_checkpoints, within
from .loop import drive
from .options import TrainingOptions
from .recipe import make_recipe
from .run import Run
from .taking_options import takes_options
from .ties import tied as with_ties

_TIES = (("encoder", "decoder"),)
_OPTIONS = (
    "loss", "optimizer", "batch_size", "epochs", "params", "l1", "l2", "order", "seed", "dtype", "engine", "checkpoint",
)  # fmt: skip


@takes_kinds
@takes_options(only=_OPTIONS, loss="mse", epochs=50)
def pretrain(
    net: Network,
    P: Array | Mapping[str, Array],
    *,
    tied: bool = True,
    decoder: str | Activation = "linear",
    **options: Any,
) -> Parameters:
    """Train the hidden layers of a chain one by one, each to keep what the layers below it have made of the inputs.

    Hidden layer m becomes the encoder of an autoencoder on the outputs a of the layers below it,

        c = f(W a + b),   â = h(V c + d),

    which is trained to give back its input, â ≈ a. Then V and d are thrown away. Dropout is left out; the output layer
    stays as it was.

    Args:
        net: A chain: one input, each layer fed by the one before it alone.
        P: Inputs (examples, features); no targets are needed.
        tied: Whether V = Wᵀ, so that ∂F/∂W is the sum of both places' gradients; else V is free.
        decoder: h, by name or object: linear, or what has the range of the inputs.
        {options}

    The loss compares â with a; the other options are those of the training of each autoencoder, but for `params`, which
    are those of the whole network. The checkpoints of each lie in a folder within `checkpoint` that is called as its
    layer; the same call with `tw.Checkpoints(folder, resume=True)` goes on where its process ended.

    Returns parameters to start `train` from. Raises ArgumentError for a network that is no chain or has no hidden
    layer, and whatever `train` raises; Ctrl-C raises KeyboardInterrupt.

    >>> import numpy as np, thalweg as tw
    >>> P = np.random.default_rng(0).uniform(-1, 1, (60, 6))
    >>> net = tw.mlp(6, 4, 3, 1, hidden="sigmoid")
    >>> run = tw.train(net, P, P[:, :1], params=tw.pretrain(net, P, epochs=20), epochs=20)
    >>> run.epochs
    20

    Source: NCSU and AIFH, remedies for vanishing gradients; Bengio et al. 2007; Vincent et al. 2010 (tied weights).
    """
    _check_chain(net)
    start = options.pop("params", None)
    checked = TrainingOptions(**options)
    rule = as_rule(checked.optimizer)
    if tied and isinstance(rule, FullBatchRule):
        raise ArgumentError(f"{title_of(rule)} moves all weights freely: use tied=False, or rprop or adam")
    found = check_start(net, net.init(checked.seed) if start is None else start, checked.dtype or "float32")
    (a,) = check_inputs(net, P).values()
    source = next(iter(net.inputs))
    for layer in net.layers[:-1]:
        encoder = LayerParameters({"input": found[layer.name].weights[source]}, found[layer.name].bias)
        run = train_autoencoder(layer, a, encoder, checked, tied=tied, decoder=decoder)
        if run.stopped_because == "interrupted":
            raise KeyboardInterrupt
        weights, bias = run.params["encoder"]
        found[layer.name] = LayerParameters({source: weights["input"]}, bias)
        a = forward(run.network, run.params, a).outputs["encoder"]
        source = layer.name
    return found


def train_autoencoder(
    layer: Layer, a: Array, start: LayerParameters, options: TrainingOptions, *, tied: bool, decoder: str | Activation
) -> Run:
    """Train a layer, from its weights of "input", as the encoder of an autoencoder on a (examples, size of source)."""
    width = a.shape[1]
    net = Network(
        {"input": width},
        [
            Layer("encoder", layer.size, layer.activation, bias=layer.bias),
            Layer("decoder", width, decoder),  # pyright: ignore[reportArgumentType]
        ],
    )
    params = {**net.init(options.seed), "encoder": start}
    recipe = make_recipe(net, a, a, dataclasses.replace(options, params=with_ties(_TIES, params) if tied else params))
    if tied:
        recipe = dataclasses.replace(recipe, program=dataclasses.replace(recipe.program, ties=_TIES))
    given = options.checkpoint
    checkpoints = None if given is None else as_checkpoints("checkpoint", given)
    return drive(recipe, checkpoints=within(checkpoints, layer.name))


def _check_chain(net: Network) -> None:
    """Raise ArgumentError unless each layer is fed by the one before it alone, and one is hidden."""
    if len(net.inputs) > 1:
        raise ArgumentError(
            f"pretrain needs a chain, and the network has {len(net.inputs)} inputs: use train from init"
        )
    before = next(iter(net.inputs))
    for layer in net.layers:
        if layer.sources != (before,):
            raise ArgumentError(
                f"pretrain needs a chain, and layer {layer.name!r} is fed by {', '.join(layer.sources or ())}, not by "
                f"{before} alone: use train from init"
            )
        before = layer.name
    if len(net.layers) < 2:
        raise ArgumentError("pretrain needs a hidden layer, and the network has none")
