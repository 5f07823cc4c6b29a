"""Every hook of the contract is called by real work: one plugin that has them all lives through all of it."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from qbferry import (
    AnyRecord,
    Cleared,
    Connector,
    Document,
    Entity,
    Event,
    Extension,
    Fetched,
    Lists,
    Names,
    News,
    Noted,
    Outcome,
    Poll,
    Record,
    Reference,
    Request,
    Response,
    Skip,
    Source,
    State,
    Storage,
    Summary,
    Target,
    hookimpl,
    mirror,
)
from qbferry.app import asgi, build
from qbferry.cli import cli
from qbferry.config import PluginSettings, Settings
from qbferry.desk import numbers, readiness
from qbferry.intake import read, take_in
from qbferry.plugin.discovery import GROUP
from qbferry.plugin.manager import assemble
from qbferry.plugin.registry import HOOKS
from qbferry.proof.databases import Databases, Sqlite
from qbferry.testing.audit import audit
from qbferry.testing.installation import Installation

from .restored import at_desk

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    import jinja2
    import typer

    from .conftest import Backup

CUSTOMER = Target(label="customer", kinds=("Customer",), remedy="Create it.")

TEMPLATE = """
<InvoiceAdd>
  {{ ref("CustomerRef", customer) }}
  {{ el("Memo", memo | shouted) }}
  {{ el("ExternalGUID", marker) }}
  {% call group("InvoiceLineAdd") %}
    {{ ref("ItemRef", "Labor:Remote") }}
    {{ el("Amount", total | amount) }}
  {% endcall %}
