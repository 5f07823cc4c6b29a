"""How often a program may ask: for each token so many requests a minute, in each process of the server."""

from __future__ import annotations

import math
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from starlette.datastructures import MutableHeaders

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

__all__ = ["Rate", "Rates", "telling"]

MINUTE = 60


@dataclass(frozen=True, slots=True)
class Rate:
    """Where a program stands after a request.

    Attributes:
        most: Requests a minute.
        left: Requests it may still make at once.
        full: Seconds until it may make all of them again.
        wait: Seconds after which the request may be made; 0: it may be now.
    """

    most: int
    left: int
    full: int
    wait: int

    @property
    def headers(self) -> dict[str, str]:
        """The same as headers (draft-ietf-httpapi-ratelimit-headers)."""
        return {
            "RateLimit-Policy": f'"token";q={self.most};w={MINUTE}',
            "RateLimit": f'"token";r={self.left};t={self.full}',
        }


class Rates:
    """Counts requests: a minute's may come at once, and each second gives some of them back.

    Args:
        most: Requests a minute of each program; 0: any number.
        clock: Seconds.
    """

    def __init__(self, most: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._most, self._clock = most, clock
        self._lock = threading.Lock()
        self._even: dict[int, float] = {}
        """Token -> when it may make all requests again."""

    def take(self, token_id: int) -> Rate | None:
        """Count a request; None: nothing is counted."""
        if not self._most:
            return None
        each, now = MINUTE / self._most, self._clock()
        with self._lock:
            after = max(self._even.get(token_id, now), now) + each
            late = after - now - MINUTE
            if late <= 0:
                self._even[token_id] = after
        if late > 0:
            return Rate(self._most, 0, math.ceil(after - each - now), max(1, math.ceil(late)))
        return Rate(self._most, int((MINUTE - (after - now)) / each + 1e-6), math.ceil(after - now), 0)


def telling(app: ASGIApp) -> ASGIApp:
    """Let every answer tell the rate that was noted in its request's state."""

    async def served(scope: Scope, receive: Receive, send: Send) -> None:
        async def told(message: Message) -> None:
            rate: Rate | None = scope.get("state", {}).get("rate")
            if message["type"] == "http.response.start" and rate is not None:
                MutableHeaders(scope=message).update(rate.headers)
            await send(message)

        await app(scope, receive, told)

    return served
