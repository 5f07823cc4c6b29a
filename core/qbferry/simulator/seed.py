"""What a new company file begins with, described in TOML or JSON; docs/simulator.md explains the format."""

from __future__ import annotations

import json
import tomllib
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lxml import etree

from qbferry.errors import InputError
from qbferry.qbxml.schema import Element, load
from qbferry.simulator import answer, generic, lists, validate
from qbferry.simulator.host import VERSIONS
from qbferry.simulator.status import HResultError, RefusalError
from qbferry.simulator.transactions import KINDS, described, posting

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from qbferry.qbxml.schema import Group
    from qbferry.simulator.books import Books
    from qbferry.simulator.validate import Fields

__all__ = ["SETTINGS", "Seed", "plant"]

_HOST = {
    "ProductName": "QuickBooks Pro 2014",
    "MajorVersion": "24",
    "MinorVersion": "0",
    "Country": "US",
    "SupportedQBXMLVersion": VERSIONS[: VERSIONS.index("13.0") + 1],
    "IsAutomaticLogin": "false",
    "QBFileMode": "SingleUser",
}
SETTINGS: Mapping[str, str | bool | int] = {
    "file": r"C:\Users\Public\Documents\Intuit\QuickBooks\Company Files\Sample Company.QBW",
    "ascii_only": True,
    "inactive_customers": "accept",
    "inactive_items": "refuse",
    "paid_invoices": "modified",
    "remembered_sets": 1,
    "restored_memory": "of the backup",
    "summer_offset": "right",
    "time_zone": "",
}
_TEMPLATES = [
    {"Name": "Intuit Product Invoice", "TemplateType": "Invoice"},
    {"Name": "Intuit Purchase Order", "TemplateType": "PurchaseOrder"},
]
"""assumption: facts D - the forms of a company that has made none of its own."""

