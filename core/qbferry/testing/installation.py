"""A whole installation in a folder, with a QuickBooks beside it, driven call by call without HTTP.

For a plugin's tests: put records in, run, and look at what QuickBooks has and what the records say.
"""

from __future__ import annotations

import tempfile
import uuid
from contextlib import closing
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from argon2 import PasswordHasher

from qbferry.config import PluginSettings, TransferSettings
from qbferry.desk.drawer import Drawer
from qbferry.desk.kinds import declared
from qbferry.errors import QbferryError
from qbferry.intake import make_row
from qbferry.model import TransferStatus
from qbferry.model.record import write_document
from qbferry.plugin import discovery
from qbferry.plugin.manager import Plugins, assemble
from qbferry.scheduler import Scheduler
from qbferry.simulator import CompanyFile, HResultError, Seed, Session
from qbferry.store import migrate
from qbferry.store.database import Database
from qbferry.store.records import Filter
from qbferry.store.rows import ConnectorRow
from qbferry.transfer.exchange import RunExchange

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from qbferry.model import RecordRow
    from qbferry.store.rows import HistoryRow, MessageRow

__all__ = ["COMPANY_FILE", "PASSWORD", "USER", "Installation"]

COMPANY_FILE = r"C:\Books\Company.QBW"
USER, PASSWORD = "main", "a password for tests"
MOST_ROUNDS = 500

LOOKS = "<CompanyActivityQueryRq "
"""What the message has that looks for what may be forgotten."""

GREETING = (
    '<QBXML><QBXMLMsgsRs><CompanyQueryRs requestID="1" statusCode="0" statusSeverity="Info" '
    'statusMessage="Status OK"><CompanyRet><CompanyName>Company</CompanyName><DataExtRet>'
    "<OwnerID>{owner_id}</OwnerID><DataExtName>FileID</DataExtName><DataExtType>STR255TYPE</DataExtType>"
    "<DataExtValue>{file_id}</DataExtValue></DataExtRet></CompanyRet></CompanyQueryRs></QBXMLMsgsRs></QBXML>"
)


