"""Each recipe of docs/cookbook.md does what it says, in a whole run where it takes one."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, ClassVar

import pytest

from qbferry import Connector, QbferryError, Skip
from qbferry.desk import readiness
from qbferry.desk.drawer import Drawer
from qbferry.plugin.manager import Plugins
from qbferry.sources import Reader
from qbferry.testing import FixedLists, build, make_record
from qbferry.testing.installation import Installation
from qbferry.transfer import outbox
from qbferry_invoices import settings
from qbferry_invoices.plugin import Invoices

from .pages import ROOT, blocks

if TYPE_CHECKING:
    from pathlib import Path

INVOICE = {
    "id": "I-1",
    "organization": "Acme Corp",
    "invoice_date": "2026-10-31",
    "memo": "October",
    "lines": [{"item": "Labor", "amount": "300.00"}],
}


@pytest.fixture(scope="module")
def recipes() -> dict[str, Any]:
    names: dict[str, Any] = {"__name__": "cookbook"}
    for code in blocks((ROOT / "docs/cookbook.md").read_text("utf-8"), "python"):
        exec(compile(code, "docs/cookbook.md", "exec", dont_inherit=True), names)
    return names


def invoices(*policies: object, **options: Any) -> Plugins:
    own = Invoices(settings.Settings(**options))
    return Plugins({"invoices": own} | {f"policy{n}": policy for n, policy in enumerate(policies)})


def installation(folder: Path, plugins: Plugins) -> Installation:
    return Installation(folder, plugins=plugins)


def rendered(plugins: Plugins, **changes: Any) -> str:
    entity = plugins.entities["invoice"]
    record = make_record(entity, INVOICE | changes)
    built = build(plugins, entity, record, Connector(id=1, name="c"), FixedLists())
    assert not isinstance(built, Skip)
    return plugins.render_request(entity, built[0])


def test_a_shift_is_a_request_a_day_and_only_what_failed_goes_again(
    recipes: dict[str, Any], tmp_path: Path
) -> None:
    days = [
        {"id": "a", "date": "2026-10-30", "minutes": 450},
        {"id": "b", "date": "2020-12-31", "minutes": 60},
    ]
    with installation(tmp_path, Plugins({"shifts": recipes["Shifts"]()})) as office:
        office.put("shift", {"id": "S-1", "worker": "Ann Smith", "days": days})
        office.run()
        assert office.record("shift", "S-1").transfer_status == "Pending/Failed"
        assert "2020-12-31" in str(office.record("shift", "S-1").reason)
        assert len(office.company.transactions("TimeTracking")) == 1
        office.run()
        assert [one["Duration"] for one in office.company.transactions("TimeTracking")] == ["PT7H30M"]


def test_a_call_asks_for_the_number_before_it_says_it(recipes: dict[str, Any], tmp_path: Path) -> None:
    with installation(tmp_path, Plugins({"calls": recipes["Calls"]()})) as office:
        office.put("call", {"id": "C-1", "customer": "Acme Corp"})
        messages: list[str] = []
        office.run(watch=messages.append)
        assert office.record("call", "C-1").transfer_status == "Transferred", office.record(
            "call", "C-1"
        ).reason
        assert any("CustomerQueryRq" in message for message in messages)
        (entry,) = office.company.entries("ToDo")
        assert entry["Notes"].startswith("Call Acme Corp: ")


def test_every_memo_is_stamped_and_one_that_grows_too_long_is_refused(recipes: dict[str, Any]) -> None:
    plugins = invoices(recipes["Stamp"](), memo=True)
    assert "<Memo>October (sent by qbferry)</Memo>" in rendered(plugins)
    xml = rendered(plugins, memo="x" * 4095)
    entity = plugins.entities["invoice"]
    record = make_record(entity, INVOICE)
    built = build(plugins, entity, record, Connector(id=1, name="c"), FixedLists())
    assert not isinstance(built, Skip)
    (problem,) = plugins.check_request(entity, built[0], xml, Connector(id=1, name="c"))
    assert "Memo is too long" in problem


def test_what_a_built_in_kind_sends_is_changed(recipes: dict[str, Any]) -> None:
    assert "<Memo>Managed services</Memo>" in rendered(invoices(recipes["InvoicesToClass"](), memo=True))


def test_a_refusal_is_written_once_however_often_it_is_told(
    recipes: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recipes["Refusals"], "folder", tmp_path / "refusals")
    with installation(tmp_path, invoices(recipes["Refusals"]())) as office:
        office.put("invoice", INVOICE | {"invoice_date": "2020-12-31"})  # before the closing date
        office.run()
        for _ in range(2):
            outbox.deliver(office.database, office.plugins)
        (file,) = (tmp_path / "refusals").iterdir()
        assert "closing date" in file.read_text("utf-8")


def test_what_is_too_much_is_held(recipes: dict[str, Any]) -> None:
    plugins = invoices(recipes["Cap"]())
    entity = plugins.entities["invoice"]
    here = Connector(id=1, name="c")
    assert plugins.check_eligibility(entity, make_record(entity, INVOICE), here) is None
    much = make_record(entity, INVOICE | {"lines": [{"item": "Labor", "amount": "10000.01"}]})
    veto = plugins.check_eligibility(entity, much, here)
    assert veto is not None
    assert veto.reason == "Invoice I-1 is over 10000.01; what is over 10000.00 is sent by hand."


def test_tryfirst_comes_before_the_owner(recipes: dict[str, Any]) -> None:
    plugins = invoices(recipes["Once"]())
    entity = plugins.entities["invoice"]
    answer = plugins.check_retransfer(entity, make_record(entity, INVOICE, transfer_count=1))
    assert isinstance(answer, Skip)
    assert "nothing is sent twice" in answer.reason


def test_several_functions_serve_one_hook_and_one_of_tomorrow_stops_nothing(recipes: dict[str, Any]) -> None:
    plugins = invoices(recipes["Batched"]())
    entity = plugins.entities["invoice"]
    here = Connector(id=1, name="c")
    veto = plugins.check_eligibility(entity, make_record(entity, INVOICE), here)
    assert veto is not None
    assert veto.reason == "Invoice I-1 belongs to no batch."
    assert plugins.check_eligibility(entity, make_record(entity, INVOICE | {"batch": "1"}), here) is None


class _TicketSystem(BaseHTTPRequestHandler):
    """Two pages of unposted invoices, and what it is told of them."""

    posted: ClassVar[dict[str, str]] = {}

    def do_GET(self) -> None:
        after = int(self.path.rpartition("=")[2])
        line = {"code": "Labor~Remote", "hours": 2.5, "price": "300.00"}
        row = {"id": after + 1, "customer": "Acme Corp", "date": "2026-10-31", "lines": [line]}
        self.answer({"rows": [row] if after < 2 else [], "next": min(after + 1, 2), "more": after < 1})

    def do_PUT(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.posted[self.path] = body["number"]
        self.answer({})

    def answer(self, body: object) -> None:
        data = json.dumps(body).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: object) -> None:
        pass


def test_another_system_is_read_and_told(recipes: dict[str, Any], tmp_path: Path) -> None:
    plugin = recipes["Tickets"]()
    with ThreadingHTTPServer(("127.0.0.1", 0), _TicketSystem) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        plugin.address = f"http://127.0.0.1:{server.server_address[1]}"
        with installation(tmp_path, invoices(plugin)) as world:
            reader = Reader(world.database, world.plugins, "continue")
            assert reader.run("tickets.invoices").created == 2
            assert reader.run("tickets.invoices").documents == 0, "only what is new"
            with (
                world.database.write() as tx,
                Drawer.open(tx, world.plugins, "invoice", None, "continue", lock=True) as drawer,
            ):
                [*_] = readiness.set_ready(drawer, drawer.find(["1", "2"]), None)
            world.run()
            while outbox.deliver(world.database, world.plugins):
                pass
            assert _TicketSystem.posted == {"/invoices/1/posted": "1", "/invoices/2/posted": "2"}
        server.shutdown()
    with pytest.raises(QbferryError, match="The ticket system cannot be asked"):
        plugin.fetch(None)
