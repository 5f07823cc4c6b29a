"""The HTTP side: routes for the Web Connector and for whoever looks after it."""

from __future__ import annotations

import asyncio
import importlib.metadata
import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect
from starlette.responses import HTMLResponse, Response
from starlette.routing import Mount, Route

from qbferry.errors import BusyError, ProtocolError
from qbferry.transfer.signin import Attempt
from qbferry.webconnector.bodies import BUSY, Bodies, Limits
from qbferry.webconnector.gate import Gate
from qbferry.webconnector.metrics import Metrics
from qbferry.webconnector.pages import (
    SECURITY,
    SERVICE_PAGE,
    SUPPORT_PAGE,
    Health,
    Missing,
    Page,
    not_allowed,
)
from qbferry.webconnector.service import Exchange, Reply, Service, refuse
from qbferry.webconnector.wsdl import wsdl

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping

    from starlette.applications import Starlette
    from starlette.types import ASGIApp, Lifespan, Receive, Scope, Send

    from qbferry.webconnector.metrics import Reading

__all__ = ["SERVICE_PATH", "SUPPORT_PATH", "site"]

SERVICE_PATH = "/qbwc"
SUPPORT_PATH = "/support"

_THREADS = 40
"""So many calls are answered at once; the others wait."""

_HOST = re.compile(r"([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?")
_CHARSET = re.compile(r"""charset\s*=\s*["']?([^"';\s]*)""", re.IGNORECASE)


def site(
    exchange: Exchange,
    *,
    limits: Limits,
    public_url: str,
    hosts: Collection[str] = (),
    healthy: Callable[[], bool] = lambda: True,
    readings: Callable[[], Iterable[Reading]] = tuple,
    metrics_token: str = "",
    lifespan: Lifespan[Starlette] | None = None,
    beside: Mapping[str, ASGIApp] = MappingProxyType({}),
    beside_port: int = 0,
) -> ASGIApp:
    """Return what is served: ``/qbwc``, ``/support``, ``/healthz``, ``/readyz`` and ``/metrics``.

    The Web Connector's calls come to their address without a detour; all else goes by Starlette.

    Args:
        exchange: What a run does; called in threads.
        limits: What calls may take.
        public_url: The address of the server as the world knows it, without ``/qbwc``.
        hosts: Names of other hosts whose address may be given back to those who asked there.
        healthy: Asked by ``/readyz``.
        readings: What ``/metrics`` tells beside the calls.
        metrics_token: Who has it may ask for ``/metrics`` from another machine; empty: nobody.
        lifespan: What is at work while the server is.
        beside: Path -> what is served below it; the longest first, and at last ``/`` for all other addresses.
        beside_port: The only port at which that is; 0: at all.
    """
    from starlette.applications import Starlette  # only a server needs it, and commands import this room

    service = Service(exchange, version=importlib.metadata.version("qbferry"))
    endpoint = _Endpoint(service, Bodies(limits, exchange.knows), limits.calls, public_url.rstrip("/"), hosts)
    others = Starlette(
        routes=[
            Route(SERVICE_PATH, endpoint),
            Route(f"{SERVICE_PATH}/", endpoint),
            Route(SUPPORT_PATH, Page(SUPPORT_PAGE)),
            Route("/healthz", Health(lambda: True)),
            Route("/readyz", Health(healthy)),
            Route("/metrics", Metrics(service.meter, readings, metrics_token)),
            *(_below(path, _At(beside_port, app)) for path, app in beside.items()),
            Mount("/", Missing()),  # with this, no path is redirected
        ],
        lifespan=lifespan,
    )

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"] == SERVICE_PATH:
            await endpoint(scope, receive, send)
        else:
            await others(scope, receive, send)

    return serve


def _below(path: str, app: ASGIApp) -> Mount:
    """All addresses below a path, those with a line feed in them too."""
    mount = Mount(path, app)
    mount.path_regex = re.compile(mount.path_regex.pattern, re.DOTALL)
    return mount


class _At:
    """An application that is there at one port only; 0: at all."""

    def __init__(self, port: int, app: ASGIApp) -> None:
        self._port, self._app = port, app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        there = not self._port or (scope.get("server") or ("", 0))[1] == self._port
        await (self._app if there else Missing())(scope, receive, send)


