"""Who may log in to the pages, what each may do there, and the visits they pay."""

from __future__ import annotations

import hashlib
import math
import secrets
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING

from qbferry.desk.connectors import check_password
from qbferry.errors import InputError, NotFoundError
from qbferry.model import fold
from qbferry.store.people import PersonRow
from qbferry.transfer.passwords import Passwords
from qbferry.transfer.throttle import Throttle

if TYPE_CHECKING:
    from qbferry.store.database import Database
    from qbferry.store.people import Visit
    from qbferry.store.transaction import Transaction

__all__ = ["Door", "Role", "add", "remove", "set_password", "set_role"]

LONGEST = 100
"""Characters of a name, as the history takes them."""

IDLE = timedelta(hours=12)
LONGEST_VISIT = timedelta(days=7)
"""A visit ends when nobody was seen in it for so long, or that long after the log-in."""

NOTED = timedelta(minutes=1)
"""A visit is not noted more often, so that looking at pages is next to no writing."""


class Role(StrEnum):
    """What a person may do; each may do what those before it may."""

    VIEWER = "viewer"
    OPERATOR = "operator"
    ADMINISTRATOR = "administrator"

    def may(self, needed: Role) -> bool:
        """Whether this one may do what another is needed for."""
        ranks = list(Role)
        return ranks.index(self) >= ranks.index(needed)


def add(tx: Transaction, name: str, role: Role, password: str) -> PersonRow:
    """Let a person log in.

    Raises:
        InputError: The name is taken or does not fit, or the password is too short or too long.
    """
    if not name.strip() or name != name.strip() or not name.isprintable() or len(name) > LONGEST:
        raise InputError(
            f'The name "{name[:LONGEST]}" does not fit: it has 1 to {LONGEST} characters on one line, and '
            "neither begins nor ends with a blank."
        )
    check_password(password)
    tx.installations.lock()
    if there := tx.people.named(name):
        raise InputError(f"There is a user named {there.name} already; choose another name.")
    row = PersonRow(name, fold(name), role, Passwords().hash(password), datetime.now(UTC))
    tx.people.add(row)
    return row


def set_password(tx: Transaction, name: str, password: str) -> PersonRow:
    """Give a person another password; wherever they are logged in, they are no longer.

    Raises:
        NotFoundError: There is no such person.
        InputError: The password is too short or too long.
    """
    check_password(password)
    row = _named(tx, name)
    row.password_hash = Passwords().hash(password)
    tx.people.save(row)
    tx.people.end_visits(row.id)
    return row


def set_role(tx: Transaction, name: str, role: Role) -> PersonRow:
    """Let a person do more or less, from their next click on.

    Raises:
        NotFoundError: There is no such person.
        InputError: They are the last administrator.
    """
    tx.installations.lock()
    row = _named(tx, name)
    if role is not Role.ADMINISTRATOR:
        _keep_one(tx, row)
    row.role = role
    tx.people.save(row)
    return row


def remove(tx: Transaction, name: str) -> PersonRow:
    """Let a person log in no more; what they did stays in the history with their name.

    Raises:
        NotFoundError: There is no such person.
        InputError: They are the last administrator, and others are left.
    """
    tx.installations.lock()
    row = _named(tx, name)
    if len(tx.people.everyone()) > 1:
        _keep_one(tx, row)
    tx.people.remove(row.id)
    return row


def _keep_one(tx: Transaction, row: PersonRow) -> None:
    others = [one for one in tx.people.everyone() if one.id != row.id]
    if row.role == Role.ADMINISTRATOR and not any(one.role == Role.ADMINISTRATOR for one in others):
        raise InputError(
            f"{row.name} is the last administrator; make another one first with: "
            "qbferry user role NAME administrator"
        )


def _named(tx: Transaction, name: str) -> PersonRow:
    row = tx.people.named(name)
    if row is None:
        raise NotFoundError(f"There is no user named {name}; qbferry user list shows them.")
    return row


class Door:
    """Lets people in and out; one for each process, since it remembers who failed of late.

    Args:
        database: Where the people are.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._throttle = Throttle()

    @cached_property
    def _passwords(self) -> Passwords:
        return Passwords()

    def anybody(self) -> bool:
        """Whether there is somebody who could log in."""
        with self._database.read() as tx:
            return tx.people.any()

    def enter(self, name: str, password: str, address: str) -> str | None:
        """Begin a visit.

        Args:
            name: As typed.
            password: As typed.
            address: Where from; who fails there often has to wait, and others elsewhere have not.

        Returns:
            What the browser keeps; None: name or password are wrong.

        Raises:
            InputError: Too many failed before.
        """
        folded = fold(name)
        if seconds := self._throttle.wait(folded, address):
            raise InputError(f"Too many log-ins failed; wait {math.ceil(seconds)} seconds and try again.")
        with self._database.read() as tx:
            row = tx.people.named(name)
        if not self._passwords.verify(row.password_hash if row else None, password) or row is None:
            self._throttle.failed(folded, address)
            return None
        self._throttle.succeeded(folded, row.password_hash, password, address)
        token, now = secrets.token_urlsafe(32), datetime.now(UTC)
        with self._database.write() as tx:
            tx.people.begin(_hash(token), row.id, now, now - IDLE)
            tx.people.seen(_hash(token), row.id, now)
        return token

    def who(self, token: str) -> PersonRow | None:
        """Whose visit it is; None: it is over, or never was."""
        hashed, now = _hash(token), datetime.now(UTC)
        with self._database.read() as tx:
            visit = tx.people.visit(hashed)
        if visit is None or _over(visit, now):
            return None
        if not timedelta(0) <= now - visit.seen_at < NOTED:
            with self._database.write() as tx:
                tx.people.seen(hashed, visit.person.id, now)
        return visit.person

    def leave(self, token: str) -> None:
        """End a visit."""
        with self._database.write() as tx:
            tx.people.end(_hash(token))


def _over(visit: Visit, now: datetime) -> bool:
    return now - visit.seen_at > IDLE or now - visit.began_at > LONGEST_VISIT


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
