"""Queries: lists and transactions by identity, by name, or by filters."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qbferry.simulator import lists, status
from qbferry.simulator.amounts import cents, number
from qbferry.simulator.selection import (
    Response,
    chosen,
    goes_on,
    modified_between,
    modified_bounds,
    refs_named,
    text_matches,
)
from qbferry.simulator.status import OK

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from qbferry.simulator.books import Books
    from qbferry.simulator.records import Entry, Posted
    from qbferry.simulator.selection import Cursors
    from qbferry.simulator.status import Status
    from qbferry.simulator.validate import Fields, Request

__all__ = ["search_deleted", "search_list", "search_transactions", "search_unlisted"]

_COMPARE: dict[str, Callable[[int, int], bool]] = {
    "LessThan": int.__lt__,
    "LessThanEqual": int.__le__,
    "Equal": int.__eq__,
    "GreaterThanEqual": int.__ge__,
    "GreaterThan": int.__gt__,
}

LINES = ("LineRet", "LineGroupRet", "JournalDebitLine", "JournalCreditLine")
"""How elements end that an answer to a query has only if they were asked for."""


def search_list(company: Books, request: Request, cursors: Cursors) -> Response:
    """Answer ``CustomerQuery``, ``ItemQuery`` and the like."""
    name = request.name.removesuffix("Query")
    kinds = lists.QUERIES.get(name, (name,))
    entries = [] if goes_on(request) else company.select_entries(kinds)
    found, missing = _named(entries, request.fields)
    if found is None:
        found = [entry for entry in entries if _wanted(company, entry, request.fields)]
    by_id = {entry.list_id: entry for entry in found}
    keys, attributes = cursors.page(request, list(by_id))
    picked = [by_id.get(key) or company.entry(key) for key in keys]
    content: list[tuple[str, Fields]] = []
    for entry in picked:
        if entry is not None:
            content += chosen(request, f"{entry.kind}Ret", [lists.as_ret(company, entry)])
    return _answer(request, content, missing, attributes)


def _named(entries: Sequence[Entry], fields: Fields) -> tuple[list[Entry] | None, str | None]:
    """Pick entries by ListID or full name, in the order asked, and name the first that is missing."""
    if "ListID" in fields:
        known = {entry.list_id: entry for entry in entries}
        asked = [(name, name) for name in fields["ListID"]]
    elif "FullName" in fields:
        known = {entry.full_name.casefold(): entry for entry in entries}
        asked = [(name, name.casefold()) for name in fields["FullName"]]
    else:
        return None, None
    missing = next((name for name, key in asked if key not in known), None)
    return [known[key] for _, key in asked if key in known], missing


def _wanted(company: Books, entry: Entry, fields: Fields) -> bool:
    active = {"All": True, "InactiveOnly": not entry.is_active}.get(
        fields.get("ActiveStatus", ""), entry.is_active
    )
    if (
        not active
        or not modified_between(company, fields, entry.modified)
        or not text_matches(fields, "Name", entry.full_name)
    ):
        return False
    if fields.get("AccountType") and entry.data.get("AccountType") not in fields["AccountType"]:
        return False
    if total := fields.get("TotalBalanceFilter"):
        limit = cents(number(total["Amount"] or "0"))
        if not _COMPARE[total["Operator"]](company.balance(entry.list_id), limit):
            return False
    return all(
        _points_to(company, fields[f"{name}Filter"], entry.data.get(f"{name}Ref"))
        for name in ("Class", "Currency")
        if f"{name}Filter" in fields
    )


def search_transactions(
    company: Books, request: Request, cursors: Cursors, party: str, as_ret: Callable[[Posted], Fields]
) -> Response:
    """Answer ``InvoiceQuery`` and the like.

    Args:
        company: The company file.
        request: The query.
        cursors: The session's open iterators.
        party: The reference its EntityFilter looks at: ``CustomerRef``.
        as_ret: Writes a transaction as its Ret, with its lines.
    """
    kind = request.name.removesuffix("Query")
    fields = request.fields
    missing: str | None = None
    if goes_on(request):
        found: list[Posted] = []
    elif "TxnID" in fields:
        asked = [(txn_id, company.posted(txn_id)) for txn_id in fields["TxnID"]]
        found = [txn for _, txn in asked if txn is not None and txn.kind == kind]
        missing = next((txn_id for txn_id, txn in asked if txn is None or txn.kind != kind), None)
    elif "RefNumber" in fields or "RefNumberCaseSensitive" in fields:
        found, missing = _numbered(company, kind, fields)
    else:
        changed, bounds = modified_bounds(company, fields.get("ModifiedDateRangeFilter", {}))
        found = [
            txn
            for txn in company.select_posted(f"kind = ?{changed}", [kind, *bounds])
            if _matches(company, txn, request.fields, party)
        ]
    by_id = {txn.txn_id: txn for txn in found}
    keys, attributes = cursors.page(request, list(by_id))
    picked = (by_id.get(key) or company.posted(key) for key in keys)
    rets = [_shown(as_ret(txn), fields) for txn in picked if txn is not None]
    return _answer(request, chosen(request, f"{kind}Ret", rets), missing, attributes)


def search_deleted(company: Books, request: Request) -> Response:
    """Answer ``TxnDeletedQuery``: what was deleted in this file; a restored backup knows only of its own."""
    fields = request.fields
    span = fields.get("DeletedDateRangeFilter", {})
    bounds = {name.replace("Deleted", "Modified"): value for name, value in span.items()}
    kinds = fields["TxnDelType"]
    marks = ", ".join("?" * len(kinds))
    rets = [
        {
            "TxnDelType": txn.kind,
            "TxnID": txn.txn_id,
            "TimeCreated": company.stamp(txn.created),
            "TimeDeleted": company.stamp(txn.modified),
            "RefNumber": txn.ref_number,
        }
        for txn in company.select_posted(f"deleted AND kind IN ({marks})", kinds, deleted=True)
        if modified_between(company, bounds, txn.modified)
    ]
    return _answer(request, chosen(request, "TxnDeletedRet", rets), None, {})


def search_unlisted(company: Books, request: Request) -> Response:
    """Answer ``ListDeletedQuery``: what was deleted of lists within 90 days.

    assumption: no fact says for how long it remembers, nor that it tells of merged entries.
    """
    span = request.fields.get("DeletedDateRangeFilter", {})
    bounds = {name.replace("Deleted", "Modified"): value for name, value in span.items()}
    oldest = company.second() - 90 * 86_400
    rets = [
        {
            "ListDelType": kind,
            "ListID": list_id,
            "TimeCreated": company.stamp(created),
            "TimeDeleted": company.stamp(deleted),
            "FullName": full_name,
        }
        for list_id, kind, full_name, created, deleted in company.gone(request.fields["ListDelType"])
        if deleted >= oldest and modified_between(company, bounds, deleted)
    ]
    return _answer(request, chosen(request, "ListDeletedRet", rets), None, {})


def _numbered(company: Books, kind: str, fields: Fields) -> tuple[list[Posted], str | None]:
    exact = "RefNumberCaseSensitive" in fields
    column = "ref_number" if exact else "lower(ref_number)"
    found: list[Posted] = []
    missing: str | None = None
    for ref_number in fields["RefNumberCaseSensitive" if exact else "RefNumber"]:
        key = ref_number if exact else ref_number.lower()
        hits = company.select_posted(f"kind = ? AND {column} = ?", [kind, key])
        found += hits
        missing = missing if hits or missing else ref_number
    return found, missing


def _matches(company: Books, txn: Posted, fields: Fields, party: str) -> bool:
    # assumption: facts C - DateMacro (Today, ThisMonth …) is not simulated and filters nothing.
    days = fields.get("TxnDateRangeFilter", {})
    if (days.get("FromTxnDate") or "") > txn.date or (days.get("ToTxnDate") or "9999-12-31") < txn.date:
        return False
    if not text_matches(fields, "RefNumber", txn.ref_number or ""):
        return False
    if fields.get("PaidStatus", "All") != "All" and (fields["PaidStatus"] == "PaidOnly") != (
        txn.data.get("IsPaid") == "true"
    ):
        return False
    account = next(
        (txn.data[name] for name in ("ARAccountRef", "APAccountRef", "AccountRef") if name in txn.data), None
    )
    return (
        _points_to(
            company, fields.get("EntityFilter") or fields.get("TimeTrackingEntityFilter"), txn.data.get(party)
        )
        and _points_to(company, fields.get("AccountFilter"), account)
        and _points_to(company, fields.get("CurrencyFilter"), txn.data.get("CurrencyRef"))
    )


def _points_to(company: Books, choice: Fields | None, reference: Fields | None) -> bool:
    if not choice:
        return True
    if reference is None:
        return False
    if parent := choice.get("ListIDWithChildren"):
        entry = company.entry(parent)
        choice = {"FullNameWithChildren": entry.full_name} if entry else {"ListID": [parent]}
    return refs_named(choice, reference["ListID"], reference["FullName"])


def _shown(fields: Fields, wanted: Fields) -> Fields:
    """Leave out the lines and links that were not asked for (facts B5: off unless asked)."""
    lines = wanted.get("IncludeLineItems") == "true"
    links = wanted.get("IncludeLinkedTxns") == "true"
    return {
        name: value
        for name, value in fields.items()
        if (lines or not name.endswith(LINES)) and (links or name != "LinkedTxn")
    }


def _answer(
    request: Request, content: list[tuple[str, Fields]], missing: str | None, attributes: dict[str, str]
) -> Response:
    if missing is not None:
        outcome: Status = status.partly_found(missing)
    else:
        outcome = OK if content or goes_on(request) else status.no_match()
    meta = request.attributes.get("metaData", "NoMetaData")
    if meta != "NoMetaData":
        attributes = {"retCount": str(len(content)), **attributes}
    return Response(outcome, () if meta == "MetaDataOnly" else content, attributes)
