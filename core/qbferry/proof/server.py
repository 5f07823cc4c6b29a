"""A server process that can be made to die at a given moment, and counts the moments it passes."""

from __future__ import annotations

import logging
import multiprocessing
import os
import signal
import sys
import threading
import warnings
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

# A server imports these when it starts; here already, so that every copy of this process has them.
from qbferry import api, herald, sources, web  # noqa: F401
from qbferry.app import build
from qbferry.errors import QbferryError
from qbferry.stage import Stage
from qbferry.transfer import exchange, outbox, pruning  # noqa: F401

if TYPE_CHECKING:
    from collections.abc import Callable
    from multiprocessing.connection import Connection
    from multiprocessing.process import BaseProcess

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from qbferry.config import Settings
    from qbferry.store.database import Database

__all__ = ["AFTER_COMMIT", "BEFORE_COMMIT", "BEFORE_REPLY", "Server", "Trap", "die", "launch"]

BEFORE_COMMIT, AFTER_COMMIT, BEFORE_REPLY = "before commit", "after commit", "before reply"


@dataclass(frozen=True, slots=True)
class Trap:
    """When the server dies.

    Attributes:
        moment: ``before commit``, ``after commit`` or ``before reply``.
        nth: At which of them, from 1.
    """

    moment: str
    nth: int


def launch(work: Callable[..., None], *arguments: object) -> BaseProcess:
    """Start a process: a copy of this warm one where the system is good at that, else a new one."""
    process: BaseProcess = _context().Process(target=work, args=arguments, daemon=True)
    with warnings.catch_warnings():
        # Python warns of copies of a process that has threads. Those of the proof have none, and what a test
        # has left behind sleeps.
        warnings.simplefilter("ignore", DeprecationWarning)
        process.start()
    return process


def _context() -> Any:
    return multiprocessing.get_context("fork" if sys.platform == "linux" else "spawn")


def die() -> None:
    """End this process as if the power went: nothing is flushed, closed or said."""
    if sys.platform != "win32":
        os.kill(os.getpid(), signal.SIGKILL)
    os._exit(137)


class Server:
    """A server process of its own, on a free port of loopback.

    Attributes:
        url: Where the Web Connector calls.
    """

    def __init__(self, settings: Settings, trap: Trap | None = None) -> None:
        """Start it, and wait until it listens.

        Raises:
            QbferryError: It does not start.
        """
        self._ours, theirs = _context().Pipe()
        self._process = launch(_serve, settings, trap, theirs)
        theirs.close()
        try:
            self.url: str = self._ours.recv()
        except EOFError as error:
            raise QbferryError("The server of the proof did not start.") from error

    @property
    def alive(self) -> bool:
        """Whether it has not died yet."""
        return self._process.is_alive()

    def passed(self) -> Counter[str]:
        """How often each moment was passed until now."""
        self._ours.send(None)
        found: Counter[str] = self._ours.recv()
        return found

    def kill(self) -> None:
        """End it as the power would."""
        self._process.kill()
        self._process.join()
        self._ours.close()


class _Watch:
    """Counts moments, and dies at one."""

    def __init__(self, trap: Trap | None) -> None:
        self._trap = trap
        self._lock = threading.Lock()
        self.passed: Counter[str] = Counter()

    def __call__(self, moment: str) -> None:
        with self._lock:
            self.passed[moment] += 1
            if self._trap and self._trap.moment == moment and self._trap.nth == self.passed[moment]:
                die()


def _serve(settings: Settings, trap: Trap | None, pipe: Connection) -> None:
    logging.disable()  # crashes are expected here, thousands of them
    watch = _Watch(trap)
    application = build(settings)
    _watch_commits(application.database, watch)
    with Stage(application, lambda app: _watch_replies(app, watch)) as stage:
        pipe.send(stage.url)
        try:
            while True:
                pipe.recv()
                pipe.send(watch.passed)
        except EOFError:
            die()  # whoever started it is gone


def _watch_commits(database: Database, watch: _Watch) -> None:
    """Pass a moment right before and right after each COMMIT the database is given."""
    dialect: Any = database.engine.dialect
    commit = dialect.do_commit

    def do_commit(connection: object) -> None:
        watch(BEFORE_COMMIT)
        commit(connection)
        watch(AFTER_COMMIT)

    dialect.do_commit = do_commit


def _watch_replies(app: ASGIApp, watch: _Watch) -> ASGIApp:
    """Pass a moment right before each reply leaves."""

    async def watched(scope: Scope, receive: Receive, send: Send) -> None:
        async def hear(message: Message) -> None:
            if message["type"] == "http.response.start":
                watch(BEFORE_REPLY)
            await send(message)

        await app(scope, receive, hear)

    return watched
