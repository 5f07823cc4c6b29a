"""The Web Connector: one session after another, as facts A3 tell it."""

from __future__ import annotations

import os
import re
import signal
import sys
import time
from contextlib import closing, suppress
from typing import TYPE_CHECKING, NoReturn

from qbferry.simulator.execute import Session
from qbferry.simulator.faults import Faults
from qbferry.simulator.host import hcp
from qbferry.simulator.report import CallReport, RunEnd, RunReport
from qbferry.simulator.soap import SoapError, SoapFaultError
from qbferry.simulator.status import HResultError, Status
from qbferry.simulator.wire import Wire, WireError

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable

    from qbferry.simulator.company import CompanyFile
    from qbferry.simulator.faults import Fault
    from qbferry.simulator.registration import Registration
    from qbferry.simulator.wire import AnyWire

__all__ = ["WebConnector"]

# facts A5: what the window shows when a call breaks.
_CODES = {
    "authenticate": "QBWC1012",
    "sendRequestXML": "QBWC1041",
    "receiveResponseXML": "QBWC1042",
    "getLastError": "QBWC1043",
    "closeConnection": "QBWC1044",
    "connectionError": "QBWC1045",
    "clientVersion": "QBWC1046",
}
_BINDING = 2
"""How often each QuickBooks connection is tried (facts A3)."""


class _Ended(Exception):  # noqa: N818 - a way out, no error
    """The run is over at once; how, is in the report."""


