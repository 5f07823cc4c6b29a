"""From a checked document to a row: what the core knows of a record is its plugin's summary of it."""

from __future__ import annotations

from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING

from qbferry.errors import HookError, InputError
from qbferry.model import RecordRow, Unit, fold
from qbferry.qbxml.characters import without_illegal

if TYPE_CHECKING:
    from qbferry.model import Document, Entity
    from qbferry.plugin.manager import Plugins

__all__ = ["fill", "make_row", "new_row"]

LONGEST_PARTY, LONGEST_NUMBER, LONGEST_CURRENCY = 255, 100, 10
"""Characters that are kept; a document holds the whole of it."""

LARGEST = 10**17
"""Hundredths; more than QuickBooks holds, and sums of many still fit a database's integers."""


def make_row(
    plugins: Plugins, entity: Entity, connector_id: int, text: str, *, source: str = "file"
) -> RecordRow:
    """A new record, not stored yet.

    Args:
        plugins: Whose summary it gets.
        entity: Its kind.
        connector_id: Where it goes.
        text: Its document as JSON.
        source: Where it came from.

    Raises:
        pydantic.ValidationError: The document is not in the entity's shape.
        HookError: Its plugin fails to sum it up.
    """
    document = entity.document.model_validate_json(text)
    return new_row(plugins, entity, connector_id, text, document, source=source)


def new_row(
    plugins: Plugins,
    entity: Entity,
    connector_id: int,
    text: str,
    document: Document,
    *,
    source: str = "file",
) -> RecordRow:
    """The same of a document that was read already.

    Raises:
        HookError: Its plugin fails to sum it up.
    """
    row = RecordRow(connector_id=connector_id, entity=entity.name, id=document.id, source=source)
    row.document_text = text
    fill(plugins, entity, row, document)
    return row


def fill(plugins: Plugins, entity: Entity, row: RecordRow, document: Document) -> None:
    """Let a row have what the core may know of a document.

    Raises:
        HookError: Its plugin fails to sum it up.
        InputError: It comes to more than can be kept.
    """
    try:
        found = plugins.summary(entity, document)
    except HookError as error:
        raise HookError(f"{entity.label} {row.id}: {error} Nothing was changed.") from error
    row.batch = document.batch
    try:
        row.party = _cut(found.party, LONGEST_PARTY)
        row.party_folded = _cut(fold(row.party), LONGEST_PARTY)
        row.dated = found.dated and date(found.dated.year, found.dated.month, found.dated.day)
        row.amount = None if found.amount is None else _hundredths(found.amount)
        row.currency = _cut(found.currency, LONGEST_CURRENCY)
        row.unit = str(Unit(found.unit))
        row.number = _cut(found.number, LONGEST_NUMBER)
        if abs(row.amount or 0) > LARGEST:
            raise InputError(
                f"{entity.label} {row.id} comes to {found.amount}, more than can be kept; correct it at the "
                "source. Nothing was changed."
            )
    except (ArithmeticError, AttributeError, TypeError, ValueError) as error:
        raise HookError(
            f"{entity.label} {row.id}: the plugin {plugins.owner(entity.name)} gives a summary that is none: "
            f"{error}. This is a fault of the plugin; tell its author. Nothing was changed."
        ) from error


def _cut(text: str, longest: int) -> str:
    if len(text) <= longest and text.isascii() and text.isprintable() and "&" not in text:
        return text  # most are; the rest is looked at more closely
    return without_illegal(text)[:longest]


def _hundredths(amount: Decimal) -> int:
    return int((Decimal(amount) * 100).to_integral_value(ROUND_HALF_UP))
