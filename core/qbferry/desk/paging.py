"""Acts upon many records: a page of them in each transaction, so that nobody waits longer than for a page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qbferry.errors import NotFoundError
from qbferry.store.records import Filter

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from contextlib import AbstractContextManager

    from qbferry.desk.drawer import Drawer
    from qbferry.desk.readiness import Verdict
    from qbferry.model import RecordRow, TransferStatus
    from qbferry.store.database import Database
    from qbferry.store.transaction import Transaction

__all__ = ["Pages"]

PAGE = 1000
"""Records in one transaction."""


class Pages:
    """All records of some statuses, or those of a batch, as they were when this began.

    What was done of a page stays, whatever happens after it. The same again goes on with what is left.

    Attributes:
        total: How many there are.
        plural: What people call them.
    """

    def __init__(
        self,
        database: Database,
        open_drawer: Callable[[Transaction, bool], AbstractContextManager[Drawer]],
        statuses: Sequence[TransferStatus],
        batch: str | None = None,
    ) -> None:
        """Begin.

        Args:
            database: The database.
            open_drawer: Given a transaction and whether to lock, opens the records' drawer.
            statuses: Where they stand.
            batch: Their batch; None: whichever.

        Raises:
            NotFoundError: There is no such batch.
        """
        self._database, self._open = database, open_drawer
        self._filters = [Filter(statuses=[status], batch=batch) for status in statuses]
        with database.read() as tx, open_drawer(tx, False) as drawer:
            of = drawer.row.id, drawer.kind.name
            if batch is not None and not tx.records.page(*of, Filter(batch=batch), limit=1):
                raise NotFoundError(
                    f"There is no batch {batch} of {drawer.kind.plural.lower()} for the connector "
                    f"{drawer.row.name}; nothing was changed."
                )
            self.plural = drawer.kind.plural
            self._last = tx.records.last_key()
            self.total = sum(tx.records.number_of(*of, which) for which in self._filters)

    def act(self, act: Callable[[Drawer, Iterable[RecordRow]], Iterable[Verdict]]) -> Iterator[list[Verdict]]:
        """Do something with each page, and commit it before it is told of.

        Args:
            act: Given a locked drawer and its records, does it.
        """
        for which in self._filters:
            after, full = 0, True
            while full:
                with self._database.write() as tx, self._open(tx, True) as drawer:
                    found = tx.records.page(drawer.row.id, drawer.kind.name, which, after=after, limit=PAGE)
                    rows = [row for row in found if row.pk <= self._last]
                    verdicts = list(act(drawer, rows))
                yield verdicts
                full = len(rows) == PAGE
                after = rows[-1].pk if rows else 0
