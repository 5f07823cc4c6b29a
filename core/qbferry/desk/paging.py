"""Acts upon many records: a page of them in each transaction, so that nobody waits longer than for a page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qbferry.errors import NotFoundError
from qbferry.store.pages import RecordPages, Search
from qbferry.store.places import Place

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from contextlib import AbstractContextManager

    from qbferry.desk.drawer import Drawer
    from qbferry.desk.readiness import Verdict
    from qbferry.model import RecordRow
    from qbferry.store.database import Database
    from qbferry.store.transaction import Transaction

__all__ = ["Pages"]

PAGE = 1000
"""Records in one transaction."""


class Pages:
    """All records that a search means, as they were when this began.

    What was done of a page stays, whatever happens after it. The same again goes on with what is left.

    Attributes:
        total: How many there are; None: nobody counts so many.
        plural: What people call them.
    """

    def __init__(
        self,
        database: Database,
        open_drawer: Callable[[Transaction, bool], AbstractContextManager[Drawer]],
        search: Search,
    ) -> None:
        """Begin.

        Args:
            database: The database.
            open_drawer: Given a transaction and whether to lock, opens the records' drawer.
            search: Which records.

        Raises:
            NotFoundError: There is no such batch.
        """
        self._database, self._open, self._search = database, open_drawer, search
        with database.read() as tx, open_drawer(tx, False) as drawer:
            of_batch = Search(batch=search.batch)
            if search.batch and not _found(drawer, of_batch, Place(0, 0), 1)[0]:
                raise NotFoundError(
                    f"There is no batch {search.batch} of {drawer.kind.plural.lower()} for the connector "
                    f"{drawer.row.name}; nothing was changed."
                )
            self.plural = drawer.kind.plural
            self._last = tx.records.last_key()
            self.total = RecordPages(tx.connection, drawer.row.id, drawer.kind.name).total(search)

    def act(self, act: Callable[[Drawer, Iterable[RecordRow]], Iterable[Verdict]]) -> Iterator[list[Verdict]]:
        """Do something with each page, and commit it before it is told of.

        Args:
            act: Given a locked drawer and its records, does it.
        """
        at: Place | None = Place(0, 0)
        while at is not None and at.pk < self._last:
            with self._database.read() as tx, self._open(tx, False) as drawer:
                found, at = _found(drawer, self._search, at, PAGE)
            keys = [key for key in found if key <= self._last]
            with self._database.write() as tx, self._open(tx, True) as drawer:
                rows = tx.records.by_key(keys)
                verdicts = list(act(drawer, [rows[key] for key in keys if key in rows]))
            yield verdicts


def _found(drawer: Drawer, search: Search, at: Place, size: int) -> tuple[list[int], Place | None]:
    """Keys as they arrived, behind one, and where the next come."""
    pages = RecordPages(drawer.tx.connection, drawer.row.id, drawer.kind.name)
    found = pages.page(search, "arrival", descending=False, at=at, size=size)
    return list(found.keys), found.after
