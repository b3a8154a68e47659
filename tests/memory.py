"""Test processes that stay small: what was compiled is dropped where they grow, and a process has a bound."""

import gc
import sys

import pytest

try:
    import resource
except ImportError:  # Windows
    resource = None

MOST_BYTES = 2 << 30
FULL_BYTES = 1 << 30
"""A process that holds as much after a file drops what was compiled,"""
GROWN_BYTES = 128 << 20
"""if it has grown by so much since it last did: each time costs half a second, and what is needed again as much."""
OBJECTS_BETWEEN_LOOKS = 100_000
"""So many new objects before garbage is looked for, 700 otherwise: JAX, Polars and the modules' own are looked through
each time, which took a third of collecting the tests and a tenth of running them."""


def peak():
    """The most memory that this process has held so far, in bytes; 0 where the system does not tell."""
    if resource is None:
        return 0
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


class SmallProcess:
    """After a file, drops the programs of JAX if they take much; the first file to go over the bound fails."""

    def __init__(self, forget):
        self.forget = forget
        self.told = False
        self.left = 0
        gc.disable()

    def pytest_collection_finish(self):
        """The tests themselves are a million objects that stay to the end: garbage is not looked for in them."""
        gc.collect()
        gc.freeze()
        gc.set_threshold(OBJECTS_BETWEEN_LOOKS)
        gc.enable()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_teardown(self, item, nextitem):
        yield
        if nextitem is not None and nextitem.path == item.path:
            return
        if "jax" in sys.modules:
            from thalweg.training import programs  # not before it can be watched as it is imported

            if programs.resident() > max(FULL_BYTES, self.left + GROWN_BYTES):
                self.forget()
                self.left = programs.resident()
        if peak() > MOST_BYTES and not self.told:
            self.told = True
            pytest.fail(f"this process has held {peak() / 2**30:.2f} GiB by the end of {item.path.name}: 2 is the most")
