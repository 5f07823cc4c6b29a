"""From an expense report to its QuickBooks requests; what each field becomes is a table in the README."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qbferry import BillableStatus, Request, Skip, full_name
from qbferry_expenses import amounts
from qbferry_expenses.vendors import NAMESAKES, Vendor, vendor, written_out

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from qbferry import Connector, Lists
    from qbferry_expenses.document import ExpenseReportDocument, Item
    from qbferry_expenses.settings import Settings

__all__ = ["LISTS", "requests"]

LISTS = ("Account", "Class", "Vendor", *NAMESAKES)
"""The lists of QuickBooks that a bill refers to, and those in which a new vendor's name may be taken."""

REMEDIES = {
    "Account": "Create it there, or name another for its category in [[plugins.expenses.accounts]].",
    "Class": "Create it there, or correct the class at the source.",
    "Customer": "Create it there, or correct the organization at the source.",
}


def requests(
    report: ExpenseReportDocument, settings: Settings, connector: Connector, lists: Lists
) -> list[Request] | Skip:
    """Give the bill, behind its vendor where that must be created; or what QuickBooks does not know."""
    names = _Names(lists)
    lines = [*_lines(report, settings, connector, names)]
    payee = vendor(report.resource, lists, create=settings.create_vendor)
    problems = [*([payee.reason] if isinstance(payee, Skip) else []), *names.problems]
    if isinstance(payee, Skip) or problems:
        return Skip(" ".join(problems))
    bill = Request(
        key="bill",
        name="BillAdd",
        label="bill" if payee.new else "",
        fields={
            "vendor": payee.name,
            "date": report.week_ending,
            "number": report.id,
            "memo": report.name,
            "lines": lines,
        },
    )
    return [_new(payee, report), bill] if payee.new else [bill]


def _new(payee: Vendor, report: ExpenseReportDocument) -> Request:
    fields = {"vendor": payee.name, "name_on_check": written_out(report.resource)}
    return Request(key="vendor", name="VendorAdd", label="vendor", fields=fields)


def _lines(
    report: ExpenseReportDocument, settings: Settings, connector: Connector, names: _Names
) -> Iterator[Mapping[str, Any]]:
    for position, item in enumerate(amounts.items(report, settings), 1):
        where = f"item {item.id or position}"
        yield {
            "account": names.find("Account", settings.account(item), where),
            "amount": item.amount,
            "memo": f"{item.date} {item.description or ''}".strip(),
            "customer": names.find("Customer", item.organization, where),
            "class_": names.find("Class", item.class_ if connector.tracks_classes else None, where),
            "billable_status": _billable_status(item, settings),
        }
    if advance := amounts.advance(report, settings):
        yield {
            "account": names.find("Account", settings.cash_advance_account, "cash advance"),
            "amount": -advance,
            "memo": "Cash advance",
            "customer": None,
            "class_": None,
            "billable_status": None,
        }


def _billable_status(item: Item, settings: Settings) -> BillableStatus | None:
    """Always said where there is a customer: QuickBooks takes such a line as billable when it is not."""
    if not item.organization:
        return None
    return settings.billable if item.billable else BillableStatus.NOT_BILLABLE


class _Names:
    """Finds entries of QuickBooks' lists, and collects what is not there.

    Attributes:
        problems: A sentence for each name QuickBooks does not know.
    """

    def __init__(self, lists: Lists) -> None:
        self.problems: list[str] = []
        self._lists = lists

    def find(self, kind: str, name: str | None, where: str) -> str | None:
        """The name of an entry in QuickBooks; as it is given while the list is not known."""
        wanted = full_name(name)
        if not wanted:
            return None
        entry = self._lists.find(kind, wanted)
        if entry is None and self._lists.known(kind):
            self.problems.append(
                f'QuickBooks has no {kind.lower()} named "{wanted}" ({where}). {REMEDIES[kind]}'
            )
        return entry.full_name if entry else wanted
