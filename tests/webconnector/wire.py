"""The two ends of the wire: envelopes as the Web Connector writes them, and a server to send them to."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal
from xml.sax.saxutils import escape

import uvicorn

from qbferry.webconnector import Limits, site
from qbferry.webconnector.connections import options

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Sequence

    from starlette.types import ASGIApp, Message

    from qbferry.webconnector import Exchange
    from qbferry.webconnector.metrics import Reading

HEAD = (
    '<?xml version="1.0" encoding="utf-8"?><soap:Envelope'
    ' xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"'
    ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
    ' xmlns:xsd="http://www.w3.org/2001/XMLSchema"><soap:Body>'
)
TAIL = "</soap:Body></soap:Envelope>"
TICKET = "15c9ce29-3e1c-4c2f-9d1b-000000000001"
XML = {"content-type": "text/xml; charset=utf-8"}


def envelope(operation: str, **parameters: str) -> bytes:
    """Write a call as .NET does: default namespace on the operation, empty strings as empty elements."""
    children = "".join(
        f"<{name}>{escape(value)}</{name}>" if value else f"<{name} />" for name, value in parameters.items()
    )
    return enveloped(f'<{operation} xmlns="http://developer.intuit.com/">{children}</{operation}>')


def enveloped(content: str) -> bytes:
    return f"{HEAD}{content}{TAIL}".encode()


def app(
    exchange: Exchange,
    *,
    public_url: str = "https://books.test",
    hosts: Collection[str] = (),
    limits: Limits | None = None,
    max_body: int = 100_000,
    healthy: Callable[[], bool] = lambda: True,
    readings: Callable[[], Iterable[Reading]] = tuple,
    metrics_token: str = "",
) -> ASGIApp:
    return site(
        exchange,
        limits=limits or Limits(body=max_body),
        public_url=public_url,
        hosts=hosts,
        healthy=healthy,
        readings=readings,
        metrics_token=metrics_token,
    )


@dataclass
class Reply:
    """What an ASGI application sent, and how many pieces of the body it asked for."""

    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    asked: int = 0

    @property
    def text(self) -> str:
        return self.body.decode()


def ask(
    application: ASGIApp,
    method: str = "POST",
    path: str = "/qbwc",
    *,
    query: bytes = b"",
    headers: dict[str, str] | Iterable[tuple[bytes, bytes]] = (),
    body: bytes | Iterable[bytes] = b"",
    hang_up: bool = False,
    client: str = "127.0.0.1",
) -> Reply:
    """Put one request to an ASGI application as a server would, and let its exceptions through."""
    pairs = (
        [(name.encode(), value.encode()) for name, value in headers.items()]
        if isinstance(headers, dict)
        else list(headers)
    )
    scope: dict[str, Any] = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "root_path": "",
        "query_string": query,
        "headers": pairs,
        "client": (client, 50_000),
        "server": ("127.0.0.1", 8_000),
    }
    pieces = iter([body] if isinstance(body, bytes) else body)
    reply = Reply()

    async def receive() -> Message:
        reply.asked += 1
        piece = next(pieces, None)
        if piece is None:
            return {"type": "http.disconnect" if hang_up else "http.request", "body": b""}
        return {"type": "http.request", "body": piece, "more_body": True}

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            reply.status = message["status"]
            reply.headers = {name.decode(): value.decode() for name, value in message["headers"]}
        else:
            reply.body += message.get("body", b"")

    asyncio.run(application(scope, receive, send))  # type: ignore[arg-type]
    return reply


@contextlib.contextmanager
def serving(
    application: ASGIApp,
    http: Literal["h11", "httptools", "bounded"] = "h11",
    max_connections: int = 800,
    proxies: Sequence[str] = (),
) -> Iterator[int]:
    """Serve on loopback with a real server; yields the port."""
    listener = socket.create_server(("127.0.0.1", 0))
    chosen = options(max_connections, proxies) if http == "bounded" else {"http": http, "ws": "none"}
    config = uvicorn.Config(application, **{**chosen, "lifespan": "off", "log_config": None})
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        while not server.started:
            assert thread.is_alive()
            time.sleep(0.005)
        yield listener.getsockname()[1]
    finally:
        server.should_exit = True
        thread.join(60)
        listener.close()
