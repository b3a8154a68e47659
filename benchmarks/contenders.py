"""Training loops to time, ours and the peers', each as its own documentation writes it, all doing the same work.

A contender is made for a `Work`. `path(rows)` trains from the initial parameters over the given batches and returns
the final parameters as one vector in our order: that proves equal work. `seconds_a_step()` measures the steady state.
"""

from __future__ import annotations

import time
import warnings
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

import thalweg as tw
from thalweg.training.batch_order import make_batch_order


@dataclass(frozen=True)
class Size:
    """A network and its batch."""

    sizes: tuple[int, ...]
    batch_size: int
    batches: int
    hidden: str
    classes: bool

    @property
    def name(self) -> str:
        return f"{'-'.join(map(str, self.sizes))}, batch {self.batch_size}"


SIZES = {
    "tiny": Size((3, 3, 1), 6, 1, "tanh", False),
    "small": Size((20, 64, 32, 1), 32, 64, "relu", False),
    "medium": Size((784, 256, 128, 10), 128, 40, "relu", True),
    "large": Size((1024, 1024, 1024, 10), 512, 8, "relu", True),
}
RULES = {"adam": tw.optimizers.Adam(0.001, epsilon=1e-12), "momentum": tw.optimizers.Momentum(0.01, 0.9)}
"""Adam's ε is so small that it does not matter where it is added: scikit-learn adds it to √v before the correction."""


@dataclass(frozen=True)
class Work:
    """Examples, initial parameters and a rule, all in float32."""

    size: Size
    rule: str
    seconds: float
    """How long a measurement should take."""
    seed: int = field(default=0)

    @cached_property
    def net(self) -> tw.Network:
        output = "softmax" if self.size.classes else "linear"
        return tw.mlp(*self.size.sizes, hidden=self.size.hidden, output=output)

    @cached_property
    def loss(self) -> str:
        return "cross_entropy" if self.size.classes else "half_mse"

    @cached_property
    def inputs(self) -> np.ndarray:
        rng = np.random.default_rng(self.seed)
        return rng.normal(size=(self.size.batch_size * self.size.batches, self.size.sizes[0])).astype(np.float32)

    @cached_property
    def labels(self) -> np.ndarray:
        """Classes that depend on the inputs."""
        rng = np.random.default_rng(self.seed + 1)
        return np.argmax(self.inputs @ rng.normal(size=(self.inputs.shape[1], self.size.sizes[-1])), axis=1)

    @cached_property
    def targets(self) -> np.ndarray:
        if self.size.classes:
            return np.eye(self.size.sizes[-1], dtype=np.float32)[self.labels]
        return np.sin(self.inputs[:, :1]) + 0.5 * self.inputs[:, 1:2]

    @cached_property
    def start(self) -> Any:
        return self.net.init(self.seed, dtype="float32")

    @cached_property
    def matrices(self) -> list[tuple[np.ndarray, np.ndarray]]:
        """Weights (outputs, inputs) and bias, layer by layer."""
        return [(next(iter(weights.values())), bias) for weights, bias in self.start.values()]

    def rows(self, epochs: int, order: str = "shuffle") -> np.ndarray:
        """Batches of `epochs` epochs, (updates, batch_size), as `tw.train` draws them."""
        shown = make_batch_order(len(self.inputs), self.size.batch_size, order, self.seed)
        return shown.rows(0, epochs).reshape(-1, self.size.batch_size)


class Thalweg:
    """`tw.train` on one engine."""

    order = "shuffle"
    engine = "xla"

    def __init__(self, work: Work) -> None:
        self.work = work

    def path(self, epochs: int) -> np.ndarray:
        """The parameters after some epochs."""
        return self.work.net.ravel(self._train(epochs, None, (), self.order).params)

    def seconds_a_step(self) -> float:
        """From one look at the clock to the last, without the first stretches, where the compiler is waited for."""
        seen: list[tuple[float, int]] = []

        def look(end: Any) -> Any:
            seen.append((time.perf_counter(), end.updates))
            settled = [at for at, updates in seen[1:] if updates >= 64]
            return tw.STOP if settled and seen[-1][0] - settled[0] > 2.0 * self.work.seconds else None

        look.every_epoch = False  # pyright: ignore[reportFunctionMemberAccess]
        self._train(10**9, 120.0, (look,), "shuffle")
        last_at, last_updates = seen[-1]
        halfway = last_at - self.work.seconds
        first_at, first_updates = next((at, n) for at, n in seen if at >= halfway)
        if last_updates == first_updates:
            first_at, first_updates = seen[-2]
        return (last_at - first_at) / (last_updates - first_updates)

    def _train(self, epochs: int, max_seconds: float | None, callbacks: tuple[Any, ...], order: str) -> tw.Run:
        work = self.work
        return tw.train(
            work.net,
            work.inputs,
            work.targets,
            work.loss,
            RULES[work.rule],
            batch_size=work.size.batch_size,
            epochs=epochs,
            params=work.start,
            order=order,
            seed=work.seed,
            max_seconds=max_seconds,
            engine=self.engine,
            callbacks=callbacks,
        )


