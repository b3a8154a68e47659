"""The names of what can be said about a table, apart from the code that reads one: the command line lists them."""

from __future__ import annotations

TASKS = ("classification", "regression")
"""What a network can be trained for."""

DATE_ORDERS = ("day-first", "month-first", "iso")
"""How a date of three numbers may be meant."""

DECIMALS = {"point": ".", "comma": ","}
"""The names of the decimal marks."""

MANY_TEXTS = ("leave-out", "hash")
"""What may be done with a column that has too many texts to be categories."""

MISSING_TARGETS = ("leave-out", "ignore")
"""What may be done with rows that lack some of several measured targets, or with what they lack."""
