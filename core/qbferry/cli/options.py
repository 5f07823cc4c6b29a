"""Arguments and options that several commands share."""

from __future__ import annotations

from typing import Annotated

import typer

__all__ = ["AsJson", "ConnectorName", "EntityName", "RecordId"]

EntityName = Annotated[
    str, typer.Argument(metavar="ENTITY", help="The kind of record, such as invoice; see qbferry plugins.")
]
RecordId = Annotated[str, typer.Argument(metavar="ID", help="The record's id in its source.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]
ConnectorName = Annotated[
    str | None, typer.Option("--connector", metavar="NAME", help="The connector; otherwise the default one.")
]
