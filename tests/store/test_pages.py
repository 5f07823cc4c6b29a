"""Pages hold what a search means, in its order, once: forwards and backwards, among few and among many."""

from __future__ import annotations

import itertools
import random
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from qbferry.model import RecordRow, TransferStatus, fold
from qbferry.store import pages, places
from qbferry.store.pages import RecordPages, Search
from qbferry.store.places import ORDERS

from .rows import NOON, record

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from qbferry.store.database import Database

PARTIES = ("Acme Corp", "acme labs", "Ärger GmbH", "Zed", "The Acme Club", "Ödön & Co", "-", "_x", "100% Ltd")
DAY = date(2026, 10, 1)

SEARCHES: dict[str, tuple[Search, Callable[[RecordRow], bool]]] = {
    "all": (Search(), lambda row: True),
    "failed": (
        Search(statuses=(TransferStatus.FAILED,)),
        lambda row: row.transfer_status is TransferStatus.FAILED,
    ),
    "waiting": (
        Search(statuses=(TransferStatus.FAILED, TransferStatus.PENDING)),
        lambda row: row.transfer_status in (TransferStatus.FAILED, TransferStatus.PENDING),
    ),
    "never": (Search(never=True), lambda row: row.transfer_date is None),
    "transferred": (
        Search(transferred=(NOON, NOON + timedelta(days=3))),
        lambda row: row.transfer_date is not None and NOON <= row.transfer_date <= NOON + timedelta(days=3),
    ),
    "days": (
        Search(dated=(DAY, DAY + timedelta(days=4))),
        lambda row: row.dated is not None and DAY <= row.dated <= DAY + timedelta(days=4),
    ),
    "amounts": (Search(amount=(-100, 500)), lambda row: row.amount is not None and -100 <= row.amount <= 500),
    "least": (Search(amount=(400, None)), lambda row: row.amount is not None and row.amount >= 400),
    "number": (
        Search(number="INV-1"),
        lambda row: any(one.startswith("INV-1") for one in (row.number, row.ref_number or "", row.id)),
    ),
    "batch": (Search(batch="B2"), lambda row: row.batch == "B2"),
    "reason": (Search(reason="KNOWS"), lambda row: "knows" in (row.reason or "").lower()),
    "percent": (Search(reason="%"), lambda row: "%" in (row.reason or "")),
    "doubt": (Search(in_doubt=True), lambda row: row.in_doubt),
    "resync": (Search(needs_resync=True), lambda row: row.needs_resync),
    "kind": (Search(values={"kind": ("b", "c")}), lambda row: row.pk % 3 in (1, 2)),
    "two": (
        Search(statuses=(TransferStatus.PENDING,), batch="B1", values={"kind": ("a", "a")}),
        lambda row: row.transfer_status is TransferStatus.PENDING and row.batch == "B1" and row.pk % 3 == 0,
    ),
}


def made(number: int) -> list[RecordRow]:
    chance = random.Random(7)
    rows = []
    for index in range(number):
        party = chance.choice(PARTIES)
        status = chance.choice(list(TransferStatus))
        sent = status is TransferStatus.TRANSFERRED
        rows.append(
            record(
                f"INV-{index}" if index % 2 else f"X{index}",
                connector_id=chance.choice((1, 1, 1, 2)),
                party=party,
                party_folded=fold(party),
                dated=chance.choice((None, DAY + timedelta(days=chance.randrange(9)))),
                amount=chance.choice((None, chance.randrange(-500, 900))),
                number=chance.choice(("", f"{chance.randrange(50)}")),
                batch=chance.choice((None, "B1", "B2")),
                transfer_status=status,
                transfer_date=NOON + timedelta(days=chance.randrange(5)) if sent else None,
                ref_number=f"INV-{chance.randrange(300)}" if sent else None,
                reason=chance.choice(("QuickBooks knows no Zed.", "It is 5% too much."))
                if not sent
                else None,
                in_doubt=chance.random() < 0.05,
                needs_resync=chance.random() < 0.05,
            )
        )
    return rows


@pytest.fixture
def rows(database: Database) -> list[RecordRow]:
    """Records of two connectors."""
    rows = made(240)
    with database.write() as tx:
        tx.records.add(rows)
        tx.records.save_values("invoice", {row.pk: {"kind": "abc"[row.pk % 3]} for row in rows})
    return [row for row in rows if row.connector_id == 1]


