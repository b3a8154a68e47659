"""Where processes that train together find each other: the address of process 0, and the names of the hosts."""

from __future__ import annotations

import ipaddress
import logging
import socket
import time

from ..errors import ArgumentError, shown

_SECONDS_BETWEEN_TRIES = 0.2

_log = logging.getLogger("thalweg.processes")

Address = tuple[str, int]
"""A host and a port."""


def parse_address(coordinator: str) -> Address:
    """The host and the port of HOST:PORT.

    >>> parse_address("node1:8476")
    ('node1', 8476)
    """
    host, _, port = str(coordinator).rpartition(":")
    if not host or not port.isdecimal() or not 0 < int(port) < 65536:
        raise ArgumentError(f"coordinator is {shown(coordinator)}; it must be HOST:PORT, such as node1:8476")
    return host.strip("[]"), int(port)


def wait_for(address: Address, told: str, seconds: float) -> None:
    """Wait until process 0 listens; raises ArgumentError where it does not in time, or its host is not known."""
    until = time.monotonic() + seconds
    while True:
        try:
            socket.create_connection(address, timeout=max(0.1, min(2.0, seconds))).close()
            return
        except socket.gaierror as error:
            raise ArgumentError(f"coordinator {told}: {error.strerror}: give the host of process 0") from None
        except OSError as error:
            if time.monotonic() >= until:
                reason = error.strerror or str(error)
                raise ArgumentError(
                    f"coordinator {told} does not answer after {seconds:g} s ({reason}): is process 0 started there, "
                    "and is the port open?"
                ) from None
            time.sleep(_SECONDS_BETWEEN_TRIES)


def check_free(address: Address) -> None:
    """Raise ArgumentError where something listens at the coordinator's port already."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind(("", address[1]))
        except OSError as error:
            raise ArgumentError(f"port {address[1]} cannot be had ({error.strerror}): give another one") from None


def check_own_name(coordinator: Address | None) -> None:
    """Raise ArgumentError where this host's own name leads nowhere: by it gloo lets the others connect.

    One that leads to this host alone is told where the coordinator may be another.
    """
    name = socket.gethostname()
    try:
        own = _addresses(name)
    except OSError as error:
        raise ArgumentError(
            f"this host's own name {name!r} leads nowhere ({error.strerror or error}), and by it the other processes "
            f"connect to this one: give it an address, such as by a line '127.0.0.1 {name}' in /etc/hosts where all "
            "run on this host, else with the address that the others see"
        ) from None
    if coordinator is not None and all(map(_is_loopback, own)) and not _leads_here(coordinator[0]):
        _log.warning(
            f"this host's own name {name!r} leads to {' and '.join(sorted(own))} only, where processes on other hosts "
            "cannot connect to this one: give it the address that the others see, such as in /etc/hosts"
        )


def _leads_here(host: str) -> bool:
    """Whether a name leads to this host alone; one that is not known is told elsewhere."""
    try:
        return all(map(_is_loopback, _addresses(host)))
    except OSError:
        return True


def _addresses(name: str) -> set[str]:
    return {str(found[4][0]) for found in socket.getaddrinfo(name, None)}


def _is_loopback(address: str) -> bool:
    return ipaddress.ip_address(address.partition("%")[0]).is_loopback
