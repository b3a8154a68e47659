"""What XLA has compiled: the programs that were used last are kept, the others dropped.

JAX keeps all that it ever compiled or traced: some MiB for each program, and dozens of memory maps, of which a process
may have 65,530. So the programs stand here, and what else JAX keeps is cleared from time to time. A process that was
forked after XLA had run is refused: its threads are not forked with it, and it would wait without end.
"""

from __future__ import annotations

import atexit
import functools
import os
import sys
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from contextlib import suppress
from pathlib import Path
from typing import Any

from ..errors import ArgumentError
from ..system import check_xla_flags, starting
from .interruption import Interrupted, check_interruption
from .program_cache import keep_programs

MOST_PROGRAMS = 32
"""How many compiled programs a process keeps; after as many more JAX's own caches are cleared."""
MOST_RESIDENT = 640 << 20
"""In a process that holds more bytes than this they are cleared after every `_FEW`: a shape may take 60 MiB there."""
_FEW = 8
_TRIES = 5
"""To clear them while other threads may change them; what is left then is cleared the next time."""
_FORKED: list[int] = []
"""The processes, from the first, that were forked on the way to this one after XLA had run."""


class _Program:
    """A function that XLA compiles for one set of shapes; who needs it while it is compiled waits for it.

    XLA compiles in a thread of its own, so that who waits can be interrupted.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._compilation: _Compilation | None = None

    def compiled(self, function: Callable[..., Any], donated: tuple[int, ...], arguments: tuple[Any, ...]) -> Any:
        with self._lock:
            if self._compilation is None:
                import jax

                self._compilation = _Compilation(jax.jit(function, donate_argnums=donated).lower(*arguments))
            try:
                return self._compilation.result()
            except Exception as error:
                if not isinstance(error, Interrupted):
                    self._compilation = None
                raise


class _Compilation:
    """What XLA makes of a lowered function."""

    def __init__(self, lowered: Any) -> None:
        import jax

        self._lowered: Any = lowered
        self._device = jax.config.jax_default_device  # pyright: ignore[reportAttributeAccessIssue]
        self._doubles = bool(jax.config.jax_enable_x64)  # pyright: ignore[reportAttributeAccessIssue]
        self._compiled: Any = None
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._compile, daemon=True)
        _UNFINISHED.add(self._thread)
        self._thread.start()

    def result(self) -> Any:
        """The compiled function, once there is one; raises Interrupted if Ctrl-C comes before, as `train` hears it."""
        while self._thread.is_alive():
            check_interruption()
            self._thread.join(_SECONDS_BETWEEN_LOOKS)
        if self._error is not None:
            raise self._error
        return self._compiled

    def _compile(self) -> None:
        import jax

        try:
            with jax.enable_x64(self._doubles), jax.default_device(self._device):  # which each thread has its own of
                self._compiled = self._lowered.compile()
        except BaseException as error:  # told where it is waited for
            self._error = error
        finally:
            self._lowered = None
            _UNFINISHED.discard(threading.current_thread())


_UNFINISHED: set[threading.Thread] = set()
"""What is being compiled."""
_SECONDS_BETWEEN_LOOKS = 0.1


def compiling() -> bool:
    """Whether XLA still compiles what nobody waits for any more."""
    return bool(_UNFINISHED)


@atexit.register
def _finish() -> None:
    """Wait for XLA, which does not bear that the process ends under it."""
    for thread in list(_UNFINISHED):
        thread.join()


class _Programs:
    """The programs that were used last."""

    def __init__(self) -> None:
        self.made = 0
        self._kept: OrderedDict[Any, _Program] = OrderedDict()
        self._step_by_step: set[Any] = set()
        self._since = 0
        self._lock = threading.Lock()

    def get(self, key: Any) -> _Program:
        """The program, made if it is not there; then the one that was not used for longest may have to go."""
        with self._lock:
            if key not in self._kept:
                self._kept[key] = _Program()
                self.made += 1
                if len(self._kept) > MOST_PROGRAMS:
                    self._kept.popitem(last=False)
                self._since += 1
                self._clear_if_many(self._since)
            self._kept.move_to_end(key)
            return self._kept[key]

    def step_by_step(self, shape: Any) -> None:
        """What JAX runs operation by operation for a shape it compiles too, each by itself, and keeps."""
        with self._lock:
            if shape not in self._step_by_step:
                self._clear_if_many(len(self._step_by_step))
                self._step_by_step.add(shape)

    def _clear_if_many(self, made: int) -> None:
        if made >= MOST_PROGRAMS or (made >= _FEW and resident() > MOST_RESIDENT):
            self._since = 0
            self._step_by_step.clear()
            _clear()


_PROGRAMS = _Programs()


def resident() -> int:
    """The bytes of memory that this process holds; 0 where the system does not tell."""
    try:
        return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, IndexError):
        return 0


def _clear() -> None:
    """Clear what JAX keeps of programs, and of the tracing of their parts, and give the memory back to the system."""
    import ctypes
    import gc

    import jax

    for _ in range(_TRIES):
        with suppress(RuntimeError):  # another thread has JAX trace, which changes what is looked through
            jax.clear_caches()
            break
    gc.collect()
    if sys.platform == "linux" and hasattr(libc := ctypes.CDLL(None), "malloc_trim"):  # glibc keeps what XLA freed
        libc.malloc_trim(0)


def compilations() -> int:
    """How many programs this process has compiled so far (or taken from the cache on disk)."""
    return _PROGRAMS.made


def run_program(
    function: Callable[..., Any], fixed: tuple[Any, ...], *arguments: Any, donated: tuple[int, ...] = ()
) -> Any:
    """`function(*fixed, *arguments)`, compiled for what is fixed and for the shapes of the arguments.

    `donated` are the numbers of arguments whose arrays are not needed any more.

    >>> import numpy as np
    >>> float(run_program(lambda factor, x: factor * x.sum(), (2.0,), np.ones(3, np.float32)))
    6.0
    """
    jax = prepare_jax()
    leaves, structure = jax.tree.flatten(arguments)
    shapes = tuple((getattr(leaf, "shape", ()), getattr(leaf, "dtype", type(leaf)), _spread(leaf)) for leaf in leaves)
    program = _PROGRAMS.get((function, fixed, structure, shapes, jax.config.jax_enable_x64, _device(jax)))
    return program.compiled(functools.partial(function, *fixed), donated, arguments)(*arguments)


def _device(jax: Any) -> Any:
    """The device that computes, where it is not JAX's first."""
    device = jax.config.jax_default_device
    return None if device is None or device == jax.local_devices()[0] else device


