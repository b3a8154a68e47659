"""`python -m thalweg` is the command line, where no script was put on the path."""

import subprocess
import sys

import thalweg


def test_it_is_the_command_line():
    """In a process of its own, because it takes over the signals."""
    ended = subprocess.run([sys.executable, "-m", "thalweg", "--version"], capture_output=True, text=True, check=True)
    assert ended.stdout == f"thalweg {thalweg.__version__}\n"