_PARTS = {"settings", "host", "company", "preferences", "lists", "transactions"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Seed:
    """The description of a company file; every name is an element name of qbXML.

    Attributes:
        settings: How the simulator behaves, see docs/simulator.md.
        host: Elements of HostRet that differ from QuickBooks Pro 2014.
        company: Elements of CompanyRet.
        preferences: Elements of PreferencesRet.
        lists: List -> its entries, each a name or the elements of its Add request; ``Parent:Child`` as Name.
        transactions: Kind -> contents of Add requests.
    """

    settings: Mapping[str, Any] = field(default_factory=dict)
    host: Mapping[str, Any] = field(default_factory=dict)
    company: Mapping[str, Any] = field(default_factory=dict)
    preferences: Mapping[str, Any] = field(default_factory=dict)
    lists: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    transactions: Mapping[str, Sequence[Any]] = field(default_factory=dict)

    @classmethod
    def read(cls, path: str | Path | None = None) -> Seed:
        """Read a description; without a path, the bundled one.

        Raises:
            InputError: The file is missing, is neither TOML nor JSON, or has parts the format does not know.
        """
        if path is None:
            return cls(**tomllib.loads(_bundled("sample.toml")))
        path = Path(path)
        try:
            text = path.read_text(encoding="utf-8-sig")
            data = json.loads(text) if path.suffix.lower() == ".json" else tomllib.loads(text)
        except OSError as error:
            raise InputError(f"The seed {path} cannot be read: {error.strerror}.") from error
        except ValueError as error:
            raise InputError(f"The seed {path} is not well-formed: {error}.") from error
        if not isinstance(data, dict) or (unknown := sorted(data.keys() - _PARTS)):
            wrong = f"has unknown parts: {', '.join(unknown)}" if isinstance(data, dict) else "is not a table"
            raise InputError(f"The seed {path} {wrong}; the parts are {', '.join(sorted(_PARTS))}.")
        return cls(**data)


def _bundled(name: str) -> str:
    return files(__package__).joinpath("seeds", name).read_text(encoding="utf-8")


def _laid_over(usual: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """Give what is usual with what a seed says of its own in its place, table by table."""
    merged = {**usual, **own}
    for name, value in own.items():
        if isinstance(value, dict) and isinstance(usual.get(name), dict):
            merged[name] = _laid_over(usual[name], value)
    return merged


def plant(company: Books, seed: Seed) -> None:
    """Fill a new company file, inside a write.

    Raises:
        InputError: An entry has an unknown element, a value QuickBooks would refuse, or points to nothing.
    """
    if unknown := sorted(seed.settings.keys() - SETTINGS.keys()):
        raise InputError(
            f"The seed has unknown settings: {', '.join(unknown)}; known are {', '.join(SETTINGS)}."
        )
    company.put("settings", {**SETTINGS, **seed.settings})
    _facts(company, "host", "HostQuery", {**_HOST, **seed.host})
    _facts(company, "company", "CompanyQuery", {"IsSampleCompany": False, **seed.company})
    preferences = _laid_over(tomllib.loads(_bundled("preferences.toml")), seed.preferences)
    _facts(company, "preferences", "PreferencesQuery", preferences)
    for part, names, known, identity in (
        ("lists", seed.lists, lists.LISTS, "ListID"),
        ("transactions", seed.transactions, tuple(KINDS), "TxnID"),
    ):
        for name in names:
            if name not in known and generic.holds(name) != identity:
                allowed = ", ".join(sorted(known))
                raise InputError(
                    f"The seed has unknown {part}: {name}; there are {allowed}, and whatever qbXML can add."
                )
    entries = {"Template": _TEMPLATES, **seed.lists}
    for name in (*(name for name in seed.lists if name not in lists.LISTS), *lists.LISTS):
        for entry in entries.get(name, ()):
            _entry(company, name, entry)
    for name in (*KINDS, *(name for name in seed.transactions if name not in KINDS)):
        for number, content in enumerate(seed.transactions.get(name, ()), 1):
            where = f"{name} {number}"
            try:
                checked = _checked(name, _texts(content), where)
                if kind := described(company, name):
                    posting.add(company, kind, checked)
                else:
                    generic.add(company, name, checked)
            except RefusalError as refusal:
                raise InputError(f"The seed's {where} is refused: {refusal.status.message}") from refusal


def _facts(company: Books, key: str, query: str, given: Mapping[str, Any]) -> None:
    ret = load().response(query).children[0]
    shape = ret.children
    company.put(key, _known(_texts(given), shape, f"{key} of the seed"))


def _entry(company: Books, kind: str, given: Any) -> None:
    """Add one entry; the elements are those of its Ret, so lists without an Add request can be filled too."""
    fields = _texts({"Name": given} if isinstance(given, str) else given)
    where = f"{kind} {fields.get('Name', '')!s} of the seed"
    fields = _known(fields, lists.ret(kind).children, where)
    parent, _, own = fields.get("Name", "").rpartition(":")
    if parent:
        fields |= {"Name": own, "ParentRef": {"FullName": parent}}
    try:
        lists.add(company, kind, fields)
    except RefusalError as refusal:
        raise InputError(f"{where} is refused: {refusal.status.message}") from refusal


def _texts(value: Any) -> Any:
    """Turn TOML and JSON values into texts of qbXML; ``TermsRef = "Net 30"`` is short for its FullName."""
    if isinstance(value, dict):
        return {
            name: {"FullName": item} if name.endswith("Ref") and isinstance(item, str) else _texts(item)
            for name, item in value.items()
        }
    if isinstance(value, list):
        return [_texts(item) for item in value]
    return str(value).lower() if isinstance(value, bool) else str(value)


def _known(fields: Fields, shape: Sequence[Element | Group], where: str) -> Fields:
    for name, value in fields.items():
        element = validate.find(shape, name)
        if element is None:
            raise InputError(f"{where}: there is no element {name}; qbXML's names are case-sensitive.")
        for item in value if isinstance(value, list) else [value]:
            if isinstance(item, dict):
                _known(item, element.children, where)
    return fields


def _checked(name: str, content: Fields, where: str) -> Fields:
    """Pass a transaction of the seed through the same checks as an application's request."""
    message = load().request(f"{name}Add")
    _known({f"{name}Add": content}, message.children, where)
    lines = answer.elements({f"{name}Add": content}, message.children)
    try:
        request = validate.read(etree.fromstring(f"<{name}AddRq>{''.join(lines)}</{name}AddRq>"), message)
    except HResultError as error:
        raise InputError(f"The seed's {where} lacks an element that {name}Add requires.") from error
    if request.problem:
        raise InputError(f"The seed's {where} is refused: {request.problem.message}")
    checked: Fields = request.fields[f"{name}Add"]
    return checked
