"""The checks of ``qbferry doctor``, each a function that tells what it saw."""

from __future__ import annotations

import shutil
import ssl
import urllib.error
import urllib.request
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from qbferry.desk.connection import Diagnosis, Grade, calls
from qbferry.errors import QbferryError
from qbferry.model import LIST_POLL
from qbferry.output import minute
from qbferry.webconnector import SUPPORT_PATH, check_url

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from qbferry.app import Application
    from qbferry.cli.context import CommandDesk
    from qbferry.config import Settings
    from qbferry.store.rows import ConnectorRow
    from qbferry.store.sources import SourceRow

__all__ = ["examine"]

MIB = 1024 * 1024
ENOUGH, LEAST = 1024 * MIB, 100 * MIB
"""Bytes of free disk below which one should look, and below which a commit may soon fail."""

OFF = timedelta(minutes=2)
"""By how much clocks may differ: a call of the Web Connector takes as long (facts A2)."""

CALL_SECONDS = 10.0
EXPIRY = timedelta(days=21)
STALE = timedelta(days=7)
"""The age of a list from which names may be missing in it."""


def examine(desk: CommandDesk) -> Iterator[Diagnosis]:
    """Look at everything, in the order in which one thing needs another."""
    try:
        settings = desk.settings
    except QbferryError as error:
        yield Diagnosis("settings", Grade.ILL, str(error), "Mend that first; the rest was not looked at.")
        return
    yield _settings(desk, settings)
    with ExitStack() as stack:
        try:
            app = stack.enter_context(desk.application())
        except QbferryError as error:
            yield Diagnosis("database", Grade.ILL, str(error), "Mend that first; records were not looked at.")
        else:
            yield from _parts(app)
    yield from _address(settings.public_url)


def _settings(desk: CommandDesk, settings: Settings) -> Diagnosis:
    file = (desk.path or Path("qbferry.toml")).absolute()
    seen = f"{file}" if file.exists() else "none given, so all are the default"
    return Diagnosis(
        "settings", Grade.WELL, f"{seen}; listening at {settings.server.host}:{settings.server.port}"
    )


def _parts(app: Application) -> Iterator[Diagnosis]:
    yield Diagnosis("plugins", Grade.WELL, ", ".join(app.plugins.names) or "none")
    yield _database(app)
    if app.database.is_sqlite:
        yield _disk(Path(app.database.shown))
    with app.database.read() as tx:
        connectors = tx.connectors.everyone()
        runs = tx.runs.latest(None, 1)
        lists = {row.id: tx.lists.answered(row.id) for row in connectors}
        sources, refused = tx.sources.all(), tx.sources.refused()
    yield _clock([*(run.seen_at for run, _ in runs), *(row.last_seen_at for row in connectors)])
    if not connectors:
        yield Diagnosis("connectors", Grade.ILL, "there is none", "Make one: qbferry connector add NAME.")
    for row in connectors:
        yield calls(row)
        yield from _lists(row, lists[row.id])
    for name in app.plugins.supply.declared:
        yield _source(name, sources.get(name), refused.get(name, 0))


def _source(name: str, row: SourceRow | None, refused: int) -> Diagnosis:
    about = f"source {name}"
    if row is None:
        advice = f"qbferry serve reads it by itself; or read it now: qbferry sources run {name}."
        return Diagnosis(about, Grade.LOOK, "it was never read", advice)
    if row.error:
        return Diagnosis(about, Grade.ILL, row.error.rstrip("."), "It is tried again by itself.")
    seen = f"it was read at {minute(row.read_at.isoformat())}" if row.read_at else "it is to be read anew"
    if refused:
        seen += f"; {refused} of its documents could not be taken in"
        return Diagnosis(about, Grade.LOOK, seen, "See why: qbferry sources list.")
    return Diagnosis(about, Grade.WELL, seen)


def _database(app: Application) -> Diagnosis:
    try:
        with app.database.write():
            pass
    except QbferryError as error:
        return Diagnosis("database", Grade.ILL, f"{app.database.shown}: {error}", "Nothing can be stored.")
    return Diagnosis("database", Grade.WELL, f"{app.database.shown} is up to date and can be written")


def _disk(file: Path) -> Diagnosis:
    free = shutil.disk_usage(file.parent).free
    seen = f"{free // MIB:,} MiB are free where the database is, which has {file.stat().st_size // MIB:,}"
    if free >= ENOUGH:
        return Diagnosis("disk", Grade.WELL, seen)
    health = Grade.LOOK if free >= LEAST else Grade.ILL
    return Diagnosis("disk", health, seen, "Make room: on a full disk nothing can be stored, and runs stop.")


def _clock(moments: list[datetime | None]) -> Diagnosis:
    """The clock, by what it said before: it must not be behind that."""
    newest = max((moment for moment in moments if moment), default=None)
    now = datetime.now(UTC)
    if newest and newest - now > OFF:
        return Diagnosis(
            "clock",
            Grade.ILL,
            f"it is {minute(now.isoformat())}, but something happened here at {minute(newest.isoformat())}",
            "The clock was set back, or was wrong before; set it by a time server.",
        )
    return Diagnosis("clock", Grade.WELL, f"it is {minute(now.isoformat())}")


def _lists(row: ConnectorRow, answered: Mapping[str, datetime]) -> Iterator[Diagnosis]:
    now = datetime.now(UTC)
    old = sorted(
        name.removeprefix(LIST_POLL)
        for name, at in answered.items()
        if name.startswith(LIST_POLL) and now - at > STALE
    )
    if old:
        yield Diagnosis(
            f"lists of {row.name}",
            Grade.LOOK,
            f"not read for a week: {', '.join(old)}",
            "Names that are new in QuickBooks are not known here; the next run reads them.",
        )


def _address(public_url: str) -> Iterator[Diagnosis]:
    """Ask for the support page as the Web Connector does: it must answer 200 and leads nowhere else."""
    url = public_url + SUPPORT_PATH
    try:
        check_url(public_url)
    except QbferryError as error:
        yield Diagnosis("public address", Grade.ILL, str(error), "The Web Connector will not take it.")
        return
    try:
        with _opener().open(url, timeout=CALL_SECONDS) as reply:
            date = reply.headers.get("Date")
            expiry = _expiry(reply)
    except urllib.error.HTTPError as error:
        error.close()
        seen = f"{url} answered with HTTP status {error.code}"
        yield Diagnosis(
            "public address", Grade.ILL, seen, "The proxy must pass /qbwc and /support to this server."
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
        yield Diagnosis("public address", Grade.ILL, seen, advice)
        return
    yield Diagnosis("public address", Grade.WELL, f"{url} answers")
    yield from _certificate(urlsplit(url).hostname or "", expiry)
    yield from _difference(date)


def _certificate(host: str, expiry: datetime | None) -> Iterator[Diagnosis]:
    if expiry is None:
        return
    seen = f"that of {host} is good until {expiry:%Y-%m-%d}"
    if expiry - datetime.now(UTC) < EXPIRY:
        yield Diagnosis("certificate", Grade.LOOK, seen, "Renew it; after that day no run begins (QBWC1048).")
    else:
        yield Diagnosis("certificate", Grade.WELL, seen)


def _difference(date: str | None) -> Iterator[Diagnosis]:
    """Compare with the clock of the machine that answered, which may be a proxy's."""
    try:
        theirs = parsedate_to_datetime(date or "")
    except ValueError:
        return
    if abs(theirs - datetime.now(UTC)) > OFF:
        yield Diagnosis(
            "clock", Grade.ILL, f"the public address has another: {date}", "Set both by a time server."
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
