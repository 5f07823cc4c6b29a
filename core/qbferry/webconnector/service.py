"""From a call to its answer: the operations, and the port behind which a run happens."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from time import perf_counter
from typing import TYPE_CHECKING, Protocol

from qbferry.errors import BusyError, DatabaseError, PauseError, ProtocolError
from qbferry.transfer.grant import Grant
from qbferry.webconnector import soap
from qbferry.webconnector.meter import Meter
from qbferry.webconnector.versions import verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from qbferry.transfer.signin import Attempt

__all__ = ["Exchange", "Reply", "Service", "refuse"]

_logger = logging.getLogger(__name__)

_NOT_INTERACTIVE = "Interactive mode is not offered."
_TROUBLE = "The server has trouble at the moment and nothing was lost; run the update again in a few minutes."


class Exchange(Protocol):
    """What a run does, call by call (facts A3).

    Its methods are called from several threads. A `ProtocolError` becomes a fault with its sentence; any
    other exception a fault that says that the server has trouble, and is logged.
    """

    def knows(self, ticket: str) -> bool:
        """Tell whether a ticket was given out, and counts; it may hold up nobody."""

    def client_version(self, version: str) -> str:
        """Answer nothing to go on, or a text that begins with ``W:``, ``E:`` or ``O:``."""

    def sign_in(self, user: str, password: str, address: str) -> Grant | Attempt:
        """Begin a run, or say why there is none; or give a password to be checked before that.

        Args:
            user: As it was given.
            password: As it was given.
            address: The network address it came from.
        """

    def send_request(
        self, ticket: str, hcp: str, company_file: str, country: str, major: int, minor: int
    ) -> str:
        """Return the next message as qbXML, or nothing.

        Args:
            ticket: Of the run.
            hcp: What QuickBooks said of host, company and preferences, as qbXML; in a run's first call only.
            company_file: The path of the file that is open.
            country: ``US``, ``CA``, …
            major: Of the highest qbXML version of that QuickBooks.
            minor: Of the same.
        """

    def receive_response(self, ticket: str, response: str, hresult: str, message: str) -> int:
        """Take QuickBooks' answer, or the error it gave instead; return percent done, negative to stop."""

    def connection_error(self, ticket: str, hresult: str, message: str) -> str:
        """Return ``done`` to give up, nothing or a path to try again with that company file."""

    def last_error(self, ticket: str) -> str:
        """Return what to show the person, also after the run's end."""

    def close(self, ticket: str) -> str:
        """End the run; return what to show in the status column."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What goes back.

    Attributes:
        status: Of HTTP.
        body: A SOAP envelope.
        hold: Seconds for which it is held back.
        close: Whether the connection ends with it.
        outcome: What it is counted as (``Meter.note``).
    """

    status: int
    body: bytes
    hold: float = 0.0
    close: bool = False
    outcome: str = "answered"


class Service:
    """Answers calls. It never raises.

    A fault travels with HTTP 400 where its cause is the caller's, and 500 where it is ours: of any other
    status the Web Connector's .NET client shows the number, and not the fault's sentence.
    """

    def __init__(self, exchange: Exchange, *, version: str, meter: Meter | None = None) -> None:
        self._exchange = exchange
        self.meter = meter or Meter()
        # Parameters arrive in the declared order.
        self._operations: Mapping[str, Callable[..., str | int | Sequence[str]]] = {
            "serverVersion": lambda: version,
            "clientVersion": lambda given: verdict(given) or exchange.client_version(given),
            "sendRequestXML": self._send_request,
            "receiveResponseXML": exchange.receive_response,
            "connectionError": exchange.connection_error,
            "getLastError": exchange.last_error,
            "closeConnection": exchange.close,
            "getInteractiveURL": lambda _ticket, _session: _NOT_INTERACTIVE,
            "interactiveRejected": lambda _ticket, _reason: _NOT_INTERACTIVE,
            "interactiveDone": lambda _ticket: _NOT_INTERACTIVE,
        }

    def answer(
        self, body: bytes, action: str | None = None, charset: str = "", address: str = ""
    ) -> Reply | Attempt:
        """Answer one request, whatever its bytes are; a sign-in may come back to be checked, for ``admit``.

        Args:
            body: The SOAP envelope.
            action: The SOAPAction header.
            charset: That of the Content-Type header.
            address: The network address it came from.
        """
        begun = perf_counter()
        reply, name = self._answer(body, action, charset, address)
        if isinstance(reply, Reply):
            self.meter.note(name, reply.outcome, perf_counter() - begun)
        return reply

    def _answer(
        self, body: bytes, action: str | None, charset: str, address: str
    ) -> tuple[Reply | Attempt, str]:
        name = "a call"
        try:
            call = soap.parse(body, action, charset)
            name = call.operation
            if name == "authenticate":
                user, password = call.arguments.values()
                found = self._exchange.sign_in(user, password, address)
                return _granted(found) if isinstance(found, Grant) else found, name
            result = self._operations[name](*call.arguments.values())
            return Reply(200, soap.reply(name, result)), name
        except Exception as error:  # noqa: BLE001 - whatever it is, the Web Connector gets a fault
            return refuse(error, name), name

    def admit(self, attempt: Attempt) -> Reply:
        """Answer a sign-in whose password was checked."""
        begun = perf_counter()
        try:
            reply = _granted(attempt.grant())
        except Exception as error:  # noqa: BLE001 - as above
            reply = refuse(error, "authenticate")
        self.meter.note("authenticate", reply.outcome, perf_counter() - begun)
        return reply

    def _send_request(
        self, ticket: str, hcp: str, company_file: str, country: str, major: str, minor: str
    ) -> str:
        return self._exchange.send_request(ticket, hcp, company_file, country, int(major), int(minor))


def _granted(grant: Grant) -> Reply:
    members = [grant.ticket, grant.answer]
    if grant.postpone is not None or grant.minimum is not None:
        members.append("" if grant.postpone is None else str(grant.postpone))
    if grant.minimum is not None:
        members.append(str(grant.minimum))
    outcome = "refused" if grant.answer == "nvu" else "answered"
    return Reply(200, soap.reply("authenticate", members), grant.hold, outcome=outcome)


def refuse(error: Exception, name: str = "a call") -> Reply:
    """Turn what was raised into a fault, and note it: a line, or for a bug its traceback."""
    # As a literal: a sentence may quote the caller, who must not be able to write lines of the log.
    if isinstance(error, BusyError):
        _logger.warning("%s was put off: %r", name, str(error))
        return Reply(500, soap.fault("Server", str(error)), outcome="busy")
    if isinstance(error, ProtocolError):
        _logger.warning("%s was refused: %r", name, str(error))
        hold = error.hold if isinstance(error, PauseError) else 0.0
        return Reply(400, soap.fault("Client", str(error)), hold, outcome="refused")
    trouble = isinstance(error, DatabaseError)
    if trouble:
        _logger.error("%s had to be put off, the Web Connector was told to come again: %r", name, str(error))
    else:
        _logger.error("%s failed, the Web Connector was told to come again", name, exc_info=error)
    return Reply(500, soap.fault("Server", _TROUBLE), outcome="trouble" if trouble else "bug")
