"""What fits into SQLite and not into PostgreSQL's columns must not stop a company's transfers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qbferry.testing.installation import COMPANY_FILE, Installation

if TYPE_CHECKING:
    from collections.abc import Callable

    Make = Callable[..., dict[str, Any]]


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
