"""What the operating system gives and takes: files read or told why not, files written whole, the environment."""

from .atomic import (
    Content,
    check_folder,
    check_writable,
    make_folder,
    write_atomically,
    write_together,
    writing_atomically,
)
from .environment import check_polars_threads, check_xla_flags, starting
from .locking import flocked
from .opening import (
    STANDARD_INPUT,
    is_nested,
    is_several,
    kind_by_name,
    ordinary_file,
    read_ordinary_file,
    read_toml,
    refuse_other_kind,
    whole_file,
)

__all__ = [
    "STANDARD_INPUT",
    "Content",
    "check_folder",
    "check_polars_threads",
    "check_writable",
    "check_xla_flags",
    "flocked",
    "is_nested",
    "is_several",
    "kind_by_name",
    "make_folder",
    "ordinary_file",
    "read_ordinary_file",
    "read_toml",
    "refuse_other_kind",
    "starting",
    "whole_file",
    "write_atomically",
    "write_together",
    "writing_atomically",
]


def __dir__() -> list[str]:
    return __all__
