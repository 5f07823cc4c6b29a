"""The checks of ``qbferry doctor``, each a function that tells what it saw."""

from __future__ import annotations

import shutil
import ssl
import urllib.error
import urllib.request
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from qbferry.errors import QbferryError
from qbferry.model import LIST_POLL
from qbferry.webconnector import SUPPORT_PATH, check_url

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from qbferry.app import Application
    from qbferry.cli.context import CommandDesk
    from qbferry.config import Settings
    from qbferry.store.rows import ConnectorRow, RunRow

__all__ = ["Finding", "Health", "connection", "examine"]

MIB = 1024 * 1024
ENOUGH, LEAST = 1024 * MIB, 100 * MIB
"""Bytes of free disk below which one should look, and below which a commit may soon fail."""

OFF = timedelta(minutes=2)
"""By how much clocks may differ: a call of the Web Connector takes as long (facts A2)."""

CALL_SECONDS = 10.0
EXPIRY = timedelta(days=21)
STALE = timedelta(days=7)
"""The age of a list from which names may be missing in it."""

MISSED = 3
"""Runs that a connector may miss before it is called silent."""


class Health(StrEnum):
    """How something is."""

    WELL = "well"
    LOOK = "look"
    ILL = "ill"


MARKS = {Health.WELL: "ok  ", Health.LOOK: "look", Health.ILL: "ILL "}


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check found.

    Attributes:
        about: What was looked at.
        seen: What was found, without a full stop.
        advice: What to do, a sentence; empty where all is well.
    """

    about: str
    health: Health
    seen: str
    advice: str = ""

    def tell(self, say: Callable[[str], None]) -> None:
        """Say it, in a line or two."""
        say(f"{MARKS[self.health]}  {self.about}: {self.seen}")
        if self.advice:
            say(f"      {self.advice}")

    def as_json(self) -> dict[str, str | None]:
        """It as JSON."""
        return {
            "about": self.about,
            "health": str(self.health),
            "seen": self.seen,
            "advice": self.advice or None,
        }


def examine(desk: CommandDesk) -> Iterator[Finding]:
    """Look at everything, in the order in which one thing needs another."""
    try:
        settings = desk.settings
    except QbferryError as error:
        yield Finding("settings", Health.ILL, str(error), "Mend that first; the rest was not looked at.")
        return
    yield _settings(desk, settings)
    with ExitStack() as stack:
        try:
            app = stack.enter_context(desk.application())
        except QbferryError as error:
            yield Finding("database", Health.ILL, str(error), "Mend that first; records were not looked at.")
        else:
            yield from _parts(app)
    yield from _address(settings.public_url)


def connection(row: ConnectorRow, run: RunRow | None) -> Iterator[Finding]:
    """Say what is known of a connector's connection, and what is wrong with it.

    Args:
        row: The connector.
        run: Its last run.
    """
    yield _connector(row)
    if row.last_seen_at is None:
        return
    if not run:
        advice = "It signed in, and nothing was due: set a record ready, and let it run again."
        yield Finding("QuickBooks", Health.LOOK, "no run has begun yet", advice)
        return
    yield _quickbooks(row, run)
    yield _company(row, run)


def _quickbooks(row: ConnectorRow, run: RunRow) -> Finding:
    if run.last_error:
        advice = "Mend that, and run the update again."
        return Finding("last run", Health.ILL, run.last_error.rstrip("."), advice)
    if not row.product:
        advice = "Close dialog boxes in QuickBooks, and run the update again."
        return Finding("QuickBooks", Health.LOOK, "it has not said what it is", advice)
    return Finding("QuickBooks", Health.WELL, f"{row.product}, {row.country}, qbXML {row.qbxml_version}")


def _company(row: ConnectorRow, run: RunRow) -> Finding:
    if not run.greeted:
        advice = "Run the update again."
        return Finding("company file", Health.LOOK, "the run ended before it was seen", advice)
    seen = f"{row.company_name or 'no name'} at {row.company_file or 'no place'}"
    if not row.has_file_id:
        advice = (
            "It comes with the .qwc file: open that in the Web Connector while this company file is open."
        )
        return Finding("company file", Health.LOOK, f"{seen}, without this connector's mark", advice)
    return Finding("company file", Health.WELL, f"{seen}, with this connector's mark")


def _settings(desk: CommandDesk, settings: Settings) -> Finding:
    file = (desk.path or Path("qbferry.toml")).absolute()
    seen = f"{file}" if file.exists() else "none given, so all are the default"
    return Finding(
        "settings", Health.WELL, f"{seen}; listening at {settings.server.host}:{settings.server.port}"
    )


def _parts(app: Application) -> Iterator[Finding]:
    yield Finding("plugins", Health.WELL, ", ".join(app.plugins.names) or "none")
    yield _database(app)
    if app.database.is_sqlite:
        yield _disk(Path(app.database.shown))
    with app.database.read() as tx:
        connectors = tx.connectors.everyone()
        runs = tx.runs.latest(None, 1)
        lists = {row.id: tx.lists.answered(row.id) for row in connectors}
    yield _clock([*(run.seen_at for run, _ in runs), *(row.last_seen_at for row in connectors)])
    if not connectors:
        yield Finding("connectors", Health.ILL, "there is none", "Make one: qbferry connector add NAME.")
    for row in connectors:
        yield _connector(row)
        yield from _lists(row, lists[row.id])


def _database(app: Application) -> Finding:
    try:
        with app.database.write():
            pass
    except QbferryError as error:
        return Finding("database", Health.ILL, f"{app.database.shown}: {error}", "Nothing can be stored.")
    return Finding("database", Health.WELL, f"{app.database.shown} is up to date and can be written")


def _disk(file: Path) -> Finding:
    free = shutil.disk_usage(file.parent).free
    seen = f"{free // MIB:,} MiB are free where the database is, which has {file.stat().st_size // MIB:,}"
    if free >= ENOUGH:
        return Finding("disk", Health.WELL, seen)
    health = Health.LOOK if free >= LEAST else Health.ILL
    return Finding("disk", health, seen, "Make room: on a full disk nothing can be stored, and runs stop.")


def _clock(moments: list[datetime | None]) -> Finding:
    """The clock, by what it said before: it must not be behind that."""
    newest = max((moment for moment in moments if moment), default=None)
    now = datetime.now(UTC)
    if newest and newest - now > OFF:
        return Finding(
            "clock",
            Health.ILL,
            f"it is {now:%Y-%m-%d %H:%M} UTC, but something happened here at {newest:%Y-%m-%d %H:%M}",
            "The clock was set back, or was wrong before; set it by a time server.",
        )
    return Finding("clock", Health.WELL, f"it is {now:%Y-%m-%d %H:%M} UTC")


def _connector(row: ConnectorRow) -> Finding:
    about = f"connector {row.name}"
    if row.paused:
        return Finding(about, Health.LOOK, "paused", f"To let it work: qbferry connector resume {row.name}.")
    if row.last_seen_at is None:
        return Finding(
            about,
            Health.LOOK,
            "its Web Connector has never called",
            f"Open the file that qbferry connector qwc {row.name} writes, on the PC with QuickBooks.",
        )
    silent = datetime.now(UTC) - row.last_seen_at
    seen = (
        f"last seen {row.last_seen_at:%Y-%m-%d %H:%M} UTC, with {row.company_file or 'no company file yet'}"
    )
    if row.every_minutes and silent > MISSED * timedelta(minutes=row.every_minutes):
        return Finding(
            about,
            Health.ILL,
            f"{seen}; it is to come every {row.every_minutes} minutes",
            "Is that PC on, and the Web Connector running with Auto-Run ticked? Its log is behind View Log.",
        )
    return Finding(about, Health.WELL, seen)


def _lists(row: ConnectorRow, answered: Mapping[str, datetime]) -> Iterator[Finding]:
    now = datetime.now(UTC)
    old = sorted(
        name.removeprefix(LIST_POLL)
        for name, at in answered.items()
        if name.startswith(LIST_POLL) and now - at > STALE
    )
    if old:
        yield Finding(
            f"lists of {row.name}",
            Health.LOOK,
            f"not read for a week: {', '.join(old)}",
            "Names that are new in QuickBooks are not known here; the next run reads them.",
        )


def _address(public_url: str) -> Iterator[Finding]:
    """Ask for the support page as the Web Connector does: it must answer 200 and leads nowhere else."""
    url = public_url + SUPPORT_PATH
    try:
        check_url(public_url)
    except QbferryError as error:
        yield Finding("public address", Health.ILL, str(error), "The Web Connector will not take it.")
        return
    try:
        with _opener().open(url, timeout=CALL_SECONDS) as reply:
            date = reply.headers.get("Date")
            expiry = _expiry(reply)
    except urllib.error.HTTPError as error:
        error.close()
        seen = f"{url} answered with HTTP status {error.code}"
        yield Finding(
            "public address", Health.ILL, seen, "The proxy must pass /qbwc and /support to this server."
        )
        return
    except OSError as error:
        reason = getattr(error, "reason", error)
        seen = f"{url} cannot be reached: {getattr(reason, 'strerror', None) or reason}"
        advice = (
            "Renew it: Windows must trust it, for the very host name in public_url."
            if isinstance(reason, ssl.SSLError)
            else "Does qbferry serve run, and does name or proxy lead here?"
        )
        yield Finding("public address", Health.ILL, seen, advice)
        return
    yield Finding("public address", Health.WELL, f"{url} answers")
    yield from _certificate(urlsplit(url).hostname or "", expiry)
    yield from _difference(date)


def _certificate(host: str, expiry: datetime | None) -> Iterator[Finding]:
    if expiry is None:
        return
    seen = f"that of {host} is good until {expiry:%Y-%m-%d}"
    if expiry - datetime.now(UTC) < EXPIRY:
        yield Finding("certificate", Health.LOOK, seen, "Renew it; after that day no run begins (QBWC1048).")
    else:
        yield Finding("certificate", Health.WELL, seen)


def _difference(date: str | None) -> Iterator[Finding]:
    """Compare with the clock of the machine that answered, which may be a proxy's."""
    try:
        theirs = parsedate_to_datetime(date or "")
    except ValueError:
        return
    if abs(theirs - datetime.now(UTC)) > OFF:
        yield Finding(
            "clock", Health.ILL, f"the public address has another: {date}", "Set both by a time server."
        )


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """Takes a redirect as the Web Connector does: for a fault."""

    def redirect_request(self, *_: Any) -> None:
        return None


def _opener() -> urllib.request.OpenerDirector:
    return urllib.request.build_opener(_NoRedirect, urllib.request.ProxyHandler({}))


def _expiry(reply: Any) -> datetime | None:
    """Until when the certificate is good; None: there is none."""
    sock = getattr(getattr(reply.fp, "raw", None), "_sock", None)
    if not isinstance(sock, ssl.SSLSocket):
        return None
    until = (sock.getpeercert() or {}).get("notAfter")
    return datetime.fromtimestamp(ssl.cert_time_to_seconds(str(until)), UTC) if until else None
