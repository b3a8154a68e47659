"""The command line: one file a command; heavy libraries are imported when a command runs."""

from .main import main as main
from .main import run as run
