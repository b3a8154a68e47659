"""Test processes that stay small: what was compiled is dropped after each file, and a process has a bound."""

import gc
import sys

import pytest

try:
    import resource
except ImportError:  # Windows
    resource = None

MOST_BYTES = 2 << 30


def peak():
    """The most memory that this process has held so far, in bytes; 0 where the system does not tell."""
    if resource is None:
        return 0
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


class SmallProcess:
    """After the last test of a file, drops the programs of JAX; the first file to go over the bound fails."""

    def __init__(self):
        self.told = False

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_teardown(self, item, nextitem):
        yield
        if nextitem is not None and nextitem.path == item.path:
            return
        if jax := sys.modules.get("jax"):
            jax.clear_caches()
            gc.collect()
        if peak() > MOST_BYTES and not self.told:
            self.told = True
            pytest.fail(f"this process has held {peak() / 2**30:.2f} GiB by the end of {item.path.name}: 2 is the most")
