"""A database that is locked, full or gone: the Web Connector gets a clean fault, and nothing is lost."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import event

from qbferry.config import PluginSettings
from qbferry.plugin.manager import assemble
from qbferry.simulator import Session, soap
from qbferry.testing.audit import audit
from qbferry.testing.installation import COMPANY_FILE, PASSWORD, USER, Installation
from qbferry.transfer.signin import Attempt
from qbferry.webconnector.service import Service

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    from qbferry.proof.databases import Databases

    Make = Callable[..., dict[str, Any]]

CALLS = ("authenticate", "sendRequestXML", "receiveResponseXML", "closeConnection")


class Caller:
    """Makes the calls of a run, as bytes, and keeps what they answer."""

    def __init__(self, world: Installation) -> None:
        self.world = world
        self._service = Service(world.exchange, version="1")
        self._quickbooks = Session(world.company)
        self._ticket, self._answer = "", ""

    def call(self, operation: str) -> tuple[int, bytes]:
        """Make the call; HTTP status and body."""
        parameters = {
            "authenticate": {"strUserName": USER, "strPassword": PASSWORD},
            "sendRequestXML": {
                "ticket": self._ticket,
                "strHCPResponse": "",
                "strCompanyFileName": COMPANY_FILE,
                "qbXMLCountry": "US",
                "qbXMLMajorVers": "13",
                "qbXMLMinorVers": "0",
            },
            "receiveResponseXML": {
                "ticket": self._ticket,
                "response": self._answer,
                "hresult": "",
                "message": "",
            },
            "closeConnection": {"ticket": self._ticket},
        }[operation]
        answer = self._service.answer(soap.write(operation, parameters))
        if isinstance(answer, Attempt):
            answer.check()
            answer = self._service.admit(answer)
        if answer.status == 200:
            told = soap.read(operation, answer.body)
            if operation == "authenticate":
                self._ticket = told[0]
            elif operation == "sendRequestXML":
                assert isinstance(told, str)
                self._answer = self._quickbooks.process(told)
                if "<InvoiceAddRq" not in told and self.call("receiveResponseXML")[0] == 200:
                    return self.call("sendRequestXML")  # what a run asks first was answered
        return answer.status, answer.body


@pytest.fixture
def caller(tmp_path: Path, database_url: str, databases: Databases, invoice: Make) -> Iterator[Caller]:
    """A run about to begin, on a database nobody waits for."""
    plugins = assemble(PluginSettings(enabled=["invoices"]))
    with Installation(tmp_path, plugins=plugins, url=database_url + databases.impatience) as world:
        world.put("invoice", *(invoice(f"INV-{number}") for number in range(3)))
        yield Caller(world)
        audit(world)


def refused(caller: Caller, call: str) -> None:
    status, body = caller.call(call)
    assert status == 500
    assert b"soap:Server" in body
    assert b"nothing was lost" in body
    assert b"sqlite" not in body.lower()
    assert b"psycopg" not in body.lower()


def all_is_well(caller: Caller) -> None:
    caller.world.run()
    assert set(caller.world.statuses("invoice").values()) == {"Transferred"}
    assert len(caller.world.company.transactions("Invoice")) == 3


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("how", ["locked", "gone"])
def test_a_call_that_cannot_be_written_down_is_refused(
    caller: Caller, databases: Databases, database_url: str, call: str, how: str
) -> None:
    fail: Callable[[str], AbstractContextManager[None]] = getattr(databases, how)
    for before in CALLS[: CALLS.index(call)]:
        assert caller.call(before)[0] == 200
    with fail(database_url):
        refused(caller, call)
    if call == "closeConnection":
        assert caller.call(call)[0] == 200
        audit(caller.world)
    else:
        all_is_well(caller)


@pytest.mark.parametrize("call", CALLS)
def test_the_same_call_works_when_the_database_is_back(
    caller: Caller, databases: Databases, database_url: str, call: str
) -> None:
    for one in CALLS:
        if one == call:
            with databases.gone(database_url):
                refused(caller, one)
        assert caller.call(one)[0] == 200
    assert set(caller.world.statuses("invoice").values()) == {"Transferred"}


@contextmanager
def full(world: Installation) -> Iterator[None]:
    """Let the database have no more pages than it has."""

    def stop_growing(connection: Any, _: object) -> None:
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count = {pages}")

    engine = world.database.engine
    engine.dispose()
    event.listen(engine, "connect", stop_growing)
    yield
    event.remove(engine, "connect", stop_growing)
    engine.dispose()


@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
@pytest.mark.parametrize("call", ["sendRequestXML", "receiveResponseXML"])
def test_a_full_disk_is_told_and_nothing_is_lost(caller: Caller, invoice: Make, call: str) -> None:
    caller.world.put("invoice", *(invoice(f"MORE-{number}") for number in range(40)))
    for before in CALLS[: CALLS.index(call)]:
        assert caller.call(before)[0] == 200
    with full(caller.world):
        refused(caller, call)
    caller.world.run()
    assert set(caller.world.statuses("invoice").values()) == {"Transferred"}
    assert len(caller.world.company.transactions("Invoice")) == 43
