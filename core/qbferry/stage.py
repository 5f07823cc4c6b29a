"""A server on loopback within this process, for the demo, the proof and tests: real HTTP, any free port."""

from __future__ import annotations

import socket
import threading
import time
from typing import TYPE_CHECKING, Self

import uvicorn

from qbferry.app import asgi
from qbferry.errors import ConfigError
from qbferry.webconnector import SERVICE_PATH
from qbferry.webconnector.connections import options

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from starlette.types import ASGIApp

    from qbferry.app import Application

__all__ = ["Stage"]

PATIENCE = 120.0
"""Seconds the server has to start and to end."""


class Stage:
    """Serves an application in a thread while the ``with`` block runs.

    Attributes:
        url: Where the Web Connector calls.
    """

    def __init__(
        self, application: Application, wrap: Callable[[ASGIApp], ASGIApp] = lambda served: served
    ) -> None:
        """Take a free port.

        Args:
            application: What is served.
            wrap: Puts something between the server and the application.
        """
        self._socket = socket.socket()
        self._socket.bind(("127.0.0.1", 0))
        self.url = f"http://localhost:{self._socket.getsockname()[1]}{SERVICE_PATH}"
        config = uvicorn.Config(wrap(asgi(application)), **options(800, ()))
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(
            target=self._server.run, kwargs={"sockets": [self._socket]}, name="server", daemon=True
        )

    def __enter__(self) -> Self:
        self._thread.start()
        end = time.monotonic() + PATIENCE
        while not self._server.started:
            if not self._thread.is_alive() or time.monotonic() > end:
                raise ConfigError("The server did not start.")
            time.sleep(0.01)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.should_exit = True
        self._thread.join(PATIENCE)
        self._socket.close()
