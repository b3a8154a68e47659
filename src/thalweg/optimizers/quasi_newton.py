"""Quasi-Newton rules: the inverse of the Hessian learnt from how the gradient changes, whole or as a few vectors."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

from ..core.arrays import Array, Float, namespace, tree_map
from ..core.control import choose, fold
from ..core.kinds import check_count
from .full_batch import FullBatchRule, Problem
from .line_search import (
    STEP_LENGTH,
    Standing,
    at_rest,
    check_wolfe,
    newton_length,
    norm,
    ratio,
    standing_after,
    standing_at,
    unknown_standing,
    wolfe_search,
)
from .rule import RULES, Number, number


class QuasiNewtonState(NamedTuple):
    """The last search, and what is known of the inverse Hessian."""

    step: Array | int
    stalled: Array
    here: Standing
    direction: Array
    """d of the last search."""
    length: Array
    """t of the last search: x moved by s = t d."""
    inverse: Array | Pairs
    """H ≈ (∇²F)⁻¹: a matrix (BFGS), or the `Pairs` that stand for it (L-BFGS)."""
    learnt: Array
    """Pairs (s, y) learnt since the start or a restart; with none, d = -g."""


@dataclass(frozen=True)
class QuasiNewton(FullBatchRule[QuasiNewtonState]):
    """d = -H g; x ← x + t d; H learns from s = t d and y, the change of g.

    t meets the strong Wolfe conditions with `decrease` and `curvature` and is first 1; along -g it is first the exact
    -gᵀd / dᵀ∇²F d.
    """

    decrease: Number = number(1e-4, below=1.0)
    curvature: Number = number(0.9, below=1.0)
    scaled: ClassVar[bool] = True
    """Whether H knows the scale of F, so that t = 1 is the length to try first."""
    recorded: ClassVar[dict[str, str]] = STEP_LENGTH

    def __post_init__(self) -> None:
        super().__post_init__()
        check_wolfe(self)

    @abstractmethod
    def nothing(self, x: Float[Array, " parameters"]) -> Array | Pairs:
        """The H that has learnt nothing."""

    @abstractmethod
    def times(self, inverse: Array | Pairs, g: Float[Array, " parameters"]) -> Float[Array, " parameters"]:
        """H g."""

    @abstractmethod
    def learn(
        self,
        inverse: Array | Pairs,
        learnt: Array,
        s: Float[Array, " parameters"],
        y: Float[Array, " parameters"],
        sy: Array,
    ) -> Array | Pairs:
        """H after a pair with sᵀy = sy > 0; `learnt` pairs came before."""

    def init(self, params: Float[Array, " parameters"]) -> QuasiNewtonState:
        """Nothing learnt."""
        xp = namespace(params)
        return QuasiNewtonState(
            step=0,
            stalled=xp.zeros((), dtype=xp.bool),
            here=unknown_standing(params),
            direction=xp.zeros_like(params),
            length=xp.zeros((), dtype=params.dtype),
            inverse=self.nothing(params),
            learnt=xp.zeros((), dtype=xp.int32),
        )

    def search(
        self, problem: Problem, state: QuasiNewtonState, x: Float[Array, " parameters"]
    ) -> tuple[Array, QuasiNewtonState, Array]:
        """A direction, a line search along it, and what is learnt from it."""
        xp = namespace(x)
        here = standing_at(problem, state.here, x)
        g = here.gradient
        d = -self.times(state.inverse, g)
        steepest = (state.learnt == 0) | ~(g @ d < 0)
        d = xp.where(steepest, -g, d)
        exact = steepest if self.scaled else xp.ones_like(steepest)
        first = choose(xp, exact, lambda d: newton_length(problem, x, d, g @ d), lambda d: xp.ones_like(here.F), d)
        found = wolfe_search(problem.gradient, x, d, here.F, g, first, self.decrease, self.curvature)
        after = standing_after(here, found.F, found.gradient, found.evaluations)
        s, y = found.length * d, found.gradient - g
        sy = s @ y
        good = found.lower & (sy > xp.finfo(x.dtype).eps * norm(s) * norm(y))
        forget = steepest | ~found.lower
        learnt = xp.where(forget, xp.zeros_like(state.learnt), state.learnt)
        inverse = choose(xp, forget, lambda _: self.nothing(x), lambda inverse: inverse, state.inverse)
        inverse = choose(
            xp,
            good,
            lambda inverse: self.learn(inverse, learnt, s, y, sy),
            lambda inverse: inverse,
            inverse,
        )
        state = QuasiNewtonState(
            step=state.step + 1,
            stalled=(steepest & ~found.lower) | at_rest(after),
            here=after,
            direction=d,
            length=found.length,
            inverse=inverse,
            learnt=xp.where(good, learnt + 1, learnt),
        )
        return x + s, state, here.F


@RULES.register("bfgs")
@dataclass(frozen=True)
class BFGS(QuasiNewton):
    """H ← (I - ρ s yᵀ) H (I - ρ y sᵀ) + ρ s sᵀ, ρ = 1/yᵀs; d = -H g; x ← x + t d. Nocedal & Wright 2006, 6.17.

    H is I, and (yᵀs / yᵀy) I when the first pair comes (6.20); a pair without positive yᵀs is passed over. t meets the
    strong Wolfe conditions: `decrease` is c₁, `curvature` c₂. Holds a matrix of parameters × parameters.

    >>> import numpy as np, thalweg as tw
    >>> P, T = np.array([[-1.0, 2], [2, -1], [0, -1], [-1, 0]]), np.array([[-1.0], [-1], [1], [1]])  # NND 3.15
    >>> net = tw.Network({"p": 2}, [tw.Layer("a", 1, bias=False)])
    >>> run = tw.train(net, P, T, loss="sse", optimizer=tw.BFGS(), epochs=20)
    >>> run.params["a"].weights["p"].round(12)
    array([[-1., -1.]])
    """

    matrices: ClassVar[int] = 5

    def nothing(self, x: Float[Array, " parameters"]) -> Float[Array, "parameters parameters"]:
        """I."""
        return namespace(x).eye(x.shape[0], dtype=x.dtype)

    def times(
        self, inverse: Float[Array, "parameters parameters"], g: Float[Array, " parameters"]
    ) -> Float[Array, " parameters"]:
        """H g."""
        return inverse @ g

    def learn(
        self,
        inverse: Float[Array, "parameters parameters"],
        learnt: Array,
        s: Float[Array, " parameters"],
        y: Float[Array, " parameters"],
        sy: Array,
    ) -> Float[Array, "parameters parameters"]:
        """The update of H, multiplied out: no product of matrices."""
        xp = namespace(s)
        H = inverse * xp.where(learnt == 0, sy / (y @ y), 1.0)
        Hy = H @ y
        cross = Hy[:, None] * s[None, :]
        return H - (cross + cross.T) / sy + ((1.0 + (y @ Hy) / sy) / sy) * s[:, None] * s[None, :]


class Pairs(NamedTuple):
    """The last pairs (s, y), the newest last, and ρ = 1/yᵀs; ρ = 0 where there is none yet."""

    s: Array
    y: Array
    rho: Array


@RULES.register("lbfgs")
@dataclass(frozen=True)
class LBFGS(QuasiNewton):
    """L-BFGS: H of the last `memory` pairs (s, y) only, from H₀ = (yᵀs / yᵀy) I; d = -H g; x ← x + t d.

    H g by the two-loop recursion (Nocedal & Wright 2006, algorithm 7.4), so that no matrix is held. A pair without
    positive yᵀs is passed over. t meets the strong Wolfe conditions: `decrease` is c₁, `curvature` c₂.

    >>> import numpy as np, thalweg as tw
    >>> P, T = np.array([[-1.0, 2], [2, -1], [0, -1], [-1, 0]]), np.array([[-1.0], [-1], [1], [1]])  # NND 3.15
    >>> net = tw.Network({"p": 2}, [tw.Layer("a", 1, bias=False)])
    >>> run = tw.train(net, P, T, loss="sse", optimizer=tw.LBFGS(memory=5), epochs=20)
    >>> run.params["a"].weights["p"].round(12)
    array([[-1., -1.]])
    """

    memory: int = 10

    def __post_init__(self) -> None:
        super().__post_init__()
        check_count("LBFGS: memory", self.memory)

    def nothing(self, x: Float[Array, " parameters"]) -> Pairs:
        """No pairs."""
        xp = namespace(x)
        rows = xp.zeros((self.memory, x.shape[0]), dtype=x.dtype)
        return Pairs(rows, rows, xp.zeros((self.memory,), dtype=x.dtype))

    def times(self, inverse: Pairs, g: Float[Array, " parameters"]) -> Float[Array, " parameters"]:
        """H g: from the newest pair to the oldest, then back; a row without a pair, whose ρ is 0, changes nothing."""
        xp = namespace(g)
        S, Y, rho = inverse

        def back(carried: tuple[Array, Array], pair: tuple[Array, ...]) -> tuple[Array, Array]:
            q, alphas = carried
            s, y, rho, mark = pair
            alpha = rho * (s @ q)
            return q - alpha * y, alphas + alpha * mark

        def forth(q: Array, pair: tuple[Array, ...]) -> Array:
            s, y, rho, alpha = pair
            return q + (alpha - rho * (y @ q)) * s

        marks = xp.eye(self.memory, dtype=g.dtype)
        newest_first = tuple(xp.flip(rows, axis=0) for rows in (S, Y, rho, marks))
        q, alphas = fold(xp, back, (g, xp.zeros_like(rho)), newest_first)
        return fold(xp, forth, ratio(S[-1] @ Y[-1], Y[-1] @ Y[-1]) * q, (S, Y, rho, alphas))

    def learn(
        self,
        inverse: Pairs,
        learnt: Array,
        s: Float[Array, " parameters"],
        y: Float[Array, " parameters"],
        sy: Array,
    ) -> Pairs:
        """The pair enters, and the oldest leaves."""
        xp = namespace(s)
        new = Pairs(s, y, 1.0 / sy)
        return tree_map(lambda rows, row: xp.concat([rows[1:], row[None]]), inverse, new)


@RULES.register("oss")
@dataclass(frozen=True)
class OneStepSecant(QuasiNewton):
    """One-step secant: d = -g + A s + B y, of the last step s and the change y of the gradient along it. Battiti 1992.

    B = sᵀg / sᵀy and A = -(1 + yᵀy / sᵀy) B + yᵀg / sᵀy: what BFGS's formula makes of H = I with the last pair alone,
    so that no matrix is held (MATLAB's trainoss). Without a pair of positive sᵀy, d = -g. x ← x + t d: t is first the
    exact -gᵀd / dᵀ∇²F d, then a line search's to the strong Wolfe conditions with `decrease` and `curvature`.

    >>> import numpy as np, thalweg as tw
    >>> P, T = np.array([[-1.0, 2], [2, -1], [0, -1], [-1, 0]]), np.array([[-1.0], [-1], [1], [1]])  # NND 3.15
    >>> net = tw.Network({"p": 2}, [tw.Layer("a", 1, bias=False)])
    >>> run = tw.train(net, P, T, loss="sse", optimizer=tw.OneStepSecant(), epochs=40)
    >>> run.params["a"].weights["p"].round(9)
    array([[-1., -1.]])
    """

    curvature: Number = number(0.1, below=1.0)
    scaled: ClassVar[bool] = False

    def nothing(self, x: Float[Array, " parameters"]) -> Pairs:
        """No pair."""
        xp = namespace(x)
        return Pairs(xp.zeros_like(x), xp.zeros_like(x), xp.zeros((), dtype=x.dtype))

    def times(self, inverse: Pairs, g: Float[Array, " parameters"]) -> Float[Array, " parameters"]:
        """H g = g - A s - B y; g itself without a pair, whose ρ is 0."""
        s, y, rho = inverse
        B = rho * (s @ g)
        A = rho * (y @ g) - (1.0 + rho * (y @ y)) * B
        return g - A * s - B * y

    def learn(
        self,
        inverse: Pairs,
        learnt: Array,
        s: Float[Array, " parameters"],
        y: Float[Array, " parameters"],
        sy: Array,
    ) -> Pairs:
        """The new pair in the place of the last."""
        return Pairs(s, y, 1.0 / sy)


RULES.alias("trainbfg", "bfgs")
RULES.alias("trainoss", "oss")
