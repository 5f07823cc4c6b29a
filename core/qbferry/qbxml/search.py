"""Finding out whether QuickBooks already has what a request asked for (facts B3, B4).

A message that was never answered may still have been executed. Before anything goes again, QuickBooks is
asked, and objects of ours are recognized by the ExternalGUID they were given.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from markupsafe import escape

from qbferry.errors import AnswerError
from qbferry.qbxml import schema
from qbferry.qbxml.response import Node
from qbferry.qbxml.schema import Element

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from qbferry.qbxml.response import Response
    from qbferry.qbxml.schema import Group

__all__ = ["bare", "by_txn_id", "deleted", "deletions", "found", "number_of", "queries", "transactions"]

_WANTED = ("TxnID", "TimeCreated", "EditSequence", "RefNumber", "ExternalGUID")
_NAMED = ("ListID", "TimeCreated", "EditSequence", "Name", "FullName", "ExternalGUID")
_NEEDS_LINES = {"PurchaseOrder"}
_GONE = {1, 500}
_NOT_THERE = {0, *_GONE}


def queries(name: str, xml: str, since: str) -> tuple[tuple[str, str], ...]:
    """Give the queries that tell whether a request was executed; none when QuickBooks cannot be asked.

    Transactions are looked for among those changed since a moment, whatever a person has changed in them,
    and by their date; list entries among those changed, and by their full name; deleted and voided
    transactions by their TxnID.

    Args:
        name: The request without ``Rq``: ``InvoiceAdd``.
        xml: Its body, as it was sent.
        since: A moment before it was sent, by QuickBooks' clock, as qbXML writes it.

    Returns:
        Name without ``Rq`` and body of each. Filters by date of change and by date exclude each other.
    """
    sent = Node.of(xml)
    if name in {"TxnDel", "TxnVoid"}:
        kind, txn_id = sent.text(f"{name}Type"), sent.text("TxnID")
        searchable = kind is not None and txn_id is not None and "TxnID" in _keys(kind)
        return ((f"{kind}Query", f"<TxnID>{escape(txn_id)}</TxnID>"),) if searchable else ()
    kind = name.removesuffix("Add")
    if kind == name:
        return ()
    keys, query = _keys(kind), f"{kind}Query"
    changed = f"<FromModifiedDate>{since}</FromModifiedDate>"
    if "TxnID" in keys and sent.text(f"{name}/ExternalGUID"):
        found = [f"<ModifiedDateRangeFilter>{changed}</ModifiedDateRangeFilter>"]
        if day := sent.text(f"{name}/TxnDate"):
            days = f"<FromTxnDate>{day}</FromTxnDate><ToTxnDate>{day}</ToTxnDate>"
            found.append(f"<TxnDateRangeFilter>{days}</TxnDateRangeFilter>")
        return tuple((query, each + _wanted(kind)) for each in found)
    if "FullName" in keys and (full_name := _full_name(sent, name)):
        by_name = query, f"<FullName>{escape(full_name)}</FullName>"
        if sent.text(f"{name}/ExternalGUID") and {"ActiveStatus", "FromModifiedDate"} <= keys:
            # Those found by name come last: their answer is whole.
            return (query, f"<ActiveStatus>All</ActiveStatus>{changed}{_elements(_NAMED)}"), by_name
        return (by_name,)
    return ()


def by_txn_id(txn_ids: Iterable[str]) -> str:
    """The body of a query that tells which transactions are there, with their markers."""
    asked = "".join(f"<TxnID>{escape(each)}</TxnID>" for each in dict.fromkeys(txn_ids))
    return asked + _elements(("TxnID", "ExternalGUID"))


def deletions(kinds: Iterable[str], since: str | None = None) -> tuple[str, str]:
    """The query that tells which transactions of some kinds were deleted, of the last 90 days at most.

    Args:
        kinds: Such as ``Invoice``; at least one.
        since: When they were deleted at the earliest, by QuickBooks' clock; None: whenever.
    """
    types = "".join(f"<TxnDelType>{kind}</TxnDelType>" for kind in kinds)
    day = f"<FromDeletedDate>{since}</FromDeletedDate>" if since else ""
    span = f"<DeletedDateRangeFilter>{day}</DeletedDateRangeFilter>" if day else ""
    return "TxnDeletedQuery", types + span


def found(name: str, xml: str, marker: str, responses: Sequence[Response]) -> list[Response]:
    """Tell from the answers to ``queries`` whether QuickBooks executed the request.

    Args:
        name: The request without ``Rq``.
        xml: Its body, as it was sent.
        marker: The ExternalGUID it carried, with or without braces.
        responses: What QuickBooks answered to the queries.

    Returns:
        For each object found, the answer QuickBooks would give to the request itself, ready for its handler:
        an ``InvoiceAdd`` with the InvoiceRet that was found, a ``TxnDel`` with the TxnID that is gone. None
        if it was not executed; several if QuickBooks has it more than once.

    Raises:
        AnswerError: QuickBooks could not answer, so nothing is known.
    """
    sent = Node.of(xml)
    for response in responses:
        if name == "TxnDel" and response.status_code in _GONE and not response.objects:
            return [response.carrying(name, sent.each())]
    rets = [
        (ret, response)
        for response in responses
        if name != "TxnDel"
        for ret in response.objects
        if _is_result(ret, name, sent, marker)
    ]
    # What carries the marker is ours, though a person has renamed it; else the name alone must do.
    marked = [each for each in rets if marker and bare(each[0].text("ExternalGUID") or "") == bare(marker)]
    known = {ret.text("TxnID") or ret.text("ListID"): (ret, response) for ret, response in marked or rets[:1]}
    if known:
        return [response.carrying(name, [ret]) for ret, response in known.values()]
    for response in responses:
        if response.status_code not in _NOT_THERE:
            raise AnswerError(
                f"QuickBooks could not say whether it has the {name}: "
                f"{response.message} ({response.status_code})"
            )
    return []


def number_of(name: str, xml: str) -> str:
    """The number a request gives to what it makes; empty: none."""
    return Node.of(xml).text(f"{name}/RefNumber") or ""


def deleted(kind: str, row: Node, response: Response) -> Response:
    """The answer QuickBooks would have given to the add of what a row of ``deletions`` says was deleted."""
    kept = "".join(
        f"<{name}>{escape(text)}</{name}>"
        for name in ("TxnID", "TimeCreated", "RefNumber")
        if (text := row.text(name))
    )
    return response.carrying(f"{kind}Add", Node.of(f"<{kind}Ret>{kept}</{kind}Ret>").each())


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


def _wanted(kind: str) -> str:
    if kind in _NEEDS_LINES:
        return "<IncludeLineItems>true</IncludeLineItems>"
    return _elements(_WANTED)


def _elements(names: Iterable[str]) -> str:
    return "".join(f"<IncludeRetElement>{name}</IncludeRetElement>" for name in names)


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
    if marker and bare(ret.text("ExternalGUID") or "") == bare(marker):
        return True
    full_name = ret.text("FullName") or ret.text("Name")
    wanted = _full_name(sent, name)
    return full_name is not None and wanted is not None and full_name.casefold() == wanted.casefold()


def bare(guid: str) -> str:
    """A GUID as it can be compared: without braces, in small letters."""
    return guid.strip("{}").lower()
