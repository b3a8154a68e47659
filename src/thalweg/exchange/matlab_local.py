"""The functions at the end of a file of MATLAB's genFunction: the forms that it writes them in.

What a network computes is known by the names of these functions, so a function of such a name that computes anything
else would give other numbers. Each is compared, without its spaces and comments, with the forms that are known.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from ..errors import ArgumentError
from .matlab_text import Statement

_NAN = "; a(isnan(n)) = nan"
_FORMULAS = {
    "tansig": ("2 ./ (1 + exp(-2*n)) - 1", "tanh(n)"),
    "logsig": ("1 ./ (1 + exp(-n))",),
    "purelin": ("n",),
    "poslin": ("max(0,n)",),
    "satlin": ("max(0,min(1,n))", "min(max(0,n),1)"),
    "satlins": ("max(-1,min(1,n))", "min(max(-1,n),1)"),
    "elliotsig": ("n ./ (1 + abs(n))",),
    "radbas": ("exp(-(n.*n))", "exp(-n.*n)", "exp(-n.^2)", "exp(-(n.^2))"),
    "tribas": ("max(0,1-abs(n))",),
    "hardlim": ("(n >= 0)", "n >= 0", "double(n >= 0)", "single(n >= 0)"),
    "hardlims": ("2*(n >= 0) - 1", "2*double(n >= 0) - 1", "2*single(n >= 0) - 1"),
}
"""Of n, unit by unit."""
_HEADS = ("a={}(n,~)", "a={}(n)")
_SHIFTS = {"mapminmax": "ymin", "mapstd": "ymean"}
_SOFTMAX = (
    "nmax = max(n,[],1); n = bsxfun(@minus,n,nmax); {0} = exp(n); {1} = sum({0},1); {1}({1} == 0) = 1;"
    "a = bsxfun(@rdivide,{0},{1})"
)
_OTHERS = {
    "a = iSoftmaxApplyCPU(n)": [_SOFTMAX.format("numerator", "denominator")],
    "a = iSoftmaxApplyGPU(n)": [
        "nmax = max(n,[],1); numerator = arrayfun(@iSoftmaxApplyGPUHelper1,n,nmax); denominator = sum(numerator,1);"
        "a = arrayfun(@iSoftmaxApplyGPUHelper2,numerator,denominator)"
    ],
    "numerator = iSoftmaxApplyGPUHelper1(n,nmax)": ["numerator = exp(n - nmax)"],
    "a = iSoftmaxApplyGPUHelper2(numerator,denominator)": [
        "if (denominator == 0); a = numerator; else; a = numerator ./ denominator; end"
    ],
    "y = removeconstantrows_apply(x,settings)": ["y = x(settings.keep,:)"],
    "y = removeconstantrows_apply(x,settings_keep)": ["y = x(settings_keep,:)"],
    "x = removeconstantrows_reverse(y,settings)": [
        f"Q = size(y,2); x = {empty}({rows},Q{like}); x(settings.keep,:) = y; x(settings.remove,:) = {removed}"
        for empty in ("zeros", "nan", "NaN")
        for rows in ("settings.xrows", "length(settings.keep)+length(settings.remove)")
        for like in ("", ",'like',y")
        for removed in ("repmat(settings.constants,1,Q)", "repmat(settings.value,1,Q)")
    ],
    "y = processpca_apply(x,settings)": ["y = settings.transform * x"],
    "x = processpca_reverse(y,settings)": ["x = settings.inverseTransform * y"],
}  # fmt: skip


def _packed(text: str) -> str:
    return re.sub(r"\s", "", text)


def _forms() -> dict[str, set[str]]:
    """What may stand in each function, by its head, both without spaces."""
    known = {_packed(head): set(map(_packed, bodies)) for head, bodies in _OTHERS.items()}
    for name, formulas in _FORMULAS.items():
        for head in _HEADS:
            known[head.format(name + "_apply")] = {
                _packed(f"a = {formula}{more}") for formula in formulas for more in ("", _NAN)
            }
    for head in _HEADS:
        known[head.format("softmax_apply")] = {
            _packed(_SOFTMAX.format("numer", "denom")),
            _packed(_SOFTMAX.format("numerator", "denominator")),
            _packed("if isa(n,'gpuArray'); a = iSoftmaxApplyGPU(n); else; a = iSoftmaxApplyCPU(n); end"),
        }
    for process, shift in _SHIFTS.items():
        for settings, given in (
            ("settings.", "settings"),
            ("settings_", f"settings_gain,settings_xoffset,settings_{shift}"),
        ):
            offset, gain, last = (settings + name for name in ("xoffset", "gain", shift))
            known[f"y={process}_apply(x,{given})"] = {
                _packed(f"y=bsxfun(@minus,x,{offset}); y=bsxfun(@times,y,{gain}); y=bsxfun(@plus,y,{last})"),
                _packed(f"y = (x - {offset}) .* {gain} + {last}"),
            }
            known[f"x={process}_reverse(y,{given})"] = {
                _packed(f"x=bsxfun(@minus,y,{last}); x=bsxfun(@rdivide,x,{gain}); x=bsxfun(@plus,x,{offset})"),
                _packed(f"x = (y - {last}) ./ {gain} + {offset}"),
            }
    return known


def check_local(functions: Iterable[Sequence[Statement]]) -> None:
    """Raises ArgumentError, with name and line, for a function that differs from what genFunction writes.

    >>> check_local([[Statement("function a = logsig_apply(n,~)", 30), Statement("a = n", 31), Statement("end", 32)]])
    Traceback (most recent call last):
    ...
    thalweg.errors.ArgumentError: line 30: the function logsig_apply is not as genFunction writes it
    """
    known = _forms()
    for head, *body in functions:
        written = _packed(head.text.removeprefix("function"))
        packed = ";".join(_packed(statement.text) for statement in body)
        bodies = known.get(written, set())
        if packed not in bodies and packed.removesuffix(";end") not in bodies:
            name = re.sub(r".*=|\(.*", "", written, flags=re.DOTALL)[:60]
            raise ArgumentError(f"line {head.line}: the function {name} is not as genFunction writes it")
