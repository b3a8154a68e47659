"""A digest by which a table is recognised later."""

from __future__ import annotations

import hashlib

import numpy as np
import polars as pl

from .values import tidy


def fingerprint(frame: pl.DataFrame) -> str:
    """The SHA-256 digest, in hexadecimal, of a table's column names, types and values in their order.

    It does not depend on the file format, on how the table lies in memory, or on whether a missing number is null or
    NaN.

    >>> fingerprint(pl.DataFrame({"x": [1, 2]}))[:16] == fingerprint(pl.DataFrame({"x": [1, 2]}))[:16]
    True
    """
    digest = hashlib.sha256(f"thalweg table 1: {frame.height} rows\n".encode())
    for series in frame.iter_columns():
        values = tidy(series)
        heading = f"{series.name!r} {series.dtype}\n".encode()
        for block in (heading, _missing(values), *_blocks(values)):
            digest.update(len(block).to_bytes(8, "little") + block)
    return digest.hexdigest()


def _missing(values: pl.Series) -> bytes:
    """A bit for each row."""
    none = not values.null_count()
    return bytes(-(-len(values) // 8)) if none else np.packbits(values.is_null().to_numpy()).tobytes()


def _blocks(values: pl.Series) -> tuple[bytes, ...]:
    """The values as bytes: numbers and times as they are, little-endian; the rest as text and its lengths."""
    if values.dtype.is_nested() or values.dtype in (pl.Object, pl.Binary):
        return (repr(values.to_list()).encode(),)
    physical = values.to_physical() if values.dtype.is_temporal() else values
    if physical.dtype in (pl.Float32, pl.Float64):
        numbers = physical if not physical.null_count() else physical.fill_null(0.0)
        return (numbers.to_numpy().astype("<f8").tobytes(),)
    if physical.dtype.is_signed_integer() and physical.dtype != pl.Int128:
        numbers = physical if not physical.null_count() else physical.fill_null(0)
        return (numbers.to_numpy().astype("<i8").tobytes(),)
    texts = physical.cast(pl.String).fill_null("")
    return texts.str.len_bytes().to_numpy().astype("<i8").tobytes(), "".join(texts.to_list()).encode()