class ThalwegNumPy(Thalweg):
    """Our eager engine."""

    engine = "numpy"


class _Loop:
    """A contender that is a Python loop over batches."""

    order = "shuffle"

    def __init__(self, work: Work) -> None:
        self.work = work
        self.prepare()
        self.begin()
        self.steps(work.rows(1)[:3])

    def prepare(self) -> None:
        """Data and compiled functions."""

    def begin(self) -> None:
        """Start from the initial parameters."""
        raise NotImplementedError

    def steps(self, rows: np.ndarray) -> None:
        """One update for each row of indices, finished when it returns."""
        raise NotImplementedError

    def matrices(self) -> list[tuple[np.ndarray, np.ndarray]]:
        """The parameters as they are now, weights (outputs, inputs) and bias."""
        raise NotImplementedError

    def path(self, epochs: int) -> np.ndarray:
        """The parameters after some epochs."""
        self.begin()
        self.steps(self.work.rows(epochs))
        return np.concatenate([array.ravel() for pair in self.matrices() for array in pair])

    def seconds_a_step(self) -> float:
        """Whole epochs, drawn beforehand, for about the time that a measurement should take."""
        epochs = 1
        while True:
            rows = self.work.rows(epochs)
            began = time.perf_counter()
            self.steps(rows)
            took = time.perf_counter() - began
            if took >= 0.5 * self.work.seconds:
                return took / len(rows)
            epochs = max(epochs + 1, int(epochs * min(10.0, self.work.seconds / max(took, 1e-6))))


class PyTorch(_Loop):
    """PyTorch's quickstart loop: zero_grad, forward, loss, backward, step; batches taken by index from one tensor."""

    compiled = False

    def prepare(self) -> None:
        import torch

        self.P = torch.from_numpy(self.work.inputs)
        self.T = torch.from_numpy(self.work.labels if self.work.size.classes else self.work.targets)

    def begin(self) -> None:
        import torch
        from torch import nn

        layers: list[nn.Module] = []
        for number, (W, b) in enumerate(self.work.matrices):
            linear = nn.Linear(W.shape[1], W.shape[0])
            with torch.no_grad():
                linear.weight.copy_(torch.from_numpy(W))
                linear.bias.copy_(torch.from_numpy(b))
            layers.append(linear)
            if number < len(self.work.matrices) - 1:
                layers.append({"tanh": nn.Tanh, "relu": nn.ReLU}[self.work.size.hidden]())
        self.model = nn.Sequential(*layers)
        rule: Any = RULES[self.work.rule]
        if self.work.rule == "adam":
            self.optimizer: Any = torch.optim.Adam(self.model.parameters(), lr=rule.learning_rate, eps=rule.epsilon)
        else:
            self.optimizer = torch.optim.SGD(self.model.parameters(), lr=rule.learning_rate, momentum=rule.momentum)
        cross_entropy, square = nn.CrossEntropyLoss(), nn.MSELoss()
        classes, model = self.work.size.classes, self.model

        def loss(P: Any, T: Any) -> Any:
            return cross_entropy(model(P), T) if classes else 0.5 * square(model(P), T)

        self.loss, self.update = loss, self.optimizer.step
        if self.compiled:
            torch.compiler.reset()
            self.loss, self.update = torch.compile(loss), torch.compile(self.optimizer.step)

    def steps(self, rows: np.ndarray) -> None:
        import torch

        for batch in torch.from_numpy(rows.astype(np.int64)):
            loss = self.loss(self.P[batch], self.T[batch])
            loss.backward()
            self.update()
            self.optimizer.zero_grad()

    def matrices(self) -> list[tuple[np.ndarray, np.ndarray]]:
        return [(m.weight.detach().numpy(), m.bias.detach().numpy()) for m in self.model if hasattr(m, "weight")]


class TorchCompile(PyTorch):
    """The same with `torch.compile` over model and loss, and over the optimizer's step."""

    compiled = True


