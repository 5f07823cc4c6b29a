"""Watching what a plugin reaches for while it builds: the clock, chance, the network, a database."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

__all__ = ["watched"]

CORE = str(Path(__file__).parents[1])
APART = (CORE, "logging", "pluggy")
"""Whose own use of the clock says nothing of a plugin: the framework's, and that of a line of the log."""

CLOCK = frozenset({"now", "today", "utcnow", "time", "time_ns", "localtime", "gmtime", "fromtimestamp"})
CHANCE = frozenset({"urandom", "getrandbits", "random", "uuid1", "uuid4"})
OUTSIDE = {
    "socket.connect": "the network",
    "socket.getaddrinfo": "the network",
    "sqlite3.connect": "a database",
    "subprocess.Popen": "another program",
}

_seen: list[list[str]] = []
_hooked: list[bool] = []


@contextmanager
def watched() -> Iterator[list[str]]:
    """Note what is reached for inside, the end of a sentence each: ``reads the clock (now, a.py:12)``."""
    found: list[str] = []
    _listen()
    before = sys.getprofile()
    _seen.append(found)
    sys.setprofile(_profile)
    try:
        yield found
    finally:
        sys.setprofile(before)
        _seen.pop()


def _listen() -> None:
    """Hear of sockets and databases; an audit hook stays for good, and is asleep while nobody watches."""
    if not _hooked:
        _hooked.append(True)
        sys.addaudithook(_audit)


def _audit(event: str, _: tuple[Any, ...]) -> None:
    if _seen and event in OUTSIDE:
        _seen[-1].append(f"reaches for {OUTSIDE[event]} ({event})")


def _profile(frame: FrameType, event: str, function: Any) -> None:
    if event != "c_call" or not _seen:
        return
    name = getattr(function, "__name__", "")
    if name not in CLOCK | CHANCE:
        return
    file = frame.f_code.co_filename
    if file.startswith("<frozen") or any(part in file for part in APART):
        return
    owner = getattr(function, "__self__", None)
    module = getattr(owner, "__module__", None) or getattr(owner, "__name__", "")
    if module in {"datetime", "time", "posix", "nt", "_random", "random"}:
        what = "the clock" if name in CLOCK - {"random"} else "chance"
        _seen[-1].append(f"reads {what} ({name}, {Path(file).name}:{frame.f_lineno})")
