"""Rows of a table as structs of C, and what makes features of them."""

from __future__ import annotations

import math

from .c_text import c_comment, c_number, c_text
from .features import Beyond, Circle, Encoded, Feature, Flag, Missing, OneHot, Standard
from .subject import Member, Subject, identifiers


class CNames:
    """The names that the source and the header of a model use."""

    def __init__(self, subject: Subject) -> None:
        own = subject.name
        self.real = "float" if subject.dtype == "float32" else "double"
        self.out = "double" if subject.together else f"{own}_real"
        inputs = subject.network.inputs
        self.inputs = dict(zip(inputs, identifiers(list(inputs)), strict=True))
        self.width = 0 if subject.encoded is None else subject.encoded.width
        self.sizes = {f"{own}_inputs_{letter}": inputs[name] for name, letter in self.inputs.items()}
        given = ", ".join(f"const {own}_real *p_{letter}" for letter in self.inputs.values())
        self.network_signature = f"void {own}_network({given}, {self.out} *outputs)"
        sources = [] if subject.encoded is None else [source.name for source in subject.encoded.sources]
        self.fields = identifiers(sources, fields=True)
        self.targets = identifiers([target.name for target in subject.targets], fields=True)

    def layers(self, member: Member) -> dict[str, str]:
        """An identifier for each input and layer."""
        names = [*member.network.inputs, *(layer.name for layer in member.network.layers)]
        return dict(zip(names, identifiers(names), strict=True))


def row_fields(found: Encoded, names: CNames) -> str:
    """The fields of a row, with a word on each."""
    lines = []
    for source, field in zip(found.sources, names.fields, strict=True):
        kind, missing = ("double ", "NAN") if source.kind == "number" else ("const char *", "NULL")
        told = c_comment(f"{source.name!r}: {source.word}; {missing} where it is missing")
        lines.append(f"    {kind}{field}; /* {told} */\n")
    return "".join(lines)


def row_values(subject: Subject, row: int) -> str:
    """The values of a check row, as an initializer has them."""
    assert subject.encoded is not None
    shown = []
    for source in subject.encoded.sources:
        value = subject.check.inputs[source.name][row]
        if source.kind == "number":
            shown.append("NAN" if math.isnan(value) else c_number(float(value)))
        else:
            shown.append("NULL" if value is None else c_text(value, f"column {source.column!r}"))
    return ", ".join(shown)


def encoding_source(subject: Subject, names: CNames, static: str) -> str:
    """The function that makes features of a row, with what it needs."""
    assert subject.encoded is not None
    own, found = subject.name, subject.encoded
    kinds = {type(one) for one in found.features if not (isinstance(one, Standard) and one.fill is None)}
    constants, lines, at = [], [], 0
    cast = "(float)" if names.real == "float" else ""
    for feature in found.features:
        constant, calls = _feature(feature, found, names)
        constants.append(constant)
        if isinstance(feature, OneHot):
            lines.append(f"    {calls[0].format(at=at)}\n")
            at += len(feature.categories) + feature.missing
        else:
            for call in calls:
                lines.append(f"    features[{at}] = {cast}{call};\n")
                at += 1
    limited = any(isinstance(one, Standard) and one.limits is not None for one in found.features)
    helpers = _BEYOND if limited or Beyond in kinds else ""
    helpers += _LIMITED if limited else ""
    helpers += "".join(text for kind, text in _HELPERS.items() if kind in kinds)
    return f"""
{helpers.replace("REAL", f"{own}_real")}{"".join(constants)}int {own}_encode(const {own}_row *row, {own}_real *features)
{{
    int i;

{"".join(lines)}    for (i = 0; i < {found.width}; ++i)
        if (!isfinite(features[i]))
            return 1;
    return 0;
}}
"""


_BEYOND = """static int beyond(double x, double low, double high)
{
    return x < low - (high - low) || x > high + (high - low);
}

"""
_LIMITED = """static double limited(double x, double low, double high)
{
    return !beyond(x, low, high) ? x : x < low ? low : high;
}

"""
_HELPERS: dict[type[Feature], str] = {
    Standard: """static double present(double x, double fill)
{
    return isnan(x) ? fill : x;
}

""",
    OneHot: """static void one_hot(const char *text, const char *const *categories, int count, int missing,
                    REAL *features)
{
    int i;

    for (i = 0; i < count; ++i)
        features[i] = text != NULL && strcmp(text, categories[i]) == 0;
    if (missing)
        features[count] = text == NULL;
}

""",
}


def _feature(feature: Feature, found: Encoded, names: CNames) -> tuple[str, list[str]]:
    """Constants that a feature needs, and what computes it."""
    place = feature.of if isinstance(feature, Circle) else feature.source
    x = f"row->{names.fields[place]}"
    match feature:
        case Standard(_, fill, scale, limits):
            value = x if fill is None else f"present({x}, {c_number(fill)})"
            if limits is not None:
                value = f"limited({value}, {c_number(limits.low)}, {c_number(limits.high)})"
            return "", [f"(({value} - {_signed(scale.mean)}) / {c_number(scale.deviation)})"]
        case Missing():
            return "", [f"(isnan({x}) ? 1.0 : 0.0)"]
        case Beyond(_, limits):
            return "", [f"beyond({x}, {c_number(limits.low)}, {c_number(limits.high)})"]
        case Flag(_, fill):
            return "", [f"(isnan({x}) ? {c_number(fill)} : {x} != 0.0 ? 1.0 : 0.0)"]
        case OneHot(source, categories, missing):
            name = f"categories_{names.fields[source]}"
            column = f"column {found.sources[source].column!r}"
            shown = ",\n    ".join(c_text(category, column) for category in categories) or "NULL"
            constant = f"static const char *const {name}[] = {{\n    {shown}\n}};\n\n"
            return constant, [f"one_hot({x}, {name}, {len(categories)}, {int(missing)}, features + {{at}});"]
        case Circle(source, _, first, length, fill):
            turn = 2.0 * math.pi / length
            part = f"row->{names.fields[source]}"
            angle = f"isnan({x}) ? {c_number(fill)} : {c_number(turn)} * ({part} - {c_number(first)})"
            return "", [f"sin({angle})", f"cos({angle})"]
    raise AssertionError(feature)


def _signed(value: float) -> str:
    return f"({c_number(value)})" if value < 0 else c_number(value)
