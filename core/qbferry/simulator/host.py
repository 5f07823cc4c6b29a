"""Host, company and preferences: what QuickBooks says about itself."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

from qbferry.simulator.extensions import COMPANY, RET
from qbferry.simulator.selection import Response, chosen

if TYPE_CHECKING:
    from collections.abc import Sequence

    from qbferry.simulator.books import Books
    from qbferry.simulator.validate import Fields, Request

__all__ = ["QUERIES", "VERSIONS", "answer_host", "feature", "hcp"]

_KEYS = {
    "HostQuery": ("host", "HostRet"),
    "CompanyQuery": ("company", "CompanyRet"),
    "PreferencesQuery": ("preferences", "PreferencesRet"),
    "CompanyActivityQuery": ("activity", "CompanyActivityRet"),
}
"""Query -> where a company file keeps its answer, and the answer's element.

assumption: LastRestoreTime is when this file came back from a backup; its semantics are in no fact.
"""

VERSIONS = [
    "1.0",
    "1.1",
    "2.0",
    "2.1",
    "3.0",
    "4.0",
    "4.1",
    "5.0",
    "6.0",
    "7.0",
    "8.0",
    "9.0",
    "10.0",
    "11.0",
    "12.0",
    "13.0",
    "14.0",
    "15.0",
    "16.0",
]
"""The versions of qbXML, oldest first; those of Canada and Britain had their own once, such as CA3.0."""

QUERIES = frozenset(_KEYS)


def hcp(owner_id: str = "") -> str:
    """Write what the Web Connector asks before the first sendRequestXML (facts A3).

    Args:
        owner_id: The application whose FileID the company file may hold.
    """
    owner = f"<OwnerID>{escape(owner_id)}</OwnerID>" if owner_id else ""
    return (
        '<?xml version="1.0"?><?qbxml version="5.0"?><QBXML><QBXMLMsgsRq onError="continueOnError">'
        f'<HostQueryRq requestID="0" /><CompanyQueryRq requestID="1">{owner}</CompanyQueryRq>'
        '<PreferencesQueryRq requestID="2" /></QBXMLMsgsRq></QBXML>'
    )


def answer_host(company: Books, request: Request) -> Response:
    """Answer HostQuery, CompanyQuery, PreferencesQuery or CompanyActivityQuery."""
    key, name = _KEYS[request.name]
    fields: Fields = company.get(key, {})
    if name == "CompanyRet":
        private = _private(company, request.fields.get("OwnerID", ()))
        fields = {**fields, RET: [*private, *company.get(COMPANY, ())]}
    return Response(content=chosen(request, name, [fields]))


def _private(company: Books, owners: Sequence[str]) -> list[Fields]:
    """Give what the Web Connector keeps in the company file for some applications (facts A6)."""
    known = company.get("applications", {})
    return [
        {
            "OwnerID": owner,
            "DataExtName": "FileID",
            "DataExtType": "STR255TYPE",
            "DataExtValue": known[owner.lower()],
        }
        for owner in owners
        if owner.lower() in known
    ]


def feature(company: Books, *path: str) -> bool:
    """Tell whether a preference is on: ``feature(company, "MultiCurrencyPreferences", …)``."""
    value: Fields | str = company.get("preferences", {})
    for step in path:
        value = value.get(step, {}) if isinstance(value, dict) else {}
    return value == "true" or (isinstance(value, dict) and bool(value))
