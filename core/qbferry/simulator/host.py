"""Host, company and preferences: what QuickBooks says about itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qbferry.simulator.selection import Answer, chosen

if TYPE_CHECKING:
    from qbferry.simulator.company import CompanyFile
    from qbferry.simulator.validate import Fields, Request

__all__ = ["HCP", "answer_host", "feature"]

HCP = (
    '<?xml version="1.0"?><?qbxml version="5.0"?><QBXML><QBXMLMsgsRq onError="continueOnError">'
    '<HostQueryRq requestID="0" /><CompanyQueryRq requestID="1" /><PreferencesQueryRq requestID="2" />'
    "</QBXMLMsgsRq></QBXML>"
)
"""What the Web Connector asks before the first sendRequestXML (facts A3)."""

_KEYS = {"HostQuery": ("host", "HostRet"), "CompanyQuery": ("company", "CompanyRet")}


def answer_host(company: CompanyFile, request: Request) -> Answer:
    """Answer HostQuery, CompanyQuery or PreferencesQuery."""
    key, name = _KEYS.get(request.name, ("preferences", "PreferencesRet"))
    return Answer(content=chosen(request, name, [company.get(key, {})]))


def feature(company: CompanyFile, *path: str) -> bool:
    """Tell whether a preference is on: ``feature(company, "MultiCurrencyPreferences", …)``."""
    value: Fields | str = company.get("preferences", {})
    for step in path:
        value = value.get(step, {}) if isinstance(value, dict) else {}
    return value == "true" or (isinstance(value, dict) and bool(value))
