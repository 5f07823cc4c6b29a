"""Signing in: who may, who has to wait, and what it costs."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from qbferry.errors import PauseError
from qbferry.transfer.grant import Grant
from qbferry.transfer.passwords import Passwords
from qbferry.transfer.throttle import Throttle

if TYPE_CHECKING:
    from collections.abc import Callable

    from qbferry.store.database import Database

__all__ = ["Attempt", "SignIns"]

log = logging.getLogger("qbferry.runs")

SHORTEST_HOLD, LONGEST_HOLD = 1.0, 4.0
"""Seconds for which the answer to a failure is held back: whoever waits does not try again meanwhile."""


class SignIns:
    """Lets Web Connectors in.

    Args:
        database: Where the connectors are.
        begin: Begins a run of the connector with an id for a user, or says why there is none.
    """

    def __init__(self, database: Database, begin: Callable[[int, str], Grant]) -> None:
        self.database = database
        self.begin = begin
        self.passwords = Passwords()
        self.throttle = Throttle()

    def sign_in(self, user: str, password: str, address: str) -> Grant | Attempt:
        """Let one in whose password is known to be right; of another the password must be checked first.

        Raises:
            PauseError: Too many failed before.
        """
        attempt = Attempt(self, user, password, address, self.throttle.suspects(user, address))
        met = self.throttle.met(user, address)
        if not met:
            attempt.wait()  # before anything is asked
        with self.database.read() as tx:
            attempt.found = tx.connectors.by_user(user)
        if met and attempt.found and self.throttle.knows(user, attempt.found[1], password, address):
            return self.begin(attempt.found[0], user)
        attempt.wait()
        return attempt

    def at_once(self, user: str, password: str, address: str) -> Grant:
        """Sign in, and check the password here and now."""
        found = self.sign_in(user, password, address)
        if isinstance(found, Grant):
            return found
        found.check()
        return found.grant()


@dataclass(slots=True)
class Attempt:
    """A sign-in whose password must be checked: ``check``, then ``grant``.

    Attributes:
        suspect: Whether something failed of late for this user or at this address.
        found: The connector's id and what is stored of its password; None: nobody has this user name.
    """

    _sign_ins: SignIns = field(repr=False)
    _user: str
    _password: str = field(repr=False)
    _address: str
    suspect: bool
    found: tuple[int, str] | None = field(default=None, repr=False)
    _right: bool = False
    _late: PauseError | None = None

    def wait(self) -> None:
        """Go on only if nothing forbids it.

        Raises:
            PauseError: Too many failed before.
        """
        seconds = self._sign_ins.throttle.wait(self._user, self._address)
        if seconds:
            self._say("too soon after others")
            raise PauseError(seconds, _hold(seconds))

    def check(self) -> None:
        """Compare the password, which takes a processor for a while, and 19 MiB."""
        try:
            self.wait()  # many may have waited for this at the same time
        except PauseError as error:
            self._late = error
            return
        self._right = self._sign_ins.passwords.verify(self.found and self.found[1], self._password)

    def grant(self) -> Grant:
        """Begin a run, or refuse.

        Raises:
            PauseError: Too many failed meanwhile.
        """
        if self._late:
            raise self._late
        throttle = self._sign_ins.throttle
        if not self._right or not self.found:
            self._say("wrong user or password")
            return Grant("", "nvu", hold=_hold(throttle.failed(self._user, self._address)))
        throttle.succeeded(self._user, self.found[1], self._password, self._address)
        return self._sign_ins.begin(self.found[0], self._user)

    def _say(self, why: str) -> None:
        # The address comes first, where no user can write it (docs/operations.md has a filter for it).
        log.warning("A sign-in from %s failed: user %r, %s.", self._address, self._user[:100], why)


def _hold(pause: float) -> float:
    return min(max(pause, SHORTEST_HOLD), LONGEST_HOLD)
