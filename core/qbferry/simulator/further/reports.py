"""Reports: what was asked for as title, period and columns, and transactions as the rows of a detail report.

What a summary report would sum up, and what a payroll report would list, the simulator does not keep; such a
report comes without rows, as of a company in which nothing happened.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from qbferry.qbxml.schema import Element, load
from qbferry.simulator.amounts import money, number
from qbferry.simulator.selection import Response, refs_named
from qbferry.simulator.validate import find

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from qbferry.simulator.books import Books
    from qbferry.simulator.records import Posted
    from qbferry.simulator.validate import Fields, Request

__all__ = ["ANSWERS"]

_DETAILS = ("TxnType", "Date", "RefNumber", "Name", "Memo", "Amount")
_SUMMARY = ("Label", "Total")
_TITLES = {"TxnType": "Type", "RefNumber": "Num", "Label": "", "TxnNumber": "Trans #"}
_FILTERS = {
    "ReportAccountFilter": "AccountRef",
    "ReportClassFilter": "ClassRef",
    "ReportItemFilter": "ItemRef",
}
"""Filter -> how the references end that it looks at."""
_PARTIES = ("CustomerRef", "VendorRef", "PayeeEntityRef", "EntityRef")
_AMOUNTS = ("TotalAmount", "Subtotal", "AmountDue", "Amount", "CreditAmount", "DepositTotal")
_DATA_TYPES = {"Amount": "AMTTYPE", "OpenBalance": "AMTTYPE", "Total": "AMTTYPE", "Date": "DATETYPE"}


def _report(company: Books, request: Request) -> Response:
    fields = request.fields
    name = request.name.removesuffix("Query")
    kind = fields[f"{name}Type"]
    detailed = "Detail" in f"{name}{kind}" and not name.startswith("Payroll")
    columns = _columns(request, _DETAILS if detailed else _SUMMARY)
    picked = [txn for txn in _all(company, name) if _wanted(txn, fields)] if detailed else []
    rows = [_row(company, txn, columns, line) for line, txn in enumerate(picked, 1)]
    total_row: Fields = {}
    if rows and "Amount" in columns:
        total = sum((number(_amount(txn)) for txn in picked), Decimal(0))
        cells = {"Amount": money(total)}
        total_row = {"rowNumber": str(len(rows) + 1), "ColData": _cells(columns, cells)}
    ret = {
        "ReportTitle": _words(kind),
        "ReportSubtitle": _period(fields),
        "ReportBasis": fields.get("ReportBasis", ""),
        "NumRows": str(len(rows) + bool(total_row)),
        "NumColumns": str(len(columns)),
        "NumColTitleRows": "1",
        "ColDesc": [
            {
                "colID": str(at),
                "dataType": _DATA_TYPES.get(column, "STRTYPE"),
                "ColTitle": [{"titleRow": "1", "value": _TITLES.get(column, _words(column))}],
                "ColType": column,
            }
            for at, column in enumerate(columns, 1)
        ],
        "ReportData": {"DataRow": rows, **({"TotalRow": total_row} if total_row else {})},
    }
    return Response(content=[("ReportRet", ret)])


def _words(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name)


def _period(fields: Fields) -> str:
    """assumption: facts C - how QuickBooks words a report's period was not seen."""
    span = fields.get("ReportPeriod", {})
    if first := span.get("FromReportDate"):
        return f"{first} through {span.get('ToReportDate') or 'today'}"
    if last := span.get("ToReportDate"):
        return f"As of {last}"
    return _words(fields.get("ReportDateMacro", "All")) + (
        " Transactions" if fields.get("ReportDateMacro", "All") == "All" else ""
    )


def _columns(request: Request, usual: Sequence[str]) -> list[str]:
    """Those that were asked for, if a report can have them, else the usual ones."""
    ret = find(load().response(request.name).children, "ReportRet")
    described = find(ret.children, "ColDesc") if ret else None
    kinds = find(described.children, "ColType") if described else None
    possible = kinds.enum if isinstance(kinds, Element) else ()
    return [each for each in request.fields.get("IncludeColumn", ()) if each in possible] or list(usual)


