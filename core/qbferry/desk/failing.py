"""What failed, by its reason."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from qbferry.desk.shelf import Shelf

__all__ = ["Failing", "grouped"]

SHORT = 3
"""Characters below which an id may be part of anything in a sentence, and stays there."""


@dataclass(frozen=True, slots=True)
class Failing:
    """Records that failed for one reason.

    Attributes:
        entity: Their kind.
        label: One of them for people.
        plural: Several.
        reason: The sentence, with … for the id of the record where several share it.
        code: Its code.
        shape: The sentence with … for the id also where one record has it.
        ids: The records' ids, in the order they arrived.
    """

    entity: str
    label: str
    plural: str
    reason: str
    code: str
    shape: str
    ids: list[str] = field(default_factory=list)

    def view(self) -> dict[str, Any]:
        """The same for programs."""
        return {
            "entity": self.entity,
            "reason": self.reason,
            "reason_code": self.code or None,
            "count": len(self.ids),
            "ids": self.ids,
        }


def grouped(shelf: Shelf, most: int | None = None) -> list[Failing]:
    """The reasons why records of one kind failed; they are the same but for the record's id.

    Args:
        shelf: The records.
        most: So many are looked at, those that came first; None: all.
    """
    kind = shelf.kind
    groups: dict[str, Failing] = {}
    first: dict[str, str] = {}
    for name, reason, code, _ in islice(shelf.tx.records.failed(shelf.row.id, kind.name), most):
        shape = _without(name, reason)
        first.setdefault(shape, reason)
        groups.setdefault(shape, Failing(kind.name, kind.label, kind.plural, shape, code, shape)).ids.append(
            name
        )
    return [
        group if len(group.ids) > 1 else replace(group, reason=first[shape])
        for shape, group in groups.items()
    ]


def _without(name: str, reason: str) -> str:
    if len(name) < SHORT or name not in reason:
        return reason
    return re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", "…", reason)
