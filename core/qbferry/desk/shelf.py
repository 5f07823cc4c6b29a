"""One kind of records of one connector to look at: what needs no plugin, but what it has declared."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from qbferry.desk.kinds import kind_named
from qbferry.errors import NotFoundError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import Self

    from qbferry.model import RecordRow
    from qbferry.store.catalog import KnownKind
    from qbferry.store.rows import ConnectorRow
    from qbferry.store.transaction import Transaction

__all__ = ["Shelf", "name_some"]

SHOWN = 20
"""Names in one sentence."""


def name_some(names: Sequence[str]) -> str:
    """Names for a sentence, not more than a person reads."""
    more = len(names) - SHOWN
    return ", ".join(names[:SHOWN]) + (f" and {more} more" if more > 0 else "")


@dataclass(frozen=True, slots=True)
class Shelf:
    """The records at hand, to read.

    Attributes:
        tx: The open transaction.
        kind: The kind of record.
        row: The connector's row.
        waits_for: The plugin these records wait for; None: it runs.
    """

    tx: Transaction
    kind: KnownKind
    row: ConnectorRow
    waits_for: str | None

    @classmethod
    def open(
        cls, tx: Transaction, running: Mapping[str, KnownKind], entity: str, connector: str | None
    ) -> Self:
        """Find a kind of record and a connector by name.

        Args:
            tx: The transaction.
            running: The kinds whose plugins run.
            entity: The kind's name, whether its plugin runs or not.
            connector: The connector's name; None: the default one.

        Raises:
            NotFoundError: There is no such kind or connector.
        """
        kind = kind_named(tx, running, entity)
        return cls(tx, kind, tx.connectors.named(connector), None if entity in running else kind.plugin)

    def find(self, ids: Iterable[str]) -> list[RecordRow]:
        """Records by id, in the order given.

        Raises:
            NotFoundError: Some do not exist; all of them are named.
        """
        wanted = list(dict.fromkeys(ids))
        found = self.tx.records.by_id(self.row.id, self.kind.name, wanted)
        missing = [name for name in wanted if name not in found]
        if missing:
            raise NotFoundError(
                f"There is no {self.kind.label.lower()} {name_some(missing)} for the connector "
                f"{self.row.name}; nothing was changed."
            )
        return [found[name] for name in wanted]
