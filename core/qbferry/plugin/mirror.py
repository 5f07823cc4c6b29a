"""Mirroring QuickBooks' lists, so that what cannot resolve is said in words before anything is sent."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING

from qbferry.errors import PluginError
from qbferry.model import LIST_POLL, ListEntry, Poll
from qbferry.qbxml import schema
from qbferry.qbxml.schema import Element

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from qbferry.model import Occasion, Records
    from qbferry.qbxml.response import Node, Response
    from qbferry.qbxml.schema import Group, Message

__all__ = ["KINDS", "Deletions", "Mirror", "check_kind", "mirror"]

KINDS = (
    *("Account", "Class", "Currency", "Customer", "Employee", "Item", "OtherName", "PayrollItemNonWage"),
    *("PayrollItemWage", "SalesTaxCode", "ShipMethod", "Template", "Terms", "Vendor"),
)
"""The lists that records' names may stand for; ``Item`` holds items of every kind, ``Customer`` jobs too."""

SHORT = {"Currency", "SalesTaxCode", "ShipMethod", "Template", "Terms"}
"""Lists that are always asked for whole, being short."""

# Nothing else is asked for: employees' records hold what nobody here needs to see. QuickBooks passes over
# names that a list does not have (facts B5).
KEPT = {
    "Account": {"AccountType": "AccountType", "Currency": "CurrencyRef/FullName"},
    "Customer": {
        "Email": "Email",
        "Currency": "CurrencyRef/FullName",
        "SalesTaxCode": "SalesTaxCodeRef/FullName",
    },
    "Employee": {"UseTimeDataToCreatePaychecks": "EmployeePayrollInfo/UseTimeDataToCreatePaychecks"},
    "Item": {"SalesTaxCode": "SalesTaxCodeRef/FullName"},
    "SalesTaxCode": {"IsTaxable": "IsTaxable"},
    "Vendor": {"Currency": "CurrencyRef/FullName"},
}

TYPE = "Type"
"""Under what the kind of an entry is kept, in a list of several: ``ItemService``, ``DateDrivenTerms``."""

_DELETED = "ListDeletedQuery"


@dataclass(frozen=True, kw_only=True)
class Mirror(Poll):
    """A poll whose answer the framework keeps as a list.

    Attributes:
        kind: The list: ``Vendor``.
        deletions: What asks for what was deleted of it, while only its changes are asked for; None:
            QuickBooks does not tell, or it is always asked for whole.
    """

    kind: str
    deletions: Deletions | None = None

    def entries(self, response: Response) -> list[ListEntry]:
        """The entries of an answer."""
        return [self._entry(node) for node in response.objects]

    def _entry(self, node: Node) -> ListEntry:
        kept = {name: node.text(path) for name, path in KEPT.get(self.kind, {}).items()}
        if (own := node.name.removesuffix("Ret")) != self.kind:
            kept[TYPE] = own
        return ListEntry(
            kind=self.kind,
            list_id=node.text("ListID") or "",
            full_name=node.text("FullName") or node.text("Name") or "",
            is_active=node.text("IsActive") != "false",
            data={name: text for name, text in kept.items() if text is not None},
        )


@dataclass(frozen=True, kw_only=True)
class Deletions(Poll):
    """A poll that tells what was deleted of a list.

    No fact says whether QuickBooks tells of merged entries; reading the list whole does.

    Attributes:
        kind: The list: ``Vendor``.
    """

    kind: str

    def list_ids(self, response: Response) -> list[str]:
        """What an answer says is gone."""
        return [text for text in response.texts("*/ListID") if text]


@cache
def mirror(kind: str) -> Poll:
    """A poll that keeps a list of QuickBooks at hand for ``lists.find``: once whole, then what changed.

    It is the same one for all who ask for it, and so shared.

    Args:
        kind: ``Account``, ``Class``, ``Customer``, ``Employee``, ``Item``, ``ShipMethod``,
            ``PayrollItemWage``, ``Template``, ``Terms``, ``Vendor``, …: any list whose query is
            ``{kind}Query``.

    Raises:
        PluginError: QuickBooks has no such list.
    """
    check_kind(kind)
    message = schema.everywhere().request(f"{kind}Query")
    known = {element.name for element in _elements(message.children)}
    names = (
        "ListID",
        "TimeModified",
        "Name",
        "FullName",
        "IsActive",
        *dict.fromkeys(path.partition("/")[0] for path in KEPT.get(kind, {}).values()),
    )
    wanted = "".join(f"<IncludeRetElement>{name}</IncludeRetElement>" for name in names)
    active = "<ActiveStatus>All</ActiveStatus>" if "ActiveStatus" in known else ""
    partly = "FromModifiedDate" in known and kind not in SHORT

    def query(occasion: Occasion) -> tuple[str, str]:
        since = f"<FromModifiedDate>{occasion.since}</FromModifiedDate>" if occasion.since and partly else ""
        return f"{kind}Query", f"{active}{since}{wanted}"

    return Mirror(
        name=LIST_POLL + kind,
        interval=timedelta(0),
        query=query,
        handle=_kept_by_the_framework,
        iterated="iterator" in message.attributes,
        mark="TimeModified" if partly else "",
        kind=kind,
        deletions=_deletions(kind) if partly else None,
    )


def check_kind(kind: str) -> None:
    """Refuse what is no list of QuickBooks.

    Raises:
        PluginError: It is none.
    """
    if isinstance(kind, str) and f"{kind}Query" in schema.everywhere().names and _is_list(kind):
        return
    near = difflib.get_close_matches(str(kind), KINDS, 1)
    hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(KINDS)}."
    raise PluginError(f"QuickBooks has no list {kind!r}; {hint}")


@cache
def _is_list(kind: str) -> bool:
    """Whether what a query gives has a ListID, and so is no transaction, report or preference."""
    rets = _elements(schema.everywhere().response(f"{kind}Query").children)
    return any(child.name == "ListID" for ret in rets for child in _elements(ret.children))


def _deletions(kind: str) -> Deletions | None:
    types = [each for each in _deletable() if each == kind or (kind == "Item" and each.startswith("Item"))]
    if not types:
        return None
    wanted = "".join(f"<ListDelType>{each}</ListDelType>" for each in types)

    def query(occasion: Occasion) -> tuple[str, str]:
        since = f"<FromDeletedDate>{occasion.since}</FromDeletedDate>"
        return _DELETED, f"{wanted}<DeletedDateRangeFilter>{since}</DeletedDateRangeFilter>"

    return Deletions(
        name=f"deleted.{kind}",
        interval=timedelta(0),
        query=query,
        handle=_kept_by_the_framework,
        mark="TimeDeleted",
        whole=False,
        kind=kind,
    )


def _deletable() -> Iterable[str]:
    message: Message = schema.everywhere().request(_DELETED)
    return next(each.enum for each in _elements(message.children) if each.name == "ListDelType")


def _elements(particles: Iterable[Element | Group]) -> Iterator[Element]:
    """The elements at one level, in whatever choice or sequence they stand."""
    for particle in particles:
        if isinstance(particle, Element):
            yield particle
        else:
            yield from _elements(particle.children)


def _kept_by_the_framework(response: Response, records: Records) -> None:
    """Nothing: the answer to a mirror goes into the lists."""
