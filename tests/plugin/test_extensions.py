"""A plugin adds fields to another one's kind of record, and everything sees them."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from qbferry import Column, Connector, Document, Entity, Extension, PluginError, Request, Skip, hookimpl
from qbferry.errors import InputError
from qbferry.intake import read
from qbferry.model import Record, RecordRow
from qbferry.plugin import discovery
from qbferry.plugin.manager import Plugins

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from qbferry import AnyRecord

    Make = Callable[..., dict[str, Any]]

REGION = Extension(
    entity="invoice",
    fields={"x_region": (str | None, None), "x_note": (str | None, None)},
    columns=(Column(name="x_region", label="Region"),),
    never_sent=frozenset({"x_note"}),
)


OFFICE = Connector(id=1, name="main", country="US", at=datetime(2026, 11, 2, 12, tzinfo=UTC))
NO_LISTS: Any = None
"""What the kind below does not ask for."""


class Memos:
    """Owns a kind of record of one field."""

    def __init__(self, templates: Path) -> None:
        self._memo = Entity(
            name="memo",
            label="Memo",
            plural="Memos",
            document=Document,
            requests=("InvoiceAdd",),
            templates=templates,
        )

    @hookimpl
    def entities(self) -> list[Entity]:
        return [self._memo]

    @hookimpl
    def build_requests(self, record: AnyRecord) -> list[Request]:
        return [Request(name="InvoiceAdd", key=record.id, label="Memo", fields={"text": "to "})]


class Regions:
    """Adds the region, and holds what is of none."""

    def __init__(self, *added: Any) -> None:
        self._added = added or (REGION,)

    @hookimpl
    def extensions(self) -> list[Any]:
        return [*self._added]

    @hookimpl
    def check_eligibility(self, entity: Entity, record: AnyRecord) -> Skip | None:
        if entity.name == "invoice" and not getattr(record.document, "x_region", None):
            return Skip("It is of no region.")
        return None


def plugins(*policies: object) -> Plugins:
    invoices = discovery.load(discovery.installed()["invoices"], {})
    return Plugins({"invoices": invoices, **{f"policy{number}": one for number, one in enumerate(policies)}})


def record(entity: Entity, line: str) -> AnyRecord:
    [arrival] = read(entity, [line])
    row = RecordRow(connector_id=1, entity=entity.name, id=arrival.id)
    row.document_text = arrival.text
    return Record.read(entity, row)


def line(invoice: Make, **more: Any) -> str:
    return json.dumps(invoice("A", **more))


def test_the_fields_come_in_with_a_document_and_are_shown(invoice: Make) -> None:
    entity = plugins(Regions()).entities["invoice"]
    found = record(entity, line(invoice, x_region="North"))
    assert found.document.model_dump()["x_region"] == "North"
    [column] = [one for one in entity.columns if one.name == "x_region"]
    assert column.heading == "Region"
    assert column.value(found.document.model_dump(), {}, None) == "North"
    assert record(entity, line(invoice)).document.model_dump()["x_region"] is None


def test_what_does_not_fit_is_told_like_any_field(invoice: Make) -> None:
    entity = plugins(Regions()).entities["invoice"]
    with pytest.raises(InputError, match="field x_region: must be text"):
        read(entity, [line(invoice, x_region=7)])
    with pytest.raises(InputError, match="x_regoin"):
        read(entity, [line(invoice, x_regoin="North")])


def test_policies_see_them(invoice: Make) -> None:
    found = plugins(Regions())
    entity = found.entities["invoice"]
    veto = found.check_eligibility(entity, record(entity, line(invoice)), OFFICE)
    assert veto == Skip("It is of no region.")
    assert found.check_eligibility(entity, record(entity, line(invoice, x_region="North")), OFFICE) is None


def test_a_template_writes_them(tmp_path: Path) -> None:
    (tmp_path / "InvoiceAdd.xml.j2").write_text('{{ el("Memo", text ~ x_region) }}', encoding="utf-8")
    own = Extension(entity="memo", fields={"x_region": (str, "nowhere")})
    found = Plugins({"memos": Memos(tmp_path), "policy": Regions(own)})
    entity = found.entities["memo"]
    one = record(entity, '{"id": "A", "x_region": "North"}')
    built = found.build_requests(entity, one, OFFICE, NO_LISTS)
    assert not isinstance(built, Skip)
    assert found.render_request(entity, built[0]) == "<Memo>to North</Memo>"


def test_a_change_of_what_is_never_sent_is_none_for_quickbooks() -> None:
    entity = plugins(Regions()).entities["invoice"]
    assert "x_note" in entity.unsent
    assert "x_region" not in entity.unsent


def test_what_is_stored_fits_also_when_the_plugin_does_not_run_any_more(invoice: Make) -> None:
    entity = plugins(Regions()).entities["invoice"]
    row = RecordRow(connector_id=1, entity="invoice", id="A")
    row.document_text = read(entity, [line(invoice, x_region="North")])[0].text

    without = plugins().entities["invoice"]

    assert Record.read(without, row).document.id == "A"
    with pytest.raises(InputError, match="x_region"):
        read(without, [line(invoice, x_region="North")])


def test_the_owner_that_does_not_run_is_not_missed() -> None:
    assert Plugins({"policy": Regions()}).entities == {}


@pytest.mark.parametrize(
    ("added", "told"),
    [
        ("nothing", "'nothing' is no Extension"),
        (Extension(entity="invoice", fields={}), "an extension of invoice has no fields"),
        (Extension(entity="invoice", fields={"region": (str, "")}), "it begins with x_"),
        (Extension(entity="invoice", fields={"x_a b": (str, "")}), "'x_a b' is no name of a field"),
        (Extension(entity="invoice", fields={"x_a": str}), "not its type and its default"),  # type: ignore[dict-item]
        (
            Extension(entity="invoice", fields={"x_a": (str, "")}, never_sent=frozenset({"x_b"})),
            "x_b is never sent and is none of its fields",
        ),
        (Extension(entity="invoice", fields={"x_a": (Regions, None)}), "adds to invoice what is no field"),
    ],
)
def test_what_is_no_extension_stops_the_start(added: Any, told: str) -> None:
    with pytest.raises(PluginError) as caught:
        plugins(Regions(added))
    assert told in str(caught.value)


def test_two_plugins_cannot_add_the_same_field() -> None:
    with pytest.raises(PluginError, match="policy0 and policy1 both add x_region to invoice"):
        plugins(Regions(), Regions())