def _all(company: Books, name: str) -> list[Posted]:
    if name == "TimeReport":
        return company.select_posted("kind = 'TimeTracking'", [])
    owed = " AND balance != 0" if name == "AgingReport" else ""
    return company.select_posted(f"kind != 'TimeTracking'{owed}", [])


def _wanted(txn: Posted, fields: Fields) -> bool:
    # assumption: facts C - date macros (ThisMonth …) are not simulated and filter nothing.
    span = fields.get("ReportPeriod", {})
    if (span.get("FromReportDate") or "") > txn.date or (span.get("ToReportDate") or "9999-12-31") < txn.date:
        return False
    kinds = fields.get("ReportTxnTypeFilter", {}).get("TxnTypeFilter", ["All"])
    if "All" not in kinds and txn.kind not in kinds:
        return False
    if choice := fields.get("ReportEntityFilter"):
        named = [ref for name, ref in _references(txn.data) if name in _PARTIES]
        if "EntityTypeFilter" not in choice and not _any_named(choice, named):
            return False
    return all(
        _any_named(fields[name], [ref for each, ref in _references(txn.data) if each.endswith(ending)])
        for name, ending in _FILTERS.items()
        if name in fields and not any(part.endswith("TypeFilter") for part in fields[name])
    )


def _any_named(choice: Fields, references: Sequence[Fields]) -> bool:
    if parent := choice.get("ListIDWithChildren"):
        choice = {"ListID": [parent]}
    return any(refs_named(choice, ref["ListID"], ref["FullName"]) for ref in references)


def _references(data: Any) -> Iterator[tuple[str, Fields]]:
    """Every reference of a transaction and its lines, by name."""
    if isinstance(data, list):
        for each in data:
            yield from _references(each)
    elif isinstance(data, dict):
        for name, value in data.items():
            if name.endswith("Ref") and isinstance(value, dict) and "ListID" in value:
                yield name, value
            else:
                yield from _references(value)


def _row(company: Books, txn: Posted, columns: Sequence[str], line: int) -> Fields:
    party: Fields = next((txn.data[name] for name in _PARTIES if name in txn.data), {})
    values: Fields = {
        "TxnType": _words(txn.kind),
        "Date": txn.date,
        "RefNumber": txn.ref_number or "",
        "Name": party.get("FullName", ""),
        "Memo": txn.data.get("Memo", ""),
        "Amount": _amount(txn),
        "OpenBalance": money(Decimal(txn.balance) / 100),
        "TxnID": txn.txn_id,
        "TxnNumber": str(txn.number),
        "ModifiedTime": company.stamp(txn.modified),
        **{name: txn.data[name] for name in ("DueDate", "ShipDate", "PONumber", "FOB") if name in txn.data},
        "Duration": txn.data.get("Duration", ""),
        "Class": txn.data.get("ClassRef", {}).get("FullName", ""),
        "Terms": txn.data.get("TermsRef", {}).get("FullName", ""),
    }
    return {"rowNumber": str(line), "ColData": _cells(columns, values)}


def _amount(txn: Posted) -> str:
    found = next((txn.data[name] for name in _AMOUNTS if txn.data.get(name)), "0.00")
    return str(found)


def _cells(columns: Sequence[str], values: Fields) -> list[Fields]:
    return [
        {"colID": str(at), "value": values[column]}
        for at, column in enumerate(columns, 1)
        if values.get(column)
    ]


ANSWERS = {
    f"{name}ReportQuery": _report
    for name in (
        *("Aging", "BudgetSummary", "CustomDetail", "CustomSummary", "GeneralDetail", "GeneralSummary"),
        *("Job", "PayrollDetail", "PayrollSummary", "Time"),
    )
}
