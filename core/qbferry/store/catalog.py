"""Every kind of record there ever was a plugin for."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, insert, select

from qbferry.model import Column, Kind
from qbferry.store import tables

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Self

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
        columns: What lists show of it.
    """

    name: str
    plugin: str
    label: str
    plural: str
    requests: tuple[str, ...]
    columns: tuple[Column, ...] = ()

    @classmethod
    def read(cls, told: Mapping[str, Any]) -> Self:
        """Make one of what ``as_json`` gives."""
        columns = (
            Column(**column | {"kind": Kind(column["kind"]), "paths": tuple(column["paths"])})
            for column in told["columns"]
        )
        return cls(**{**told, "requests": tuple(told["requests"]), "columns": tuple(columns)})

    def as_json(self) -> dict[str, Any]:
        """Its fields, as JSON knows them."""
        return asdict(self)


class Catalog:
    """Reads and keeps them."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def all(self) -> dict[str, KnownKind]:
        """All kinds by name."""
        names = [each.name for each in fields(KnownKind)]
        rows = self._connection.execute(select(*(_T.c[name] for name in names)).order_by(_T.c.name))
        return {row.name: KnownKind.read(dict(zip(names, row, strict=True))) for row in rows}

    def keep(self, kinds: Iterable[KnownKind]) -> None:
        """Note how kinds are declared now."""
        for kind in kinds:
            self._connection.execute(delete(_T).where(_T.c.name == kind.name))
            self._connection.execute(insert(_T), kind.as_json())
