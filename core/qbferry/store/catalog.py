"""Every kind of record there ever was a plugin for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import delete, insert, select

from qbferry.store import tables

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Connection

__all__ = ["Catalog", "KnownKind"]

_T = tables.entity


@dataclass(frozen=True, slots=True)
class KnownKind:
    """A kind of record, as it was declared when its plugin last ran.

    Attributes:
        name: ``invoice``.
        plugin: The plugin that owns it.
        label: ``Invoice``.
        plural: ``Invoices``.
        requests: The qbXML requests it can make.
    """

    name: str
    plugin: str
    label: str
    plural: str
    requests: tuple[str, ...]


class Catalog:
    """Reads and keeps them."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def all(self) -> dict[str, KnownKind]:
        """All kinds by name."""
        rows = self._connection.execute(
            select(_T.c.name, _T.c.plugin, _T.c.label, _T.c.plural, _T.c.requests).order_by(_T.c.name)
        )
        return {
            name: KnownKind(name, plugin, label, plural, tuple(requests))
            for name, plugin, label, plural, requests in rows
        }

    def keep(self, kinds: Iterable[KnownKind]) -> None:
        """Note how kinds are declared now."""
        for kind in kinds:
            self._connection.execute(delete(_T).where(_T.c.name == kind.name))
            self._connection.execute(
                insert(_T),
                {
                    "name": kind.name,
                    "plugin": kind.plugin,
                    "label": kind.label,
                    "plural": kind.plural,
                    "requests": list(kind.requests),
                },
            )
