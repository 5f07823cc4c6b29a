"""Connectors: setting them up, pausing them, and the .qwc file that introduces them."""

from __future__ import annotations

import re
import secrets
import uuid
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from qbferry.errors import InputError, NotFoundError
from qbferry.model import QuietHours
from qbferry.store.rows import ConnectorRow
from qbferry.transfer import succession
from qbferry.transfer.passwords import Passwords
from qbferry.webconnector import SERVICE_PATH, SUPPORT_PATH, app_name, check_url, qwc

if TYPE_CHECKING:
    from collections.abc import Iterable

    from qbferry.store.connectors import FurtherUser
    from qbferry.store.transaction import Transaction

__all__ = [
    "add",
    "add_user",
    "change",
    "check_password",
    "clear_location",
    "end_run",
    "make_password",
    "pause",
    "qwc_file",
    "remove_user",
    "set_password",
]

LONGEST = 60
FORBIDDEN = re.compile(r'[\\/:*?"<>|\x00-\x1f\x7f]')
"""A name becomes a file and a key of Windows' registry."""

SURE = -1
"""In ``ConnectorRow.elsewhere``: a person says that the company file is the right one, whatever it shows."""

LONGEST_QUIET = 200
ENDED = "A person ended this run; nothing was lost."

SHORTEST_PASSWORD, LONGEST_PASSWORD = 8, 128


def make_password() -> str:
    """A strong password that can be copied by a double click: letters and digits."""
    alphabet = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789"
    return "".join(secrets.choice(alphabet) for _ in range(24))


def add(
    tx: Transaction,
    name: str,
    *,
    user: str | None,
    password: str,
    company_file: str | None = None,
    every_minutes: int | None = None,
) -> ConnectorRow:
    """Make a connector; the first is the default.

    Raises:
        InputError: A name is taken or does not fit, or the password is too short or too long.
    """
    user = user if user is not None else f"qbferry-{name}"
    _check_name("name of a connector", name)
    _check_name("user name", user)
    check_password(password)
    if company_file is not None and not (company_file.strip() and len(company_file) <= 500):
        raise InputError("The company file's path is blank or longer than 500 characters.")
    # Two first ones at once would both become the default.
    tx.installations.lock()
    others = tx.connectors.everyone()
    _check_free(others, name, user)
    _check_no_further(tx, user)
    row = ConnectorRow(
        name=name,
        user_name=user,
        password_hash=Passwords().hash(password),
        file_id=f"{{{uuid.uuid4()}}}",
        is_default=not others,
        company_file=company_file,
        every_minutes=every_minutes,
    )
    tx.connectors.add(row)
    return row


def change(
    tx: Transaction,
    name: str,
    *,
    new_name: str | None = None,
    user: str | None = None,
    every_minutes: int | None = None,
    quiet: str | None = None,
) -> ConnectorRow:
    """Change what is given; what a connector stands for, its company file and its markers, stays.

    Args:
        tx: Where it is.
        name: Which connector.
        new_name: Another name; its entry in the Web Connector keeps the old one until it is added anew.
        user: Another user; a new .qwc file brings it to the Web Connector.
        every_minutes: How often a new .qwc file lets it run by itself; 0: a person starts it.
        quiet: Quiet hours, as ``QuietHours`` reads them; empty: none.

    Raises:
        NotFoundError: There is no such connector.
        InputError: A name is taken or does not fit, or the quiet hours cannot be read.
    """
    tx.installations.lock()
    row = tx.connectors.named(name, lock=True)
    if new_name is not None:
        _check_name("name of a connector", new_name)
    if user is not None:
        _check_name("user name", user)
    _check_free([one for one in tx.connectors.everyone() if one.id != row.id], new_name, user)
    _check_no_further(tx, user)
    if quiet:
        QuietHours.parse(quiet)
        if len(quiet) > LONGEST_QUIET:
            raise InputError(f"The quiet hours are longer than {LONGEST_QUIET} characters.")
    row.name = row.name if new_name is None else new_name
    row.user_name = row.user_name if user is None else user
    row.every_minutes = row.every_minutes if every_minutes is None else every_minutes or None
    row.quiet = row.quiet if quiet is None else quiet or None
    tx.connectors.save(row)
    return row


def set_password(tx: Transaction, name: str, password: str) -> ConnectorRow:
    """Give a connector another password; runs that began with the old one are over.

    Raises:
        NotFoundError: There is no such connector.
        InputError: The password is too short or too long.
    """
    check_password(password)
    row = tx.connectors.named(name, lock=True)
    row.password_hash = Passwords().hash(password)
    tx.connectors.save(row)
    tx.runs.void(row.id)
    return row


def pause(tx: Transaction, name: str, *, paused: bool) -> ConnectorRow:
    """Let a connector's Web Connector find nothing to do, also in a run that began, or let it work again.

    Raises:
        NotFoundError: There is no such connector.
    """
    row = tx.connectors.named(name, lock=True)
    row.paused = paused
    tx.connectors.save(row)
    if paused:
        tx.runs.void(row.id)
    return row