@pytest.fixture(params=["few", "many"])
def bounds(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param == "many":
        monkeypatch.setattr(pages, "FEW", 0)
        monkeypatch.setattr(places, "WALK", 30)


def forwards(finder: RecordPages, search: Search, **how: Any) -> Iterator[list[int]]:
    at, first = None, True
    while at is not None or first:
        found = finder.page(search, at=at, size=7, **how)
        if first:
            assert found.before is None
        yield list(found.keys)
        at, first = found.after, False


def backwards(finder: RecordPages, search: Search, at: Any, **how: Any) -> Iterator[list[int]]:
    while at is not None:
        found = finder.page(search, at=at, size=7, **how)
        yield list(found.keys)
        at = found.before


@pytest.mark.usefixtures("bounds")
@pytest.mark.parametrize("descending", [False, True])
def test_pages_hold_what_is_meant_once_and_in_order(
    database: Database, rows: list[RecordRow], *, descending: bool
) -> None:
    with database.read() as tx:
        finder = RecordPages(tx.connection, 1, "invoice")
        for (name, (search, meant)), order in itertools.product(SEARCHES.items(), ORDERS):
            wanted = {row.pk: row for row in rows if meant(row)}
            how: dict[str, Any] = {"order": order, "descending": descending}
            found = [key for page in forwards(finder, search, **how) for key in page]
            assert sorted(found) == sorted(wanted), (name, order)
            _sorted(order, [wanted[key] for key in found], descending=descending)
            first = finder.page(search, at=None, size=20, **how)
            edge = first.after and first.after._replace(backwards=True)
            back = [key for page in reversed(list(backwards(finder, search, edge, **how))) for key in page]
            assert back == [key for key in first.keys if edge and key != edge.pk], (name, order)


VALUES: dict[str, Callable[[RecordRow], Any]] = {
    "arrival": lambda row: row.pk,
    "date": lambda row: row.dated,
    "amount": lambda row: row.amount,
    "transferred": lambda row: row.transfer_date,
}


def _sorted(order: str, rows: list[RecordRow], *, descending: bool) -> None:
    """Those with a value in order, and behind them those without; how texts sort is the database's."""
    if order not in VALUES:
        return
    values = [VALUES[order](row) for row in rows]
    there = [value for value in values if value is not None]
    assert values == sorted(there, reverse=descending) + [None] * (len(values) - len(there))


def test_a_part_of_a_name_is_found_among_few_and_its_beginning_among_many(
    database: Database, rows: list[RecordRow], monkeypatch: pytest.MonkeyPatch
) -> None:
    with database.read() as tx:
        finder = RecordPages(tx.connection, 1, "invoice")
        found = finder.page(Search(party="ACME"), "arrival", descending=False, size=500)
        assert list(found.keys) == [row.pk for row in rows if "acme" in row.party_folded]
        monkeypatch.setattr(pages, "FEW", 0)
        found = finder.page(Search(party="ACME"), "arrival", descending=False, size=500)
        assert list(found.keys) == [row.pk for row in rows if row.party_folded.startswith("acme")]
        percent = finder.page(Search(party="100%"), "arrival", descending=False, size=500)
        assert {row.party for row in rows if row.pk in percent.keys} == {"100% Ltd"}


@pytest.mark.usefixtures("bounds")
def test_acts_are_about_all_that_were_there_when_they_began(
    database: Database, rows: list[RecordRow]
) -> None:
    with database.read() as tx:
        finder = RecordPages(tx.connection, 1, "invoice")
        for name, (search, meant) in SEARCHES.items():
            found = [key for part in finder.keys(search, last=rows[-10].pk) for key in part]
            assert found == [row.pk for row in rows[:-9] if meant(row)], name


def test_few_are_counted_and_many_only_where_the_counters_know(
    database: Database, rows: list[RecordRow], monkeypatch: pytest.MonkeyPatch
) -> None:
    failed = sum(row.transfer_status is TransferStatus.FAILED for row in rows)
    search = Search(statuses=(TransferStatus.FAILED,))
    with database.read() as tx:
        finder = RecordPages(tx.connection, 1, "invoice")
        assert finder.total(Search()) == len(rows)
        assert finder.total(Search(batch="B1")) == sum(row.batch == "B1" for row in rows)
        monkeypatch.setattr(pages, "FEW", 3)
        assert finder.page(search, "arrival", descending=False, size=5).total == failed
        assert finder.page(Search(batch="B1"), "arrival", descending=False, size=5).total is None


def test_a_page_goes_on_where_it_was_when_the_record_there_has_gone(
    database: Database, rows: list[RecordRow]
) -> None:
    search = Search(statuses=(TransferStatus.PENDING,))
    with database.write() as tx:
        finder = RecordPages(tx.connection, 1, "invoice")
        found = finder.page(search, "amount", descending=True, size=7)
        following = finder.page(search, "amount", descending=True, at=found.after, size=7)
        edge = tx.records.by_key([found.keys[-1]])[found.keys[-1]]
        edge.transfer_status = TransferStatus.TRANSFERRED
        tx.records.save([edge])
        again = finder.page(search, "amount", descending=True, at=found.after, size=7)
    assert again.keys == following.keys
