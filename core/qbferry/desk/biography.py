"""One record whole: what its names stand for, what was sent of it, what came back, and what differs now."""

from __future__ import annotations

import difflib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from qbferry.desk.lookup import line
from qbferry.desk.preview import preview
from qbferry.errors import HookError, InputError, MisfitError
from qbferry.qbxml.layout import lay_out, lay_out_part
from qbferry.transfer.references import resolve

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from qbferry.desk.drawer import Drawer
    from qbferry.desk.shelf import Shelf
    from qbferry.model import RecordRow, Reference
    from qbferry.store.rows import MessageRow
    from qbferry.store.transaction import Transaction
    from qbferry.transfer.references import Resolution

__all__ = ["Exchange", "Named", "attempts", "differences", "named"]


@dataclass(frozen=True, slots=True)
class Named:
    """A name in a record.

    Attributes:
        label: What it is: ``customer``.
        where: Where it stands: ``line 1``; empty for a record that has one such name.
        name: As the source gives it.
        stands_for: The name in QuickBooks; empty where it stands for nothing yet.
        note: That it is going to be made, or why it stands for nothing.
    """

    label: str
    where: str
    name: str
    stands_for: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Exchange:
    """A line of a record's history, with what was sent and what came back.

    Attributes:
        line: The line, as ``lookup.history`` gives it.
        sent: The request's qbXML, laid out; empty where the line is about none.
        answered: Its answer's; empty while there is none, or when it is kept no more.
    """

    line: Mapping[str, Any]
    sent: str = ""
    answered: str = ""


def named(drawer: Drawer, row: RecordRow) -> list[Named]:
    """What each name in a record stands for in QuickBooks, as the lists were last read."""
    try:
        record = drawer.read(row)
        references = list(drawer.plugins.references(drawer.entity, record, drawer.connector))
        resolution = resolve(references, drawer.lists, {})
    except (HookError, InputError, MisfitError):
        return []  # the reason why it cannot go says what is wrong
    unresolved = {reference.at for reference in resolution.unresolved}
    return [_named(reference, resolution, unresolved) for reference in references]


def _named(reference: Reference, resolution: Resolution, unresolved: set[str]) -> Named:
    found, note = resolution.found.get(reference.at), ""
    if reference.target.record:
        return Named(
            reference.target.label, reference.where, reference.name, found.full_name if found else ""
        )
    if reference.at in unresolved:
        note = "QuickBooks has no such name; correct it at its source, or map it."
    elif found is None and not reference.target.optional:
        note = "It is made in QuickBooks first."
    elif found is not None and found.entry is None:
        note = "The list it is in was not read yet."
    elif found is not None and found.linked:
        note = "It is mapped."
    stands_for = found.full_name if found and found.entry else ""
    return Named(reference.target.label, reference.where, reference.name, stands_for, note)


def attempts(shelf: Shelf, row: RecordRow) -> list[Exchange]:
    """The record's history, the latest first, with the qbXML of each request that QuickBooks was given."""
    messages = _Messages(shelf.tx)
    rows = reversed(shelf.tx.history.of_records([row.pk]).get(row.pk, []))
    return [Exchange(line(each), *messages.about(each.message_id, row.pk, each.request_key)) for each in rows]


def differences(drawer: Drawer, row: RecordRow, exchanges: Sequence[Exchange]) -> list[str]:
    """Compare what was sent last with what would be sent now, line by line; empty: nothing differs."""
    if not row.changed_since_transfer:
        return []
    before = [exchange.sent for exchange in exchanges if exchange.sent and exchange.line["kind"] == "Sent"]
    now = preview(drawer, row)
    if not before or not now.qbxml:
        return []
    compared = difflib.unified_diff(
        _comparable(before[0]), _comparable(lay_out(now.qbxml)), "sent", "now", lineterm="", n=2
    )
    return list(compared)[2:]


@dataclass
class _Messages:
    """Messages of a record's history, each read once."""

    tx: Transaction
    read: dict[int, tuple[MessageRow, str | None] | None] = field(default_factory=dict)

    def about(self, message_id: int | None, pk: int, key: str) -> tuple[str, str]:
        """A record's request in a message, and its answer."""
        if message_id is None:
            return "", ""
        if message_id not in self.read:
            row = self.tx.messages.by_key(message_id)
            self.read[message_id] = None if row is None else (row, self.tx.messages.answer(message_id))
        found = self.read[message_id]
        if found is None:
            return "", ""
        row, answer = found
        for index, request in enumerate(row.requests):
            if request["pk"] == pk and request["key"] == key and request["owner"] == "record":
                name = f"{row.message_set_id}.{index}"
                return lay_out_part(row.body, name), lay_out_part(answer or "", name)
        return "", ""


def _comparable(text: str) -> list[str]:
    """The lines of a request, but for what is another's in every attempt."""
    return [
        line.strip()
        for line in text.splitlines()
        if "requestID" not in line
        and "ExternalGUID" not in line
        and not line.strip().startswith(("<?", "<QBXML", "</QBXML"))
        and not line.strip().endswith("Rq>")
    ]
