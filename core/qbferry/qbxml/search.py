"""Finding out whether QuickBooks already has what a request asked for (facts B3, B4).

A message that was never answered may still have been executed. Before anything goes again, QuickBooks is
asked, and objects of ours are recognized by the ExternalGUID they were given.
"""

from __future__ import annotations

from datetime import UTC, timedelta
from functools import cache
from typing import TYPE_CHECKING

from markupsafe import escape

from qbferry.errors import AnswerError
from qbferry.qbxml import schema
from qbferry.qbxml.response import Node
from qbferry.qbxml.schema import Element

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from qbferry.qbxml.response import Response
    from qbferry.qbxml.schema import Group

__all__ = ["bare", "by_txn_id", "found", "search_request", "transactions"]

_WANTED = ("TxnID", "TimeCreated", "EditSequence", "RefNumber", "ExternalGUID")
_NEEDS_LINES = {"PurchaseOrder"}
_GONE = {1, 500}
_NOT_THERE = {0, *_GONE}


def search_request(name: str, xml: str, composed: datetime) -> tuple[str, str] | None:
    """Give the query that tells whether a request was executed; None when QuickBooks cannot be asked.

    Transactions are looked for by their date, or among those changed since a day before the message was
    composed, as QuickBooks' time offsets are wrong in summer (facts B2); list entries by their full name;
    deleted and voided transactions by their TxnID.

    Args:
        name: The request without ``Rq``: ``InvoiceAdd``.
        xml: Its body, as it was sent.
        composed: When its message was composed.

    Returns:
        Name without ``Rq`` and body of the query.
    """
    sent = Node.of(xml)
    if name in {"TxnDel", "TxnVoid"}:
        kind, txn_id = sent.text(f"{name}Type"), sent.text("TxnID")
        searchable = kind is not None and txn_id is not None and "TxnID" in _keys(kind)
        return (f"{kind}Query", f"<TxnID>{escape(txn_id)}</TxnID>") if searchable else None
    kind = name.removesuffix("Add")
    if kind == name:
        return None
    keys = _keys(kind)
    if "TxnID" in keys and sent.text(f"{name}/ExternalGUID"):
        return f"{kind}Query", _period(sent.text(f"{name}/TxnDate"), composed) + _wanted(kind)
    if "FullName" in keys and (full_name := _full_name(sent, name)):
        return f"{kind}Query", f"<FullName>{escape(full_name)}</FullName>"
    return None


def by_txn_id(txn_ids: Iterable[str]) -> str:
    """The body of a query that tells which transactions are there, with their markers."""
    wanted = "".join(f"<IncludeRetElement>{name}</IncludeRetElement>" for name in ("TxnID", "ExternalGUID"))
    return "".join(f"<TxnID>{escape(each)}</TxnID>" for each in dict.fromkeys(txn_ids)) + wanted


def found(name: str, xml: str, marker: str, response: Response) -> Response | None:
    """Tell from the answer to ``search_request`` whether QuickBooks executed the request.

    Args:
        name: The request without ``Rq``.
        xml: Its body, as it was sent.
        marker: The ExternalGUID it carried, with or without braces.
        response: What QuickBooks answered to the query.

    Returns:
        The answer QuickBooks would give to the request itself, ready for its handler: an ``InvoiceAdd`` with
        the InvoiceRet that was found, a ``TxnDel`` with the TxnID that is gone. None if it was not executed.

    Raises:
        AnswerError: QuickBooks could not answer, so nothing is known.
    """
    sent = Node.of(xml)
    if name == "TxnDel":
        evidence = list(sent.each()) if response.status_code in _GONE and not response.objects else []
    else:
        evidence = [ret for ret in response.objects if _is_result(ret, name, sent, marker)][:1]
    if evidence:
        return response.carrying(name, evidence)
    if response.status_code not in _NOT_THERE:
        raise AnswerError(
            f"QuickBooks could not say whether it has the {name}: {response.message} ({response.status_code})"
        )
    return None


@cache
def transactions() -> frozenset[str]:
    """Kinds of transactions, such as ``Invoice``, that can be added, deleted, and asked for by TxnID."""
    kinds = _enum(schema.load().request("TxnDel").children, "TxnDelType")
    return frozenset(kind for kind in kinds if f"{kind}Add" in schema.load().names and "TxnID" in _keys(kind))


def _enum(particles: Sequence[Element | Group], name: str) -> tuple[str, ...]:
    return next(each.enum for each in particles if isinstance(each, Element) and each.name == name)


def _keys(kind: str) -> frozenset[str]:
    """What a kind of object can be asked for by, such as ``TxnID`` or ``FullName``; empty when it cannot."""
    known = schema.load()
    query = f"{kind}Query"
    return frozenset(_names(known.request(query).children)) if query in known.names else frozenset()


def _names(particles: Sequence[Element | Group]) -> list[str]:
    return [
        name
        for particle in particles
        for name in ([particle.name] if isinstance(particle, Element) else _names(particle.children))
    ]


def _period(day: str | None, composed: datetime) -> str:
    if day:
        days = f"<FromTxnDate>{day}</FromTxnDate><ToTxnDate>{day}</ToTxnDate>"
        return f"<TxnDateRangeFilter>{days}</TxnDateRangeFilter>"
    start = (composed.astimezone(UTC) - timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%S")
    return f"<ModifiedDateRangeFilter><FromModifiedDate>{start}</FromModifiedDate></ModifiedDateRangeFilter>"


def _wanted(kind: str) -> str:
    if kind in _NEEDS_LINES:
        return "<IncludeLineItems>true</IncludeLineItems>"
    return "".join(f"<IncludeRetElement>{name}</IncludeRetElement>" for name in _WANTED)


def _full_name(sent: Node, name: str) -> str | None:
    own = sent.text(f"{name}/Name")
    if not own or not sent.find(f"{name}/ParentRef"):
        return own
    parent = sent.text(f"{name}/ParentRef/FullName")
    return f"{parent}:{own}" if parent else None


def _is_result(ret: Node, name: str, sent: Node, marker: str) -> bool:
    if name == "TxnVoid":
        # an assumption: QuickBooks writes VOID: before the memo of what it voids
        return (ret.text("Memo") or "").startswith("VOID:")
    if ret.find("TxnID"):
        return bare(ret.text("ExternalGUID") or "") == bare(marker)
    full_name = ret.text("FullName") or ret.text("Name")
    wanted = _full_name(sent, name)
    return full_name is not None and wanted is not None and full_name.casefold() == wanted.casefold()


def bare(guid: str) -> str:
    """A GUID as it can be compared: without braces, in small letters."""
    return guid.strip("{}").lower()
