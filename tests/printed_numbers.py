"""What a printed line of numbers comes to, read from its text, not by the code that wrote it."""

import math
import re

_RAISED = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")
_FUNCTIONS = {
    "exp": math.exp, "ln": math.log, "tanh": math.tanh, "cosh": math.cosh, "sinh": math.sinh, "sqrt": math.sqrt,
    "erf": math.erf, "abs": abs, "max": max, "min": min, "sign": lambda x: (x > 0) - (x < 0),
}  # fmt: skip


def number_in(text):
    """The value of a text of numbers; None where letters are in it, which have none."""
    text = re.sub(r"([⁰¹²³⁴⁵⁶⁷⁸⁹⁻]+)", lambda found: f"**({found[1].translate(_RAISED)})", text)
    text = text.replace("^", "**").replace("√", "sqrt").replace("π", "")
    words = set(re.findall(r"[^\W\d_]\w*", re.sub(r"\d\.?\d*e[+-]?\d+", "0", text)))
    if words - set(_FUNCTIONS) or re.search(r"[^\w\s.+\-*/(),]", text):
        return None
    text = re.sub(r"(?<![a-z])(\d[\d.]*(?:e[+-]?\d+)?|\))\s*(?=\()", r"\1*", text)
    text = re.sub(r"(\)|\d)\s+(?=[a-z])", r"\1*", text)
    text = re.sub(r"\)\s*(?=[\da-z])", ")*", text)
    return eval(text, {"__builtins__": {}}, dict(_FUNCTIONS))
