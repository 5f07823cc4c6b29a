"""Faults happen where and when a plan says (facts F4)."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from qbferry.errors import InputError
from qbferry.simulator import CompanyFile, Fault, Faults, RunEnd, WebConnector

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from qbferry.simulator import RunReport


@pytest.fixture
def run(server: Any, company: CompanyFile) -> Callable[..., RunReport]:
    def run(*faults: Fault, **options: Any) -> RunReport:
        plan = Faults(faults)
        return WebConnector(server.url, "acme", "secret", company, faults=plan, noop_wait=0, **options).run()

    return run


@pytest.fixture
def three_invoices(server: Any, quickbooks: Any) -> str:
    requests = [quickbooks.invoice(rid=str(number)) for number in (1, 2, 3)]
    text: str = quickbooks.message(*requests, on_error="stopOnError", newMessageSetID="A")
    server.script["sendRequestXML"] = [text]
    return text


def received(server: Any) -> dict[str, str]:
    answers = [parameters for operation, parameters in server.calls if operation == "receiveResponseXML"]
    return answers[-1] if answers else {}


def test_a_connection_cut_before_a_call_never_reaches_the_server(
    server: Any, run: Callable[..., RunReport], three_invoices: str, company: CompanyFile
) -> None:
    report = run(Fault(at="before receiveResponseXML", do="cut"))
    assert report.outcome is RunEnd.ERROR
    assert "receiveResponseXML" not in server.operations
    assert len(company.transactions("Invoice")) == 3


def test_a_lost_reply_leaves_the_server_believing(
    server: Any, run: Callable[..., RunReport], three_invoices: str
) -> None:
    report = run(Fault(at="reply receiveResponseXML", do="cut"))
    assert report.outcome is RunEnd.ERROR
    assert report.last_error.startswith("QBWC1042")
    assert server.operations[-1] == "receiveResponseXML"
    assert report.percents == []


@pytest.mark.parametrize("call", ["serverVersion", "authenticate", "sendRequestXML", "closeConnection"])
def test_every_call_can_lose_its_reply(
    server: Any, run: Callable[..., RunReport], three_invoices: str, call: str
) -> None:
    assert run(Fault(at=f"reply {call}", do="cut")).outcome is RunEnd.ERROR
    assert server.operations[-1] == call


def test_the_nth_occurrence_of_any_call(server: Any, run: Callable[..., RunReport]) -> None:
    assert run(Fault(at="after any", do="stop", nth=3)).outcome is RunEnd.STOPPED
    assert server.operations == ["serverVersion", "clientVersion", "authenticate"]


def test_quickbooks_dies_inside_a_message_set(
    server: Any, run: Callable[..., RunReport], three_invoices: str, company: CompanyFile, quickbooks: Any
) -> None:
    run(Fault(at="request", do="die", nth=3))
    assert len(company.transactions("Invoice")) == 2
    assert received(server)["hresult"] == "0x80040402"
    asked = quickbooks.say(quickbooks.message(newMessageSetID="A", oldMessageSetID="A"))
    assert asked.get("messageSetStatusCode") == "9002"


def test_an_answer_is_stored_although_the_web_connector_stops(
    server: Any, run: Callable[..., RunReport], three_invoices: str, company: CompanyFile
) -> None:
    assert run(Fault(at="after process", do="stop")).outcome is RunEnd.STOPPED
    assert "receiveResponseXML" not in server.operations
    server.script["sendRequestXML"] = [three_invoices]
    run(application="acme")
    assert len(company.transactions("Invoice")) == 3
    assert received(server)["response"].count('statusCode="0"') == 3


def test_quickbooks_answers_with_an_hresult_and_executes_nothing(
    server: Any, run: Callable[..., RunReport], three_invoices: str, company: CompanyFile
) -> None:
    run(Fault(at="before process", do="hresult", hresult="0x80040400"))
    assert received(server)["hresult"] == "0x80040400"
    assert company.transactions("Invoice") == []


def test_an_hresult_after_the_work_is_done(
    server: Any, run: Callable[..., RunReport], three_invoices: str, company: CompanyFile
) -> None:
    run(Fault(at="after process", do="hresult"))
    assert received(server)["response"] == ""
    assert len(company.transactions("Invoice")) == 3


def test_one_request_meets_a_lock_and_the_rest_is_not_processed(
    server: Any, run: Callable[..., RunReport], three_invoices: str, company: CompanyFile
) -> None:
    run(Fault(at="request", do="status", request="InvoiceAdd", nth=2))
    answer = received(server)["response"]
    assert [answer.count(f'statusCode="{code}"') for code in (0, 3175, 3231)] == [1, 1, 1]
    assert "The transaction could not be locked.  It is in use by another user." in answer
    assert len(company.transactions("Invoice")) == 1


@pytest.mark.parametrize(
    ("code", "severity"),
    [(3200, "Error"), (3140, "Error"), (570, "Warn"), (500, "Warn"), (1, "Info"), (9999, "Error")],
)
def test_any_status_can_be_had(
    server: Any, run: Callable[..., RunReport], three_invoices: str, code: int, severity: str
) -> None:
    run(Fault(at="request", do="status", code=code))
    assert f'statusCode="{code}" statusSeverity="{severity}"' in received(server)["response"]


def test_quickbooks_closed_between_two_calls(
    server: Any, run: Callable[..., RunReport], three_invoices: str, company: CompanyFile
) -> None:
    run(Fault(at="after sendRequestXML", do="close"))
    assert received(server)["hresult"] == "0x8004040D"
    assert company.transactions("Invoice") == []


def test_the_company_file_comes_back_from_a_backup(
    server: Any, run: Callable[..., RunReport], three_invoices: str, company: CompanyFile, tmp_path: Path
) -> None:
    backup = str(tmp_path / "backup.qbsim")
    run(
        Fault(at="before process", do="backup", path=backup),
        Fault(at="after receiveResponseXML", do="restore", path=backup),
    )
    assert company.transactions("Invoice") == []


def test_a_second_session_logs_in_beside_the_first(server: Any, run: Callable[..., RunReport]) -> None:
    server.script["authenticate"] = [["ticket", ""], ["", "busy"]]
    report = run(Fault(at="before sendRequestXML", do="duplicate"))
    assert report.outcome is RunEnd.FINISHED
    assert "A second session was answered 'busy'" in report.messages
    assert server.operations.count("authenticate") == 2


def test_a_delay(server: Any, run: Callable[..., RunReport], three_invoices: str) -> None:
    report = run(Fault(at="before process", do="wait", seconds=0.2))
    assert report.outcome is RunEnd.FINISHED


KILLED = """
import sys
from qbferry.simulator import CompanyFile, Fault, Faults, WebConnector
company = CompanyFile.open(sys.argv[1])
plan = Faults([Fault(at="request", do="kill", nth=3)])
WebConnector(sys.argv[2], "acme", "secret", company, faults=plan).run()
"""


def test_a_killed_process_leaves_whole_transactions(
    server: Any, three_invoices: str, company: CompanyFile, quickbooks: Any
) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", KILLED, str(company.path), server.url], check=False, timeout=600
    )
    assert ended.returncode in (-9, 137)  # by a signal, or on Windows
    assert "receiveResponseXML" not in server.operations
    assert [invoice["RefNumber"] for invoice in company.transactions("Invoice")] == ["1", "2"]
    assert quickbooks.ask(quickbooks.invoice()).findtext("InvoiceRet/RefNumber") == "3"


def test_a_plan_is_read_from_toml_or_json(tmp_path: Path) -> None:
    toml, listed = tmp_path / "plan.toml", tmp_path / "plan.json"
    toml.write_text('[[fault]]\nat = "reply any"\ndo = "cut"\nnth = 2\n', encoding="utf-8")
    listed.write_text(json.dumps([{"at": "reply any", "do": "cut", "nth": 2}]), encoding="utf-8")
    for path in (toml, listed):
        plan = Faults.read(path)
        assert plan.hit("reply authenticate") == []
        assert [fault.do for fault in plan.hit("reply sendRequestXML")] == ["cut"]
        assert plan.hit("reply sendRequestXML") == []


@pytest.mark.parametrize(
    ("plan", "words"),
    [
        ('[{"at": "noon", "do": "cut"}]', 'no point "noon"'),
        ('[{"at": "open", "do": "cut"}]', "cannot cut"),
        ('[{"at": "open"}]', '"at" and "do"'),
        ('[{"at": "open", "do": "wait", "when": 1}]', "unknown members: when"),
        ('[{"at": "open", "do": "wait", "nth": 0}]', "nth from 1"),
        ('[{"at": "open", "do": "backup"}]', "needs a path"),
        ("{}", "must be a list"),
        ("[", "not well-formed"),
    ],
)
def test_a_plan_that_makes_no_sense_is_refused_with_a_sentence(tmp_path: Path, plan: str, words: str) -> None:
    path = tmp_path / "plan.json"
    path.write_text(plan, encoding="utf-8")
    with pytest.raises(InputError, match=words):
        Faults.read(path)


def test_a_plan_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"none\.toml cannot be read"):
        Faults.read(tmp_path / "none.toml")
