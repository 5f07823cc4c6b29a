"""Records and lists without a database behind them, for a plugin's own tests."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from sqlalchemy import inspect

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from qbferry.model import Entity, ListEntry

__all__ = ["FixedLists", "make_record", "state"]


class FixedLists:
    """QuickBooks' lists as a test wants them; implements ``qbferry.Lists``.

    Args:
        entries: What is in the lists. A list with an entry counts as read.
        empty: Lists that were read and have nothing in them.
    """

    def __init__(self, entries: Iterable[ListEntry] = (), empty: Iterable[str] = ()) -> None:
        self._entries = {(entry.kind, entry.full_name.casefold()): entry for entry in entries}
        self._known = {kind for kind, _ in self._entries} | {*empty}

    def known(self, kind: str) -> bool:
        """Tell whether the list counts as read."""
        return kind in self._known

    def find(self, kind: str, name: str) -> ListEntry | None:
        """Find an entry by full name without regard to case."""
        return self._entries.get((kind, name.casefold()))


def make_record(entity: Entity, document: Mapping[str, Any], **columns: Any) -> Any:
    """Make a record as an import would, not stored.

    Args:
        entity: What it is.
        document: Its shape as JSON.
        **columns: Columns that differ from those of a new record: ``transfer_count=1``.

    Raises:
        pydantic.ValidationError: The document is not in the entity's shape.
    """
    typed = entity.document.model_validate(document)
    values: dict[str, Any] = {}
    for attribute in inspect(entity.record).column_attrs:
        default: Any = attribute.columns[0].default
        if default is not None:
            values[attribute.key] = default.arg(None) if default.is_callable else default.arg
    values |= {"pk": 1, "connector_id": 1, "id": typed.id, "batch": typed.batch}
    values["document"] = json.loads(typed.model_dump_json())
    return entity.record(**values | columns)


def state(record: object) -> str:
    """All columns of a record as one text, to tell whether it was changed."""
    names = sorted(attribute.key for attribute in inspect(type(record), raiseerr=True).column_attrs)
    return "\n".join(f"{name} = {getattr(record, name)!r}" for name in names)
