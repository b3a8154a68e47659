"""The devices that a run is spread over: rows of examples by parts, all else on each of them.

The update stays the one update. XLA sees where its arrays lie, computes the sums over examples on every device for its
own rows, and adds them over the devices (an all-reduce of the gradient, once an update).
"""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..core.kinds import is_count
from ..errors import ArgumentError, shown
from .processes import joined, meet

ALL = "all"
AXIS = "data"


def check_devices(name: str, value: Any) -> int | str:
    """`"all"`, or how many devices; else raises ArgumentError.

    >>> check_devices("devices", 2)
    2
    """
    if value == ALL or is_count(value):
        return value
    raise ArgumentError(f"{name} is {shown(value)}; it must be 'all' or a whole number of at least 1")


@dataclass(frozen=True)
class DeviceMesh:
    """Where the arrays of a run lie: on one device, or on the devices of a mesh of one axis.

    >>> mesh = device_mesh(1)
    >>> mesh.count, mesh.by_rows(np.ones(3, np.float32)).shape
    (1, (3,))
    """

    mesh: Any = None
    """The `jax.sharding.Mesh`; None: JAX's default device."""

    @property
    def count(self) -> int:
        """How many devices there are."""
        return 1 if self.mesh is None else self.mesh.size

    @property
    def spans_processes(self) -> bool:
        """Whether other processes have some of the devices."""
        return self.mesh is not None and self.mesh.is_multi_process

    @property
    def processes(self) -> list[int]:
        """The process of each device."""
        return [0] if self.mesh is None else [device.process_index for device in self.mesh.devices.flat]

    @property
    def own(self) -> list[int]:
        """The numbers of the devices that this process has."""
        import jax

        return [number for number, process in enumerate(self.processes) if process == jax.process_index()]

    def on_one(self, x: Any, tree: Any, turn: int) -> tuple[Any, Any]:
        """On one of this process' own devices what each device has, and what none has yet."""
        import jax

        x = jax.tree.map(lambda leaf: leaf.addressable_shards[turn].data, x)
        return x, jax.device_put(tree, next(iter(jax.tree.leaves(x))).device)

    def by_rows(self, tree: Any) -> Any:
        """A tree of arrays, each device with its part of their rows, whose number is a multiple of `count`."""
        return self._put(tree, AXIS)

    def by_columns(self, tree: Any) -> Any:
        """The same with its part of their second axis, such as that of the batches (updates, batch size)."""
        return self._put(tree, None, AXIS)

    def by_parts(self, parts: Mapping[int, Any]) -> Any:
        """A tree of arrays with a leading axis of the devices, of the trees of arrays of this process' own devices."""
        import jax

        def placed(*values: Any) -> Any:
            own = dict(zip(parts, values, strict=True))
            shape = self.count, *values[0].shape

            def of(index: Any) -> Any:
                return own[index[0].indices(self.count)[0]][None]

            return jax.make_array_from_callback(shape, self._sharding(AXIS), of)

        return jax.tree.map(placed, *parts.values())

    def on_each(self, tree: Any, *, copy: bool = True) -> Any:
        """A tree of arrays, each device with all of them; they are copied, unless nobody else will write to them."""
        import jax

        if not copy:
            return self._put(tree)
        copied = jax.tree.map(lambda leaf: jax.numpy.array(leaf, copy=True), tree)
        return copied if self.mesh is None else self._put(copied)

    def said_on_each(self, tree: Any) -> Any:
        """In what XLA compiles: that each device is to have all of the arrays."""
        import jax

        return tree if self.mesh is None else jax.lax.with_sharding_constraint(tree, self._sharding())

    def padded(self, rows: int) -> int:
        """`rows` rounded up to a multiple of `count`.

        >>> device_mesh(1).padded(5)
        5
        """
        return -(-rows // self.count) * self.count

    def _sharding(self, *axes: str | None) -> Any:
        from jax.sharding import NamedSharding, PartitionSpec

        return NamedSharding(self.mesh, PartitionSpec(*axes))

    def _put(self, tree: Any, *axes: str | None) -> Any:
        import jax

        if self.mesh is None:
            return jax.device_put(tree)
        sharding = self._sharding(*axes)
        if not self.spans_processes:
            return jax.device_put(tree, sharding)

        def placed(values: Any) -> Any:
            if isinstance(values, jax.Array) and jax.numpy.issubdtype(values.dtype, jax.dtypes.prng_key):
                data = placed(jax.random.key_data(values))
                return jax.random.wrap_key_data(data, impl=jax.random.key_impl(values))
            whole = np.asarray(values)  # which every process has: each puts what is its own on its devices
            return jax.make_array_from_callback(whole.shape, sharding, lambda index: whole[index])

        return jax.tree.map(placed, tree)


ONE_DEVICE = DeviceMesh()


@functools.cache
def device_mesh(count: int) -> DeviceMesh:
    """The mesh of the first devices; of several processes it has all devices of each."""
    if count == 1:
        return ONE_DEVICE
    import jax
    from jax.sharding import AxisType, Mesh

    return DeviceMesh(Mesh(np.asarray(jax.devices()[:count]), (AXIS,), axis_types=(AxisType.Auto,)))


def count_devices(wanted: int | str | None) -> int:
    """How many devices a run has that was to have so many: all there are, or the number, if there are as many.

    None: one. Raises ArgumentError where there are fewer, and for a part of those of several processes.
    """
    if wanted is None or (wanted == 1 and joined() is None):
        return 1
    from .programs import prepare_jax

    meet()
    jax = prepare_jax()
    there = len(jax.devices())
    if jax.process_count() > 1 and wanted not in (ALL, there):
        raise ArgumentError(
            f"devices is {wanted}, and {jax.process_count()} processes train together, with {there} devices: give "
            "devices='all'"
        )
    if wanted == ALL:
        return there
    if isinstance(wanted, int) and wanted > there:
        raise ArgumentError(f"devices is {wanted}, but JAX has {told_devices(jax.devices())}: {_remedy(jax, wanted)}")
    return int(wanted)


def devices_at_hand(wanted: int | str | None) -> int | str | None:
    """As many devices as were wanted elsewhere, or None, one, where there are fewer here.

    >>> devices_at_hand(None)
    """
    try:
        count_devices(wanted)
    except ArgumentError:
        return None
    return wanted


def told_devices(devices: Sequence[Any]) -> str:
    """How many devices there are, and of what kind.

    >>> import jax
    >>> told_devices(jax.devices("cpu")[:1])
    '1 device (cpu)'
    """
    kinds = sorted({device.platform for device in devices})
    return f"{len(devices)} {'device' if len(devices) == 1 else 'devices'} ({', '.join(kinds)})"


def _remedy(jax: Any, wanted: Any) -> str:
    if jax.default_backend() == "cpu":
        return f"give 'all', or set XLA_FLAGS=--xla_force_host_platform_device_count={wanted} before Python starts"
    return "give 'all', or fewer"
