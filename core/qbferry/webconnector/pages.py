"""What a browser sees at the addresses of this room, and the answer to a health check."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool
from starlette.responses import HTMLResponse, PlainTextResponse, Response

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.types import Receive, Scope, Send

__all__ = ["SECURITY", "SERVICE_PAGE", "SUPPORT_PAGE", "Health", "Missing", "Page", "not_allowed"]

SECURITY = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
}
"""Headers of every page: no scripts, no frames, no guessing of types."""

_logger = logging.getLogger(__name__)

_LAYOUT = """<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{title}</title></head>
<body style="font-family: sans-serif; max-width: 40em; margin: 3em auto; padding: 0 1em; line-height: 1.5">
<h1>{title}</h1>
{text}
</body>
</html>
"""

SERVICE_PAGE = _LAYOUT.format(
    title="qbferry: Web Connector service",
    text="""<p>This address is for the QuickBooks Web Connector, not for a browser. The Web Connector finds it
by itself once the connector's .qwc file has been added to it.</p>
<p>For developers: the <a href="?wsdl">service description</a>.</p>""",
)

SUPPORT_PAGE = _LAYOUT.format(
    title="qbferry: support",
    text="""<p>qbferry carries records into QuickBooks Desktop through the QuickBooks Web Connector.</p>
<h2>When an update does not run</h2>
<ul>
<li>Open QuickBooks with the company file this connector was set up for, and close any dialog box in it.</li>
<li>In the Web Connector, check the password of this application, tick it and choose Update Selected.</li>
<li>Read the text in the Web Connector's Result column; the View Log button has the details.</li>
<li>Why one record was refused is in its transfer history, on the server.</li>
</ul>
<p>For anything else, ask the person who runs this server.</p>""",
)


class Page:
    """A page that never changes, as an ASGI application."""

    def __init__(self, html: str) -> None:
        self._page = HTMLResponse(html, headers=SECURITY)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer GET and HEAD."""
        response = self._page if scope["method"] in {"GET", "HEAD"} else not_allowed(scope, "GET, HEAD")
        await response(scope, receive, send)


class Missing:
    """Says that there is nothing at an address, as an ASGI application."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer any method."""
        response = PlainTextResponse("There is nothing at this address.\n", 404, SECURITY)
        await response(scope, receive, send)


class Health:
    """Says whether the server can work, as an ASGI application.

    Args:
        healthy: Asked every time, in a thread; an exception counts as no.
    """

    def __init__(self, healthy: Callable[[], bool]) -> None:
        self._healthy = healthy

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer GET and HEAD with 200 or 503."""
        response: Response
        if scope["method"] not in {"GET", "HEAD"}:
            response = not_allowed(scope, "GET, HEAD")
        elif await run_in_threadpool(self._ask):
            response = PlainTextResponse("ok\n", headers=SECURITY)
        else:
            response = PlainTextResponse("The server has trouble; its log says why.\n", 503, SECURITY)
        await response(scope, receive, send)

    def _ask(self) -> bool:
        try:
            return self._healthy()
        except Exception:
            _logger.exception("the health check failed")
            return False


def not_allowed(scope: Scope, allowed: str) -> Response:
    """Refuse a method.

    Args:
        scope: Of the request.
        allowed: The methods there are, as in the Allow header.
    """
    sentence = f"This address does not answer {scope['method'][:20]}; use {allowed}.\n"
    return PlainTextResponse(sentence, 405, {"Allow": allowed, **SECURITY})
