"""`thalweg` as a program, which first of all listens to signals.

It ends with 0, with 1 for a mistake told in one line, 2 for usage, 130 if interrupted, 143 if terminated.
"""

import os
import sys

from .process import end_at_once, late_status, leave, listen, settle


def main() -> None:
    """Run the command line as a program: with its own handlers of signals, and to its end."""
    listen()
    try:
        run()
    except SystemExit as end:
        if not end.code and (status := late_status()):
            leave("interrupted; all was written before", status)
        end_at_once(end.code)
        raise
    finally:
        settle()


def run() -> None:
    """Run the command line within another program, whose signals are left alone."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # closed by whoever started the program
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: PTH123, SIM115 - open to the end
        if hasattr(getattr(sys, name), "reconfigure"):
            getattr(sys, name).reconfigure(errors="backslashreplace")  # what a terminal cannot show ends no run
    from .commands import app

    app()
