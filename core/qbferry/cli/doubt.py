"""``qbferry doubt``: a person says whether QuickBooks has a record nobody can tell about."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from qbferry.cli.context import desk
from qbferry.cli.group import group
from qbferry.cli.options import AsJson, ConnectorName, EntityName, RecordId
from qbferry.output import done, say_json, table

__all__ = ["register"]

commands = group("Decide about records that may or may not be in QuickBooks.")


def register(cli: typer.Typer) -> None:
    """Add these commands."""
    cli.add_typer(commands, name="doubt")


@commands.command("list")
def list_(ctx: typer.Context, connector: ConnectorName = None, as_json: AsJson = False) -> None:
    """List the records in doubt."""
    from qbferry.desk.doubt import doubtful
    from qbferry.desk.drawer import Drawer
    from qbferry.desk.kinds import all_kinds, declared

    found: list[dict[str, Any]] = []
    with desk(ctx).application() as app, app.database.read() as tx:
        for name in all_kinds(tx, declared(app.plugins)):
            with Drawer.open(tx, app.plugins, name, connector, app.settings.transfer.on_error) as drawer:
                found += [
                    {
                        "entity": name,
                        "id": row.id,
                        "requests": [label or key for key, label in row.doubtful.items()],
                        "reason": row.reason,
                        "waits_for": drawer.waits_for,
                    }
                    for row in doubtful(drawer)
                ]
    if as_json:
        say_json(found)
        return
    table(
        ["Record", "In doubt", "Why"],
        ((f"{one['entity']} {one['id']}", ", ".join(one["requests"]), one["reason"]) for one in found),
        nothing="No record is in doubt.",
    )


@commands.command()
def there(
    ctx: typer.Context,
    entity: EntityName,
    record_id: RecordId,
    txn_id: Annotated[str | None, typer.Option(help="Its TxnID in QuickBooks, if you know it.")] = None,
    number: Annotated[str | None, typer.Option(help="Its number in QuickBooks, if you know it.")] = None,
    connector: ConnectorName = None,
    as_json: AsJson = False,
) -> None:
    """Say that QuickBooks has it: the next run notes it as transferred, and sends only what is missing.

    Example: qbferry doubt there invoice INV-1001 --number 4711
    """
    from qbferry.desk import doubt

    with desk(ctx).drawer(entity, connector, write=True) as drawer:
        doubt.there(drawer, record_id, txn_id=txn_id, number=number)
    told = f"{drawer.kind.label} {record_id} counts as in QuickBooks; the next run completes it."
    done(told, as_json=as_json, entity=entity, id=record_id)


@commands.command("not-there")
def not_there(
    ctx: typer.Context,
    entity: EntityName,
    record_id: RecordId,
    connector: ConnectorName = None,
    as_json: AsJson = False,
) -> None:
    """Say that QuickBooks does not have it: the next run sends it.

    Example: qbferry doubt not-there invoice INV-1001
    """
    from qbferry.desk import doubt

    with desk(ctx).drawer(entity, connector, write=True) as drawer:
        doubt.not_there(drawer, record_id)
    told = f"{drawer.kind.label} {record_id} is sent with the next run."
    done(told, as_json=as_json, entity=entity, id=record_id)


@commands.command("raise")
def raise_(ctx: typer.Context, connector: ConnectorName = None, as_json: AsJson = False) -> None:
    """Decide yourself what QuickBooks does not say: put the records of the unanswered message in doubt.

    QuickBooks is then not asked about them any more, and the connector goes on with others.

    Example: qbferry doubt raise --connector office
    """
    from qbferry.desk import doubt

    with desk(ctx).application() as app, app.database.write() as tx:
        names = doubt.raise_doubt(tx, app.plugins, connector, app.settings.transfer.on_error)
    told = f"In doubt now: {', '.join(names) or 'no record'}. Say of each whether it is there."
    done(told, as_json=as_json, records=names)