def clear_location(tx: Transaction, name: str, *, sure: bool = False) -> ConnectorRow:
    """Forget where the company file is, after it was moved; the next run records the new place.

    What is there may be another file, with lists of its own, and gets nothing, until it shows its mark or
    something of what was sent before.

    Args:
        tx: Where it is.
        name: Which connector.
        sure: A person says that the file that is open next is the right one, whatever it shows.

    Raises:
        NotFoundError: There is no such connector.
    """
    row = tx.connectors.named(name, lock=True)
    row.company_file = row.company_name = None
    sent = tx.history.latest(row.id, kind="Sent", limit=1)
    row.elsewhere = SURE if sure else max((line.id for line in sent), default=0)
    tx.lists.forget(row.id)
    tx.polls.forget(row.id)
    tx.connectors.save(row)
    return row


def end_run(tx: Transaction, run: int) -> str:
    """End a run that goes on; the answer to its message still counts.

    Returns:
        The connector's name.

    Raises:
        NotFoundError: There is no such run, or it is over.
    """
    for connector in tx.connectors.everyone():
        row = tx.connectors.lock(connector.id)
        live = tx.runs.live(row.id)
        if live is not None and live.id == run:
            live.ended_at, live.state, live.last_error = datetime.now(UTC), "ended", ENDED
            tx.runs.save(live)
            succession.keep(row, live)
            tx.connectors.save(row)
            return row.name
    raise NotFoundError(f"There is no run {run} that goes on; qbferry runs shows them. Nothing was changed.")


def add_user(
    tx: Transaction, name: str, user: str, password: str, *, same_file_id: bool = False
) -> ConnectorRow:
    """Let a further person, with a Web Connector of their own, run a connector's updates.

    Their .qwc file has the same OwnerID and application name. By Intuit's guide OwnerID and FileID must
    be new for each company and user; users report QBWC1039 for a second computer on one company file where
    they are not what is stored in it. So the FileID is a new one, unless the connector's own is wanted.

    Raises:
        NotFoundError: There is no such connector.
        InputError: The user name is taken or does not fit, or the password is too short or too long.
    """
    _check_name("user name", user)
    check_password(password)
    tx.installations.lock()
    row = tx.connectors.named(name, lock=True)
    _check_free(tx.connectors.everyone(), None, user)
    _check_no_further(tx, user)
    file_id = row.file_id if same_file_id else f"{{{uuid.uuid4()}}}"
    tx.connectors.add_user(row.id, user, Passwords().hash(password), file_id)
    return row


def remove_user(tx: Transaction, name: str, user: str) -> None:
    """Let a further user sign in no more; runs that go on are over.

    Raises:
        NotFoundError: There is no such connector, or no such user of it.
    """
    row = tx.connectors.named(name, lock=True)
    _further(tx, row, user)
    tx.connectors.remove_user(row.id, user)
    tx.runs.void(row.id)


def _further(tx: Transaction, row: ConnectorRow, user: str) -> FurtherUser:
    users = tx.connectors.users(row.id)
    found = next((one for one in users if one.name == user), None)
    if found is None:
        known = ", ".join(one.name for one in users) or "none"
        raise NotFoundError(
            f"The connector {row.name} has no further user {user}; there are: {known}. "
            f"Add one with: qbferry connector user add {row.name} {user}"
        )
    return found


def qwc_file(tx: Transaction, name: str | None, public_url: str, user: str | None = None) -> str:
    """A connector's .qwc file, or the one of a further user; None: the default connector's.

    Raises:
        NotFoundError: There is no such connector, or no such further user of it.
        ConfigError: The Web Connector would not accept the public URL.
    """
    check_url(public_url)
    row = tx.connectors.named(name)
    further = _further(tx, row, user) if user is not None and user != row.user_name else None
    root = public_url.rstrip("/")
    return qwc(
        app_name=app_name(row.name),
        app_url=root + SERVICE_PATH,
        app_support=root + SUPPORT_PATH,
        description="Carries records into QuickBooks.",
        user_name=further.name if further else row.user_name,
        owner_id=uuid.UUID(tx.installations.owner_id()),
        file_id=uuid.UUID(further.file_id if further else row.file_id),
        every_minutes=row.every_minutes,
    )


def _check_free(others: Iterable[ConnectorRow], name: str | None, user: str | None) -> None:
    """Make sure that no other connector has a name or a user."""
    for other in others:
        if name is not None and other.name.casefold() == name.casefold():
            raise InputError(f"There is a connector named {other.name} already; choose another name.")
        if user is not None and other.user_name.casefold() == user.casefold():
            raise InputError(
                f"The connector {other.name} has the user {other.user_name} already; "
                "give each connector a user of its own with --user."
            )


def _check_no_further(tx: Transaction, user: str | None) -> None:
    """Make sure that no further user of a company file has a name."""
    if user is not None and any(user.casefold() == one.name.casefold() for one in tx.connectors.users()):
        raise InputError(f"There is a further user {user} already; choose another name.")


def _check_name(what: str, text: str) -> None:
    if not text.strip() or text != text.strip() or text.endswith(".") or FORBIDDEN.search(text):
        raise InputError(
            f'The {what} "{text}" does not fit: it must not be blank, begin or end with a blank, end with a '
            'full stop, or have one of \\ / : * ? " < > | in it.'
        )
    if len(text) > LONGEST:
        raise InputError(f'The {what} "{text}" is longer than {LONGEST} characters.')


def check_password(password: str) -> None:
    """Make sure that a password can be one.

    Raises:
        InputError: It is too short or too long, or has more than one line.
    """
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD or not password.isprintable():
        raise InputError(
            f"A password has {SHORTEST_PASSWORD} to {LONGEST_PASSWORD} characters, on one line; "
            f"this one has {len(password)}."
        )
