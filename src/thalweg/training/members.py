"""Many runs at once: dealt out to groups, each of which one thread runs in one program.

There are as many groups as cores, each as large as its memory allows.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from contextvars import copy_context

from ..optimizers.full_batch import FullBatchRule
from .arguments import MOST_MEMORY
from .ending import conclude
from .group_saver import GroupSaver, ManySaver
from .history import History
from .interruption import Interruption
from .member_group import Member, MemberGroup
from .program import Program
from .programs import prepare_jax
from .run import Run
from .stopping import REASONS

_BYTES_A_GROUP = 1 << 30
_SECONDS_BETWEEN_LOOKS = 0.1


def run_members(
    members: Mapping[int, Member],
    interruption: Interruption,
    saver: ManySaver | None = None,
    on_look: Callable[[Sequence[Member]], None] | None = None,
) -> dict[int, Run]:
    """Run members of one program, by their numbers, to their ends, or until they are interrupted, on all cores.

    They go on from what `saver` has stored of them, and are saved by it. `on_look` is called with them now and then, as
    they are.
    """
    began = time.perf_counter()
    jax = prepare_jax()
    first = next(iter(members.values())).recipe
    devices = jax.local_devices()[: first.devices]

    def dealt(numbers: Sequence[int]) -> list[Sequence[int]]:
        size = _size_of_group([members[number] for number in numbers], len(devices))
        return [numbers[i : i + size] for i in range(0, len(numbers), size)]

    savers: list[GroupSaver | None]
    if saver is None:
        groups = dealt(list(members))
        savers = [None] * len(groups)
    else:
        savers = [*(found := saver.groups(members, dealt))]
        groups = [group.numbers for group in found]
        began -= max(group.seconds for group in found)

    def group(at: int) -> MemberGroup:
        return MemberGroup(jax, [members[number] for number in groups[at]], devices[at % len(devices)], savers[at])

    with ThreadPoolExecutor(max_workers=max(len(devices), _threads(first.program))) as pool:
        running = {pool.submit(copy_context().run, group(at).run, interruption) for at in range(len(groups))}
        while running:  # looking up now and then, as a signal that came to another thread waits for this one
            ended, running = wait(running, _SECONDS_BETWEEN_LOOKS, FIRST_COMPLETED)
            for one in ended:
                one.result()
            if on_look is not None:
                on_look(list(members.values()))
    seconds = time.perf_counter() - began
    return {number: _ended(member, seconds) for number, member in members.items()}


def _threads(program: Program) -> int:
    """How many groups run at a time: one a core, fewer if the matrices of a second-order rule ask for it."""
    cores = os.cpu_count() or 1
    if not (isinstance(program.rule, FullBatchRule) and program.rule.matrices):
        return cores
    return max(1, min(cores, MOST_MEMORY // (8 * program.rule.matrices * program.net.parameter_count**2)))


def _size_of_group(members: Sequence[Member], devices: int) -> int:
    """How many members a group has: there is one for each core or device, and more if the memory asks for it."""
    program, examples = members[0].recipe.program, members[0].recipe.examples
    batch = program.batch_size or len(examples.T)
    units = sum(program.net.sizes.values())
    bytes_a_member = 8 * (12 * program.net.parameter_count + 6 * batch * units + len(examples.T))
    most = max(1, _BYTES_A_GROUP // bytes_a_member)
    return min(most, -(-len(members) // max(devices, os.cpu_count() or 1)))


def _ended(member: Member, seconds: float) -> Run:
    return conclude(
        member.recipe,
        last=member.last,
        best=member.best,
        best_epoch=member.best_epoch,
        history=History.of(member.records, member.recipe.recorded),
        epochs=member.epochs,
        updates=member.updates,
        stopped="interrupted" if member.interrupted else REASONS.get(member.code, "epochs"),
        seconds=seconds,
        state=member.state,
        saved_in=member.saved_in,
        advises=False,
    )
