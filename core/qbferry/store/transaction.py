"""One transaction, and what can be done in it, a part for each group of tables."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from qbferry.store.alerts import Alerts
from qbferry.store.catalog import Catalog
from qbferry.store.connectors import Connectors
from qbferry.store.doubles import Doubles
from qbferry.store.found import Found
from qbferry.store.history import History
from qbferry.store.installation import Installations
from qbferry.store.leases import Leases
from qbferry.store.lists import ListStore
from qbferry.store.messages import Messages
from qbferry.store.outbox import Outbox
from qbferry.store.people import People
from qbferry.store.polls import Polls
from qbferry.store.records import RecordStore
from qbferry.store.routes import Routes
from qbferry.store.runs import Runs
from qbferry.store.sources import Sources

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from sqlalchemy import Connection

__all__ = ["Transaction"]


class Transaction:
    """What ``Database.read`` and ``Database.write`` give.

    Attributes:
        connection: For the few who bring tables or statements of their own.
    """

    def __init__(self, connection: Connection) -> None:
        self.connection = connection

    def part(self) -> AbstractContextManager[object]:
        """A part that is undone by itself when something is raised in it."""
        return self.connection.begin_nested()

    @cached_property
    def alerts(self) -> Alerts:
        """What a person must hear of."""
        return Alerts(self.connection)

    @cached_property
    def catalog(self) -> Catalog:
        """The kinds of record there ever were."""
        return Catalog(self.connection)

    @cached_property
    def connectors(self) -> Connectors:
        """The company files."""
        return Connectors(self.connection)

    @cached_property
    def doubles(self) -> Doubles:
        """What QuickBooks has twice."""
        return Doubles(self.connection)

    @cached_property
    def found(self) -> Found:
        """What QuickBooks has of ours that nobody has booked."""
        return Found(self.connection)

    @cached_property
    def history(self) -> History:
        """What happened to records."""
        return History(self.connection)

    @cached_property
    def installations(self) -> Installations:
        """This installation."""
        return Installations(self.connection)

    @cached_property
    def lists(self) -> ListStore:
        """QuickBooks' lists, and when they were read."""
        return ListStore(self.connection)

    @cached_property
    def messages(self) -> Messages:
        """What was given to QuickBooks."""
        return Messages(self.connection)

    @cached_property
    def outbox(self) -> Outbox:
        """What the outside world still has to be told."""
        return Outbox(self.connection)

    @cached_property
    def leases(self) -> Leases:
        """Who does what only one process is to do."""
        return Leases(self.connection)

    @cached_property
    def people(self) -> People:
        """Who may log in to the pages."""
        return People(self.connection)

    @cached_property
    def polls(self) -> Polls:
        """How far polls have come, and what they are yet to ask about."""
        return Polls(self.connection)

    @cached_property
    def records(self) -> RecordStore:
        """The records."""
        return RecordStore(self.connection)

    @cached_property
    def routes(self) -> Routes:
        """Which parties belong to which connector."""
        return Routes(self.connection)

    @cached_property
    def runs(self) -> Runs:
        """Sessions of the Web Connector."""
        return Runs(self.connection)

    @cached_property
    def sources(self) -> Sources:
        """How far sources were read."""
        return Sources(self.connection)