class WebConnector:
    """Drives a server over HTTP on behalf of one company file."""

    def __init__(
        self,
        url: str,
        user: str,
        password: str,
        company: CompanyFile,
        *,
        faults: Faults | None = None,
        keep_alive: bool = True,
        noop_wait: float = 5.0,
        timeout: float = 100.0,
        version: str = "2.3.0.215",
        application: str | None = None,
        registration: Registration | None = None,
        auto_run: bool = True,
        ascii_only: bool | None = None,
        tls: ssl.SSLContext | None = None,
        watch: Callable[[CallReport], None] | None = None,
        wire: AnyWire | None = None,
    ) -> None:
        """Set it up; ``run`` starts a session.

        Args:
            url: The server's AppURL.
            user: The user name of the .qwc file.
            password: What the bookkeeper typed in.
            company: The company file that is open in QuickBooks.
            faults: What goes wrong; one plan serves all runs.
            keep_alive: One TCP connection for a session, as .NET does; else one a call.
            noop_wait: Seconds to wait after NoOp.
            timeout: Seconds to wait for an answer of the server.
            version: The Web Connector's own version, for clientVersion.
            application: Whose message-set memory QuickBooks keeps; None: the registration's or the user's.
            registration: The .qwc file that was added; its FileID is kept in the company file and shown.
            auto_run: Whether Auto-Run is ticked; without it the server cannot postpone a run.
            ascii_only: Refuse raw letters outside ASCII; None: as the seed says.
            tls: Which certificates to trust.
            watch: Hears of every call.
            wire: The way to the server, another than HTTP; then ``url`` says nothing.
        """
        self._wire: AnyWire = wire or Wire(url, keep_alive=keep_alive, timeout=timeout, tls=tls)
        self._second_wire: AnyWire = wire or Wire(url, keep_alive=False, timeout=timeout, tls=tls)
        self._user = user
        self._password = password
        self._company = company
        self._faults = faults or Faults()
        self._noop_wait = noop_wait
        self._version = version
        self._application = application or (registration.file_id if registration else user)
        self._owner_id = registration.owner_id if registration else ""
        if registration:
            registration.bind(company)
        self._auto_run = auto_run
        self._ascii_only = ascii_only
        self._watch = watch
        self._session: Session | None = None
        self._report = RunReport()

    def run(self) -> RunReport:
        """Run one session, from serverVersion to closeConnection."""
        self._report = report = RunReport()
        try:
            self._run()
        except _Ended:
            pass
        finally:
            self._session = None
            self._wire.close()
        return report

    def disturb(self, name: str) -> Status | None:
        """Let the plan disturb QuickBooks before a request (``execute.Interference``)."""
        for fault in self._faults.hit("request", name):
            if fault.do == "status":
                return fault.answer
            if fault.do == "die":
                # assumption: facts A4 - the code a Web Connector gets when QuickBooks dies was not found.
                raise HResultError(fault.hresult, fault.message)
            self._happen(fault)
        return None

    def _run(self) -> None:
        self._say(f"Server version: {self._text('serverVersion', {})}")
        self._check_version(self._text("clientVersion", {"strVersion": self._version}))
        ticket, wanted = self._authenticate()
        self._open(ticket, wanted)
        first = True
        while True:
            request = self._text("sendRequestXML", self._request_parameters(ticket, first=first))
            if first and not request:
                # facts A3: some Web Connectors do, and nobody learns what getLastError would have said.
                self._fail("QBWC1041: Object reference not set to an instance of an object.")
            first = False
            if request and request.casefold() != "noop":
                if self._exchange(ticket, request):
                    break
                continue
            error = self._text("getLastError", {"ticket": ticket})
            if error.casefold() == "noop":
                time.sleep(self._noop_wait)
                continue
            if error:
                # "Interactive mode" ends here as well: nobody sits in front of a simulator.
                self._close(ticket, RunEnd.ERROR, error)
            break
        self._close(ticket, RunEnd.FINISHED)

    def _check_version(self, answer: str) -> None:
        """Heed clientVersion's answer; an unknown form is QBWC1046 (facts A3)."""
        if not answer:
            return
        kind, colon, text = answer.partition(":")
        if not colon or kind not in {"W", "E", "O"}:
            self._fail(f"QBWC1046: clientVersion answered {answer!r}, which is neither W:, E: nor O:")
        if kind == "W":
            self._say(text)
        elif kind == "E":
            self._fail(text)
        else:
            self._fail(f"The server asks for version {text} of the Web Connector")

    def _authenticate(self) -> tuple[str, str]:
        """Log in; give the ticket and the company file that is wanted."""
        members = self._call("authenticate", {"strUserName": self._user, "strPassword": self._password})
        ticket, answer, *waits = members if isinstance(members, list) else ("", members)
        postpone, minimum = (self._seconds(waits[place]) if len(waits) > place else None for place in (0, 1))
        self._report.minimum_interval = minimum
        word = answer.casefold()
        ends = {"none": RunEnd.NONE, "nvu": RunEnd.NVU, "busy": RunEnd.BUSY}
        if postpone is not None:
            self._report.postponed = postpone
            self._close(ticket, RunEnd.POSTPONED)
        if word in ends:
            self._close(ticket, ends[word])
        return ticket, answer

    def _seconds(self, text: str) -> int | None:
        """Read authRet[2] or [3]; without Auto-Run they say nothing (facts A3)."""
        return int(text) if self._auto_run and re.fullmatch(r"[1-9][0-9]*", text.strip()) else None

    def _open(self, ticket: str, wanted: str) -> None:
        """Open QuickBooks; when it cannot be, ask the server what to do (facts A3)."""
        for _ in range(3):
            try:
                self._begin_session(wanted)
            except HResultError as error:
                self._say(f"QBWC1013: {error.hresult} {error.message}")
                parameters = {"ticket": ticket, "hresult": error.hresult, "message": error.message}
                wanted = self._text("connectionError", parameters)
                if wanted.casefold() == "done":
                    self._report.last_error = error.message
                    self._close(ticket, RunEnd.ERROR, error.message)
            else:
                return
        self._close(ticket, RunEnd.ERROR, "QuickBooks cannot be opened, and the server goes on asking for it")

    def _begin_session(self, wanted: str) -> None:
        for attempt in range(1, _BINDING + 1):
            try:
                for fault in self._faults.hit("open"):
                    if fault.do == "hresult":
                        raise HResultError(fault.hresult, fault.message)
                    self._happen(fault)
                if wanted and wanted.casefold() != self._file.casefold():
                    raise HResultError("0x8004040A")
            except HResultError:
                if attempt == _BINDING:
                    raise
            else:
                break
        self._session = Session(
            self._company, self._application, ascii_only=self._ascii_only, interference=self
        )

    @property
    def _file(self) -> str:
        return str(self._company.setting("file"))

    def _request_parameters(self, ticket: str, *, first: bool) -> dict[str, str]:
        host = self._company.get("host")
        major, _, minor = host["SupportedQBXMLVersion"][-1].partition(".")
        hello = Session(self._company, self._application).process(hcp(self._owner_id)) if first else ""
        return {
            "ticket": ticket,
            "strHCPResponse": hello,
            "strCompanyFileName": self._file,
            "qbXMLCountry": host["Country"],
            "qbXMLMajorVers": major,
            "qbXMLMinorVers": minor,
        }

    def _exchange(self, ticket: str, request: str) -> bool:
        """Give QuickBooks a message set and the server its answer; tell whether the run is done."""
        response, hresult, message = "", "", ""
        self._report.message_sets += 1
        try:
            self._work("before process")
            if self._session is None:
                # assumption: facts A4 - what a call gets after QuickBooks was closed under it was not found.
                raise HResultError("0x8004040D")
            response = self._session.process(request)
            self._work("after process")
        except HResultError as error:
            response, hresult, message = "", error.hresult, error.message
            self._say(f"{hresult} {message}")
        parameters = {"ticket": ticket, "response": response, "hresult": hresult, "message": message}
        answer = self._text("receiveResponseXML", parameters)
        if not re.fullmatch(r"-?[0-9]+", answer.strip()):
            self._fail(f"QBWC1042: receiveResponseXML answered {answer!r}, which is no number")
        percent = int(answer)
        self._report.percents.append(percent)
        if percent < 0:
            self._close(ticket, RunEnd.ERROR, self._text("getLastError", {"ticket": ticket}))
        return percent >= 100

    def _work(self, point: str) -> None:
        for fault in self._faults.hit(point):
            if fault.do == "hresult":
                raise HResultError(fault.hresult, fault.message)
            self._happen(fault)

    def _close(self, ticket: str, outcome: RunEnd, error: str = "") -> NoReturn:
        """Say good-bye and end the run."""
        self._report.last_error = error or self._report.last_error
        if error:
            self._say(error)
        if ticket:
            self._report.status = self._text("closeConnection", {"ticket": ticket})
        self._report.outcome = outcome
        raise _Ended

    def _fail(self, sentence: str) -> NoReturn:
        self._report.last_error = sentence
        self._say(sentence)
        raise _Ended

    def _say(self, sentence: str) -> None:
        self._report.messages.append(sentence)

    def _text(self, operation: str, parameters: dict[str, str]) -> str:
        answer = self._call(operation, parameters)
        return answer if isinstance(answer, str) else ""

    def _call(self, operation: str, parameters: dict[str, str]) -> str | list[str]:
        """Call the server, with what the plan has in store around it."""
        self._around(f"before {operation}")
        sent = {fault.do for fault in self._faults.hit(f"sent {operation}")}
        hang_up = "cut" in sent
        lose = bool(self._faults.hit(f"reply {operation}"))
        start = time.monotonic()
        try:
            if "repeat" in sent:
                with suppress(WireError, SoapError):
                    self._wire.call(operation, parameters)
            answer = self._wire.call(operation, parameters, hang_up=hang_up, lose_reply=lose)
        except (WireError, SoapError) as error:
            self._note(operation, start, str(error))
            what = "a SOAP fault" if isinstance(error, SoapFaultError) else "an error"
            code = _CODES.get(operation)
            self._fail(f"{f'{code}: ' if code else ''}{operation} ended in {what}: {error}")
        self._note(operation, start, answer if isinstance(answer, str) else " ".join(answer[1:]))
        self._around(f"after {operation}")
        return answer

    def _note(self, operation: str, start: float, result: str) -> None:
        call = CallReport(operation, time.monotonic() - start, result[:200])
        self._report.calls.append(call)
        if self._watch:
            self._watch(call)

    def _around(self, point: str) -> None:
        for fault in self._faults.hit(point):
            if fault.do == "cut":
                self._wire.close()
                self._fail(f"The connection was cut {point}, by the plan of faults")
            self._happen(fault)

    def _happen(self, fault: Fault) -> None:
        """Do what a plan says, wherever it may be done."""
        if fault.do == "kill":
            if sys.platform != "win32":
                os.kill(os.getpid(), signal.SIGKILL)
            os._exit(137)
        elif fault.do == "wait":
            time.sleep(fault.seconds)
        elif fault.do == "close":
            self._session = None
        elif fault.do == "backup":
            self._company.backup(fault.path)
        elif fault.do == "restore":
            self._company.restore(fault.path)
        elif fault.do == "duplicate":
            self._duplicate()
        else:
            self._report.outcome = RunEnd.STOPPED
            raise _Ended

    def _duplicate(self) -> None:
        """Log in a second time beside this session, as a second computer would."""
        with closing(self._second_wire) as wire:
            try:
                answer = wire.call("authenticate", {"strUserName": self._user, "strPassword": self._password})
            except (WireError, SoapError) as error:
                answer = str(error)
        self._say(f"A second session was answered {answer[1] if isinstance(answer, list) else answer!r}")
