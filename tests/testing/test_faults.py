"""Faults that would double or lose a record, planted one by one: each is noticed, and said what to mend.

The right plugin stands beside: ``Right`` and what holds for it is the first test.
"""

from __future__ import annotations

import contextlib
import socket
import sqlite3
import time
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar
from xml.sax.saxutils import escape

import pytest
from pydantic import BaseModel, ConfigDict, Field

from qbferry import (
    Document,
    Entity,
    Money,
    PluginError,
    RenderError,
    Request,
    Sent,
    Skip,
    Summary,
    hookimpl,
)
from qbferry.errors import HookError
from qbferry.plugin.manager import Plugins
from qbferry.testing import EntityContract
from qbferry.testing.shipped import faults_of_migrations

if TYPE_CHECKING:
    from collections.abc import Iterable


class Line(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    item: str | None = Field(default=None, max_length=31)
    amount: Money


class Receipt(Document):
    customer: str = Field(min_length=1, max_length=41)
    day: date
    memo: str | None = Field(default=None, max_length=4095)
    lines: tuple[Line, ...]


SAMPLE: dict[str, Any] = {
    "id": "R-1",
    "customer": "Acme Corp",
    "day": "2026-10-31",
    "memo": "Counter",
    "lines": [{"item": "Labor", "amount": "12.50"}],
}


class Right:
    """A receipt as it should be."""

    class Settings(BaseModel):
        model_config = ConfigDict(extra="forbid")
        word: str = "sold"

    document: ClassVar[type[Document]] = Receipt

    def __init__(self, settings: Any) -> None:
        self.settings = settings

    @hookimpl
    def entities(self) -> list[Entity]:
        return [
            Entity(
                name="receipt",
                label="Receipt",
                plural="Receipts",
                document=self.document,
                summary=lambda one: Summary(party=one.customer, dated=one.day),
                requests=("SalesReceiptAdd",),
                templates=Path(__file__).parent,
            )
        ]

    @hookimpl
    def build_requests(self, record: Any, connector: Any, lists: Any) -> Iterable[Request] | Skip:
        return [Request(key=self.key(record), name="SalesReceiptAdd", fields=self.fields(record.document))]

    def key(self, record: Any) -> str:
        return "receipt"

    def fields(self, one: Any) -> dict[str, Any]:
        return {"customer": one.customer, "day": one.day, "memo": one.memo, "lines": one.lines}

    def ref(self, tag: str, name: str | None) -> str:
        return f"<{tag}><FullName>{escape(name)}</FullName></{tag}>" if name else ""

    def amount(self, value: Decimal) -> str:
        return f"{value:.2f}"

    @hookimpl
    def render_request(self, request: Request) -> str:
        field = request.fields
        memo = f"<Memo>{escape(str(field['memo']))}</Memo>" if self.says(field["memo"]) else ""
        lines = "".join(
            f"<SalesReceiptLineAdd>{self.ref('ItemRef', line.item)}"
            f"<Amount>{self.amount(line.amount)}</Amount></SalesReceiptLineAdd>"
            for line in field["lines"]
        )
        text = (
            f"<SalesReceiptAdd>{self.ref('CustomerRef', field['customer'])}<TxnDate>{field['day']}</TxnDate>"
            f"{memo}<ExternalGUID>{request.marker}</ExternalGUID>{lines}</SalesReceiptAdd>"
        )
        if "\x07" in text:
            raise RenderError("a text holds a character that XML cannot carry")
        return text.encode("ascii", "xmlcharrefreplace").decode()

    def says(self, memo: Any) -> bool:
        return memo is not None


class TestRight(EntityContract):
    """The right plugin holds everything."""

    plugin = Right
    samples = (SAMPLE, {**SAMPLE, "id": "R-2", "memo": None})


# -- The planted faults


class HashedKey(Right):
    def key(self, record: Any) -> str:
        return f"receipt:{hash(record.document.customer)}"


class KeyOfToday(Right):
    @hookimpl
    def build_requests(self, record: Any, connector: Any, lists: Any) -> Iterable[Request] | Skip:
        fields = self.fields(record.document)
        return [Request(key=f"receipt:{connector.today}", name="SalesReceiptAdd", fields=fields)]


class FieldOfNow(Right):
    def fields(self, one: Any) -> dict[str, Any]:
        return super().fields(one) | {"memo": f"Sent {datetime.now():%Y-%m-%d}"}  # noqa: DTZ005


class DateOfToday(Right):
    def fields(self, one: Any) -> dict[str, Any]:
        return super().fields(one) | {"day": date.today()}  # noqa: DTZ011


class CutName(Right):
    class Loose(Receipt):
        customer: str

    document = Loose

    def fields(self, one: Any) -> dict[str, Any]:
        return super().fields(one) | {"customer": one.customer[:41]}


class SaysNone(Right):
    def says(self, memo: Any) -> bool:
        return True


class EmptyReference(Right):
    def ref(self, tag: str, name: str | None) -> str:
        return f"<{tag}><FullName>{escape(name or '')}</FullName></{tag}>"


class Rounded(Right):
    class Loose(Receipt):
        class Line(Line):
            amount: Decimal

        lines: tuple[Line, ...]

    document = Loose


class OpenLines(Right):
    class Loose(Receipt):
        class Line(Line):
            model_config = ConfigDict(extra="ignore", frozen=True)

        lines: tuple[Line, ...]

    document = Loose


class OpenSettings(Right):
    class Settings(BaseModel):
        word: str = "sold"


class SomeErrorsAreFine(Right):
    @hookimpl
    def handle_response(self, response: Any) -> Sent | None:
        return Sent() if response.status_code == 3200 else None


class AnotherIdentity(Right):
    @hookimpl
    def handle_response(self, response: Any) -> Sent | None:
        return None if response.is_error else Sent(txn_id="99-1")


class SwallowedSkip(Right):
    @hookimpl
    def polls(self) -> list[Any]:
        from qbferry import mirror

        return [mirror("Customer")]

    @hookimpl
    def build_requests(self, record: Any, connector: Any, lists: Any) -> Iterable[Request] | Skip:
        if lists.known("Customer") and lists.find("Customer", record.document.customer) is None:
            return []
        return super().build_requests(record, connector, lists)


class NeverPolled(Right):
    @hookimpl
    def build_requests(self, record: Any, connector: Any, lists: Any) -> Iterable[Request] | Skip:
        if lists.known("Customer") and lists.find("Customer", record.document.customer) is None:
            return Skip("QuickBooks has no such customer.")
        return super().build_requests(record, connector, lists)


class Slow(Right):
    @hookimpl
    def check_eligibility(self) -> None:
        time.sleep(0.3)


class ReadsTheNetwork(Right):
    def fields(self, one: Any) -> dict[str, Any]:
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", 9), timeout=0.1).close()
        return super().fields(one)


class ReadsADatabase(Right):
    def fields(self, one: Any) -> dict[str, Any]:
        sqlite3.connect(":memory:").close()
        return super().fields(one)


class TellsTwice(Right):
    told: ClassVar[list[str]] = []

    @hookimpl
    def update_source(self, news: Any) -> None:
        self.told.append(str(news.kind))


class TellsOnce(Right):
    told: ClassVar[dict[str, str]] = {}

    @hookimpl
    def update_source(self, record: Any, news: Any) -> None:
        self.told[f"{record.pk} {news.kind} {news.at}"] = "told"


class Unmarked(Right):
    def check_request(self, xml: str) -> list[str]:
        return []


class Quick(EntityContract):
    plugin = Slow
    samples = (SAMPLE,)
    most_seconds = 0.2


class HashedKeyContract(EntityContract):
    plugin = HashedKey
    samples = (SAMPLE,)


def contract(plugin: type[Any], **more: Any) -> EntityContract:
    holder: EntityContract = type(
        "Contract", (EntityContract,), {"plugin": plugin, "samples": (SAMPLE,)} | more
    )()
    return holder


PLANTED: list[tuple[type[Any], str, str]] = [
    (KeyOfToday, "test_another_moment_gives_the_same_keys", "never of the time"),
    (
        FieldOfNow,
        "test_building_reads_no_clock_and_reaches_for_nothing",
        r"reads the clock \(now, test_faults.py",
    ),
    (
        DateOfToday,
        "test_building_reads_no_clock_and_reaches_for_nothing",
        r"the clock \(today.*connector.today",
    ),
    (ReadsTheNetwork, "test_building_reads_no_clock_and_reaches_for_nothing", "reaches for the network"),
    (ReadsADatabase, "test_building_reads_no_clock_and_reaches_for_nothing", "reaches for a database"),
    (CutName, "test_no_name_is_cut", "cuts customer to 41 characters in FullName. Refuse what is too long"),
    (SaysNone, "test_nothing_is_written_for_nothing", 'writes "None" as Memo. Give the template None'),
    (
        EmptyReference,
        "test_no_reference_names_nothing",
        "has a ItemRef that names nothing. Write it with ref",
    ),
    (
        Rounded,
        "test_amounts_are_not_rounded",
        r"makes 1.24 of 1.239 \(lines\[0\].amount\). Declare it as Money",
    ),
    (OpenLines, "test_unknown_fields_are_refused_inside_too", r"lines\[0\] takes fields it does not know"),
    (OpenSettings, "test_unknown_settings_are_refused", "settings take what they do not know"),
    (
        AnotherIdentity,
        "test_the_identity_is_that_of_the_answer",
        "Take TxnID or ListID from the answer|answered",
    ),
    (SwallowedSkip, "test_a_list_that_is_looked_at_is_read", "Skip|no request"),
    (
        NeverPolled,
        "test_a_list_that_is_looked_at_is_read",
        "looks at the list Customer, which nobody reads: add mirror",
    ),
    (SomeErrorsAreFine, "test_no_error_is_taken_for_success", "Sent"),
    (TellsTwice, "test_telling_twice_is_telling_once", "let the contract's told|Let the contract's told"),
]


@pytest.mark.parametrize(
    ("plugin", "test", "said"), PLANTED, ids=lambda value: getattr(value, "__name__", "")
)
def test_a_planted_fault_is_noticed_and_named(plugin: type[Any], test: str, said: str) -> None:
    with pytest.raises((AssertionError, HookError), match=said):
        getattr(contract(plugin), test)()
    getattr(contract(Right), test)()


def test_a_key_of_hash_is_noticed_in_another_process() -> None:
    with pytest.raises(AssertionError, match=r"are others in another process.*never of hash"):
        HashedKeyContract().test_another_process_builds_the_same()


def test_a_slow_hook_is_noticed() -> None:
    with pytest.raises(AssertionError, match=r"more than 0\.2 s; do long work in update_source"):
        Quick().test_its_hooks_are_quick()


def test_telling_twice_is_seen_where_it_is_told() -> None:
    told = {"told": lambda _: list(TellsTwice.told)}
    with pytest.raises(AssertionError, match="called twice with the same news tells twice"):
        contract(TellsTwice, **told).test_telling_twice_is_telling_once()
    contract(TellsOnce, told=lambda _: dict(TellsOnce.told)).test_telling_twice_is_telling_once()


def test_a_hook_without_its_mark_stops_the_start() -> None:
    with pytest.raises(PluginError, match="check_request that is not marked as a hook"):
        contract(Unmarked).test_it_loads_and_fits_the_hooks()


def test_an_entity_that_another_plugin_has_stops_the_start() -> None:
    own = Right(Right.Settings())
    with pytest.raises(PluginError, match="receipt"):
        Plugins({"one": own, "other": Right(Right.Settings())})
    assert Plugins({"one": own}).entities.keys() == {"receipt"}


def test_a_text_without_a_limit_does_not_leave_when_it_is_too_long() -> None:
    """No contract can know how long a source writes; the run holds each request against the schema."""
    plugins = Plugins({"one": CutName(Right.Settings())})
    entity = plugins.entities["receipt"]
    long = Request(
        key="receipt",
        name="SalesReceiptAdd",
        marker="{6A4B0C2E-1D3F-4A5B-8C6D-7E8F90A1B2C3}",
        fields={"customer": "x" * 210, "day": "2026-10-31", "memo": None, "lines": ()},
    )
    problems = plugins.check_request(
        entity, long, plugins.render_request(entity, long), contract(Right).connector
    )
    assert (
        "SalesReceiptAdd/CustomerRef/FullName is too long: 210 characters, QuickBooks takes 209." in problems
    )


MIGRATION = """
revision = {revision!r}
down_revision = {down!r}
branch_labels = {labels!r}
depends_on = {depends!r}


def upgrade():
    op.create_table({table!r})
"""


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"revision": "core_0002"}, "revisions that begin with core are the framework's"),
        ({"down": "core_0001"}, "its down_revision is the framework's; a plugin's branch hangs on nothing"),
        ({"depends": "core_0001"}, "its depends_on is the framework's"),
        ({"labels": None}, 'branch_labels = ("book",)'),
        ({"table": "record"}, "the table record is the framework's; begin the names of tables"),
        ({}, ""),
    ],
)
def test_a_migration_on_the_frameworks_branch_is_noticed(
    tmp_path: Path, changes: dict[str, Any], said: str
) -> None:
    right = {
        "revision": "book_0001",
        "down": None,
        "labels": ("book",),
        "depends": None,
        "table": "book_line",
    }
    (tmp_path / "book_0001.py").write_text(MIGRATION.format(**(right | changes)))
    found = " ".join(faults_of_migrations(tmp_path))
    assert (said in found) if said else (found == "")


