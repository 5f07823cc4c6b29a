"""The contract for plugin authors: it passes what holds, and names what does not."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import datetime
from pathlib import Path  # noqa: TC003 - a setting's type is read at run time
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

import pytest
from pydantic import BaseModel, Field

from qbferry import (
    AnyRecord,
    Column,
    Entity,
    PluginError,
    Record,
    Request,
    Response,
    Sent,
    State,
    Summary,
    hookimpl,
)
from qbferry.errors import HookError
from qbferry.testing import EntityContract, make_record, row_of
from qbferry_invoices import settings
from qbferry_invoices.plugin import Invoices
from qbferry_invoices.references import given

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from qbferry import Connector, Lists, Names, Skip
    from qbferry_invoices.document import InvoiceDocument

SAMPLE: dict[str, Any] = {
    "id": "INV-1",
    "organization": "Acme Corp",
    "invoice_date": "2026-10-31",
    "purchase_order_number": "PO-77",
    "lines": [{"item": "Labor", "description": "Support", "amount": "25.00"}],
}


class Otherwise(Invoices):
    """Invoices that are declared otherwise."""

    changes: ClassVar[dict[str, Any]] = {}

    @hookimpl
    def entities(self) -> Iterable[Entity]:
        return [replace(entity, **self.changes) for entity in super().entities()]


class OtherTemplate(Invoices):
    """Invoices with templates of a test's own."""

    class Settings(settings.Settings):
        folder: Path

    def __init__(self, values: Settings) -> None:
        super().__init__(values)
        self._folder = values.folder

    @hookimpl
    def entities(self) -> Iterable[Entity]:
        return [replace(entity, templates=self._folder) for entity in super().entities()]


class NeverTheSame(Invoices):
    """Gives its requests another key each time."""

    def __init__(self, values: settings.Settings) -> None:
        super().__init__(values)
        self._keys = itertools.count()

    @hookimpl
    def build_requests(
        self, record: Record[Any, Any], connector: Connector, lists: Lists, names: Names
    ) -> Iterable[Request] | Skip:
        built: Any = super().build_requests(record, connector, lists, names)
        return [replace(request, key=f"invoice:{next(self._keys)}") for request in built]


class Impure(Invoices):
    """Changes the record while it builds."""

    @hookimpl
    def build_requests(
        self, record: Record[Any, Any], connector: Connector, lists: Lists, names: Names
    ) -> Iterable[Request] | Skip:
        row_of(record).document_text = ""
        record.document.__dict__["memo"] = "looked at"
        return super().build_requests(record, connector, lists, names)


class Optimist(Invoices):
    """Takes every answer for success."""

    @hookimpl
    def handle_response(self, record: AnyRecord, response: Response) -> Sent:  # type: ignore[override]
        return Sent()


class Found(BaseModel):
    kind: Literal["found"] = "found"
    txn_id: str


class Missing(BaseModel):
    kind: Literal["missing"] = "missing"


class Counted(State):
    transfers: int = 0
    place: Annotated[Found | Missing, Field(discriminator="kind")] = Missing()


class Counting(Otherwise):
    """Counts each call of after_transfer."""

    changes: ClassVar[dict[str, Any]] = {"state": Counted}

    @hookimpl
    def after_transfer(self, record: Record[InvoiceDocument, Counted]) -> None:
        record.state = record.state.replace(transfers=record.state.transfers + 1, place=Found(txn_id="1-1"))


class ByName(Invoices):
    """Sends names as the source gives them, whatever they stand for."""

    @hookimpl
    def build_requests(
        self, record: Record[Any, Any], connector: Connector, lists: Lists, names: Names
    ) -> Iterable[Request] | Skip:
        names = given(record.document, self._settings, connector)
        return super().build_requests(record, connector, lists, names)


class Misspelt(Invoices):
    """Has a hook no spec knows."""

    @hookimpl
    def check_eligibilty(self, record: AnyRecord) -> None: ...


