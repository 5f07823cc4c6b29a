"""Failed sign-ins: how long those wait that failed before, and who is known to be right."""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import secrets
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

__all__ = ["Throttle"]

FREE = 3
"""So many failures of one user at one address have no consequence; people mistype."""

SHARED = 5
"""So many times more may fail of one address, or of one user, which others may share."""

LONGEST = 300.0
"""Seconds of the longest pause; the first is one, and each further failure doubles it."""

FORGOTTEN = 900.0
"""Seconds after which failures are forgotten."""

MOST = 10_000
"""So many users, addresses and pairs of them are remembered, the latest."""


LONGEST_NAME = 200
"""So many characters of a user's name are looked at; a stranger may send many more."""


@dataclass(slots=True)
class _Failures:
    count: int
    last: float


class Throttle:
    """Remembers failures and successes of one process; may be used from several threads.

    A password that was right once is known again, at the address it came from, without the cost of argon2:
    as a keyed hash, whose key lives no longer than the process. So nobody who tries passwords can keep a Web
    Connector out that has signed in before.
    """

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._lock = threading.Lock()
        self._failures: dict[Hashable, _Failures] = {}
        self._known: dict[tuple[str, str], tuple[str, bytes]] = {}
        self._key = secrets.token_bytes(32)

    def knows(self, user: str, stored: str, password: str, address: str) -> bool:
        """Tell whether this password was right before, at this address, and still is the one stored."""
        with self._lock:
            known = self._known.get((user[:LONGEST_NAME], _network(address)))
        return (
            known is not None
            and known[0] == stored
            and hmac.compare_digest(known[1], self._digest(user, password))
        )

    def met(self, user: str, address: str) -> bool:
        """Tell whether this user has signed in from this address."""
        with self._lock:
            return (user[:LONGEST_NAME], _network(address)) in self._known

    def wait(self, user: str, address: str) -> float:
        """Seconds that a sign-in has to wait, because others failed before; 0: it may go on.

        Failures of a user elsewhere count only at an address that failed as well: else anyone could lock out
        the user from everywhere.
        """
        user, network, now = user[:LONGEST_NAME], _network(address), self._now()
        with self._lock:
            pair, there, user_ = (
                self._at(key, now) for key in ((user, network), (None, network), (user, None))
            )
        untils = []
        if pair:
            untils.append(pair.last + _pause(pair.count))
        if there:
            untils.append(there.last + _pause(there.count // SHARED))
        if user_ and (pair or there):
            untils.append(user_.last + _pause(user_.count // SHARED))
        return max((until - now for until in untils if until > now), default=0.0)

    def suspects(self, user: str, address: str) -> bool:
        """Tell whether anything failed of late for a user or at an address."""
        user, network, now = user[:LONGEST_NAME], _network(address), self._now()
        with self._lock:
            return any(self._at(key, now) for key in ((None, network), (user, None)))

    def failed(self, user: str, address: str) -> float:
        """Note a failure; return the seconds until the next sign-in of that user from there may be tried."""
        user, network, now = user[:LONGEST_NAME], _network(address), self._now()
        with self._lock:
            for key in ((user, network), (None, network), (user, None)):
                before = self._failures.pop(key, None)
                count = 1 if before is None or before.last + FORGOTTEN < now else before.count + 1
                self._failures[key] = _Failures(count, now)
            while len(self._failures) > MOST:
                del self._failures[next(iter(self._failures))]
        return self.wait(user, address)

    def succeeded(self, user: str, stored: str, password: str, address: str) -> None:
        """Note that a password is right, and forgive what failed at its address."""
        network = _network(address)
        digest = self._digest(user, password)
        user = user[:LONGEST_NAME]
        with self._lock:
            self._failures.pop((user, network), None)
            self._failures.pop((None, network), None)
            self._known.pop((user, network), None)
            self._known[user, network] = stored, digest
            if len(self._known) > MOST:
                del self._known[next(iter(self._known))]

    def _at(self, key: Hashable, now: float) -> _Failures | None:
        found = self._failures.get(key)
        return found if found and found.last + FORGOTTEN >= now else None

    def _digest(self, user: str, password: str) -> bytes:
        text = f"{len(user)}:{user}{password}".encode("utf-8", "surrogatepass")
        return hashlib.blake2b(text, key=self._key).digest()


def _pause(failures: int) -> float:
    return 0.0 if failures < FREE else min(2.0 ** min(failures - FREE, 20), LONGEST)


def _network(address: str) -> str:
    """An address, or for IPv6 the network of 64 bits that one customer has to himself."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    if found.version == 4:
        return address
    mapped = found.ipv4_mapped
    return str(mapped) if mapped else str(ipaddress.ip_network((found, 64), strict=False))
