"""How XLA compiles in tests: quickly, but where what it makes of a program is the subject.

XLA's optimisations take four fifths of the time of compiling, and most programs of tests run once. What one test
process has compiled no other compiles, nor a later run: they keep it in a folder apart from that of users. Tests of
what holds to the bit are marked `compiled_as_for_users`: what Thalweg compiles is compiled for them as it is for
users. So are the programs of the processes that tests start, where these are not given FLAGS.
"""

import os
import shutil
import sys
from pathlib import Path

import platformdirs
import pytest

QUICK = {
    "xla_backend_optimization_level": 0,
    "xla_cpu_use_fusion_emitters": False,
    "xla_cpu_parallel_codegen_split_count": 1,
}
AS_FOR_USERS = {
    "xla_backend_optimization_level": 3,
    "xla_cpu_use_fusion_emitters": True,
    "xla_cpu_parallel_codegen_split_count": 32,
}
"""XLA's own defaults of the same options."""
MOST_KEPT = 20_000
"""Programs; of more all are deleted."""
MARK = "compiled_as_for_users"
FLAGS = " ".join(f"--{name}={str(value).lower()}" for name, value in QUICK.items())
"""XLA_FLAGS of a process that a test starts, where what XLA makes of a program is not the subject."""


def compile_quickly():
    """From now on in this process, and in no other: XLA reads its flags when it starts."""
    flags = os.environ.get("XLA_FLAGS")
    os.environ["XLA_FLAGS"] = f"{FLAGS} {flags}" if flags else FLAGS
    import jax

    from thalweg.training.program_cache import keep_programs

    jax.devices()
    place = Path(platformdirs.user_cache_dir("thalweg")) / "xla-of-tests"
    if "PYTEST_XDIST_WORKER" not in os.environ and len([*place.glob("*")]) > MOST_KEPT:
        shutil.rmtree(place)
    keep_programs(jax, place, least_seconds=0.0)
    if flags is None:
        del os.environ["XLA_FLAGS"]
    else:
        os.environ["XLA_FLAGS"] = flags


class AsForUsers:
    """Tests with the mark have Thalweg's programs compiled as they are for users, apart from those of the others."""

    def __init__(self):
        self.was = False
        self.others = None

    def forget(self):
        """Drop the programs of both."""
        self.others = None
        if programs := sys.modules.get("thalweg.training.programs"):
            programs._PROGRAMS = programs._Programs()
            programs._clear()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item, nextitem):
        marked = item.get_closest_marker(MARK) is not None
        if marked != self.was and (programs := sys.modules.get("thalweg.training.programs")):
            others = self.others or programs._Programs()
            self.others, programs._PROGRAMS = programs._PROGRAMS, others
        self.was = marked
        if not marked:
            return (yield)
        from jax.stages import Lowered

        compile_as_told = Lowered.compile
        Lowered.compile = lambda lowered: compile_as_told(lowered, AS_FOR_USERS)
        try:
            return (yield)
        finally:
            Lowered.compile = compile_as_told
