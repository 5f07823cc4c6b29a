"""``qbferry qbxml``: what qbXML's messages hold, for who writes a plugin."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from qbferry.cli.group import group
from qbferry.cli.options import AsJson
from qbferry.errors import NotFoundError
from qbferry.output import say, say_json, table

if TYPE_CHECKING:
    from qbferry.qbxml.outline import Line

__all__ = ["register"]

Edition = Annotated[
    str | None,
    typer.Option("--edition", metavar="COUNTRY", help="US, CA, UK or AU; otherwise all of them."),
]

commands = group("Look up what qbXML's requests and answers hold.")


def register(cli: typer.Typer) -> None:
    """Add these commands."""
    cli.add_typer(commands, name="qbxml")


@commands.command("list")
def list_(
    word: Annotated[
        str | None, typer.Argument(metavar="[WORD]", help="Only those with this in their name.")
    ] = None,
    edition: Edition = None,
    as_json: AsJson = False,
) -> None:
    """List the requests of qbXML 13.0.

    Example: qbferry qbxml list receipt
    """
    from qbferry.qbxml import schema
    from qbferry.qbxml.outline import edition_of

    wanted = edition_of(edition)
    every = schema.everywhere()
    known = schema.load(wanted) if wanted else every
    found = [name for name in known.names if (word or "").casefold() in name.casefold()]
    rows = [
        {
            "name": name,
            "editions": [each for each in schema.EDITIONS if each not in every.absent(f"{name}Rq")],
        }
        for name in found
    ]
    if as_json:
        say_json(rows)
        return
    table(
        ["Request", "Editions"],
        ((row["name"], ", ".join(row["editions"])) for row in rows),
        nothing=f"No request has {word} in its name." if word else "There is none.",
    )


@commands.command()
def show(
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="InvoiceAdd is the request, InvoiceAddRs its answer.")
    ],
    edition: Edition = None,
    as_json: AsJson = False,
) -> None:
    """Show what a request or an answer holds: its elements in the order in which QuickBooks wants them.

    How often says whether an element must be there: 1 is once, 0-1 may be left out, 0-n is any number. Of a
    (choice) one element is sent, of (together) all. A length counts characters. Editions stand where not all
    have an element.

    Example: qbferry qbxml show SalesReceiptAdd --edition CA
    """
    from qbferry.qbxml.outline import edition_of, outline

    wanted = edition_of(edition)
    try:
        editions, lines = outline(name, wanted)
    except NotFoundError as error:
        raise NotFoundError(f"{error} What there is: qbferry qbxml list") from error
    if as_json:
        say_json({"name": name, "editions": editions, "elements": [asdict(line) for line in lines]})
        return
    say(f"{name}, of the editions {', '.join(editions) or 'for no desktop'}")
    table(
        ["Element", "How often", "Type", "Length", "Words", "Editions"],
        (_row(line, editions) for line in lines),
        nothing="It holds nothing.",
    )


def _row(line: Line, editions: tuple[str, ...]) -> tuple[str, ...]:
    most = "n" if line.max is None else str(line.max)
    often = str(line.min) if most == str(line.min) else f"{line.min}-{most}"
    lengths = ["" if line.max_length is None else str(line.max_length)]
    lengths += [f"{each} {longest or 'any'}" for each, longest in line.lengths.items()]
    words = ", ".join(line.enum)
    if line.lowest is not None or line.highest is not None:
        words = (
            f"{'' if line.lowest is None else line.lowest} to {'' if line.highest is None else line.highest}"
        )
    own = "" if line.editions == editions else ", ".join(line.editions)
    return "  " * line.depth + line.name, often, line.type or "", ", ".join(filter(None, lengths)), words, own
