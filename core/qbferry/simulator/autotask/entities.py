"""What entities there are, with their fields: which are required, read-only, how long, with which labels."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from importlib.resources import files
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import random

__all__ = ["EntityInfo", "FieldInfo", "RefusedError", "load"]


class RefusedError(Exception):
    """A call that Autotask refuses.

    Attributes:
        status: Of HTTP; nearly everything is 500.
        body: As JSON.
    """

    def __init__(self, *errors: str, status: int = 500, message: str = "") -> None:
        super().__init__(*errors)
        self.status = status
        self.body: dict[str, Any] = {"Message": message} if message else {"errors": [*errors]}


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldInfo:
    """One field.

    Attributes:
        type: ``integer``, ``number``, ``string``, ``boolean`` or ``date-time``.
        length: At most so many characters.
        labels: Label -> number, of a picklist; None: it is none.
    """

    name: str
    type: str
    required: bool
    read_only: bool
    queryable: bool
    length: int | None = None
    labels: dict[str, int] | None = None


@dataclass(slots=True)
class EntityInfo:
    """One entity, ``Invoices``, one of which is an ``Invoice``."""

    plural: str
    name: str
    can_update: bool
    fields: dict[str, FieldInfo] = field(default_factory=dict)

    def field(self, name: str) -> FieldInfo:
        """A field by its name, in capital or small letters.

        Raises:
            RefusedError: There is none.
        """
        found = self.fields.get(name.casefold())
        if found is None:
            raise RefusedError(f"Unable to find {name} in the {self.name} Entity.")
        return found


def load(chance: random.Random) -> dict[str, EntityInfo]:
    """All entities by name in small letters, with numbers of picklists that are others each time."""
    found: dict[str, EntityInfo] = {}
    text = files("qbferry.simulator.autotask").joinpath("entities.jsonl").read_text("utf-8")
    for line in text.splitlines():
        given = json.loads(line)
        info = EntityInfo(given["entity"], given["name"], given["update"])
        for name, one in given["fields"].items():
            flags = one.get("flags", "")
            info.fields[name.casefold()] = FieldInfo(
                name=name,
                type=one["type"],
                required="r" in flags,
                read_only="o" in flags or "c" in flags,
                queryable="n" not in flags,
                length=one.get("length"),
                labels=_numbered(one["labels"], chance) if "labels" in one else None,
            )
        found[info.plural.casefold()] = info
    return found


def _numbered(labels: list[str], chance: random.Random) -> dict[str, int]:
    return dict(zip(labels, chance.sample(range(1, 10 * len(labels) + 10), len(labels)), strict=True))
