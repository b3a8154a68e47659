"""Programs that are run apart, with a bound on their time, whatever becomes of the children that they start."""

import os
import signal
import subprocess
import sys
from contextlib import suppress

import pytest


def run_apart(*words, seconds, env=None):
    """What a program of Python printed; where it does not end in time the test fails, and its children end with it."""
    command = [sys.executable, *map(str, words)]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, **pipes, env=env, start_new_session=True) as program:
        try:
            printed, told = program.communicate(timeout=seconds)
        except subprocess.TimeoutExpired as late:
            pytest.fail(f"{words[0]} did not end within {seconds} s; it told: {(late.stderr or b'')[-2000:]}")
        finally:
            with suppress(OSError):  # none is left, or there are no groups of processes
                os.killpg(program.pid, signal.SIGKILL)
    assert program.returncode == 0, told[-2000:]
    return printed