def contract(plugin: type[Any], **settings: Any) -> EntityContract:
    """The contract of a plugin, to call single tests of."""
    attributes = {"plugin": plugin, "samples": (SAMPLE,), "settings": settings}
    holder: EntityContract = type("Contract", (EntityContract,), attributes)()
    return holder


def template() -> str:
    [entity] = Invoices(settings.Settings()).entities()
    return (entity.templates / "InvoiceAdd.xml.j2").read_text(encoding="utf-8")


@pytest.fixture
def otherwise(monkeypatch: pytest.MonkeyPatch) -> Callable[..., EntityContract]:
    """Makes the contract of invoices that are declared otherwise."""

    def changed(**changes: Any) -> EntityContract:
        monkeypatch.setattr(Otherwise, "changes", changes)
        return contract(Otherwise)

    return changed


@pytest.fixture
def templated(tmp_path: Path) -> Callable[[str, str], EntityContract]:
    """Makes the contract of invoices with a template in which one text is replaced."""

    def changed(old: str, new: str) -> EntityContract:
        text = template()
        assert old in text
        (tmp_path / "InvoiceAdd.xml.j2").write_text(text.replace(old, new), encoding="utf-8")
        return contract(OtherTemplate, folder=tmp_path)

    return changed


def test_a_key_that_changes_is_noticed() -> None:
    with pytest.raises(AssertionError, match="the same every time"):
        contract(NeverTheSame).test_requests_are_the_same_every_time()


def test_a_record_that_is_changed_while_it_is_looked_at_is_noticed() -> None:
    with pytest.raises(AssertionError, match="change no record"):
        contract(Impure).test_asking_and_building_change_no_record()


def test_a_refusal_taken_for_success_is_noticed() -> None:
    with pytest.raises(HookError, match="handle_response for this invoice: answered Sent"):
        contract(Optimist).test_a_refusal_is_never_taken_for_success()


def test_a_change_that_cannot_be_repeated_is_noticed() -> None:
    with pytest.raises(AssertionError, match="a second time changes nothing"):
        contract(Counting).test_what_follows_a_transfer_can_be_repeated()


def test_a_state_is_read_back_as_it_was_kept() -> None:
    contract(Counting).test_the_state_survives_being_stored()


def test_a_name_that_is_sent_whatever_it_stands_for_is_noticed() -> None:
    contract(Invoices, check_names=True).test_what_a_name_stands_for_is_what_is_sent()
    with pytest.raises(AssertionError, match="was found to be is not sent"):
        contract(ByName, check_names=True).test_what_a_name_stands_for_is_what_is_sent()


def test_a_misspelt_hook_is_noticed() -> None:
    with pytest.raises(PluginError, match="check_eligibilty"):
        contract(Misspelt).test_it_loads_and_fits_the_hooks()


def test_text_that_is_not_escaped_is_noticed(templated: Callable[[str, str], EntityContract]) -> None:
    broken = templated("line.description | cut(4095)", "line.description | safe")
    with pytest.raises(AssertionError, match="Texts are escaped, else qbXML breaks"):
        broken.test_hostile_text_stays_text()


def test_text_that_becomes_an_element_is_noticed(templated: Callable[[str, str], EntityContract]) -> None:
    tamed = "line.description | replace('&', '') | replace('<c> ', '') | replace(']]>', '') | safe"
    with pytest.raises(AssertionError, match="A text became an element"):
        templated("line.description | cut(4095)", tamed).test_hostile_text_stays_text()


def test_text_that_is_escaped_twice_is_noticed(templated: Callable[[str, str], EntityContract]) -> None:
    broken = templated("line.description | cut(4095)", "line.description | replace('&', '&amp;')")
    with pytest.raises(AssertionError, match=r"\['Desc'\] are escaped twice"):
        broken.test_hostile_text_stays_text()


def test_a_request_without_its_marker_is_noticed(templated: Callable[[str, str], EntityContract]) -> None:
    with pytest.raises(AssertionError, match="write it as ExternalGUID"):
        templated('{{ el("ExternalGUID", marker) }}', "").test_requests_pass_their_checks()


