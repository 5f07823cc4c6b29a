"""Webhooks as an administrator sets them up."""

from __future__ import annotations

import base64
import re
import secrets
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from qbferry.desk.events import place_of
from qbferry.errors import InputError, NotFoundError
from qbferry.store.events import BEGINNING, Place
from qbferry.store.webhooks import WebhookRow

if TYPE_CHECKING:
    from qbferry.store.transaction import Transaction

__all__ = ["DISABLED", "add", "named", "place_in", "remove", "replay"]

DISABLED = "webhook.disabled"
"""The kind of the alert that one is given up."""

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,59}")


def add(tx: Transaction, name: str, url: str, *, all_kept: bool = False) -> WebhookRow:
    """Let a webhook have events from now on, or all that are kept.

    Raises:
        InputError: The name is taken, or name or address cannot be used.
    """
    if not _NAME.fullmatch(name):
        raise InputError(
            f"{name!r} is no name for a webhook; take letters, digits, dots and hyphens, up to 60."
        )
    if tx.webhooks.named(name) is not None:
        raise InputError(f"There is a webhook named {name} already; take another name, or remove it first.")
    _check(url)
    now = datetime.now(UTC)
    place = BEGINNING if all_kept else tx.feed.end()
    secret = "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()
    row = WebhookRow(name=name, url=url, secret=secret, place=_written(place), made_at=now, due_at=now)
    tx.webhooks.add(row)
    return row


def named(tx: Transaction, name: str) -> WebhookRow:
    """A webhook.

    Raises:
        NotFoundError: There is none of that name.
    """
    found = tx.webhooks.named(name)
    if found is None:
        there = ", ".join(row.name for row in tx.webhooks.everyone()) or "none"
        raise NotFoundError(f"There is no webhook named {name}; there are: {there}.")
    return found


def replay(
    tx: Transaction,
    name: str,
    *,
    after: str | None = None,
    since: datetime | None = None,
    all_kept: bool = False,
) -> WebhookRow:
    """Let a webhook go on at once, also one that was given up.

    Args:
        tx: The transaction.
        name: Its name.
        after: Behind this event.
        since: From this moment on.
        all_kept: From the beginning; with none of the three from where it is.

    Raises:
        InputError: There is no such event.
        NotFoundError: There is none of that name.
    """
    row, now = named(tx, name), datetime.now(UTC)
    if all_kept:
        row.place = _written(BEGINNING)
    elif after:
        row.place = _written(place_of(tx, after))
    elif since:
        row.place = _written(tx.feed.since(since))
    row.due_at, row.tries, row.failing_since, row.disabled_at = now, 0, None, None
    tx.webhooks.save(row)
    for connector in tx.connectors.everyone():
        for alert in tx.alerts.standing(connector.id):
            if alert.kind == DISABLED and alert.about == row.name:
                tx.alerts.dismiss(alert.id, now, "")
    return row


def remove(tx: Transaction, name: str) -> None:
    """Let a webhook have no more.

    Raises:
        NotFoundError: There is none of that name.
    """
    tx.webhooks.remove(named(tx, name).id)


def place_in(tx: Transaction, row: WebhookRow) -> Place:
    """Where a webhook is in the feed; at its beginning if it was elsewhere before a restored backup."""
    place = Place.read(row.place) if row.place else BEGINNING
    return place if place is not None and tx.feed.knows(place) else BEGINNING


def _written(place: Place) -> str:
    return "" if place == BEGINNING else str(place)


def _check(url: str) -> None:
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        usable = False
    if not usable or len(url) > 2000 or any(sign.isspace() or not sign.isprintable() for sign in url):
        raise InputError("The address of a webhook begins with https:// and names a host.")
    if parts.username or parts.password:
        raise InputError("The address of a webhook holds no user; events are signed with its secret instead.")
