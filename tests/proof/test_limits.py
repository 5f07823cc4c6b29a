"""What fits into SQLite and not into PostgreSQL's columns must not stop a company's transfers."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from qbferry import AnyRecord, Connector, Lists, Names, Request, Response, Sent, hookimpl
from qbferry.config import PluginSettings
from qbferry.errors import QbferryError
from qbferry.plugin import discovery
from qbferry.plugin.manager import Plugins
from qbferry.testing.installation import COMPANY_FILE, Installation

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    Make = Callable[..., dict[str, Any]]

CULPRIT = "INV-2"


def test_a_country_of_any_length_is_taken(world: Installation, invoice: Make) -> None:
    world.put("invoice", invoice("INV-1"))
    ticket = world.begin()
    assert world.exchange.send_request(ticket, "", COMPANY_FILE, "X" * 300, 13, 0)


def test_a_company_file_deep_in_folders_is_taken(world: Installation, invoice: Make) -> None:
    deep = "C:\\" + "Books\\" * 200 + "Company.QBW"
    world.put("invoice", invoice("INV-1"), invoice("INV-2"))
    for _ in range(2):
        ticket = world.begin()
        assert world.send(ticket, deep)
        world.exchange.close(ticket)


class Wordy:
    """Says too much of one record."""

    def __init__(self, how: str, invoices: Any) -> None:
        self._how, self._invoices = how, invoices

    @hookimpl(tryfirst=True)
    def build_requests(
        self, record: AnyRecord, connector: Connector, lists: Lists, names: Names
    ) -> Iterable[Request] | None:
        much = "x" * 300
        if record.id != CULPRIT or self._how not in ("key", "label"):
            return None
        return [
            replace(request, key=much) if self._how == "key" else replace(request, label=much)
            for request in self._invoices.build_requests(record, connector, lists, names)
        ]

    @hookimpl(tryfirst=True)
    def handle_response(self, record: AnyRecord, request: Request, response: Response) -> Sent | None:
        if record.id != CULPRIT or self._how in ("key", "label"):
            return None
        return Sent(**{self._how: "x" * 300})


@pytest.mark.parametrize("how", ["key", "label", "ref_number", "txn_id", "edit_sequence"])
def test_a_plugin_that_says_too_much_holds_nobody_up(
    tmp_path: Path, database_url: str, invoice: Make, how: str
) -> None:
    invoices = discovery.load(discovery.installed()["invoices"], PluginSettings().table("invoices"))
    plugins = Plugins({"invoices": invoices, "wordy": Wordy(how, invoices)})
    with Installation(tmp_path, plugins=plugins, url=database_url) as world:
        world.put("invoice", *(invoice(f"INV-{number}") for number in (1, 2, 3)))
        assert world.run()[-1] == 100
        statuses = world.statuses("invoice")
        assert statuses.pop(CULPRIT) in {"Transferred", "Pending/Failed"}
        assert set(statuses.values()) == {"Transferred"}
        with suppress(QbferryError):  # nothing may be due any more
            world.run()
        there = world.company.transactions("Invoice")
        assert len(there) == (2 if how == "key" else 3)
