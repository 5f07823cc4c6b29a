"""What the names in an expense report stand for in QuickBooks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qbferry import NewEntry, Reference, Target
from qbferry_expenses import amounts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from qbferry import Connector
    from qbferry_expenses.document import ExpenseReportDocument, Item
    from qbferry_expenses.settings import Settings

__all__ = ["TARGETS", "references"]

VENDOR = Target(
    label="vendor",
    kinds=("Vendor",),
    remedy="Create one there, or set create_vendor = true in [plugins.expenses].",
)
ACCOUNT = Target(
    label="account",
    kinds=("Account",),
    remedy="Create it there, or name another for its category in [[plugins.expenses.accounts]].",
)
CLASS = Target(label="class", kinds=("Class",), remedy="Create it there, or correct the class at the source.")

CUSTOMER = Target(
    label="customer",
    kinds=("Customer",),
    remedy="Create it there, or correct the organization at the source.",
    inactive=True,
)
TARGETS = (VENDOR, ACCOUNT, CLASS, CUSTOMER)


def references(
    report: ExpenseReportDocument, settings: Settings, connector: Connector
) -> Iterator[Reference]:
    """Give the resource's vendor, since no bill can be an employee's (facts E), and each line's names."""
    yield Reference(
        at="resource",
        target=VENDOR,
        name=report.resource,
        spellings=(", ".join(_last_and_first(report.resource)), written_out(report.resource)),
        uses=("expenses",),
        new=_new_vendor(report.resource) if settings.create_vendor else None,
    )
    for place, item in enumerate(amounts.items(report, settings)):
        yield from _line(place, item, settings, connector)
    if settings.cash_advance_account and amounts.advance(report, settings):
        yield Reference(
            at="cash_advance", target=ACCOUNT, name=settings.cash_advance_account, where="cash advance"
        )


def written_out(resource: str) -> str:
    """A resource's name as on a check: ``Ann Smith``."""
    return " ".join(reversed(_last_and_first(resource)))


def _line(place: int, item: Item, settings: Settings, connector: Connector) -> Iterator[Reference]:
    at, where = f"items[{place}]", f"item {item.id or place + 1}"
    yield Reference(
        at=f"{at}.account", target=ACCOUNT, name=settings.account(item), where=where, uses=_uses(item)
    )
    if item.organization:
        yield Reference(at=f"{at}.customer", target=CUSTOMER, name=item.organization, where=where)
    if connector.tracks_classes:
        yield Reference(at=f"{at}.class", target=CLASS, name=item.class_ or "", where=where)


def _uses(item: Item) -> tuple[str, ...]:
    """What an account may depend on besides the category."""
    flags = {"billable": item.billable, "reimbursable": item.reimbursable}
    said = [name for name, holds in flags.items() if holds]
    return (", ".join(said), *said) if len(said) > 1 else tuple(said)


def _new_vendor(resource: str) -> NewEntry:
    """A vendor for a resource, ``v-Smith, Ann``: employees have the plain name already."""
    name = "v-" + ", ".join(_last_and_first(resource))
    fields = {"vendor": name, "name_on_check": written_out(resource)}
    return NewEntry(kind="Vendor", full_name=name, request="VendorAdd", fields=fields)


def _last_and_first(resource: str) -> list[str]:
    """Take a name apart; one of a single word has no second part."""
    if "," in resource:
        last, _, first = resource.partition(",")
    else:
        first, _, last = resource.rpartition(" ")
    return [" ".join(part.split()) for part in (last, first) if part.strip()]