def test_elements_out_of_order_are_noticed(templated: Callable[[str, str], EntityContract]) -> None:
    broken = templated('{{ el("TxnDate", date) }}', '{{ el("Memo", "early") }}{{ el("TxnDate", date) }}')
    with pytest.raises(AssertionError, match="TxnDate"):
        broken.test_requests_pass_their_checks()


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"columns": (Column(name="colour"),)}, "comes from document.colour, which there is not"),
        ({"columns": (Column(name="x", paths=("state.x",)),)}, "comes from state.x, which there is not"),
        ({"never_sent": frozenset({"colour"})}, "never sends colour, which its document does not have"),
        ({"requests": ("InvoiceAd",)}, "InvoiceAd for invoice, which qbXML does not have"),
    ],
)
def test_what_is_declared_and_not_there_is_noticed(
    otherwise: Callable[..., EntityContract], changes: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(PluginError, match=sentence):
        otherwise(**changes).test_it_loads_and_fits_the_hooks()


def test_two_columns_of_one_name_are_noticed(otherwise: Callable[..., EntityContract]) -> None:
    twice = (Column(name="number"), Column(name="number", label="No."))
    with pytest.raises(AssertionError, match="columns are unique"):
        otherwise(columns=twice).test_its_entity_is_well_named()


def test_a_request_that_is_not_declared_is_noticed(otherwise: Callable[..., EntityContract]) -> None:
    with pytest.raises(HookError, match="built the request InvoiceAdd, which"):
        otherwise(requests=("CreditMemoAdd",)).test_requests_pass_their_checks()


def test_what_is_sent_though_it_is_declared_as_never_sent_is_noticed(
    otherwise: Callable[..., EntityContract],
) -> None:
    with pytest.raises(AssertionError, match="purchase_order_number is never sent, but without it"):
        otherwise(never_sent=frozenset({"purchase_order_number", "notes"})).test_what_is_never_sent_is_not()


@pytest.mark.parametrize(
    ("found", "sentence"),
    [
        (Summary(party=7), "party is a text"),  # type: ignore[arg-type]
        (Summary(dated=datetime(2026, 10, 31)), "dated is a date"),  # noqa: DTZ001
        (Summary(amount=25.0), "amount is a Decimal"),  # type: ignore[arg-type]
    ],
)
def test_a_summary_of_other_types_is_noticed(
    otherwise: Callable[..., EntityContract], found: Summary, sentence: str
) -> None:
    with pytest.raises(AssertionError, match=sentence):
        otherwise(summary=lambda _: found).test_a_summary_can_be_made()


def test_a_record_is_made_with_the_fields_and_the_state_a_test_wants() -> None:
    [entity] = Counting(settings.Settings()).entities()
    record = make_record(entity, SAMPLE, Counted(transfers=3), transfer_count=2, done={"invoice": "1-1"})
    assert (record.id, record.state.transfers) == ("INV-1", 3)
    assert (record.pk, record.connector_id, record.transfer_count, record.done) == (
        1,
        1,
        2,
        {"invoice": "1-1"},
    )
    row_of(record).ref_number = "1001"
    assert record.ref_number == "1001"


def samples_are_eligible(self: EntityContract) -> None:
    raise AssertionError("not with this plugin")


@pytest.mark.parametrize(
    "own",
    [None, samples_are_eligible, pytest.mark.xfail(samples_are_eligible)],
    ids=["gone", "other", "xfail"],
)
def test_a_contract_test_cannot_be_taken_away_without_a_reason(own: object) -> None:
    with pytest.raises(TypeError, match="overrides test_samples_are_eligible of the contract"):
        type("Contract", (EntityContract,), {"test_samples_are_eligible": own})


def test_a_contract_test_may_be_expected_to_fail_for_a_reason() -> None:
    class Contract(EntityContract):
        @pytest.mark.xfail(reason="policy of this plugin")
        def test_samples_are_eligible(self) -> None:
            super().test_samples_are_eligible()