def _spread(leaf: Any) -> Any:
    """How an array lies on several devices, or on another than JAX's first; None on that."""
    sharding = getattr(leaf, "sharding", None)
    if sharding is None or sharding.num_devices > 1:
        return sharding
    (device,) = sharding.device_set
    return None if device.id == _first_device() else device.id


@functools.cache
def _first_device() -> int:
    import jax

    return jax.local_devices()[0].id


def jax_step_by_step(shape: Hashable) -> Any:
    """`prepare_jax` for what runs operation by operation on arrays of a shape; that of the last ones is kept."""
    jax = prepare_jax()
    _PROGRAMS.step_by_step(shape)
    return jax


def prepare_jax() -> Any:
    """JAX, with its persistent compilation cache in the user's cache folder unless the user has chosen another.

    Raises ArgumentError in a process that was forked after XLA had run, and for variables of the environment that JAX
    can make nothing of.
    """
    _check_not_forked()
    return _prepared()


@functools.cache
def _prepared() -> Any:
    import platformdirs

    check_xla_flags()
    with starting("JAX", ("JAX_", "XLA_")):
        import jax

        jax.devices()
    if jax.config.values["jax_compilation_cache_dir"] is None:
        keep_programs(jax, Path(platformdirs.user_cache_dir("thalweg")) / "xla", least_seconds=0.1)
    return jax


def _check_not_forked() -> None:
    """Raise ArgumentError in a process that was forked after XLA had run."""
    if _FORKED:
        raise ArgumentError(
            "XLA had run before this process was forked, and cannot run in it: start processes otherwise, by "
            'multiprocessing.get_context("spawn") (or its set_start_method), or use engine="numpy"'
        )


def _after_fork() -> None:
    bridge = sys.modules.get("jax._src.xla_bridge")
    if getattr(bridge, "_backends", None):
        _FORKED.append(os.getpid())


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
