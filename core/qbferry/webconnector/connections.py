"""Connections: how long one may wait with half a request, how many there may be, and how they end.

uvicorn bounds how long a connection rests between two requests, but not how long the head of one takes, nor
how large it is; and at its end it waits for bodies that may never come.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Sequence

    from uvicorn.server import ServerState

__all__ = ["BoundedProtocol", "options"]

log = logging.getLogger("qbferry.server")

HEAD_SECONDS = 10.0
"""Within so many the head of a request must be there."""

LARGEST_HEAD = 32_768
"""Bytes."""

LAST_SECONDS = 4.0
"""So long an answer may take to be fetched, once the server is told to end."""

_resting: WeakKeyDictionary[ServerState, dict[BoundedProtocol, None]] = WeakKeyDictionary()
"""Each server's connections that have no request under way, those that rest longest first."""


def options(max_connections: int, trusted_proxies: Sequence[str]) -> dict[str, Any]:
    """Say to uvicorn how connections are dealt with.

    Args:
        max_connections: So many may be open at once in one process.
        trusted_proxies: Addresses whose X-Forwarded-For is believed.
    """
    return {
        "http": f"{__name__}:{BoundedProtocol.__name__}",  # by name, for the processes of several workers
        "ws": "none",
        "limit_concurrency": max_connections,
        "proxy_headers": bool(trusted_proxies),
        "forwarded_allow_ips": list(trusted_proxies),
        # QuickBooks may work on a message for a while; a connection that is open saves a handshake.
        "timeout_keep_alive": 120,
        "timeout_graceful_shutdown": 30,
        "log_config": None,
        "access_log": False,
        "server_header": False,
        "lifespan": "on",
    }


class BoundedProtocol(HttpToolsProtocol):
    """HTTP/1.1 over one connection, with a bound on the time and size of a request's head."""

    _late: asyncio.TimerHandle | None = None
    _head = 0
    _ending = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin; where there are too many already, the one that rests longest gives way."""
        super().connection_made(transport)
        resting = _resting.setdefault(self.server_state, {})
        # uvicorn turns the request away that makes the limit full.
        most = self.config.limit_concurrency
        while most is not None and len(self.connections) >= most and resting:
            next(iter(resting)).give_way()
        resting[self] = None
        self._late = self.loop.call_later(HEAD_SECONDS, self.give_way)

    def data_received(self, data: bytes) -> None:
        """Take what has come; begin to count when it is not the whole head of a request."""
        super().data_received(data)
        if not self._rests():
            self._under_way()
            return
        self._head += len(data)
        if self._head > LARGEST_HEAD and not self.transport.is_closing():
            self.send_400_response("The head of the request is too large.")
        elif self._late is None:
            self._late = self.loop.call_later(HEAD_SECONDS, self.give_way)

    def on_response_complete(self) -> None:
        """Rest, if no further request is waiting."""
        super().on_response_complete()
        if self._rests() and not self.transport.is_closing():
            _resting[self.server_state][self] = None

    def connection_lost(self, exc: Exception | None) -> None:
        """Note who left before the answer."""
        left = not self._rests() and not self._ending
        self._under_way()
        super().connection_lost(exc)
        if left:
            address = self.cycle.scope.get("client") or ("an unknown address",)
            log.info("A client at %s left before its answer.", address[0])

    def shutdown(self) -> None:
        """End: at once without a whole request, soon where the answer is not fetched."""
        self._ending = True
        if not self._rests() and self.cycle.more_body:
            self.transport.abort()
            return
        super().shutdown()
        self.loop.call_later(LAST_SECONDS, self._last)

    def timeout_keep_alive_handler(self) -> None:
        """Close what has rested long enough, even if its last answer was never fetched."""
        self.transport.abort()

    def give_way(self) -> None:
        """Close, for want of a request."""
        self._under_way()
        self.connections.discard(self)  # it counts no more, though it takes a moment to be gone
        self.transport.abort()

    def _rests(self) -> bool:
        return self.cycle is None or self.cycle.response_complete

    def _under_way(self) -> None:
        self._head = 0
        _resting.get(self.server_state, {}).pop(self, None)
        if self._late is not None:
            self._late.cancel()
            self._late = None

    def _last(self) -> None:
        if self._rests() or self.cycle.response_started:
            self.transport.abort()
