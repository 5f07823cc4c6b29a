"""An account in another currency than the record is said before anything is sent, where the lists know it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from qbferry.config import PluginSettings, TransferSettings
from qbferry.desk import mapping
from qbferry.plugin.manager import assemble
from qbferry.simulator import Seed, Session, lists
from qbferry.testing.installation import Installation

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

REPORT: dict[str, Any] = {
    "id": "ER-1",
    "resource": "Jones, Bob",
    "name": "October",
    "week_ending": "2026-10-31",
    "status": "Approved for Payment",
    "items": [
        {"id": "1", "date": "2026-10-12", "category": "Taxi", "amount": "43.10", "reimbursable": True},
    ],
}
ON = {"MultiCurrencyPreferences": {"IsMultiCurrencyOn": True, "HomeCurrencyRef": {"FullName": "US Dollar"}}}


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Installation]:
    plugins = assemble(PluginSettings(enabled=["expenses"]))
    settings = TransferSettings(takeover_after=0)
    with Installation(tmp_path, plugins=plugins, settings=settings, seed=Seed(preferences=ON)) as office:
        with office.company.write():
            for name in ("US Dollar", "Euro", "Pound"):
                lists.add(office.company, "Currency", {"Name": name, "CurrencyCode": name[:3].upper()})
            lists.add(office.company, "Vendor", vendor("v-Jones, Bob", "Euro"))
            lists.add(office.company, "Account", account("Taxi", "Pound"))
            lists.add(office.company, "Account", account("Travel", "US Dollar"))
        office.greeting = greeting(office)
        yield office


def greeting(office: Installation) -> str:
    """What QuickBooks says in a run's first call, with its preferences."""
    said = Session(office.company).process(
        '<?xml version="1.0"?><?qbxml version="13.0"?><QBXML><QBXMLMsgsRq onError="continueOnError">'
        "<HostQueryRq/><PreferencesQueryRq/></QBXMLMsgsRq></QBXML>"
    )
    answers = said.partition("<QBXMLMsgsRs>")[2].partition("</QBXMLMsgsRs>")[0]
    return office.greeting.replace("</QBXMLMsgsRs>", f"{answers}</QBXMLMsgsRs>")


def vendor(name: str, currency: str) -> dict[str, Any]:
    return {"Name": name, "CurrencyRef": {"FullName": currency}}


def account(name: str, currency: str) -> dict[str, Any]:
    return vendor(name, currency) | {"AccountType": "Expense"}


def carry(world: Installation) -> str:
    messages: list[str] = []
    world.run(watch=messages.append)
    return "".join(messages)


def test_an_account_in_neither_currency_is_said_and_another_can_be_mapped(world: Installation) -> None:
    world.put("expense_report", REPORT)
    assert "AddRq" not in carry(world)
    assert world.record("expense_report", "ER-1").reason == (
        'The account "Taxi" is in another currency (Pound) than the vendor "v-Jones, Bob" (Euro), and not in '
        'the company\'s own (US Dollar). Name another account, or map it: qbferry map set Account "Taxi".'
    )
    with world.database.write() as tx:
        mapping.put(tx, None, [mapping.Mapping("Account", "Taxi", "Travel")])
    assert "BillAddRq" in carry(world)
    assert world.statuses("expense_report") == {"ER-1": "Transferred"}


@pytest.mark.parametrize("currency", ["Euro", "US Dollar"])
def test_one_in_the_currency_of_the_party_or_of_the_company_goes(currency: str, world: Installation) -> None:
    with world.company.write():
        lists.add(world.company, "Account", account("Train", currency))
    world.put("expense_report", REPORT | {"items": [REPORT["items"][0] | {"category": "Train"}]})
    assert "BillAddRq" in carry(world)
    assert world.statuses("expense_report") == {"ER-1": "Transferred"}
