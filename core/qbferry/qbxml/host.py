"""What the Web Connector says about its QuickBooks in the first call of a session (facts A3)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from qbferry.qbxml import response

if TYPE_CHECKING:
    from collections.abc import Mapping

    from qbferry.qbxml.response import Node, Response

__all__ = ["Host", "parse"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Host:
    """One QuickBooks and the company file it has open.

    Attributes:
        product: ``QuickBooks Pro 2014``.
        major: Its main version, such as ``24``.
        minor: The version after the point.
        country: ``US``, ``CA``, ``UK`` or ``AU``.
        qbxml_versions: Every qbXML version it understands, as it lists them: ``1.0`` … ``13.0``.
        company_name: The company's name in the file.
        file_ids: OwnerID -> FileID of each application that is registered in the file; both in lower case.
        features: Its preferences by name, such as ``IsUsingClassTracking``; a reference by its full name.
    """

    product: str
    major: str
    minor: str
    country: str
    qbxml_versions: tuple[str, ...]
    company_name: str
    file_ids: Mapping[str, str]
    features: Mapping[str, str]


def parse(text: str) -> Host | None:
    """Read the ``strHCPResponse``; None when it is empty or the sentence QuickBooks POS sends instead.

    Raises:
        AnswerError: It is neither of these nor a qbXML answer.
    """
    if not text.strip() or "not supported in QBPOS" in text:
        return None
    answers = {answer.name: answer for answer in response.parse(text).responses}
    host = _object(answers.get("HostQuery"), "HostRet")
    company = _object(answers.get("CompanyQuery"), "CompanyRet")
    preferences = _object(answers.get("PreferencesQuery"), "PreferencesRet")
    return Host(
        product=_text(host, "ProductName"),
        major=_text(host, "MajorVersion"),
        minor=_text(host, "MinorVersion"),
        country=_text(host, "Country"),
        qbxml_versions=() if host is None else tuple(host.texts("SupportedQBXMLVersion")),
        company_name=_text(company, "CompanyName"),
        file_ids={} if company is None else _file_ids(company),
        features={} if preferences is None else dict(_features(preferences)),
    )


def _object(answer: Response | None, name: str) -> Node | None:
    return None if answer is None else answer.find(name)


def _text(node: Node | None, path: str) -> str:
    return "" if node is None else node.text(path) or ""


def _file_ids(company: Node) -> dict[str, str]:
    return {
        _text(extension, "OwnerID").lower(): _text(extension, "DataExtValue").lower()
        for extension in company.each("DataExtRet")
        if extension.text("DataExtName") == "FileID"
    }


def _features(preferences: Node) -> list[tuple[str, str]]:
    found = []
    for preference in [*preferences.each("*/*"), *preferences.each("*/PriceLevels/*")]:
        if preference.find("*") is None:
            found.append((preference.name, _text(preference, ".")))
        elif preference.name.endswith("Ref"):
            found.append((preference.name, _text(preference, "FullName")))
    return found
