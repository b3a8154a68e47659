"""The contenders of levenberg_marquardt.py: each makes, for a task, a function that trains from a seed to a goal."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

import thalweg as tw
from thalweg.core.curvature import jacobian

Solver = Callable[["Work", float], Any]
ADAM_RATES = (0.001, 0.003, 0.01, 0.03)
ADAM_BATCHES = (None, 64)
MANY = 10**7


class Reached(Exception):  # noqa: N818 - it is no error
    """The goal, or the limit of time, was reached at x."""

    def __init__(self, x: np.ndarray) -> None:
        super().__init__("reached")
        self.x = x


@dataclass(frozen=True)
class Work:
    """A task from the initial weights of a seed."""

    net: tw.Network
    P: np.ndarray
    T: np.ndarray
    seed: int
    limit: float

    @cached_property
    def start(self) -> Any:
        """The same for all contenders."""
        return self.net.init(self.seed)

    def residuals(self, x: np.ndarray) -> np.ndarray:
        """a - t, in a row."""
        return (tw.forward(self.net, self.net.unravel(x), self.P).output - self.T).ravel()

    def jacobian(self, x: np.ndarray) -> np.ndarray:
        """∂(a - t)/∂x."""
        J = jacobian(self.net, self.net.unravel(x), {"input": self.P})[1]
        return J.reshape(-1, J.shape[-1])


def thalweg(rule: Any = "lm", engine: str = "auto") -> Callable[[Any, float], Solver]:
    def make(task: Any, limit: float) -> Solver:
        def solve(work: Work, goal: float) -> np.ndarray:
            run = tw.train(
                work.net,
                work.P,
                work.T,
                "mse",
                rule,
                epochs=2000,
                params=work.start,
                goal=goal,
                max_seconds=limit,
                engine=engine,
            )
            return work.net.ravel(run.params)

        return solve

    return make


def sklearn(task: Any, limit: float) -> Solver:
    from sklearn.neural_network import MLPRegressor

    class Regressor(MLPRegressor):
        """From given weights, and to a goal."""

        def _init_coef(self, fan_in: int, fan_out: int, dtype: Any) -> Any:
            W, b = next(self.given)
            return W.T.astype(dtype), b.astype(dtype)

        def _loss_grad_lbfgs(self, x: Any, *rest: Any) -> Any:
            loss, gradient = super()._loss_grad_lbfgs(x, *rest)
            if 2.0 * loss <= self.goal or time.perf_counter() > self.until:
                raise Reached(x)
            return loss, gradient

    def solve(work: Work, goal: float) -> np.ndarray:
        sizes = tuple(layer.size for layer in work.net.layers[:-1])
        settings = {"activation": "tanh", "solver": "lbfgs", "alpha": 0.0, "tol": 0.0}
        made = Regressor(hidden_layer_sizes=sizes, max_iter=MANY, max_fun=MANY, **settings)
        made.given = ((next(iter(layer.weights.values())), layer.bias) for layer in work.start.values())
        made.goal, made.until = goal, time.perf_counter() + limit
        T = work.T if work.T.shape[1] > 1 else work.T[:, 0]
        try:
            made.fit(work.P, T)
        except Reached as reached:
            made._unpack(reached.x)
        return np.concatenate(
            [np.concatenate([W.T.ravel(), b]) for W, b in zip(made.coefs_, made.intercepts_, strict=True)]
        )

    return solve


def scipy(method: str, ours: bool) -> Callable[[Any, float], Solver]:
    def make(task: Any, limit: float) -> Solver:
        from scipy.optimize import least_squares

        def solve(work: Work, goal: float) -> np.ndarray:
            until = time.perf_counter() + limit

            def residuals(x: np.ndarray) -> np.ndarray:
                r = work.residuals(x)
                if r @ r <= goal * r.size or time.perf_counter() > until:
                    raise Reached(x.copy())
                return r

            return least_squares(
                residuals,
                work.net.ravel(work.start),
                jac=work.jacobian if ours else "2-point",
                method=method,
                xtol=1e-15,
                ftol=1e-15,
                gtol=1e-15,
                max_nfev=MANY,
            ).x

        return solve

    return make


def _torch_network(work: Work, dtype: Any) -> Any:
    import torch

    layers: list[Any] = []
    for number, (W, b) in enumerate((next(iter(one.weights.values())), one.bias) for one in work.start.values()):
        linear = torch.nn.Linear(W.shape[1], W.shape[0], dtype=dtype)
        with torch.no_grad():
            linear.weight.copy_(torch.as_tensor(W))
            linear.bias.copy_(torch.as_tensor(b))
        layers += [torch.nn.Tanh(), linear] if number else [linear]
    return torch.nn.Sequential(*layers)


def _torch_vector(model: Any) -> np.ndarray:
    return np.concatenate([p.detach().numpy().ravel() for p in model.parameters()])


def torch_lm(task: Any, limit: float) -> Solver:
    import logging

    import torch
    from torch_levenberg_marquardt.training import LevenbergMarquardtModule

    logging.getLogger("torch_levenberg_marquardt").setLevel(logging.CRITICAL)

    def solve(work: Work, goal: float) -> np.ndarray:
        model = _torch_network(work, torch.float64)
        module = LevenbergMarquardtModule(model, solve_method="cholesky")
        P, T, until = torch.as_tensor(work.P), torch.as_tensor(work.T), time.perf_counter() + limit
        while time.perf_counter() < until:
            _, loss, stop, _ = module.training_step(P, T)
            if float(loss) <= goal or stop:
                break
        return _torch_vector(model)

    return solve


def optimistix(task: Any, limit: float) -> Solver:
    import equinox as eqx
    import jax
    import optimistix as optx
    from jax import numpy as jnp

    net = task.net
    solver = optx.LevenbergMarquardt(rtol=1e-15, atol=1e-15)

    def residuals(x: Any, args: Any) -> Any:
        P, T = args
        sent = P
        for number, layer in enumerate(net.unravel(x).values()):
            sent = (jnp.tanh(sent) if number else sent) @ next(iter(layer.weights.values())).T + layer.bias
        return (sent - T).ravel(), None

    def begin(x: Any, args: Any) -> tuple[Any, Any]:
        fn = eqx.filter_closure_convert(residuals, x, args)
        f, aux = jax.eval_shape(residuals, x, args)
        return fn, solver.init(fn, x, args, {}, f, aux, frozenset())

    @jax.jit
    def run(x: Any, dynamic: Any, args: Any, goal: Any) -> Any:
        fn, state = begin(x, args)
        blank, static = eqx.partition(state, eqx.is_array)
        dynamic = blank if dynamic is None else dynamic

        def goes_on(carried: Any) -> Any:
            x, dynamic, count = carried
            r = residuals(x, args)[0]
            ended, _ = solver.terminate(fn, x, args, {}, eqx.combine(dynamic, static), frozenset())
            return (jnp.mean(r * r) > goal) & ~ended & (count < 5)

        def step(carried: Any) -> Any:
            x, dynamic, count = carried
            x, state, _ = solver.step(fn, x, args, {}, eqx.combine(dynamic, static), frozenset())
            return x, eqx.filter(state, eqx.is_array), count + 1

        return jax.lax.while_loop(goes_on, step, (x, dynamic, 0))

    def solve(work: Work, goal: float) -> np.ndarray:
        until = time.perf_counter() + limit
        with jax.enable_x64(True):
            x, dynamic = jnp.asarray(net.ravel(work.start)), None
            args = jnp.asarray(work.P), jnp.asarray(work.T)
            while time.perf_counter() < until:
                x, dynamic, steps = run(x, dynamic, args, goal)
                if int(steps) < 5:
                    break
            return np.asarray(x)

    return solve


def adam(task: Any, limit: float) -> Solver:
    """With the rate and the batch size, of some, that reach the easiest goal first from seed 0."""
    import torch

    def with_settings(work: Work, goal: float, rate: float, size: int | None, limit: float) -> Any:
        model = _torch_network(work, torch.float32)
        P, T = torch.as_tensor(work.P, dtype=torch.float32), torch.as_tensor(work.T, dtype=torch.float32)
        optimizer = torch.optim.Adam(model.parameters(), lr=rate)
        until = time.perf_counter() + limit
        draw = torch.Generator().manual_seed(work.seed)
        while time.perf_counter() < until:
            if size is None:
                loss = torch.nn.functional.mse_loss(model(P), T)
                if loss.item() <= goal:
                    break
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                continue
            with torch.no_grad():
                if torch.nn.functional.mse_loss(model(P), T).item() <= goal:
                    break
            for rows in torch.randperm(len(P), generator=draw).split(size):
                optimizer.zero_grad()
                torch.nn.functional.mse_loss(model(P[rows]), T[rows]).backward()
                optimizer.step()
        return _torch_vector(model)

    first = Work(task.net, task.P, task.T, 0, limit)
    best, settings = limit / 3, (0.01, None)
    if "ADAM" in os.environ:
        settings = tuple(json.loads(os.environ["ADAM"]))
        return lambda work, goal: with_settings(work, goal, *settings, limit)
    for size in ADAM_BATCHES:
        for rate in ADAM_RATES:
            began = time.perf_counter()
            with_settings(first, task.goals[0], rate, size, best)
            if time.perf_counter() - began < best:
                best, settings = time.perf_counter() - began, (rate, size)
    os.environ["ADAM"] = json.dumps(settings)
    return lambda work, goal: with_settings(work, goal, *settings, limit)


CONTENDERS: dict[str, Callable[[Any, float], Solver]] = {
    "Thalweg": thalweg(),
    "Thalweg, compiled by XLA": thalweg(engine="xla"),
    "Thalweg, plain steps": thalweg(tw.optimizers.LevenbergMarquardt(acceleration=False)),
    "scikit-learn, L-BFGS": sklearn,
    "SciPy least_squares lm, our J": scipy("lm", ours=True),
    "SciPy least_squares trf, our J": scipy("trf", ours=True),
    "SciPy least_squares lm, 2-point": scipy("lm", ours=False),
    "torch-levenberg-marquardt": torch_lm,
    "Optimistix": optimistix,
    "PyTorch, Adam": adam,
}
