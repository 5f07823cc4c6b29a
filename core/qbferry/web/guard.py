"""What stands before all pages: bounds for what is sent, and headers for what is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse

from qbferry.web.gate import set_cookie
from qbferry.web.wording import _

if TYPE_CHECKING:
    from starlette.responses import Response
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

__all__ = ["LARGEST_FORM", "Guard"]

LARGEST_FORM = 2_000_000
"""Bytes."""

UPLOADS = "/import/file"
"""Files come there, as long as they are, and are written as they come; a form is none of them."""

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}
HSTS = "max-age=31536000"


class Guard:
    """An ASGI application before another.

    Args:
        app: The pages.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through, if it is not too large."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        # The pages' own addresses are meant, whatever they are mounted on.
        scope = {name: value for name, value in scope.items() if name != "router"} | {"state": {}}
        secure = scope["scheme"] == "https"
        began = False

        async def dressed(message: Message) -> None:
            nonlocal began
            if message["type"] == "http.response.start":
                began = True
                self._dress(scope, MutableHeaders(scope=message), secure=secure)
            await send(message)

        length = int(dict(scope["headers"]).get(b"content-length", b"0") or b"0")
        most = _most(scope)
        if most is not None and length > most:
            await _too_large(most)(scope, receive, dressed)
            return
        seen = 0

        async def bounded() -> Message:
            nonlocal seen
            message = await receive()
            seen += len(message.get("body", b""))
            if most is not None and seen > most:
                raise _TooLargeError
            return message

        try:
            await self._app(scope, bounded, dressed)
        except _TooLargeError:
            if not began:
                await _too_large(most or 0)(scope, receive, dressed)

    @staticmethod
    def _dress(scope: Scope, headers: MutableHeaders, *, secure: bool) -> None:
        for name, value in HEADERS.items():
            headers[name] = value
        if secure:
            headers["Strict-Transport-Security"] = HSTS
        if not scope["path"].startswith("/static/"):
            headers["Cache-Control"] = "no-store"
        token = scope["state"].get("cookie")
        if token is not None:
            headers.append("Set-Cookie", set_cookie(token, secure=secure))


class _TooLargeError(Exception):
    """More was sent than a form may have."""


def _most(scope: Scope) -> int | None:
    """How many bytes a request may have; None: it is written to a file as it comes."""
    if scope["path"] != UPLOADS:
        return LARGEST_FORM
    kind = Headers(scope=scope).get("content-type", "")
    return LARGEST_FORM if kind.startswith(("multipart/", "application/x-www-form")) else None


def _too_large(most: int) -> Response:
    text = _("This form is larger than %(most)s bytes; nothing was changed.", most=f"{most:,}")
    return PlainTextResponse(text, 413, {"Connection": "close"})
