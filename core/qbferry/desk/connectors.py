"""Connectors: setting them up, pausing them, and the .qwc file that introduces them."""

from __future__ import annotations

import re
import secrets
import uuid
from typing import TYPE_CHECKING

from sqlalchemy import select

from qbferry.errors import InputError
from qbferry.store import queries
from qbferry.store.tables import ConnectorRow, InstallationRow
from qbferry.transfer.passwords import Passwords
from qbferry.webconnector import SERVICE_PATH, SUPPORT_PATH, app_name, check_url, qwc

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.orm import Session

__all__ = ["add", "clear_location", "everyone", "make_password", "pause", "qwc_file", "set_password"]

LONGEST = 60
FORBIDDEN = re.compile(r'[\\/:*?"<>|\x00-\x1f\x7f]')
"""A name becomes a file and a key of Windows' registry."""

SHORTEST_PASSWORD, LONGEST_PASSWORD = 8, 128


def make_password() -> str:
    """A strong password that can be copied by a double click: letters and digits."""
    alphabet = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789"
    return "".join(secrets.choice(alphabet) for _ in range(24))


def add(
    session: Session,
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
    _check_password(password)
    if company_file is not None and not (company_file.strip() and len(company_file) <= 500):
        raise InputError("The company file's path is blank or longer than 500 characters.")
    # Two first ones at once would both become the default.
    session.scalars(select(InstallationRow).with_for_update()).one()
    for other in everyone(session):
        if other.name.casefold() == name.casefold():
            raise InputError(f"There is a connector named {other.name} already; choose another name.")
        if other.user_name.casefold() == user.casefold():
            raise InputError(
                f"The connector {other.name} has the user {other.user_name} already; "
                "give each connector a user of its own with --user."
            )
    row = ConnectorRow(
        name=name,
        user_name=user,
        password_hash=Passwords().hash(password),
        file_id=f"{{{uuid.uuid4()}}}",
        is_default=session.scalar(select(ConnectorRow.id).limit(1)) is None,
        company_file=company_file,
        every_minutes=every_minutes,
    )
    session.add(row)
    session.flush()
    return row


def everyone(session: Session) -> Sequence[ConnectorRow]:
    """All connectors, the oldest first."""
    return session.scalars(select(ConnectorRow).order_by(ConnectorRow.id)).all()


def set_password(session: Session, name: str, password: str) -> ConnectorRow:
    """Give a connector another password.

    Raises:
        NotFoundError: There is no such connector.
        InputError: The password is too short or too long.
    """
    _check_password(password)
    row = _locked(session, name)
    row.password_hash = Passwords().hash(password)
    return row


def pause(session: Session, name: str, *, paused: bool) -> ConnectorRow:
    """Let a connector's Web Connector find nothing to do, or let it work again.

    Raises:
        NotFoundError: There is no such connector.
    """
    row = _locked(session, name)
    row.paused = paused
    return row


def clear_location(session: Session, name: str) -> ConnectorRow:
    """Forget where the company file is, after it was moved; the next run records the new place.

    Raises:
        NotFoundError: There is no such connector.
    """
    row = _locked(session, name)
    row.company_file = row.company_name = None
    return row


def qwc_file(session: Session, name: str | None, public_url: str) -> str:
    """A connector's .qwc file; None: the default connector's.

    Raises:
        NotFoundError: There is no such connector.
        ConfigError: The Web Connector would not accept the public URL.
    """
    check_url(public_url)
    row = queries.connector_named(session, name)
    root = public_url.rstrip("/")
    return qwc(
        app_name=app_name(row.name),
        app_url=root + SERVICE_PATH,
        app_support=root + SUPPORT_PATH,
        description="Carries records into QuickBooks.",
        user_name=row.user_name,
        owner_id=uuid.UUID(queries.owner_id(session)),
        file_id=uuid.UUID(row.file_id),
        every_minutes=row.every_minutes,
    )


def _locked(session: Session, name: str) -> ConnectorRow:
    return queries.lock(session, queries.connector_named(session, name).id)


def _check_name(what: str, text: str) -> None:
    if not text.strip() or text != text.strip() or text.endswith(".") or FORBIDDEN.search(text):
        raise InputError(
            f'The {what} "{text}" does not fit: it must not be blank, begin or end with a blank, end with a '
            'full stop, or have one of \\ / : * ? " < > | in it.'
        )
    if len(text) > LONGEST:
        raise InputError(f'The {what} "{text}" is longer than {LONGEST} characters.')


def _check_password(password: str) -> None:
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD or not password.isprintable():
        raise InputError(
            f"A password has {SHORTEST_PASSWORD} to {LONGEST_PASSWORD} characters, on one line; "
            f"this one has {len(password)}."
        )
