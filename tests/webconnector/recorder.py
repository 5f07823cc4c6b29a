from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qbferry.transfer.grant import Grant

if TYPE_CHECKING:
    from qbferry.transfer.signin import Attempt


class Recorder:
    """An exchange that notes what it was asked and answers what it was told to."""

    def __init__(self) -> None:
        self.calls: list[tuple[Any, ...]] = []
        self.grant = Grant("15c9ce29-3e1c-4c2f-9d1b-000000000001", "")
        self.tickets = {self.grant.ticket}
        self.asked: list[str] = []
        self.broken: Exception | None = None
        self.message = "<QBXML/>"
        self.percent = 50
        self.advice = ""
        self.error: Exception | None = None

    def _note(self, *call: Any) -> None:
        self.calls.append(call)
        if self.error is not None:
            raise self.error

    def knows(self, ticket: str) -> bool:
        self.asked.append(ticket)
        if self.broken is not None:
            raise self.broken
        return ticket in self.tickets

    def client_version(self, version: str) -> str:
        self._note("client_version", version)
        return self.advice

    def sign_in(self, user: str, password: str, address: str) -> Grant | Attempt:
        self._note("sign_in", user, password, address)
        return self.grant

    def send_request(
        self, ticket: str, hcp: str, company_file: str, country: str, major: int, minor: int
    ) -> str:
        self._note("send_request", ticket, hcp, company_file, country, major, minor)
        return self.message

    def receive_response(self, ticket: str, response: str, hresult: str, message: str) -> int:
        self._note("receive_response", ticket, response, hresult, message)
        return self.percent

    def connection_error(self, ticket: str, hresult: str, message: str) -> str:
        self._note("connection_error", ticket, hresult, message)
        return "done"

    def last_error(self, ticket: str) -> str:
        self._note("last_error", ticket)
        return "NoOp"

    def close(self, ticket: str) -> str:
        self._note("close", ticket)
        return "OK"
