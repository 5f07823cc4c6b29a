"""The HTTP side: zone, headers, routes, limits, and faults on demand."""

from __future__ import annotations

import json
import re
import socket
import threading
import time
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import parse_qs, urlsplit

from qbferry.simulator.autotask.entities import RefusedError

if TYPE_CHECKING:
    from types import TracebackType

    from qbferry.simulator.autotask.tenant import Tenant

__all__ = ["AutotaskServer"]

USER, SECRET, CODE = "api@example.com", "a secret of the API user", "INTEGRATIONCODE"

MOST_AT_ONCE = 3
"""Simultaneous calls of an integration to one entity."""

SLOW_SECONDS = 0.05
"""What a slow call takes."""

LONGEST_URL = 2048
"""Characters of a GET's address."""

_ROUTE = re.compile(r"/atservicesrest/v1\.0/(?P<entity>\w+)(?P<rest>(/.*)?)$", re.IGNORECASE)


class AutotaskServer(ThreadingHTTPServer):
    """Serves one tenant on loopback while the ``with`` block runs.

    Attributes:
        tenant: Whose rows.
        url: What takes the place of ``https://webservices.autotask.net/atservicesrest/``.
        user, secret, code: What calls must bring.
        at_once, most_at_once: Calls to each entity at this moment, and the most there ever were.
        stale: The tenant has moved to another zone; until that is asked for again, all is 401.
    """

    daemon_threads = True

    def __init__(self, tenant: Tenant) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.tenant = tenant
        self.url = f"http://127.0.0.1:{self.server_address[1]}/atservicesrest/"
        self.user, self.secret, self.code = USER, SECRET, CODE
        self.at_once: Counter[str] = Counter()
        self.most_at_once: Counter[str] = Counter()
        self.stale = False
        self._thread = threading.Thread(target=self.serve_forever, args=(0.01,), name="autotask", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self.shutdown()
        self._thread.join()
        self.server_close()


class _Handler(BaseHTTPRequestHandler):
    server: AutotaskServer
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        """Answer."""
        self._answer("GET")

    def do_POST(self) -> None:
        """Answer."""
        self._answer("POST")

    def do_PATCH(self) -> None:
        """Answer."""
        self._answer("PATCH")

    def log_message(self, *_: object) -> None:
        """Stay quiet."""

    def _answer(self, verb: str) -> None:
        tenant, parts = self.server.tenant, urlsplit(self.path)
        raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        body = json.loads(raw) if raw else None
        with tenant.lock:
            tenant.calls.append((verb, parts.path, body))
            fault = tenant.fault(len(tenant.calls), verb, parts.path)
        entity = parts.path.rstrip("/").split("/")[3:4]
        name = "".join(entity).casefold()
        with tenant.lock:
            self.server.at_once[name] += 1
            self.server.most_at_once[name] = max(self.server.most_at_once[name], self.server.at_once[name])
        try:
            if not self._broken(fault):
                self._finish(*self._served(verb, parts.path, parts.query, body, name), fault)
        finally:
            with tenant.lock:
                self.server.at_once[name] -= 1

    def _broken(self, fault: str) -> bool:
        """Let a call fail that is not even begun."""
        match fault:
            case "502":
                self._send(502, b"", "text/plain")
            case "html":
                self._send(503, b"<html><body>Service unavailable</body></html>", "text/html")
            case "threads":
                error = {"errors": ["Thread Threshold Exceeded: thread threshold of 3 threads, Itgenatr005"]}
                self._send(self.server.tenant.thread_status, json.dumps(error).encode(), "application/json")
            case "401":
                self._send(401, b"", "text/plain")
            case "reset":
                self._cut()
            case "slow":
                time.sleep(SLOW_SECONDS)
                return False
            case _:
                return False
        return True

    def _served(self, verb: str, path: str, query: str, body: Any, name: str) -> tuple[int, Any]:
        tenant = self.server.tenant
        try:
            with tenant.lock:
                return 200, self._called(
                    verb, path, {key: one[0] for key, one in parse_qs(query).items()}, body, name
                )
        except RefusedError as error:
            return error.status, error.body

    def _called(self, verb: str, path: str, query: dict[str, str], body: Any, name: str) -> Any:
        tenant = self.server.tenant
        if name == "zoneinformation":
            if query.get("user") != self.server.user:
                raise RefusedError("Zone information could not be determined")
            self.server.stale = False
            return {"zoneName": "Simulated", "url": self.server.url, "webUrl": self.server.url, "ci": 1}
        self._check_headers()
        tenant.used += 1
        if tenant.used > tenant.threshold:
            raise RefusedError("The request threshold of this database was exceeded.", status=429)
        if self.server.at_once[name] > MOST_AT_ONCE:
            raise RefusedError("thread threshold of 3 threads, Itgenatr005", status=tenant.thread_status)
        if verb == "GET" and len(self.path) > LONGEST_URL:
            raise RefusedError(status=404, message="Not Found")
        if name == "thresholdinformation":
            return {
                "externalRequestThreshold": tenant.threshold,
                "requestThresholdTimeframe": 60,
                "currentTimeframeRequestCount": tenant.used,
            }
        found = _ROUTE.match(path)
        if found is None:
            raise RefusedError(status=404, message="No HTTP resource was found.")
        return self._routed(verb, found["entity"], found["rest"].casefold().strip("/"), query, body)

    def _check_headers(self) -> None:
        given = self.headers
        if (given.get("UserName"), given.get("Secret")) != (self.server.user, self.server.secret):
            raise RefusedError("", status=401)
        if self.server.stale:
            raise RefusedError("", status=401)
        if given.get("ApiIntegrationCode") != self.server.code:
            raise RefusedError("IntegrationCode is invalid.")

    def _routed(self, verb: str, entity: str, rest: str, query: dict[str, str], body: Any) -> Any:
        tenant = self.server.tenant
        if rest in ("query", "query/next", "query/count"):
            begun = query.get("verb", verb)
            if begun != verb or verb == "PATCH":
                raise RefusedError(
                    status=405, message=f"The requested resource does not support http method '{verb}'."
                )
            search = json.loads(query.get("search", "{}")) if verb == "GET" else body
            if rest == "query/count":
                return tenant.count(entity, search)
            page, token = tenant.query(entity, search, query.get("paging"))
            address = f"{self.server.url}V1.0/{entity}/query/next?paging={token}&verb={verb}"
            page["pageDetails"] |= {"prevPageUrl": None, "nextPageUrl": address if token else None}
            return page
        if rest == "entityinformation/fields" and verb == "GET":
            return tenant.described(entity)
        if rest.isdecimal() and verb == "GET":
            return tenant.get(entity, int(rest))
        if not rest and verb == "PATCH":
            return tenant.patch(entity, body)
        raise RefusedError(
            status=405, message=f"The requested resource does not support http method '{verb}'."
        )

    def _finish(self, status: int, answer: Any, fault: str) -> None:
        if fault == "lost":
            self._cut()
            return
        body = b"" if status == 401 else json.dumps(answer).encode()
        self._send(status, body, "application/json")

    def _send(self, status: int, body: bytes, kind: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _cut(self) -> None:
        """End the connection without an answer."""
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)
