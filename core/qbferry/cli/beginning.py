"""``qbferry init``: settings, database, first connector and its .qwc file, in one go."""

from __future__ import annotations

import json
import os
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from qbferry.cli.context import CommandDesk, desk
from qbferry.cli.options import AsJson
from qbferry.errors import InputError
from qbferry.output import notice, say, say_block, say_json

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["register"]

SETTINGS = """\
# Settings of qbferry; what is commented out shows its default. README.md explains each.

database_url = {database_url}

# How the Web Connector reaches this server: https and a host name, or http://localhost on the same machine.
public_url = {public_url}

[server]
# host = "127.0.0.1"          # where it listens; a proxy in front of it does TLS
port = {port}

[transfer]
# requests_per_message = 25   # 1: a refusal never keeps a neighbour waiting
# on_error = "continue"       # "stop": after a refusal the rest of the run stays Pending

[log]
# level = "INFO"
# format = "console"          # "json": one object a line

[plugins]
# enabled = ["invoices", "timesheets", "expenses", "purchase_orders"]

# [plugins.invoices]          # qbferry plugins names the plugins; their READMEs explain their settings
"""

STEPS = """\
On the Windows machine with QuickBooks, once:
  1. Open the company file in QuickBooks, signed in as its Admin, in single-user mode.
  2. Copy {file} there and open it. The Web Connector asks to add the application, QuickBooks for permission:
     choose "Yes, always; allow access even if QuickBooks is not running".
  3. In the Web Connector, type the password into the line "{application}" and press Enter.
  4. Tick the line and choose Update Selected; tick Auto-Run to let it run by itself.
Here: {qbferry} serve, and then: {qbferry} import invoice FILE --ready"""


def register(cli: typer.Typer) -> None:
    """Add this command."""
    cli.command()(init)


def init(
    ctx: typer.Context,
    connector: Annotated[
        str | None, typer.Option(metavar="NAME", help="The first connector's name; otherwise office.")
    ] = None,
    public_url: Annotated[
        str | None,
        typer.Option(
            metavar="URL", help="How the Web Connector reaches this server; otherwise http://localhost:PORT."
        ),
    ] = None,
    port: Annotated[int, typer.Option(min=1, max=65535, help="The port to listen at.")] = 8080,
    database_url: Annotated[
        str | None,
        typer.Option(metavar="URL", help="The database; otherwise the SQLite file qbferry.sqlite3 here."),
    ] = None,
    every: Annotated[
        int | None,
        typer.Option(
            min=1,
            max=44_640,
            metavar="MINUTES",
            help="How often it runs by itself; otherwise a person starts it.",
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Set up an installation here: settings, database, the first connector and its .qwc file.

    On a terminal it asks for what is not given. An attempt that fails leaves neither settings
    nor a connector.

    Example: qbferry init --connector office --public-url https://books.example.com --every 60
    """
    from qbferry.app import migrate
    from qbferry.desk import connectors
    from qbferry.webconnector import app_name, check_url

    asking = not as_json and sys.stdin.isatty() and sys.stdout.isatty()
    file = _place(ctx)
    connector = connector or _ask(asking, "Name of the first connector (one company file)", "office")
    public_url = public_url or _ask(
        asking, "Address under which the Web Connector reaches this server", f"http://localhost:{port}"
    )
    check_url(public_url)
    here = database_url or f"sqlite:///{(file.parent / 'qbferry.sqlite3').as_posix()}"
    # JSON's strings are TOML's.
    text = SETTINGS.format(database_url=json.dumps(here), public_url=json.dumps(public_url), port=port)
    qwc = file.parent / f"{connector}.qwc"
    with _written(file, text):
        place = CommandDesk(file)
        migrate(place.settings)
        with place.application() as app:
            password = connectors.make_password()
            with app.database.write() as tx:
                made = connectors.add(tx, connector, user=None, password=password, every_minutes=every)
                content = connectors.qwc_file(tx, connector, app.settings.public_url)
                _write(qwc, content.replace("\n", "\r\n"))
            database = app.database.shown
    if as_json:
        say_json(
            {
                "settings": str(file),
                "database": database,
                "connector": connector,
                "user": made.user_name,
                "password": password,
                "qwc": str(qwc),
            }
        )
        return
    say_block(f"Settings:   {file}\nDatabase:   {database}\nConnector:  {connector}\nFor the PC: {qwc}")
    say(f"Password:   {password}")
    notice("It is not shown again.")
    named = "qbferry" if file.name == "qbferry.toml" else f"qbferry --config {file}"
    say_block("\n" + STEPS.format(file=qwc.name, application=app_name(connector), qbferry=named))


def _place(ctx: typer.Context) -> Path:
    """The settings file to be."""
    file = (desk(ctx).path or Path(os.environ.get("QBFERRY_CONFIG") or "qbferry.toml")).absolute()
    if file.exists():
        raise InputError(
            f"There is an installation here already: {file}. Further connectors: qbferry connector add NAME; "
            "another installation: another folder."
        )
    return file


def _ask(asking: bool, question: str, default: str) -> str:
    return str(typer.prompt(question, default=default)) if asking else default


@contextmanager
def _written(file: Path, text: str) -> Iterator[None]:
    """Let a file be there for what comes, and take it away again if that fails."""
    _write(file, text)
    try:
        yield
    except BaseException:
        file.unlink(missing_ok=True)
        raise


def _write(file: Path, text: str) -> None:
    """Write a new file that only its owner may read: there may be a password in it."""
    try:
        with open(file, "x", encoding="utf-8", newline="", opener=_private) as content:
            content.write(text)
    except FileExistsError:
        raise InputError(f"The file {file} is there already; move it away, or choose another name.") from None
    except OSError as error:
        raise InputError(f"The file {file} cannot be written: {error.strerror}.") from error


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
