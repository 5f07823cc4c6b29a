"""Everything qbferry raises on purpose, named for what happens next.

::

    QbferryError                 one sentence for a person; never a traceback
    ├── ConfigError              the start stops: settings, database address, migrations
    ├── PluginError              the start stops: a plugin is unknown, broken or does not fit its hooks
    ├── InputError               the command stops and nothing was changed: a bad file, name or value
    │   ├── NotFoundError        the record, entity or connector named does not exist
    │   └── InFlightError        the record is with QuickBooks at this moment
    ├── ProtocolError            one Web Connector call is answered with a fault
    │   ├── TicketError          the ticket is unknown or has expired
    │   ├── BusyError            the server has no room for it now
    │   └── PauseError           sign-ins failed too often; the next one has to wait
    ├── AnswerError              QuickBooks' answer cannot be read; the message stays unanswered
    ├── RenderError              one record's transfer ends, with the reason in its history
    ├── MisfitError              one record's transfer ends: what is stored of it no longer fits its shape
    ├── HookError                one record's transfer ends: a plugin failed in a hook
    └── DatabaseError            the database cannot do it now; nothing was changed

Anything else that is raised is a bug and keeps its traceback.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = [
    "AnswerError",
    "BusyError",
    "ConfigError",
    "DatabaseError",
    "HookError",
    "InFlightError",
    "InputError",
    "MisfitError",
    "NotFoundError",
    "PauseError",
    "PluginError",
    "ProtocolError",
    "QbferryError",
    "RenderError",
    "Spot",
    "TicketError",
]


class QbferryError(Exception):
    """Base of all errors whose text is a sentence for a person."""


class ConfigError(QbferryError):
    """The settings do not hold together; the start stops."""


class PluginError(QbferryError):
    """A plugin is unknown, does not load, or does not fit the hooks; the start stops."""


class Spot(NamedTuple):
    """Where in a file of records a fault is.

    Attributes:
        number: Of its line, row or record, from 1.
        path: The keys and positions, from 0, that lead to the value in the record; empty: all of it.
        id: The record's id, where it could be read.
    """

    number: int
    path: tuple[str | int, ...] = ()
    id: str | None = None


class InputError(QbferryError):
    """What a person gave cannot be used; nothing was changed.

    Attributes:
        sentence: What is wrong.
        details: One line for each of several faults.
        spots: Where those are, of a file of records; there may be fewer of them.
    """

    def __init__(self, sentence: str, details: Sequence[str] = (), spots: Sequence[Spot] = ()) -> None:
        super().__init__("\n  ".join((sentence, *details)))
        self.sentence, self.details, self.spots = sentence, tuple(details), tuple(spots)


class NotFoundError(InputError):
    """The record, entity, batch or connector that was named does not exist."""


class InFlightError(InputError):
    """The record is part of a message QuickBooks has not answered; it cannot be changed now."""


class ProtocolError(QbferryError):
    """A Web Connector call that cannot be served; it is answered with a SOAP fault."""


class TicketError(ProtocolError):
    """The ticket belongs to no run, or the run is over."""


class BusyError(ProtocolError):
    """The server has no room for the call now; nothing was done, and it may be made again."""


class PauseError(ProtocolError):
    """Sign-ins of a user or from an address failed too often; the next one has to wait.

    Attributes:
        hold: Seconds for which the answer is held back.
    """

    def __init__(self, seconds: float, hold: float) -> None:
        super().__init__(
            "Too many sign-ins of this user or from this address had a wrong password. Check the password, "
            f"wait {math.ceil(seconds)} seconds and run the update again; nothing was lost."
        )
        self.hold = hold


class AnswerError(QbferryError):
    """An answer of QuickBooks that cannot be read; its message stays unanswered."""


class RenderError(QbferryError):
    """A request could not be written as qbXML; its record fails alone."""


class MisfitError(QbferryError):
    """What is stored of a record no longer fits its entity's models; the record fails alone."""


class HookError(QbferryError):
    """A plugin failed in a hook that was called for a record; the record fails, the run goes on."""


class DatabaseError(QbferryError):
    """The database is locked, gone or full; the transaction was rolled back."""
