"""One transaction, and what can be done in it, a part for each group of tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qbferry.store.alerts import Alerts
from qbferry.store.catalog import Catalog
from qbferry.store.connectors import Connectors
from qbferry.store.doubles import Doubles
from qbferry.store.events import Feed
from qbferry.store.found import Found
from qbferry.store.history import History
from qbferry.store.idempotency import Idempotency
from qbferry.store.installation import Installations
from qbferry.store.leases import Leases
from qbferry.store.lists import ListStore
from qbferry.store.messages import Messages
from qbferry.store.outbox import Outbox
from qbferry.store.people import People
from qbferry.store.polls import Polls
from qbferry.store.pruning import Pruning
from qbferry.store.records import RecordStore
from qbferry.store.routes import Routes
from qbferry.store.runs import Runs
from qbferry.store.sources import Sources
from qbferry.store.tokens import Tokens
from qbferry.store.webhooks import Webhooks

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from sqlalchemy import Connection

__all__ = ["Transaction"]


class Transaction:
    """What ``Database.read`` and ``Database.write`` give.

    Attributes:
        connection: For the few who bring tables or statements of their own.
        alerts: What a person must hear of.
        catalog: The kinds of record there ever were.
        connectors: The company files.
        doubles: What QuickBooks has twice.
        feed: What happened, for the outside, in one order.
        found: What QuickBooks has of ours that nobody has booked.
        history: What happened to records.
        idempotency: Requests of programs that are done once.
        installations: This installation.
        lists: QuickBooks' lists, and when they were read.
        messages: What was given to QuickBooks.
        outbox: What the outside world still has to be told.
        leases: Who does what only one process is to do.
        people: Who may log in to the pages.
        polls: How far polls have come, and what they are yet to ask about.
        pruning: What is kept for some days only.
        records: The records.
        routes: Which parties belong to which connector.
        runs: Sessions of the Web Connector.
        sources: How far sources were read.
        tokens: Which programs may use the API.
        webhooks: Who is sent what happens.
    """

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        # All at once: one that is looked for when it is asked for costs a lock.
        self.alerts = Alerts(connection)
        self.catalog = Catalog(connection)
        self.connectors = Connectors(connection)
        self.doubles = Doubles(connection)
        self.feed = Feed(connection)
        self.found = Found(connection)
        self.history = History(connection)
        self.idempotency = Idempotency(connection)
        self.installations = Installations(connection)
        self.lists = ListStore(connection)
        self.messages = Messages(connection)
        self.outbox = Outbox(connection)
        self.leases = Leases(connection)
        self.people = People(connection)
        self.polls = Polls(connection)
        self.pruning = Pruning(connection)
        self.records = RecordStore(connection)
        self.routes = Routes(connection)
        self.runs = Runs(connection)
        self.sources = Sources(connection)
        self.tokens = Tokens(connection)
        self.webhooks = Webhooks(connection)

    def part(self) -> AbstractContextManager[object]:
        """A part that is undone by itself when something is raised in it."""
        return self.connection.begin_nested()
