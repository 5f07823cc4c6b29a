"""Bodies of any length: they go to a temporary file as they come, and memory stays small."""

from __future__ import annotations

import asyncio
import hashlib
import tempfile
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING

from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect

from qbferry.api.problems import ProblemError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Collection

    from starlette.requests import Request

__all__ = ["Body", "media_type", "received"]

AT_HAND = 1_000_000
"""Bytes of a body that are kept in memory."""


@dataclass(frozen=True, slots=True)
class Body:
    """What was sent.

    Attributes:
        stream: At its beginning.
        digest: The SHA-256 of it.
    """

    stream: IO[bytes]
    digest: bytes


@asynccontextmanager
async def received(request: Request, most: int, seconds: float, *, setting: str = "") -> AsyncIterator[Body]:
    """Receive a body; it is gone with the block.

    Args:
        request: Whose.
        most: Bytes it may have.
        seconds: For how long nothing may come.
        setting: What says how many.

    Raises:
        ProblemError: It is too large, or breaks off.
    """
    announced = request.headers.get("content-length", "")
    # Long digits are judged as text: int() has a limit of its own.
    if announced.isdecimal() and (len(announced) > 18 or int(announced) > most):
        raise _too_large(most, setting)
    size, digest, pieces = 0, hashlib.sha256(), request.stream()
    with tempfile.SpooledTemporaryFile(AT_HAND) as stream:
        while True:
            try:
                async with asyncio.timeout(seconds):
                    piece = await anext(pieces, None)
            except TimeoutError:
                raise ProblemError("late", f"Nothing came for {seconds:g} seconds; send it again.") from None
            except ClientDisconnect:  # nobody will read it
                raise ProblemError("malformed", "The body breaks off.") from None
            if piece is None:
                break
            size += len(piece)
            if size > most:
                raise _too_large(most, setting)
            digest.update(piece)
            await run_in_threadpool(stream.write, piece)
        stream.seek(0)
        yield Body(stream, digest.digest())


def media_type(request: Request, known: Collection[str]) -> str:
    """What a body says it is, of what there is.

    Raises:
        ProblemError: It is something else, or compressed.
    """
    accept = {"Accept": ", ".join(known)}
    given = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if given not in known:
        said = f"The Content-Type is {given[:100]!r}" if given else "There is no Content-Type"
        raise ProblemError("media-type", f"{said}; send {' or '.join(known)}.", accept)
    coding = request.headers.get("content-encoding", "identity").strip().lower()
    if coding not in {"", "identity"}:
        told = f"The Content-Encoding is {coding[:100]!r}; send the body as it is."
        raise ProblemError("media-type", told, accept | {"Accept-Encoding": "identity"})
    return given


def _too_large(most: int, setting: str) -> ProblemError:
    where = f"({setting}); send it in parts." if setting else "here."
    return ProblemError(
        "too-large",
        f"The body has more than the {most:,} bytes that are taken {where}",
        {"Connection": "close"},
    )
