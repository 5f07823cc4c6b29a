"""A whole installation in a folder, with a QuickBooks beside it, driven call by call without HTTP.

For a plugin's tests: put records in, run, and look at what QuickBooks has and what the records say.
"""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any, Self

from argon2 import PasswordHasher
from sqlalchemy import select
from sqlalchemy.orm import undefer

from qbferry.config import PluginSettings, TransferSettings
from qbferry.errors import QbferryError
from qbferry.model import TransferStatus
from qbferry.plugin import discovery
from qbferry.plugin.manager import Plugins, assemble
from qbferry.scheduler import Scheduler
from qbferry.simulator import CompanyFile, HResultError, Seed, Session
from qbferry.store import migrate, queries
from qbferry.store.database import Database
from qbferry.store.tables import ConnectorRow, InstallationRow, MessageRow, OutcomeRow
from qbferry.transfer.exchange import RunExchange

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path
    from types import TracebackType

__all__ = ["COMPANY_FILE", "PASSWORD", "USER", "Installation"]

COMPANY_FILE = r"C:\Books\Company.QBW"
USER, PASSWORD = "main", "a password for tests"
MOST_ROUNDS = 500

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
    """

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
            settings: How records travel; None: the defaults, but a silent run is taken over at once.
            seed: What the company file begins with; None: the simulator's sample company.
            url: The database; None: SQLite in the folder.
        """
        self.plugins = plugins or assemble(PluginSettings())
        self.settings = settings or TransferSettings(takeover_after=0)
        self.database = Database(url or f"sqlite:///{folder / 'qbferry.sqlite3'}")
        installed = discovery.installed()
        branches = [discovery.migrations(installed[name]) for name in self.plugins.names if name in installed]
        migrate.upgrade(self.database, [branch for branch in branches if branch])
        owner_id, file_id = _guid(), _guid()
        self.greeting = GREETING.format(owner_id=owner_id, file_id=file_id)
        with self.database.write() as session:
            session.add(InstallationRow(owner_id=owner_id))
            session.add(
                ConnectorRow(
                    name="main",
                    user_name=USER,
                    password_hash=PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD),
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
        with self.database.write() as session:
            for number, document in enumerate(documents):
                stored = kind.document.model_validate(document).model_dump(mode="json", by_alias=True)
                session.add(
                    kind.record(
                        connector_id=1,
                        id=stored["id"],
                        batch=stored["batch"],
                        document=stored,
                        transfer_status=TransferStatus.PENDING,
                        queue_position=queries.queue_position(number),
                    )
                )

    def record(self, entity: str, record_id: str) -> Any:
        """A record as it stands."""
        kind = self.plugins.entities[entity].record
        with self.database.read() as session:
            return session.scalars(select(kind).where(kind.id == record_id)).one()

    def records(self, entity: str) -> Sequence[Any]:
        """All records of an entity."""
        kind = self.plugins.entities[entity].record
        with self.database.read() as session:
            return session.scalars(select(kind).order_by(kind.pk)).all()

    def statuses(self, entity: str) -> dict[str, str]:
        """The transfer status of every record, by id."""
        return {record.id: str(record.transfer_status) for record in self.records(entity)}

    def history(self, record_id: str) -> Sequence[OutcomeRow]:
        """What happened to a record, oldest first."""
        with self.database.read() as session:
            rows = select(OutcomeRow).where(OutcomeRow.record_id == record_id).order_by(OutcomeRow.id)
            return session.scalars(rows).all()

    def messages(self) -> Sequence[MessageRow]:
        """All messages, oldest first."""
        with self.database.read() as session:
            rows = select(MessageRow).options(undefer(MessageRow.body)).order_by(MessageRow.id)
            return session.scalars(rows).all()

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
        """Ask for the next message."""
        return self.exchange.send_request(ticket, self.greeting, company_file, "US", 13, 0)

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


def _guid() -> str:
    return f"{{{uuid.uuid4()}}}".upper()