PROJECT = """
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"
[project]
name = "receipts"
version = "1"
[project.entry-points."qbferry.plugins"]
receipts = "receipts_plugin:Receipts"
[tool.hatch.build.targets.wheel]
{packed}
"""
SOURCE = """
from importlib.resources import files
from qbferry import Document, Entity, hookimpl

class Receipt(Document): ...

class Receipts:
    @hookimpl
    def entities(self):
        return [Entity(name="receipt", label="Receipt", plural="Receipts", document=Receipt,
                       requests=("SalesReceiptAdd",), templates=files("receipts_plugin") / "templates")]
"""


@pytest.mark.parametrize(
    ("packed", "missing"),
    [('packages = ["receipts_plugin"]', False), ('include = ["receipts_plugin/*.py"]', True)],
)
def test_templates_that_are_not_in_the_wheel_are_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, packed: str, missing: bool
) -> None:
    import sys

    package = tmp_path / "receipts_plugin"
    (package / "templates").mkdir(parents=True)
    (package / "templates" / "SalesReceiptAdd.xml.j2").write_text("<SalesReceiptAdd/>")
    (package / "__init__.py").write_text(SOURCE)
    (tmp_path / "pyproject.toml").write_text(PROJECT.format(packed=packed))
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "receipts_plugin", raising=False)
    from receipts_plugin import Receipts  # type: ignore[import-not-found]

    held = contract(Receipts)
    if missing:
        with pytest.raises(AssertionError, match=r"The wheel has no templates/SalesReceiptAdd\.xml\.j2"):
            held.test_the_wheel_has_its_templates()
    else:
        held.test_the_wheel_has_its_templates()
    monkeypatch.delitem(sys.modules, "receipts_plugin")
