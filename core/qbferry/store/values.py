"""The filterable values of records that an entity declares beyond its summary."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import bindparam, delete, insert

from qbferry.store import tables

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Connection

__all__ = ["keep_values"]

_T = tables.record_value
_FORGET = delete(_T).where(_T.c.record_pk.in_(bindparam("keys", expanding=True)))


def keep_values(connection: Connection, entity: str, values: Mapping[int, Mapping[str, str]]) -> None:
    """Keep these values of these records, and no others.

    Args:
        connection: The transaction.
        entity: The records' entity.
        values: The record's key -> name -> a text that sorts as the value does.
    """
    if not values:
        return
    connection.execute(_FORGET, {"keys": list(values)})
    rows = [
        {"record_pk": pk, "entity": entity, "name": name, "value": value}
        for pk, named in values.items()
        for name, value in named.items()
    ]
    if rows:
        connection.execute(insert(_T), rows)
