"""Tables in, arrays out: reading, splitting and encoding columns, with a note on everything left out or imputed."""

from __future__ import annotations

from .columns import COLUMN_KINDS, Column
from .encoding import Encoding, SummaryRow
from .fingerprint import fingerprint
from .prepare import Part, Prepared, prepare
from .reading import FORMATS, read_table
from .split import Split, parse_fractions, split_rows
from .target import TargetEncoding
from .task import TASKS, infer_task
from .written import Conventions

__all__ = [
    "COLUMN_KINDS",
    "FORMATS",
    "TASKS",
    "Column",
    "Conventions",
    "Encoding",
    "Part",
    "Prepared",
    "Split",
    "SummaryRow",
    "TargetEncoding",
    "fingerprint",
    "infer_task",
    "parse_fractions",
    "prepare",
    "read_table",
    "split_rows",
]
