"""What of ours QuickBooks has: queries for all that was changed since a moment, and what they bring.

An object of ours is recognized by its ExternalGUID, which is a UUID of version 5. QuickBooks does not filter
by it (facts B4), so all that was changed is asked for, a few elements of each. TransactionQuery would ask
for all kinds at once, but has no ExternalGUID and no time tracking.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING

from markupsafe import escape

from qbferry.qbxml import schema
from qbferry.qbxml.schema import Element

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from qbferry.qbxml.response import Node, Response
    from qbferry.qbxml.schema import Group

__all__ = [
    "ACTIVITY",
    "PAGE",
    "Ours",
    "braced",
    "changed_since",
    "earlier",
    "goes_on",
    "moment",
    "query_for",
    "read",
    "restored",
    "whole",
]

PAGE = 500
"""Objects in one part of an answer."""

ACTIVITY = "CompanyActivityQuery"
"""When the company file was last restored from a backup. No fact says what moves it."""

_NAMES = frozenset({"Customer", "Vendor", "Employee", "OtherName"})
_TIMES = ("TimeCreated", "TimeModified")
_TRANSACTION = ("TxnID", *_TIMES, "RefNumber", "ExternalGUID")
_ENTRY = ("ListID", *_TIMES, "Name", "FullName", "ExternalGUID")


@dataclass(frozen=True, slots=True)
class Ours:
    """An object in QuickBooks that carries a marker.

    Attributes:
        marker: Its ExternalGUID, in braces and capitals.
        kind: ``Invoice``, ``Vendor``.
        txn_id: Its TxnID or ListID.
        number: Its number, or the full name of a list's entry.
        created: QuickBooks' TimeCreated, in its own text.
        is_entry: Whether it is an entry of a list.
    """

    marker: str
    kind: str
    txn_id: str
    number: str
    created: str
    is_entry: bool


@cache
def query_for(request: str, country: str) -> str | None:
    """The query, without ``Rq``, that shows what a request has made.

    Args:
        request: Without ``Rq``: ``InvoiceAdd``.
        country: The edition of QuickBooks Desktop.

    Returns:
        ``InvoiceQuery``; ``EntityQuery`` for customers, vendors, employees and other names; ``ItemQuery``
        for all items. None for what makes nothing, and for what has no ExternalGUID: accounts, classes,
        terms, ship methods.
    """
    known = schema.load(country or "US")
    kind = request.removesuffix("Add")
    if kind == request or request not in known.names:
        return None
    if "ExternalGUID" not in _names(known.request(request).children):
        return None
    name = "Entity" if kind in _NAMES else "Item" if kind.startswith("Item") and _is_item(kind) else kind
    query = f"{name}Query"
    if query not in known.names or "iterator" not in known.request(query).attributes:
        return None
    return query


def changed_since(query: str, moment: str) -> str:
    """The body of a query, the first ``PAGE`` of all that was changed since a moment, inactive as well."""
    since = f"<FromModifiedDate>{escape(moment)}</FromModifiedDate>"
    which = (
        f"<ActiveStatus>All</ActiveStatus>{since}"
        if _is_list(query)
        else f"<ModifiedDateRangeFilter>{since}</ModifiedDateRangeFilter>"
    )
    return which + _wanted(query)


def goes_on(query: str) -> str:
    """The body of a query that goes on with an iterator, which takes no filters (facts B5)."""
    return _wanted(query)


def whole(kind: str, ids: Iterable[str], country: str) -> tuple[str, str]:
    """The query, name and body, that gives objects of one kind by identity, with their lines and links."""
    query = f"{kind}Query"
    known = _names(schema.load(country or "US").request(query).children)
    key = "TxnID" if "TxnID" in known else "ListID"
    body = "".join(f"<{key}>{escape(each)}</{key}>" for each in dict.fromkeys(ids))
    extras = (name for name in ("IncludeLineItems", "IncludeLinkedTxns") if name in known)
    return query, body + "".join(f"<{name}>true</{name}>" for name in extras)


def read(response: Response) -> tuple[list[Ours], str | None]:
    """What an answer to ``changed_since`` has of ours, and the greatest TimeModified of all it brought."""
    found = [each for each in map(_ours, response.objects) if each]
    times = {when: text for text in response.texts("*/TimeModified") if (when := moment(text))}
    return found, times[max(times)] if times else None


def restored(response: Response) -> str:
    """When QuickBooks says that the file was last restored, in its own text; empty: it does not say."""
    return (response.text("CompanyActivityRet/LastRestoreTime") or "")[:40]


def moment(text: str) -> datetime | None:
    """A moment as QuickBooks writes it, with its offset; None: it is none. Only such ones are compared."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo is not None else None


def earlier(text: str, by: timedelta) -> str:
    """A moment of QuickBooks some time before, with the same offset."""
    found = moment(text)
    return text if found is None else (found - by).isoformat()


def braced(guid: str) -> str | None:
    """A marker as it is stored, of a GUID in any writing; None: it is none of ours."""
    try:
        found = uuid.UUID(guid)
    except ValueError:
        return None
    return f"{{{found}}}".upper() if found.version == 5 else None


def _ours(ret: Node) -> Ours | None:
    marker = braced(ret.text("ExternalGUID") or "")
    identity = ret.text("TxnID") or ret.text("ListID")
    if marker is None or not identity:
        return None
    return Ours(
        marker=marker,
        kind=ret.name.removesuffix("Ret"),
        txn_id=identity[:36],
        number=(ret.text("RefNumber") or ret.text("FullName") or ret.text("Name") or "")[:255],
        created=(ret.text("TimeCreated") or "")[:40],
        is_entry=ret.find("TxnID") is None,
    )


def _is_list(query: str) -> bool:
    return query in ("EntityQuery", "ItemQuery")


@cache
def _is_item(kind: str) -> bool:
    """Whether a kind is one of the items, and not a transaction that begins like one: ItemReceipt."""
    return "TxnID" not in _names(schema.load().request(f"{kind}Query").children)


def _wanted(query: str) -> str:
    names = _ENTRY if _is_list(query) else _TRANSACTION
    return "".join(f"<IncludeRetElement>{name}</IncludeRetElement>" for name in names)


def _names(particles: Sequence[Element | Group]) -> frozenset[str]:
    """The names of elements, however deep."""
    found: set[str] = set()
    for particle in particles:
        if isinstance(particle, Element):
            found.add(particle.name)
        found |= _names(particle.children)
    return frozenset(found)
