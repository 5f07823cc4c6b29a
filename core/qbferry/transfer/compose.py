"""Composing the next message: whole records, up to a number of requests and bytes."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from qbferry.model import OnError, Skip
from qbferry.qbxml import envelope
from qbferry.store.lists import StoredLists
from qbferry.store.tables import MessageRow
from qbferry.transfer.preparation import Origin, Part, prepare

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from qbferry.config import TransferSettings
    from qbferry.model import Connector, Entity
    from qbferry.plugin.manager import Plugins
    from qbferry.scheduler import Scheduler
    from qbferry.store.tables import ConnectorRow, RunRow
    from qbferry.transfer.ledger import Ledger

__all__ = ["Composer"]

WRAPPING = 60
"""Bytes of a request's own tags and requestID around its qbXML."""


class Composer:
    """Makes messages of due records."""

    def __init__(
        self, plugins: Plugins, scheduler: Scheduler, settings: TransferSettings, owner_id: str
    ) -> None:
        self._plugins = plugins
        self._scheduler = scheduler
        self._settings = settings
        self._owner_id = owner_id

    def compose(
        self, session: Session, run: RunRow, row: ConnectorRow, connector: Connector, ledger: Ledger
    ) -> MessageRow | None:
        """Take due records until a message is full, and claim them by storing it.

        Records that cannot go become Pending/Failed with the reason and never leave. A record that was
        suspected before travels by itself. None: nothing is left that can go, or so many records could not go
        that the rest waits for the next call, which must be answered in seconds.
        """
        limit, size = self._settings.requests_per_message, self._settings.message_bytes
        patience = 10 * limit
        lists = StoredLists(session, connector.id)
        origin = Origin(self._owner_id, row.file_id)
        cursors = dict(run.cursors)
        taken: list[tuple[Entity, Any, list[Part]]] = []
        requests = length = 0
        for entity, record in self._scheduler.take(session, connector.id, cursors):
            if taken and record.alone:
                break
            position = record.queue_position
            parts = prepare(self._plugins, entity, record, connector, lists, origin)
            if isinstance(parts, Skip):
                ledger.skip(entity, record, parts.reason)
                patience -= 1
            elif not parts:
                ledger.complete(entity, record, ())
            else:
                bytes_ = sum(len(part.xml) + WRAPPING for part in parts)
                if taken and (requests + len(parts) > limit or length + bytes_ > size):
                    break
                taken.append((entity, record, parts))
                requests, length = requests + len(parts), length + bytes_
            cursors[entity.name] = position
            if (
                record.alone
                or requests >= limit
                or patience <= 0
                or (taken and _waits(connector, taken[-1][2]))
            ):
                break
        run.cursors = cursors
        return self._store(session, run, row, connector, taken) if taken else None

    def _store(
        self,
        session: Session,
        run: RunRow,
        row: ConnectorRow,
        connector: Connector,
        taken: list[tuple[Entity, Any, list[Part]]],
    ) -> MessageRow:
        set_id = secrets.token_hex(10)
        listed: list[dict[str, Any]] = []
        triples: list[tuple[str, str, str]] = []
        for entity, record, parts in taken:
            for part in parts:
                triples.append((part.request.name, f"{set_id}.{len(listed)}", part.xml))
                listed.append(
                    {
                        "entity": entity.name,
                        "pk": record.pk,
                        "id": record.id,
                        "key": part.request.key,
                        "name": part.request.name,
                        "label": part.request.label,
                        "marker": part.request.marker,
                    }
                )
        message = MessageRow(
            connector_id=connector.id,
            run_id=run.id,
            message_set_id=set_id,
            body=envelope.message(
                triples,
                version=connector.qbxml_version,
                on_error=connector.on_error,
                new_id=set_id,
                old_id=row.settled_set_id,
            ),
            requests=listed,
            composed_at=datetime.now(UTC),
        )
        session.add(message)
        return message


def _waits(connector: Connector, parts: list[Part]) -> bool:
    """Whether what comes behind must wait: under ``stop`` the answer to a question may end the run."""
    return connector.on_error is OnError.STOP and any(part.request.name.endswith("Query") for part in parts)
