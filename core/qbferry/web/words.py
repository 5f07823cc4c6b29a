"""How values are written for people, in templates."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from markupsafe import Markup, escape

from qbferry.model import Kind, TransferStatus

if TYPE_CHECKING:
    from collections.abc import Mapping

    from qbferry.model import RecordRow

__all__ = ["FILTERS", "with_query"]

WAITING = (TransferStatus.PENDING, TransferStatus.FAILED)

_TAG = re.compile(r"(</?[A-Za-z][^<>]*>)")

SIGNS = {
    TransferStatus.NOT_TRANSFERRED: "○",
    TransferStatus.PENDING: "◔",
    TransferStatus.FAILED: "▲",
    TransferStatus.TRANSFERRED: "●",
}
"""So that no status is told by its colour alone."""


def moment(value: datetime | str | None) -> str | Markup:
    """A time, in UTC until the browser shows it in its own zone."""
    if not value:
        return ""
    at = (datetime.fromisoformat(value) if isinstance(value, str) else value).astimezone(UTC)
    return Markup('<time datetime="{}">{} UTC</time>').format(
        at.isoformat(timespec="seconds"), at.strftime("%Y-%m-%d %H:%M")
    )


def money(hundredths: int | None) -> str:
    """An amount of hundredths, with thousands apart."""
    return "" if hundredths is None else f"{Decimal(hundredths) / 100:,.2f}"


def number(value: int | None) -> str:
    """A whole number, with thousands apart."""
    return "" if value is None else f"{value:,}"


def status(value: str) -> Markup:
    """A transfer status, with a sign and a colour."""
    sign = SIGNS[TransferStatus(value)]
    name = TransferStatus(value).name.lower().replace("_", "-")
    return Markup('<span class="status {}"><span aria-hidden="true">{}</span> {}</span>').format(
        name, sign, value
    )


def cell(value: Any, kind: Kind) -> str | Markup:
    """What a column of an entity holds."""
    if value is None or value == "":
        return ""
    match kind:
        case Kind.MOMENT:
            return moment(value)
        case Kind.FLAG:
            return "yes" if value else "no"
        case Kind.MONEY | Kind.QUANTITY:
            try:
                return f"{Decimal(str(value)):,f}"
            except InvalidOperation:
                return str(value)
    return value.isoformat() if isinstance(value, date) else str(value)


def transfer_date(row: RecordRow) -> str | Markup:
    """What the column QuickBooks Transfer Date shows: nothing, Pending, Pending/Failed, or when it ended.

    A record that is sent a change shows both the first time and Pending.
    """
    waiting = str(row.transfer_status) if row.transfer_status in WAITING else ""
    first = row.first_transfer_date or row.transfer_date
    if waiting and first:
        return Markup("{}, {}").format(moment(first), waiting)
    return waiting or moment(row.transfer_date)


def took(run: Mapping[str, Any]) -> str:
    """How long a run took, or takes; to the second."""
    if not run["ended_at"]:
        return ""
    span = datetime.fromisoformat(run["ended_at"]) - datetime.fromisoformat(run["started_at"])
    minutes, seconds = divmod(int(span.total_seconds()), 60)
    return f"{minutes} min {seconds} s" if minutes else f"{seconds} s"


def words(name: str) -> str:
    """A field's name as people write it."""
    return name.replace("_", " ").capitalize()


def fields_of(fields: Mapping[str, str]) -> list[tuple[str, str]]:
    """Plain fields with their names as people write them."""
    return [(words(name), value) for name, value in fields.items()]


def qbxml(text: str) -> Markup:
    """Show qbXML with its elements' names set apart."""
    parts = _TAG.split(text)
    return Markup("").join(
        Markup('<span class="tag-name">{}</span>').format(part) if index % 2 else escape(part)
        for index, part in enumerate(parts)
    )


def with_query(query: Mapping[str, Any], **changes: Any) -> str:
    """The query of an address with some of its parts changed; None takes a part away."""
    pairs = [(name, value) for name, value in _pairs(query) if name not in changes]
    pairs += [(name, value) for name, value in changes.items() if value is not None]
    return "?" + urlencode(pairs)


def _pairs(query: Mapping[str, Any]) -> list[tuple[str, Any]]:
    items = query.multi_items() if hasattr(query, "multi_items") else query.items()
    return [(name, value) for name, value in items if value != ""]


def path(text: str) -> str:
    """A name as a part of an address."""
    return quote(text, safe="")


FILTERS = {
    "transfer_date": transfer_date,
    "took": took,
    "words": words,
    "fields_of": fields_of,
    "qbxml": qbxml,
    "moment": moment,
    "money": money,
    "number": number,
    "status": status,
    "cell": cell,
    "path": path,
}
