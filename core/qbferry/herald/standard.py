"""A POST in the form of Standard Webhooks (https://www.standardwebhooks.com), signed, for one receiver."""

from __future__ import annotations

import base64
import hashlib
import hmac
import http.client
import json
import ssl
import urllib.error
import urllib.request
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from qbferry.errors import QbferryError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

__all__ = ["SECONDS", "GoneError", "SendError", "place", "post", "reason"]

SECONDS = 20.0
"""So long the other side may take."""


class SendError(QbferryError):
    """It could not be sent; the text says why, and names no secret."""


class GoneError(SendError):
    """The other side wants no more of it, ever (HTTP 410)."""


def post(url: str, identity: str, at: datetime, told: Mapping[str, Any], secret: str) -> int:
    """Post something; the status it was answered with, from 200 to 299.

    Args:
        url: Where to.
        identity: The same whenever it is sent again, so that a receiver knows it.
        at: When; a receiver refuses what is old.
        told: What.
        secret: ``whsec_`` and base64; empty: it is not signed.

    Raises:
        SendError: It was not taken.
    """
    body = json.dumps(told, separators=(",", ":")).encode()
    headers = {"Content-Type": "application/json", "User-Agent": "qbferry"}
    headers |= _signed(identity, at, body, secret)
    request = urllib.request.Request(url, body, headers, method="POST")  # noqa: S310 - who sets it checks it
    try:
        with _OPENER.open(request, timeout=SECONDS) as reply:
            reply.read(1_000)
            return int(reply.status)
    except urllib.error.HTTPError as error:
        error.close()
        kind = GoneError if error.code == http.HTTPStatus.GONE else SendError
        raise kind(f"The webhook {place(url)} answered with HTTP {error.code}.") from error
    except (OSError, ValueError, http.client.HTTPException) as error:
        raise SendError(f"The webhook {place(url)} did not take it: {reason(error)}.") from error


def place(url: str) -> str:
    """Where a webhook is, without what only its receiver is to know."""
    parts = urlsplit(url)
    return f"at {parts.scheme}://{parts.hostname}"


def reason(error: Exception) -> str:
    """What the other side said, on one line, without what was sent to it."""
    inner = getattr(error, "reason", error)
    for one in (error, inner):
        if isinstance(one, ssl.SSLCertVerificationError):
            return f"its certificate is not to be believed ({one.verify_message})"
    text = getattr(inner, "strerror", None) or str(inner)
    return " ".join(str(text).split()).rstrip(".")[:300] or type(error).__name__


def _signed(identity: str, at: datetime, body: bytes, secret: str) -> dict[str, str]:
    """The headers: identity, moment, and HMAC-SHA256 of both with the body."""
    moment = str(int(at.timestamp()))
    headers = {"webhook-id": identity, "webhook-timestamp": moment}
    if secret:
        key = base64.b64decode(secret.removeprefix("whsec_"))
        signed = hmac.new(key, b".".join((identity.encode(), moment.encode(), body)), hashlib.sha256)
        headers["webhook-signature"] = "v1," + base64.b64encode(signed.digest()).decode()
    return headers


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A webhook that leads elsewhere is not followed: what it signs is for one receiver."""

    def redirect_request(self, *_: Any) -> None:
        """Follow nothing."""


_OPENER = urllib.request.build_opener(_NoRedirect)
