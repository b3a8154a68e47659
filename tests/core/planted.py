"""Activations whose derivatives are wrong on purpose: a check of the gradient must find them."""

from dataclasses import dataclass

import numpy as np

from thalweg.core.activations import ELU, SiLU, Tanh


@dataclass(frozen=True)
class WrongSign(Tanh):
    def derivative(self, x):
        return -super().derivative(x)


@dataclass(frozen=True)
class MissingFactor(Tanh):
    def derivative(self, x):
        return 0.5 * super().derivative(x)


@dataclass(frozen=True)
class NetInputForOutput(Tanh):
    reads = "net_input"


@dataclass(frozen=True)
class LostTerm(SiLU):
    def derivative(self, x):
        return 1.0 / (1.0 + np.exp(-x))


@dataclass(frozen=True)
class WrongBelowZero(ELU):
    def derivative(self, x):
        return np.where(x > 0, 1.0, x)
