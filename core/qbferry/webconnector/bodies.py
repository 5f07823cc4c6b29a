"""Reading the bodies of calls: how large, how long, and how much of them at once."""

from __future__ import annotations

import asyncio
import contextlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect

from qbferry.errors import BusyError, ProtocolError, TicketError
from qbferry.transfer.tickets import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.types import Receive

__all__ = ["BUSY", "Bodies", "Limits"]

BUSY = "The server is busy at the moment and nothing was lost; run the update again in a few minutes."

SMALL = 65_536
"""Bytes that any call may have; more only for those that show the ticket of a run."""

_PATIENCE = 10
"""How many times the largest body is read, and dropped, to be able to say that it is too large."""

_KNOWN = 1_000
"""Tickets that are remembered as good, so that only the first large body of a run asks the database."""

_LARGE_CALL = re.compile(rb"(?:receiveResponseXML|sendRequestXML)[\s/>]")
_TICKET = re.compile(rb"<(?:[\w.-]+:)?ticket(?:\s[^<>]*)?>\s*([^<\s]{1,200})\s*</")


@dataclass(frozen=True, slots=True)
class Limits:
    """What calls may take of the server.

    Attributes:
        body: The largest body in bytes. A single parameter of more than 10,000,000 bytes of text is refused
            in any case; that is the XML parser's own limit.
        body_seconds: Within so many a body must be there: once its beginning, once a large one's rest.
        calls: So many are read or answered at once.
        held: Bytes of all bodies that are held at once; None: those of four of the largest.
    """

    body: int = 10_000_000
    body_seconds: float = 30.0
    calls: int = 400
    held: int | None = None


class Bodies:
    """Reads bodies, many at once, within the limits.

    Args:
        limits: What they may take.
        knows: Whether a ticket is that of a run; asked in a thread.
    """

    def __init__(self, limits: Limits, knows: Callable[[str], bool]) -> None:
        self._limits = limits
        self._small = min(SMALL, limits.body)
        self._most_held = 4 * limits.body if limits.held is None else limits.held
        self._knows = knows
        self._known: dict[bytes, None] = {}
        self._held = 0

    async def read(self, receive: Receive) -> bytes:
        """Read a body. Whoever gets it gives it back with ``release``.

        Raises:
            ProtocolError: It is too large, too late, or of a stranger; it has been dropped as far as it came.
            BusyError: The server holds as much as it can.
            ClientDisconnect: The client has gone.
        """
        pieces: list[bytes] = []
        size, more, trusted = 0, True, False
        try:
            async with asyncio.timeout(self._limits.body_seconds) as patience:
                while more:
                    piece, more = await _piece(receive)
                    pieces.append(piece)
                    size += len(piece)
                    self._held += len(piece)
                    self._check(size)
                    if size > self._small and not trusted:
                        await self._vouch(b"".join(pieces))
                        trusted = True
                        patience.reschedule(asyncio.get_running_loop().time() + self._limits.body_seconds)
        except ProtocolError:
            self.release(size)
            pieces.clear()
            if more:
                await self.drop(receive, size)
            raise
        except TimeoutError:
            self.release(size)
            raise self._late() from None
        except BaseException:
            self.release(size)
            raise
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def release(self, size: int) -> None:
        """Count so many bytes as held no more."""
        self._held -= size

    async def drop(self, receive: Receive, size: int = 0) -> None:
        """Read on up to a bound, and keep nothing: a client busy sending would see a reset, no answer."""
        more = True
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._limits.body_seconds):
                while more and size <= self._limits.body * _PATIENCE:
                    piece, more = await _piece(receive)
                    size += len(piece)

    def check_length(self, announced: str) -> None:
        """Refuse a Content-Length that is beyond the limit.

        Raises:
            ProtocolError: It is.
        """
        # Long digits are judged as text: int() has a limit of its own.
        if announced.isdecimal() and (len(announced) > 18 or int(announced) > self._limits.body):
            raise self._too_large()

    def _check(self, size: int) -> None:
        if size > self._limits.body:
            raise self._too_large()
        if self._held > self._most_held:
            raise BusyError(BUSY)

    async def _vouch(self, beginning: bytes) -> None:
        """Let a body be large only in a run, for what QuickBooks answers and says of itself."""
        head = beginning[: 2 * self._small].replace(b"\0", b"")  # as good as read, whatever its encoding
        found = _TICKET.search(head) if _LARGE_CALL.search(head) else None
        if found is None:
            raise ProtocolError(
                f"The request is larger than {self._small:,} bytes; only the calls of a run with QuickBooks' "
                "answers may be, and those begin with their ticket."
            )
        ticket = found[1]
        if ticket in self._known:
            return
        if not await run_in_threadpool(self._knows, ticket.decode("latin-1")):
            raise TicketError(UNKNOWN)
        self._known[ticket] = None
        if len(self._known) > _KNOWN:
            del self._known[next(iter(self._known))]

    def _too_large(self) -> ProtocolError:
        return ProtocolError(
            f"The request is larger than the {self._limits.body:,} bytes this server takes; "
            "raise the limit in its settings, or ask QuickBooks for less at a time."
        )

    def _late(self) -> ProtocolError:
        return ProtocolError(
            f"The request was not there after {self._limits.body_seconds:g} seconds; the connection is slow "
            "or broken. Nothing was lost; run the update again."
        )


async def _piece(receive: Receive) -> tuple[bytes, bool]:
    """One piece of a body, and whether there are more.

    Raises:
        ClientDisconnect: The client has gone.
    """
    event = await receive()
    if event["type"] == "http.disconnect":
        raise ClientDisconnect
    return event.get("body", b""), event.get("more_body", False)
