"""A load balancer of the simplest kind: each connection goes to the next server that answers."""

from __future__ import annotations

import selectors
import socket
from itertools import count
from typing import TYPE_CHECKING, Self
from urllib.parse import urlsplit

from qbferry.proof.server import launch

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import TracebackType

__all__ = ["Relay"]


class Relay:
    """A process that hands the connections of one address to several servers in turn.

    Attributes:
        url: Where the Web Connector calls.
    """

    def __init__(self, urls: Sequence[str]) -> None:
        parts = [urlsplit(url) for url in urls]
        listening = socket.create_server(("127.0.0.1", 0))
        self.url = parts[0]._replace(netloc=f"localhost:{listening.getsockname()[1]}").geturl()
        places = [("127.0.0.1", part.port or 80) for part in parts]
        self._process = launch(_pass_on, listening, places)
        listening.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.kill()
        self._process.join()


def _pass_on(listening: socket.socket, places: Sequence[tuple[str, int]]) -> None:
    # One connection at a time: the Web Connector makes one call after the other.
    for turn in count():
        near, _ = listening.accept()
        with near:
            for attempt in range(len(places)):
                try:
                    far = socket.create_connection(places[(turn + attempt) % len(places)])
                except OSError:
                    continue
                with far:
                    _carry(near, far)
                break


def _carry(near: socket.socket, far: socket.socket) -> None:
    """Carry bytes both ways until one side hangs up."""
    with selectors.DefaultSelector() as selector:
        selector.register(near, selectors.EVENT_READ, (near, far))
        selector.register(far, selectors.EVENT_READ, (far, near))
        while True:
            for key, _ in selector.select():
                source, target = key.data
                try:
                    data = source.recv(65536)
                    target.sendall(data)
                except OSError:
                    return
                if not data:
                    return
