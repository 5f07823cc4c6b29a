"""The first page: what needs a person, where everything stands, and what runs."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from qbferry.desk import alerts, failing, lookup
from qbferry.desk.connection import calls
from qbferry.desk.shelf import Shelf
from qbferry.model import TransferStatus
from qbferry.store.counters import counted
from qbferry.store.records import Filter
from qbferry.web.days import days
from qbferry.web.view import View, connector_of, page

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from qbferry.model import RecordRow
    from qbferry.store.transaction import Transaction

__all__ = ["Home"]

REASONS = 5
"""Reasons of failures, and records in doubt, that are shown at first."""

LOOKED_THROUGH = 2_000
"""Failed records of a kind whose reasons are gathered, those that came first."""


@dataclass
class Standing:
    """How many records of a kind stand where, and what they come to.

    Attributes:
        records: Status -> number.
        sums: Status -> currency or unit -> hundredths.
    """

    records: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    sums: dict[str, dict[str, int]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(int)))


class Home(View):
    """The dashboard."""

    path = "/"

    @page("", "index")
    def index(self, request: Request) -> Response:
        """Everything at a glance, of one connector."""
        with self.office.database.read() as tx:
            if not tx.connectors.everyone():
                return self.show(request, "welcome")
            name = connector_of(request)
            row = tx.connectors.named(name)
            shelves = [Shelf.open(tx, self.office.running, kind, name) for kind in self.office.kinds(tx)]
            groups = [group for shelf in shelves for group in failing.grouped(shelf, LOOKED_THROUGH)]
            groups.sort(key=lambda group: -len(group.ids))
            return self.show(
                request,
                "home",
                standing=_standing(tx, row.id),
                statuses=list(TransferStatus),
                failing=groups[:REASONS],
                more=len(groups) - REASONS,
                doubtful=[(shelf.kind, one) for shelf in shelves for one in _doubtful(shelf)],
                needs=alerts.standing(tx, name),
                oldest=min((at for shelf in shelves if (at := _oldest(shelf))), default=None),
                runs=lookup.runs(tx, row.id, 5),
                days=days(tx, row.id, datetime.now(UTC).date()),
                calls=calls(row),
            )


def _standing(tx: Transaction, connector_id: int) -> dict[str, Standing]:
    found: dict[str, Standing] = defaultdict(Standing)
    for one in counted(tx.connection, connector_id):
        standing = found[one.entity]
        standing.records[one.transfer_status] += one.records
        if one.records:
            of = "hours" if one.unit == "hours" else one.currency
            standing.sums[one.transfer_status][of] += one.amount
    return found


def _doubtful(shelf: Shelf) -> list[RecordRow]:
    return shelf.tx.records.page(shelf.row.id, shelf.kind.name, Filter(in_doubt=True), limit=REASONS)


def _oldest(shelf: Shelf) -> datetime | None:
    """Since when the record waits that failed and came first."""
    failed = Filter(statuses=(TransferStatus.FAILED,))
    found = shelf.tx.records.page(shelf.row.id, shelf.kind.name, failed, limit=1)
    return found[0].created_at if found else None
