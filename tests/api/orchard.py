"""Somebody else's plugin, with records of which a test says what becomes of them."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import field_validator

from qbferry import Document, Entity, hookimpl

if TYPE_CHECKING:
    from collections.abc import Callable

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
            )
        ]