class Installation:
    """A database, plugins, one connector, and its company file.

    Attributes:
        plugins: The plugins that run.
        database: Where the records are.
        exchange: What the Web Connector's calls reach.
        company: The simulated company file.
        greeting: What QuickBooks says in a run's first call: that this is the connector's company file.
        shows_looks: Whether ``send`` and ``run`` give messages that only look for what may be forgotten,
            too.
    """

    shows_looks = False

    def __init__(
        self,
        folder: Path,
        *,
        plugins: Plugins | None = None,
        settings: TransferSettings | None = None,
        seed: Seed | Path | None = None,
        url: str | None = None,
    ) -> None:
        """Set everything up.

        Args:
            folder: An empty folder.
            plugins: The plugins; None: the built-in ones with their default settings.
            settings: How records travel; None: the defaults, but a silent run is taken over at once,
                and nothing waits.
            seed: What the company file begins with; None: the simulator's sample company.
            url: The database; None: SQLite in the folder.
        """
        self.plugins = plugins or assemble(PluginSettings())
        self.settings = settings or TransferSettings(takeover_after=0, quiet_after_takeover=0, resend_after=0)
        branches = _branches(self.plugins.names)
        self.database = Database(url or f"sqlite:///{folder / 'qbferry.sqlite3'}")
        file = Path(self.database.engine.url.database or "")
        if self.database.is_sqlite and not file.exists():
            file.write_bytes(_migrated(branches))
        else:
            migrate.upgrade(self.database, branches)
        owner_id, file_id = _guid(), _guid()
        self.greeting = GREETING.format(owner_id=owner_id, file_id=file_id)
        with self.database.write() as tx:
            tx.installations.create(owner_id)
            tx.catalog.keep(declared(self.plugins).values())
            password_hash = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
            tx.connectors.add(
                ConnectorRow(
                    name="main",
                    user_name=USER,
                    password_hash=password_hash,
                    file_id=file_id,
                    is_default=True,
                )
            )
        self.company = CompanyFile.open(folder / "company.sqlite3", seed)
        self.restart()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of both files."""
        self.database.close()
        self.company.close()

    def restart(self) -> None:
        """Begin as a new server process would: with nothing but the database."""
        scheduler = Scheduler(self.plugins.entities, self.settings.requests_per_message)
        self.exchange = RunExchange(self.database, self.plugins, scheduler, self.settings)

    def put(self, entity: str, *documents: dict[str, Any]) -> None:
        """Store records, ready, in this order; their eligibility is asked when they are sent."""
        kind = self.plugins.entities[entity]
        with (
            self.database.write() as tx,
            Drawer.open(tx, self.plugins, entity, None, "continue", lock=True) as drawer,
        ):
            rows = []
            for document in documents:
                text = write_document(kind.document.model_validate(document))
                row = make_row(self.plugins, kind, drawer.row.id, text)
                row.transfer_status = TransferStatus.PENDING
                row.queue_position = drawer.next_position()
                rows.append(row)
            drawer.add(rows)

    def record(self, entity: str, record_id: str) -> RecordRow:
        """A record as it stands."""
        with self.database.read() as tx:
            return tx.records.by_id(1, entity, [record_id])[record_id]

    def records(self, entity: str) -> list[RecordRow]:
        """All records of an entity."""
        with self.database.read() as tx:
            return tx.records.page(1, entity, Filter(), limit=None)

    def statuses(self, entity: str) -> dict[str, str]:
        """The transfer status of every record, by id."""
        return {record.id: str(record.transfer_status) for record in self.records(entity)}

    def history(self, record_id: str) -> list[HistoryRow]:
        """What happened to a record, oldest first."""
        with self.database.read() as tx:
            return [line for line in tx.history.everything(1) if line.record_id == record_id]

    def messages(self) -> list[MessageRow]:
        """All messages, oldest first."""
        with self.database.read() as tx:
            return tx.messages.everything(1)

    # -- The Web Connector's calls

    def begin(self) -> str:
        """Sign in.

        Returns:
            The ticket.

        Raises:
            QbferryError: There is no run to begin.
        """
        grant = self.exchange.authenticate(USER, PASSWORD)
        if grant.answer in ("none", "nvu", "busy"):
            raise QbferryError(f"authenticate answered {grant.answer}")
        return grant.ticket

    def send(self, ticket: str, company_file: str = COMPANY_FILE) -> str:
        """Ask for the next message; one that only looks for what may be forgotten is answered on the way."""
        message = self.exchange.send_request(ticket, self.greeting, company_file, "US", 13, 0)
        while not self.shows_looks and LOOKS in message and "<TxnID>" not in message:
            self.receive(ticket, Session(self.company).process(message))
            message = self.exchange.send_request(ticket, self.greeting, company_file, "US", 13, 0)
        return message

    def receive(self, ticket: str, answer: str) -> int:
        """Bring an answer; the percentage."""
        return self.exchange.receive_response(ticket, answer, "", "")

    def run(
        self, quickbooks: Session | None = None, watch: Callable[[str], None] = lambda _: None
    ) -> list[int]:
        """Make one run from sign-in to closeConnection.

        Args:
            quickbooks: The session with QuickBooks; None: a new one.
            watch: Is shown every message.

        Returns:
            What every receiveResponseXML answered.
        """
        quickbooks = quickbooks or Session(self.company)
        ticket = self.begin()
        percents: list[int] = []
        while not percents or 0 <= percents[-1] < 100:
            if len(percents) > MOST_ROUNDS:
                raise QbferryError("The run does not end.")
            message = self.send(ticket)
            watch(message)
            try:
                answer = quickbooks.process(message)
            except HResultError as error:
                percents.append(self.exchange.receive_response(ticket, "", error.hresult, error.message))
            else:
                percents.append(self.receive(ticket, answer))
        self.exchange.close(ticket)
        return percents


@cache
def _branches(names: tuple[str, ...]) -> tuple[Path, ...]:
    """The migration folders of those plugins that are installed and have some."""
    installed = discovery.installed()
    found = [discovery.migrations(installed[name]) for name in names if name in installed]
    return tuple(branch for branch in found if branch)


@cache
def _migrated(branches: tuple[Path, ...]) -> bytes:
    """A new SQLite database with all tables, made once a process.

    Args:
        branches: The migration folders of the plugins.
    """
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "template.sqlite3"
        with closing(Database(f"sqlite:///{file}")) as database:
            migrate.upgrade(database, branches)
        return file.read_bytes()


def _guid() -> str:
    return f"{{{uuid.uuid4()}}}".upper()
