"""HTTP as the Web Connector's .NET client speaks it (facts A2): one kept connection, Expect: 100-continue."""

from __future__ import annotations

import selectors
import socket
import ssl
import time
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urlsplit

import h11

from qbferry.errors import InputError
from qbferry.simulator import soap

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType

__all__ = ["AnyWire", "Wire", "WireError"]

_AGENT = "Mozilla/4.0 (compatible; MSIE 6.0; MS Web Services Client Protocol 4.0.30319.42000)"
_CONTINUE_WAIT = 0.35
"""Seconds .NET waits for "100 Continue" before it sends the body all the same."""
_LARGEST_HEAD = 65536
_PAUSE = 0.1
"""Seconds between two looks whether a server listens by now."""


class WireError(Exception):
    """The server cannot be reached, or its answer is no HTTP 200 with XML."""


class AnyWire(Protocol):
    """What calls a server; ``Wire`` does, over HTTP."""

    def call(
        self,
        operation: str,
        parameters: Mapping[str, str],
        *,
        hang_up: bool = False,
        lose_reply: bool = False,
    ) -> str | list[str]:
        """Call an operation of the server, as ``Wire.call`` does."""

    def close(self) -> None:
        """Cut the connection."""


class Wire:
    """The way to one server. Not for several threads at once."""

    def __init__(
        self, url: str, *, keep_alive: bool = True, timeout: float = 100.0, tls: ssl.SSLContext | None = None
    ) -> None:
        """Prepare; nothing is sent yet.

        Args:
            url: Where the Web Connector posts to, http or https.
            keep_alive: Use one connection for all calls, as .NET does; else one a call.
            timeout: Seconds to wait for an answer; .NET's own default (facts A2).
            tls: Which certificates to trust; None: those of the system.

        Raises:
            InputError: The address is none.
        """
        parts = urlsplit(url)
        try:
            port = parts.port
        except ValueError as error:
            raise InputError(f"{url} has a wrong port.") from error
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise InputError(f"{url} is no http or https address; give the AppURL of the .qwc file.")
        self._secure = parts.scheme == "https"
        self._host = parts.hostname
        self._port = port or (443 if self._secure else 80)
        self._authority = parts.netloc.rpartition("@")[2]
        self._target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        self._keep_alive = keep_alive
        self._timeout = timeout
        self._tls = tls
        self._socket: socket.socket | None = None
        self._http = h11.Connection(h11.CLIENT, max_incomplete_event_size=_LARGEST_HEAD)
        self._early: h11.Response | None = None

    def __enter__(self) -> Wire:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Cut the connection."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def wait(self, seconds: float) -> None:
        """Wait until somebody listens at the address: a server that is just starting refuses at first."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            try:
                socket.create_connection((self._host, self._port), timeout=self._timeout).close()
            except ConnectionRefusedError:
                time.sleep(_PAUSE)
            except OSError:  # it will not come right by itself; the first call says what it is
                return
            else:
                return

    def call(
        self,
        operation: str,
        parameters: Mapping[str, str],
        *,
        hang_up: bool = False,
        lose_reply: bool = False,
    ) -> str | list[str]:
        """Call an operation of the server.

        Args:
            operation: ``authenticate`` …
            parameters: Its parameters in their order.
            hang_up: Cut the connection as soon as the call is sent.
            lose_reply: Cut the connection when the reply arrives, without reading it.

        Raises:
            WireError: The server cannot be reached, the connection broke, or the answer is not HTTP 200 with
            XML.
            SoapError: The answer is a fault, or not the answer to this call.
        """
        body = soap.write(operation, parameters)
        try:
            if not (self._kept() and self._send(operation, body, again=True)):
                self._connect()
                self._send(operation, body)
            if hang_up or lose_reply:
                if not hang_up:
                    self._await_reply()
                self.close()
                raise WireError(f"the connection was cut before the reply to {operation} was read")
            status, kind, answer = self._receive()
        except (OSError, h11.ProtocolError) as error:
            self.close()
            raise WireError(f"{self._where} did not answer {operation}: {error}") from error
        finally:
            if not self._keep_alive:
                self.close()
        if status == 500 and b"Fault" in answer:
            soap.read(operation, answer)
        if status != 200:
            raise WireError(f"{self._where} answered {operation} with HTTP {status}")
        if kind != "text/xml":
            raise WireError(
                f"{self._where} answered {operation} with {kind or 'no content type'}, not text/xml"
            )
        return soap.read(operation, answer)

    @property
    def _where(self) -> str:
        return f"{'https' if self._secure else 'http'}://{self._authority}{self._target}"

    def _kept(self) -> bool:
        """Tell whether the last call's connection is still good; one that was hung up shows as readable."""
        if self._socket is not None and self._readable(0):
            self.close()
        return self._socket is not None

    def _connect(self) -> None:
        plain = socket.create_connection((self._host, self._port), timeout=self._timeout)
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self._secure:
            context = self._tls or ssl.create_default_context()
            self._socket = context.wrap_socket(plain, server_hostname=self._host)
        else:
            self._socket = plain
        self._http = h11.Connection(h11.CLIENT, max_incomplete_event_size=_LARGEST_HEAD)

    def _send(self, operation: str, body: bytes, *, again: bool = False) -> bool:
        """Send a call.

        Args:
            operation: Its name.
            body: Its envelope.
            again: It goes over a kept connection; should the server hang up just now, before it got the body,
                nothing has happened yet, and a new connection may be tried, as .NET does.

        Returns:
            Whether it was sent.
        """
        headers = [
            ("User-Agent", _AGENT),
            ("Content-Type", "text/xml; charset=utf-8"),
            ("SOAPAction", f'"{soap.NAMESPACE}{operation}"'),
            ("Host", self._authority),
            ("Content-Length", str(len(body))),
            ("Expect", "100-continue"),
            ("Connection", "Keep-Alive" if self._keep_alive else "Close"),
        ]
        self._early = None
        try:
            self._write(h11.Request(method="POST", target=self._target, headers=headers))
            self._await_continue()
        except ConnectionError:
            if not again:
                raise
            self.close()
            return False
        if self._early is None:
            self._write(h11.Data(data=body))
            self._write(h11.EndOfMessage())
        return True

    def _write(self, event: h11.Request | h11.Data | h11.EndOfMessage) -> None:
        data = self._http.send(event)
        if data and self._socket is not None:
            self._socket.sendall(data)

    def _await_continue(self) -> None:
        """Wait for "100 Continue"; a final answer in its place is kept, and the body stays unsent."""
        deadline = time.monotonic() + _CONTINUE_WAIT
        while (left := deadline - time.monotonic()) > 0 and self._readable(left):
            self._feed()
            event = self._http.next_event()
            if isinstance(event, h11.Response):
                self._early = event
            if event is not h11.NEED_DATA:
                return

    def _receive(self) -> tuple[int, str, bytes]:
        status, kind, parts = 0, "", []
        while True:
            event, self._early = self._early or self._http.next_event(), None
            if event is h11.NEED_DATA:
                self._feed()
            elif isinstance(event, h11.Response):
                status = event.status_code
                kind = dict(event.headers).get(b"content-type", b"").decode("latin-1").partition(";")[0]
            elif isinstance(event, h11.Data):
                parts.append(bytes(event.data))
            elif isinstance(event, h11.EndOfMessage):
                break
        if self._http.our_state is h11.DONE and self._http.their_state is h11.DONE:
            self._http.start_next_cycle()
        else:
            self.close()
        return status, kind.strip().lower(), b"".join(parts)

    def _await_reply(self) -> None:
        """Wait until the reply is there; the server has done its work then."""
        if not self._readable(self._timeout):
            raise TimeoutError("timed out")

    def _readable(self, seconds: float) -> bool:
        if self._socket is None:
            return False
        if isinstance(self._socket, ssl.SSLSocket) and self._socket.pending():
            return True
        with selectors.DefaultSelector() as selector:
            selector.register(self._socket, selectors.EVENT_READ)
            return bool(selector.select(seconds))

    def _feed(self) -> None:
        if self._socket is None:
            raise ConnectionError("the connection is closed")
        data = self._socket.recv(65536)
        if not data and self._http.their_state is h11.SEND_RESPONSE:
            raise ConnectionError("the server closed the connection without an answer")
        self._http.receive_data(data)
