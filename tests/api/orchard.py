"""Somebody else's plugin, with records of which a test says what becomes of them."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import field_validator

from qbferry import Document, Edit, Entity, InputError, hookimpl

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from qbferry import AnyRecord

__all__ = ["Orchard", "Pear"]

READING: list[Callable[[str], object]] = []
"""Called with the id of each pear that is read."""


class Pear(Document):
    """A record of it."""

    color: str = "green"

    @field_validator("id")
    @classmethod
    def is_read(cls, value: str) -> str:
        for hear in READING:
            hear(value)
        return value


@dataclass
class Gate:
    """Where the first pear that is read waits.

    Attributes:
        reached: It waits.
        opened: It need not any more.
    """

    reached: threading.Event = field(default_factory=threading.Event)
    opened: threading.Event = field(default_factory=threading.Event)

    def __call__(self, _: str) -> None:
        if not self.reached.is_set():
            self.reached.set()
            assert self.opened.wait(60)


def painted(record: AnyRecord, filled: Mapping[str, str]) -> dict[str, Any]:
    """A pear in another color."""
    if not filled["color"]:
        raise InputError("Say which color.")
    return record.document.model_dump(mode="json") | {"color": filled["color"]}


def held(record: Any) -> str | None:
    """A red one stays so."""
    return "A red pear keeps its color." if record.document.color == "red" else None


PAINT = Edit(name="paint", label="Paint", change=painted, fields={"color": "Color"}, hold=held)


class Orchard:
    """The plugin."""

    @hookimpl
    def entities(self) -> list[Entity]:
        return [
            Entity(
                name="pear",
                label="Pear",
                plural="Pears",
                document=Pear,
                requests=("ClassAdd",),
                templates=Path(__file__).parent,
                edits=(
                    Edit(name="paint", label="Paint", change=painted, fields={"color": "Color"}, hold=held),
                ),
            )
        ]
