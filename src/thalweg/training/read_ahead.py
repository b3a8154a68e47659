"""What is read in turn, while what was read before is used: on other threads."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

Item = TypeVar("Item")
_END: Any = object()
_THREADS = "thalweg-read-ahead"


def ahead(items: Iterator[Item]) -> Generator[Item, None, None]:
    """The items in turn, of which the next is made on another thread while one is used.

    >>> list(ahead(iter([1, 2, 3])))
    [1, 2, 3]
    """
    with ThreadPoolExecutor(1, _THREADS) as pool:
        coming = pool.submit(next, items, _END)
        while (item := coming.result()) is not _END:
            coming = pool.submit(next, items, _END)
            yield item
            del item


def read_ahead(
    read: Callable[[int], Item], numbers: Sequence[int], most: Callable[[], int]
) -> Generator[Item, None, None]:
    """What `read` gives for each number, in turn; while one is used the next are read, as many at once as `most` says.

    >>> list(read_ahead(lambda number: 10 * number, [1, 2, 3], lambda: 2))
    [10, 20, 30]
    """
    left, coming = iter(numbers), deque[Future[Item]]()
    with ThreadPoolExecutor(thread_name_prefix=_THREADS) as pool:
        for _ in numbers:
            while len(coming) < most() and (number := next(left, None)) is not None:
                coming.append(pool.submit(read, number))
            item = coming.popleft().result() if coming else read(next(left))
            yield item
            del item