class _Endpoint:
    """The Web Connector's address, as an ASGI application: SOAP on POST, something to read on GET."""

    def __init__(
        self, service: Service, bodies: Bodies, most_calls: int, public_url: str, hosts: Collection[str]
    ) -> None:
        self._service = service
        self._gate = Gate(service)
        self._bodies = bodies
        self._most_calls = most_calls
        self._calls = 0
        self._public_url = public_url
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="call")
        self._hosts = {*map(str.lower, hosts), urlsplit(public_url).hostname}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        response: Response
        if scope["method"] == "POST":
            try:
                response = await self._post(scope, receive)
            except ClientDisconnect:
                return
        elif scope["method"] not in {"GET", "HEAD"}:
            response = not_allowed(scope, "GET, HEAD, POST")
        elif scope["query_string"].lower().startswith((b"wsdl", b"singlewsdl")):
            response = Response(wsdl(self._address(scope)), headers=SECURITY, media_type="text/xml")
        else:
            response = HTMLResponse(SERVICE_PAGE, headers=SECURITY)
        await response(scope, receive, send)

    async def _post(self, scope: Scope, receive: Receive) -> Response:
        if self._calls >= self._most_calls:
            reply: Reply | Attempt = self._noted(_unread(BusyError(BUSY)))
        else:
            self._calls += 1
            try:
                reply = await self._answer(scope, receive)
            finally:
                self._calls -= 1
        if isinstance(reply, Attempt):
            reply = await self._gate.admit(reply)
        if reply.hold:
            await self._gate.hold(reply.hold)
        close = {"Connection": "close"} if reply.close else None
        return Response(reply.body, reply.status, close, media_type="text/xml")

    async def _answer(self, scope: Scope, receive: Receive) -> Reply | Attempt:
        headers = Headers(scope=scope)
        try:
            charset = _charset(headers.get("content-type", ""))
            self._bodies.check_length(headers.get("content-length", ""))
        except ProtocolError as error:
            # With 100-continue the client sends the body only when it is asked for.
            if "expect" not in headers:
                await self._bodies.drop(receive)
            return self._noted(_unread(error))
        try:
            body = await self._bodies.read(receive)
        except ClientDisconnect:
            raise
        except Exception as error:  # noqa: BLE001 - the ticket may have been asked for in vain
            return self._noted(_unread(error))
        address = (scope.get("client") or ("unknown",))[0]
        try:
            return await asyncio.get_running_loop().run_in_executor(
                self._threads, self._service.answer, body, headers.get("soapaction"), charset, address
            )
        finally:
            self._bodies.release(len(body))

    def _noted(self, reply: Reply) -> Reply:
        self._service.meter.note("a call", reply.outcome, 0)
        return reply

    def _address(self, scope: Scope) -> str:
        """Return the URL of this endpoint for the service description.

        The address that was just asked works, so it is given back where the settings allow its host. Anyone
        can send any Host header, so elsewhere it is the public address; as it is for the public host, since
        behind a proxy that ends TLS only the public address knows scheme and path.
        """
        host = Headers(scope=scope).get("host", "").lower()
        found = _HOST.fullmatch(host)
        if not found or found[1] not in self._hosts or host == urlsplit(self._public_url).netloc.lower():
            return self._public_url + SERVICE_PATH
        return f"{scope['scheme']}://{host}{SERVICE_PATH}"


def _unread(error: Exception) -> Reply:
    """Refuse a call whose body may be unread: the connection cannot carry another."""
    return replace(refuse(error), close=True)


def _charset(content_type: str) -> str:
    """Return the charset of a Content-Type, if it has one.

    Raises:
        ProtocolError: It is not that of SOAP 1.1.
    """
    media_type, _, parameters = content_type.partition(";")
    media_type = media_type.strip().lower()
    if media_type == "text/xml":
        found = _CHARSET.search(parameters)
        return found[1] if found else ""
    given = f'"{media_type[:100]}"' if media_type else "missing"
    hint = " That is SOAP 1.2." if media_type == "application/soap+xml" else ""
    raise ProtocolError(f"The Content-Type is {given}; send SOAP 1.1 as text/xml.{hint}")