class FlaxNNX(_Loop):
    """Flax's NNX basics with optax: a jitted train step, called for each batch."""

    def begin(self) -> None:
        import jax.numpy as jnp
        import optax
        from flax import nnx

        work, activation = self.work, {"tanh": nnx.tanh, "relu": nnx.relu}[self.work.size.hidden]

        class MLP(nnx.Module):
            def __init__(self, rngs: nnx.Rngs) -> None:
                pairs = zip(work.size.sizes[:-1], work.size.sizes[1:], strict=True)
                self.layers = nnx.List([nnx.Linear(n_in, n_out, rngs=rngs) for n_in, n_out in pairs])

            def __call__(self, x: Any) -> Any:
                for layer in self.layers[:-1]:
                    x = activation(layer(x))
                return self.layers[-1](x)

        self.model = MLP(nnx.Rngs(0))
        for layer, (W, b) in zip(self.model.layers, work.matrices, strict=True):
            layer.kernel[...], layer.bias[...] = jnp.asarray(W.T), jnp.asarray(b)
        rule: Any = RULES[work.rule]
        theirs = (
            optax.adam(rule.learning_rate, eps=rule.epsilon)
            if work.rule == "adam"
            else optax.sgd(rule.learning_rate, momentum=rule.momentum)
        )
        self.optimizer = nnx.Optimizer(self.model, theirs, wrt=nnx.Param)

        def loss_of(model: Any, x: Any, y: Any) -> Any:
            if work.size.classes:
                return optax.softmax_cross_entropy_with_integer_labels(model(x), y).mean()
            return 0.5 * ((model(x) - y) ** 2).mean()

        @nnx.jit
        def train_step(model: Any, optimizer: Any, x: Any, y: Any) -> Any:
            loss, gradient = nnx.value_and_grad(loss_of)(model, x, y)
            optimizer.update(model, gradient)
            return loss

        self.train_step = train_step
        self.y = work.labels.astype(np.int32) if work.size.classes else work.targets

    def steps(self, rows: np.ndarray) -> None:
        loss = None
        for batch in rows:
            loss = self.train_step(self.model, self.optimizer, self.work.inputs[batch], self.y[batch])
        if loss is not None:
            loss.block_until_ready()

    def matrices(self) -> list[tuple[np.ndarray, np.ndarray]]:
        return [(np.asarray(m.kernel[...]).T, np.asarray(m.bias[...])) for m in self.model.layers]


class ScikitLearn:
    """`MLPRegressor.fit` or `MLPClassifier.fit`: whole epochs; the time of a step from the difference of two fits."""

    order = "sequential"  # in the proof of equal work, for its shuffle is its own

    def __init__(self, work: Work) -> None:
        self.work = work
        self.fit(1, shuffle=True)

    def fit(self, epochs: int, shuffle: bool) -> Any:
        """A model that has been fitted for some epochs from the initial parameters."""
        from sklearn.exceptions import ConvergenceWarning
        from sklearn.neural_network import MLPClassifier, MLPRegressor

        work, rule = self.work, RULES[self.work.rule]
        settings: Any = {"solver": "adam", "epsilon": getattr(rule, "epsilon", 1e-8)}
        if work.rule == "momentum":
            settings = {"solver": "sgd", "momentum": rule.momentum, "nesterovs_momentum": False}  # pyright: ignore[reportAttributeAccessIssue]
        model = (MLPClassifier if work.size.classes else MLPRegressor)(
            hidden_layer_sizes=work.size.sizes[1:-1],
            activation=work.size.hidden,
            alpha=0.0,
            batch_size=work.size.batch_size,
            learning_rate_init=rule.learning_rate,  # pyright: ignore[reportAttributeAccessIssue]
            max_iter=1,
            shuffle=shuffle,
            tol=0.0,
            n_iter_no_change=10**9,
            random_state=0,
            warm_start=True,
            **settings,
        )
        y = work.labels if work.size.classes else work.targets[:, 0]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            model.fit(work.inputs, y)  # so that there are parameters to replace
            model.coefs_ = [W.T.copy() for W, _ in work.matrices]
            model.intercepts_ = [b.copy() for _, b in work.matrices]
            model.set_params(max_iter=epochs)
            began = time.perf_counter()
            model.fit(work.inputs, y)
            self.took = time.perf_counter() - began
        return model

    def path(self, epochs: int) -> np.ndarray:
        """The parameters after some epochs."""
        model = self.fit(epochs, shuffle=False)
        pairs = zip(model.coefs_, model.intercepts_, strict=True)
        return np.concatenate([array.ravel() for W, b in pairs for array in (W.T, b)])

    def seconds_a_step(self) -> float:
        """Longer fits, until the difference from a fit of one epoch is long enough."""
        self.fit(1, shuffle=True)
        base, epochs = self.took, 2
        while True:
            self.fit(epochs, shuffle=True)
            took = self.took - base
            if took >= 0.5 * self.work.seconds:
                return took / ((epochs - 1) * self.work.size.batches)
            epochs = max(epochs + 1, int(epochs * min(10.0, self.work.seconds / max(took, 1e-3))))


CONTENDERS: dict[str, Any] = {
    "Thalweg": Thalweg,
    "PyTorch eager": PyTorch,
    "torch.compile": TorchCompile,
    "scikit-learn": ScikitLearn,
    "Flax + optax": FlaxNNX,
    "Thalweg NumPy": ThalwegNumPy,
}