</InvoiceAdd>
"""


class Parcel(Document):
    customer: str
    total: str = "10.00"
    memo: str = ""


class Sending(State):
    number: str = ""


class Everything:
    """Owns parcels, which become invoices, and has an implementation of every hook.

    Attributes:
        called: The hooks that were called, in their order, each as often as it was.
        folder: Where its templates are.
    """

    def __init__(self) -> None:
        self.called: list[str] = []
        self.folder: Any = None

    @hookimpl
    def entities(self) -> Iterable[Entity]:
        self.called.append("entities")
        return [
            Entity(
                name="parcel",
                label="Parcel",
                plural="Parcels",
                document=Parcel,
                state=Sending,
                summary=lambda parcel: Summary(party=parcel.customer),
                requests=("InvoiceAdd",),
                targets=(CUSTOMER,),
                templates=self.folder,
            )
        ]

    @hookimpl
    def extensions(self) -> Iterable[Extension]:
        self.called.append("extensions")
        return [Extension(entity="parcel", fields={"x_weight": (str | None, None)})]

    @hookimpl
    def sources(self) -> Iterable[Source]:
        self.called.append("sources")
        return [Source(name="depot", entity="parcel", fetch=lambda _: Fetched(documents=[], cursor="1"))]

    @hookimpl
    def polls(self, connector: Connector) -> Iterable[Poll]:
        self.called.append("polls")
        return [mirror("Customer")]

    @hookimpl
    def prepare_environment(self, env: jinja2.Environment) -> None:
        self.called.append("prepare_environment")
        env.filters["shouted"] = lambda text: f"{text.upper()}!"

    @hookimpl
    def register_commands(self, cli: typer.Typer) -> None:
        self.called.append("register_commands")
        cli.command("parcels")(lambda: print("Parcels are carried."))

    @hookimpl
    def observe(self, event: Event) -> None:
        self.called.append("observe")

    @hookimpl
    def startup(self, storage: Storage) -> None:
        self.called.append("startup")

    @hookimpl
    def shutdown(self) -> None:
        self.called.append("shutdown")

    @hookimpl
    def check_eligibility(self, entity: Entity, record: AnyRecord, connector: Connector) -> Skip | None:
        self.called.append("check_eligibility")
        return None

    @hookimpl
    def check_retransfer(self, entity: Entity, record: AnyRecord) -> str:
        self.called.append("check_retransfer")
        return ""

    @hookimpl
    def clear_number(self, entity: Entity, record: Record[Parcel, Sending]) -> Cleared:
        self.called.append("clear_number")
        record.state = Sending()
        return Cleared()

    @hookimpl
    def check_change(self, entity: Entity, record: AnyRecord, previous: Parcel) -> Noted:
        self.called.append("check_change")
        return Noted()

    @hookimpl
    def references(
        self, entity: Entity, record: Record[Parcel, Sending], connector: Connector
    ) -> list[Reference]:
        self.called.append("references")
        return [Reference(at="customer", target=CUSTOMER, name=record.document.customer)]

    @hookimpl
    def build_requests(
        self,
        entity: Entity,
        record: Record[Parcel, Sending],
        connector: Connector,
        lists: Lists,
        names: Names,
    ) -> Iterable[Request] | Skip:
        self.called.append("build_requests")
        if lists.find("Customer", record.document.customer) is None:
            return Skip("No such customer.")
        fields = {
            "customer": names["customer"],
            "total": record.document.total,
            "memo": record.document.memo,
        }
        return [Request(key="parcel", name="InvoiceAdd", fields=fields)]

    @hookimpl
    def possible_keys(self, entity: Entity, record: Record[Parcel, Sending]) -> Iterable[str]:
        self.called.append("possible_keys")
        return ["parcel"]

    @hookimpl
    def render_request(self, entity: Entity, request: Request) -> None:
        self.called.append("render_request")

    @hookimpl
    def check_request(self, entity: Entity, request: Request, xml: str, connector: Connector) -> list[str]:
        self.called.append("check_request")
        return []

    @hookimpl
    def handle_response(
        self, entity: Entity, record: Record[Parcel, Sending], request: Request, response: Response
    ) -> None:
        self.called.append("handle_response")
        record.state = record.state.replace(number=response.text("InvoiceRet/RefNumber") or "")

    @hookimpl
    def after_transfer(self, entity: Entity, record: AnyRecord, outcomes: Sequence[Outcome]) -> None:
        self.called.append("after_transfer")

    @hookimpl
    def forget(self, entity: Entity, record: Record[Parcel, Sending], lost: Mapping[str, str]) -> None:
        self.called.append("forget")
        record.state = Sending()

    @hookimpl
    def update_source(self, entity: Entity, record: AnyRecord, news: News, storage: Storage) -> None:
        self.called.append("update_source")


PLUGIN = Everything()
"""What the entry point of the test leads to."""

PARCEL = {"id": "P-1", "customer": "acme corp", "memo": "handle with care"}


@pytest.fixture
def databases() -> Databases:
    """A file is enough."""
    return Sqlite()


@pytest.fixture
def plugin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Everything:
    """The plugin, installed like any other."""
    info = tmp_path / "site" / "qbferry_everything-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: qbferry_everything\nVersion: 1.0\n", "utf-8")
    (info / "entry_points.txt").write_text(f"[{GROUP}]\neverything = {__name__}:PLUGIN\n", "utf-8")
    monkeypatch.syspath_prepend(tmp_path / "site")
    templates = tmp_path / "templates"
    templates.mkdir()
    (templates / "InvoiceAdd.xml.j2").write_text(TEMPLATE, "utf-8")
    PLUGIN.called.clear()
    PLUGIN.folder = templates
    return PLUGIN


@pytest.fixture
def world(tmp_path: Path, plugin: Everything) -> Any:
    with Installation(tmp_path, plugins=assemble(PluginSettings(enabled=["everything"]))) as installation:
        yield installation
        audit(installation)


def serve(world: Installation, plugin: Everything) -> None:
    """Let a server live until the outbox is empty."""

    async def live() -> None:
        url = str(world.database.engine.url)
        server = asgi(build(Settings(database_url=url, plugins=PluginSettings(enabled=["everything"]))))
        events, said = asyncio.Queue[Any](), asyncio.Queue[Any]()
        life = asyncio.ensure_future(server({"type": "lifespan", "asgi": {}}, events.get, said.put))
        await events.put({"type": "lifespan.startup"})
        assert await said.get() == {"type": "lifespan.startup.complete"}
        for _ in range(500):
            await asyncio.sleep(0.02)
            with world.database.read() as tx:
                if not tx.outbox.waiting():
                    break
        await events.put({"type": "lifespan.shutdown"})
        await life

    asyncio.run(live())


def test_every_hook_is_called_by_real_work(
    backed_up: Backup,
    world: Installation,
    plugin: Everything,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # It is imported, set ready and carried.
    entity = world.plugins.entities["parcel"]
    with at_desk(world, "parcel") as drawer:
        take_in(drawer, read(entity, [json.dumps(PARCEL)]), ready=True)
    world.company.backup(tmp_path / "backup.sqlite3")
    world.run()
    assert world.statuses("parcel") == {"P-1": "Transferred"}
    [there] = world.company.transactions("Invoice")
    assert there["Memo"] == "HANDLE WITH CARE!", "the template has used the plugin's filter"
    assert world.record("parcel", "P-1").state == {"number": there["RefNumber"]}

    # QuickBooks loses it with a restored backup, and gets it again.
    world.company.restore(tmp_path / "backup.sqlite3")
    with at_desk(world, "parcel") as drawer:
        take_in(drawer, read(entity, [json.dumps({**PARCEL, "id": "P-2"})]), ready=True)
    world.run()
    assert set(world.statuses("parcel").values()) == {"Transferred"}

    # The database is restored from a backup, and finds again what QuickBooks has.
    with at_desk(world, "parcel") as drawer:
        take_in(drawer, read(entity, [json.dumps({**PARCEL, "id": "P-3"})]), ready=True)
    restore = backed_up(world)
    world.run()
    restore()
    world.run()
    assert set(world.statuses("parcel").values()) == {"Transferred"}
    assert len(world.company.transactions("Invoice")) == 3

    # Its source changes it, and a person sends one again and clears the number of the other.
    with at_desk(world, "parcel") as drawer:
        take_in(drawer, read(entity, [json.dumps({**PARCEL, "memo": "too late"})]))
        list(readiness.set_ready(drawer, drawer.find(["P-2"])))
        list(numbers.clear(drawer, drawer.find(["P-1"])))
    assert world.record("parcel", "P-1").state == {}

    # A server starts, tells the outside world what is due, and ends.
    monkeypatch.setattr("qbferry.app.OUTBOX_PAUSE", 0.01)
    serve(world, plugin)

    # A person asks for its command.
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("QBFERRY_PLUGINS__ENABLED", '["everything"]')
    assert CliRunner().invoke(cli, ["parcels"]).output == "Parcels are carried.\n"

    assert set(plugin.called) == set(HOOKS)
    first = {hook: plugin.called.index(hook) for hook in HOOKS}
    life = [
        *(
            "entities",
            "extensions",
            "prepare_environment",
            "sources",
            "polls",
            "check_eligibility",
            "observe",
        ),
        *(
            "references",
            "build_requests",
            "render_request",
            "check_request",
            "handle_response",
            "after_transfer",
        ),
        *("forget", "possible_keys", "check_change", "check_retransfer", "clear_number"),
        *("startup", "update_source", "shutdown", "register_commands"),
    ]
    assert sorted(first, key=first.__getitem__) == life
    with world.database.read() as tx:
        assert tx.outbox.waiting() == []
