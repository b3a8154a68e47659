"""How colours look to people who lack a kind of cone (Machado, Oliveira and Fernandes 2009, table 1, severity 1)."""

import itertools
import re

import numpy as np

KINDS = {
    "usual": np.eye(3),
    "protanopia": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "deuteranopia": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
    "tritanopia": np.array(
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]
    ),
}
_TO_XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
)
_WHITE = _TO_XYZ.sum(axis=1)


def linear(colour):
    """A colour such as #0072b2 as linear red, green and blue (IEC 61966-2-1)."""
    digits = colour.lstrip("#")
    digits = "".join(2 * one for one in digits) if len(digits) == 3 else digits
    part = np.array([int(digits[k : k + 2], 16) for k in (0, 2, 4)]) / 255
    return np.where(part <= 0.04045, part / 12.92, ((part + 0.055) / 1.055) ** 2.4)


def lab(colour, kind="usual"):
    """CIELAB of a colour as somebody sees it."""
    xyz = _TO_XYZ @ np.clip(KINDS[kind] @ linear(colour), 0, 1) / _WHITE
    f = np.where(xyz > (6 / 29) ** 3, np.cbrt(xyz), xyz / (3 * (6 / 29) ** 2) + 4 / 29)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def distances(colours, kind):
    """The distance of each two colours, ΔE*ab, as somebody sees them."""
    return {
        (one, other): float(np.linalg.norm(lab(one, kind) - lab(other, kind)))
        for one, other in itertools.combinations(colours, 2)
    }


def contrast(one, other):
    """The contrast of two colours (WCAG 2.2): from 1 to 21."""
    light = sorted(float(np.array([0.2126, 0.7152, 0.0722]) @ linear(colour)) + 0.05 for colour in (one, other))
    return light[1] / light[0]


def series(css):
    """The numbered colours of a style sheet, such as --path0, by name: those of light, and those of dark."""
    light, dark = {}, {}
    for prefix, number, value in re.findall(r"--([a-z]+)(\d+):\s*(light-dark\([^)]*\)|#[0-9a-fA-F]{3,6})", css):
        found = re.findall(r"#[0-9a-fA-F]{3,6}", value)
        if len(found) == 2:
            light.setdefault(prefix, {})[number], dark.setdefault(prefix, {})[number] = found
        else:
            kept = dark if number in light.get(prefix, {}) else light
            kept.setdefault(prefix, {})[number] = found[0]
    return light, dark
