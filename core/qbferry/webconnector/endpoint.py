"""The HTTP side: routes for the Web Connector and for whoever looks after it."""

from __future__ import annotations

import importlib.metadata
import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from qbferry.errors import ProtocolError
from qbferry.webconnector.pages import SERVICE_PAGE, SUPPORT_PAGE, Health, Page, not_allowed
from qbferry.webconnector.service import Exchange, Reply, Service, refuse
from qbferry.webconnector.wsdl import wsdl

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.types import Receive, Scope, Send

__all__ = ["SERVICE_PATH", "SUPPORT_PATH", "routes"]

SERVICE_PATH = "/qbwc"
SUPPORT_PATH = "/support"

_PATIENCE = (
    10  # How many times the largest body is read, and dropped, to be able to say that it is too large.
)

_HOST = re.compile(r"(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?")


def routes(
    exchange: Exchange, *, max_body: int, public_url: str, healthy: Callable[[], bool] = lambda: True
) -> list[Route]:
    """Return what is served: ``/qbwc``, ``/support`` and ``/healthz``.

    Args:
        exchange: What a run does; called in threads.
        max_body: The largest request in bytes. A single parameter of more than 10,000,000 bytes of text is
            refused in any case; that is the XML parser's own limit.
        public_url: The address of the server as the world knows it, without ``/qbwc``; empty if it has none.
        healthy: Asked by ``/healthz``.
    """
    service = Service(exchange, version=importlib.metadata.version("qbferry"))
    return [
        Route(SERVICE_PATH, _Endpoint(service, max_body, public_url.rstrip("/"))),
        Route(SUPPORT_PATH, Page(SUPPORT_PAGE)),
        Route("/healthz", Health(healthy)),
    ]


class _Endpoint:
    """The Web Connector's address, as an ASGI application: SOAP on POST, something to read on GET."""

    def __init__(self, service: Service, max_body: int, public_url: str) -> None:
        self._service = service
        self._max_body = max_body
        self._patience = max_body * _PATIENCE
        self._public_url = public_url

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        response: Response
        if scope["method"] == "POST":
            try:
                answer = await self._post(Headers(scope=scope), receive)
            except ClientDisconnect:
                return
            response = Response(answer.body, answer.status, media_type="text/xml")
            if answer.status in {413, 415}:
                # The body may be unread, and then the connection cannot carry another request.
                response.headers["Connection"] = "close"
        elif scope["method"] not in {"GET", "HEAD"}:
            response = not_allowed(scope, "GET, HEAD, POST")
        elif scope["query_string"].lower().startswith((b"wsdl", b"singlewsdl")):
            response = Response(wsdl(self._address(scope)), media_type="text/xml")
        else:
            response = HTMLResponse(SERVICE_PAGE)
        await response(scope, receive, send)

    async def _post(self, headers: Headers, receive: Receive) -> Reply:
        try:
            _check_type(headers.get("content-type", ""))
            self._check_length(headers.get("content-length", ""))
        except ProtocolError as error:
            # With 100-continue the client sends the body only when it is asked for.
            if "expect" not in headers:
                await _read(receive, 0, self._patience)
            return refuse(error)
        body = await _read(receive, self._max_body, self._patience)
        if body is None:
            return refuse(self._too_large())
        return await run_in_threadpool(self._service.answer, body, headers.get("soapaction"))

    def _check_length(self, announced: str) -> None:
        # Long digits are judged as text: int() has a limit of its own.
        if announced.isdecimal() and (len(announced) > 18 or int(announced) > self._max_body):
            raise self._too_large()

    def _too_large(self) -> ProtocolError:
        return ProtocolError(
            f"The request is larger than the {self._max_body:,} bytes this server takes; "
            "raise the limit in its settings, or ask QuickBooks for less at a time.",
            status=413,
        )

    def _address(self, scope: Scope) -> str:
        """Return the URL of this endpoint for the service description.

        The address that was just asked works, so it is given back; behind a proxy that ends TLS only the
        public URL knows the scheme and path, so that is used where the host is its own.
        """
        host = Headers(scope=scope).get("host", "")
        if self._public_url and (
            not _HOST.fullmatch(host) or host.lower() == urlsplit(self._public_url).netloc.lower()
        ):
            return self._public_url + SERVICE_PATH
        if not _HOST.fullmatch(host):
            name, port = scope.get("server") or ("localhost", None)
            host = f"{name}:{port}" if port else name
        return f"{scope['scheme']}://{host}{scope['path']}"


async def _read(receive: Receive, limit: int, patience: int) -> bytes | None:
    """Read a body, never holding more than the limit and one piece of the transport's.

    A body beyond the limit is still read, and dropped, up to a bound: a client that is busy sending finds its
    connection reset instead of the answer.

    Returns:
        The body, or None when it is larger than the limit.

    Raises:
        ClientDisconnect: The client has gone.
    """
    pieces: list[bytes] = []
    size = 0
    more = True
    while more and size <= patience:
        event = await receive()
        if event["type"] == "http.disconnect":
            raise ClientDisconnect
        piece = event.get("body", b"")
        size += len(piece)
        if size <= limit:
            pieces.append(piece)
        else:
            pieces.clear()
        more = event.get("more_body", False)
    return b"".join(pieces) if size <= limit else None


def _check_type(content_type: str) -> None:
    media_type = content_type.partition(";")[0].strip().lower()
    if media_type == "text/xml":
        return
    given = f'"{media_type[:100]}"' if media_type else "missing"
    hint = " That is SOAP 1.2." if media_type == "application/soap+xml" else ""
    raise ProtocolError(f"The Content-Type is {given}; send SOAP 1.1 as text/xml.{hint}", status=415)
