"""Setting the server's clock, by moving all that is stored the other way."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import select, update

from qbferry.store import tables
from qbferry.store.types import UtcDateTime

if TYPE_CHECKING:
    from datetime import timedelta

    from qbferry.testing.installation import Installation


def set_clock(world: Installation, by: timedelta) -> None:
    """Set the server's clock forward, or back: every moment that is stored is then as much in the past."""
    with world.database.write() as tx:
        for table in tables.metadata.sorted_tables:
            moments = [column for column in table.columns if isinstance(column.type, UtcDateTime)]
            keys = [*table.primary_key]
            marks = [column for column in table.columns if column.name in ("seen", "found")]
            for row in tx.connection.execute(select(*keys, *moments, *marks)).all() if moments else []:
                values = {
                    column.name: getattr(row, column.name) - by
                    for column in moments
                    if getattr(row, column.name) is not None
                }
                values |= {
                    name: marked(value, by)
                    for name, value in row._mapping.items()
                    if name in ("seen", "found") and value
                }
                if values:
                    same = [key == getattr(row, key.name) for key in keys]
                    tx.connection.execute(update(table).where(*same).values(values))


def marked(value: dict[str, Any], by: timedelta) -> dict[str, Any]:
    """A mark of a moment, moved; what counts since the machine was started does not move."""
    if "at" in value:
        return value | {"at": (datetime.fromisoformat(value["at"]) - by).isoformat()}
    return value | {name: marked(each, by) for name, each in value.items() if isinstance(each, dict)}


def pass_by(world: Installation, by: timedelta, *, elsewhere: bool = False) -> None:
    """Let time pass, by the clock and by what counts since the machine was started.

    Args:
        world: The installation.
        by: So much.
        elsewhere: The moments were noted on another machine.
    """
    set_clock(world, by)
    with world.database.write() as tx:
        run, message = tx.runs.live(1), tx.messages.unsettled(1)
        for mark in (run.seen if run else {}, message.found.get("since", {}) if message else {}):
            if mark:
                mark["tick"] -= by.total_seconds()
                mark["boot"] = "elsewhere" if elsewhere else mark["boot"]
        if run:
            tx.runs.save(run)
        if message:
            tx.messages.save(message)
