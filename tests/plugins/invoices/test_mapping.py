"""What becomes of an invoice's fields, beyond what the golden files show."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from qbferry import Connector, Skip
from qbferry.plugin.manager import Plugins
from qbferry.testing import FixedLists, build, make_record
from qbferry_invoices.plugin import Invoices
from qbferry_invoices.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from qbferry_invoices.document import InvoiceDocument

STREET = {"address1": "1 Main Street", "address2": "Suite 200", "city": "Toronto"}


@pytest.fixture
def fields(
    document: Callable[..., InvoiceDocument], connector: Connector
) -> Callable[..., Mapping[str, Any]]:
    """Maps an invoice with some fields changed, for a connector with these features."""

    def mapped(
        settings: dict[str, Any] | None = None, features: dict[str, str] | None = None, **changes: Any
    ) -> Mapping[str, Any]:
        plugins = Plugins({"invoices": Invoices(Settings(**settings or {}))})
        entity, there = plugins.entities["invoice"], replace(connector, features=features or {})
        record = make_record(entity, document(**changes).model_dump(mode="json"))
        built = build(plugins, entity, record, there, FixedLists())
        assert not isinstance(built, Skip), built
        [request] = built
        assert (request.key, request.name) == ("invoice", "InvoiceAdd")
        return request.fields

    return mapped


def problems(document: InvoiceDocument, **settings: Any) -> list[str]:
    """What the checks say of an invoice before it leaves."""
    plugins = Plugins({"invoices": Invoices(Settings(**settings))})
    entity, connector = plugins.entities["invoice"], Connector(id=1, name="main")
    record = make_record(entity, document.model_dump(mode="json"))
    built = build(plugins, entity, record, connector, FixedLists())
    assert not isinstance(built, Skip)
    return [
        problem
        for request in built
        for problem in plugins.check_request(
            entity, request, plugins.render_request(entity, request), connector
        )
    ]


class TestAddress:
    def test_begins_with_the_customer_even_for_a_job(self, fields: Callable[..., Mapping[str, Any]]) -> None:
        for organization in ("Acme Corp~Network", "Acme Corp:Network", "Acme Corp ~ Network ~ Phase 2"):
            assert fields(organization=organization)["bill_to"]["lines"] == ["Acme Corp", "1 Main St"]

    @pytest.mark.parametrize(
        "bill_to", [None, {}, {"attention": "Ann"}, {"state": "NY", "country": "US"}, {"city": "  "}]
    )
    def test_is_left_to_quickbooks_when_it_names_no_place(
        self, bill_to: Any, fields: Callable[..., Mapping[str, Any]]
    ) -> None:
        assert fields(bill_to=bill_to)["bill_to"] is None

    def test_keeps_all_lines_while_quickbooks_has_room(
        self, fields: Callable[..., Mapping[str, Any]]
    ) -> None:
        lines = fields(bill_to={**STREET, "attention": "Ann"})["bill_to"]["lines"]
        assert lines == ["Acme Corp", "Ann", "1 Main Street", "Suite 200"]
        lines = fields(bill_to={**STREET, "country": "Canada"})["bill_to"]["lines"]
        assert lines == ["Acme Corp", "1 Main Street", "Suite 200"]

    def test_joins_the_street_of_one_too_long(self, fields: Callable[..., Mapping[str, Any]]) -> None:
        lines = fields(bill_to={**STREET, "attention": "Ann", "country": "Canada"})["bill_to"]["lines"]
        assert lines == ["Acme Corp", "Ann", "1 Main Street, Suite 200"]

    def test_drops_the_attention_when_the_street_cannot_be_joined(
        self, fields: Callable[..., Mapping[str, Any]]
    ) -> None:
        long = {
            **STREET,
            "address2": "Building of the old post office",
            "attention": "Ann",
            "country": "Canada",
        }
        lines = fields(bill_to=long)["bill_to"]["lines"]
        assert lines == ["Acme Corp", "1 Main Street", "Building of the old post office"]


class TestTax:
    LINE = {"tax": "line", "tax_item": "Sales Tax"}  # noqa: RUF012

    def test_as_a_line_makes_all_lines_not_taxable(self, fields: Callable[..., Mapping[str, Any]]) -> None:
        lines = fields(self.LINE, tax_total="24.00")["lines"]
        assert [(line["item"].full_name, line["tax_code"].full_name) for line in lines] == [
            ("Labor:Remote", "Non"),
            ("Sales Tax", "Non"),
        ]

    def test_as_a_line_is_left_out_when_there_is_none(self, fields: Callable[..., Mapping[str, Any]]) -> None:
        assert len(fields(self.LINE)["lines"]) == 1

    def test_is_quickbooks_business_otherwise(self, fields: Callable[..., Mapping[str, Any]]) -> None:
        assert len(fields(tax_total="24.00")["lines"]) == 1

    def test_codes_have_the_names_of_the_settings(self, fields: Callable[..., Mapping[str, Any]]) -> None:
        names = {"taxable_code": "S", "non_taxable_code": "Z"}
        lines = [{"item": "Labor", "amount": 1, "taxable": taxable} for taxable in (True, False, None)]
        codes = [line["tax_code"] for line in fields(names, lines=lines)["lines"]]
        assert [code and code.full_name for code in codes] == ["S", "Z", None]

    def test_codes_are_left_out_where_the_company_has_no_sales_tax(
        self, fields: Callable[..., Mapping[str, Any]]
    ) -> None:
        [line] = fields(features={"IsUsingClassTracking": "true"})["lines"]
        assert line["tax_code"] is None
        [line] = fields(features={"PaySalesTax": "Monthly"})["lines"]
        assert line["tax_code"].full_name == "Tax"


class TestLines:
    def test_class_is_left_out_where_classes_are_switched_off(
        self, fields: Callable[..., Mapping[str, Any]]
    ) -> None:
        lines = [{"item": "Labor", "amount": 1, "class": "Projects"}]
        for tracking, expected in (("true", "Projects"), ("false", None)):
            [line] = fields(features={"IsUsingClassTracking": tracking}, lines=lines)["lines"]
            assert (line["class_"] and line["class_"].full_name) == expected

    def test_zero_quantity_is_left_out_since_quickbooks_divides_by_it(
        self, fields: Callable[..., Mapping[str, Any]]
    ) -> None:
        [line] = fields(lines=[{"item": "Labor", "quantity": "0.00", "amount": "5.00"}])["lines"]
        assert line["quantity"] is None

    def test_comment_carries_its_text_alone(self, fields: Callable[..., Mapping[str, Any]]) -> None:
        comment = {"description": "Thanks", "amount": 0, "quantity": 1, "taxable": True, "class": "Projects"}
        line = fields(lines=[comment])["lines"][0]
        assert {name for name, value in line.items() if value is not None} == {"description"}


class TestTransmission:
    @pytest.mark.parametrize(
        ("transmission", "printed", "emailed"),
        [
            ("none", False, False),
            ("Print", True, False),
            ("EMAIL", False, True),
            ("print_and_email", True, True),
        ],
    )
    def test_ticks_both_boxes_or_unticks_them(
        self, transmission: str, printed: bool, emailed: bool, fields: Callable[..., Mapping[str, Any]]
    ) -> None:
        found = fields(transmission=transmission)
        assert (found["printed"], found["emailed"]) == (printed, emailed)

    def test_is_the_settings_for_an_invoice_that_does_not_say(
        self, fields: Callable[..., Mapping[str, Any]]
    ) -> None:
        assert fields({"transmission": "email"}, transmission=None)["emailed"] is True
        assert fields({"transmission": "email"}, transmission="none")["emailed"] is False


class TestLengths:
    def test_texts_are_cut(self, document: Callable[..., InvoiceDocument]) -> None:
        line = {"item": "Labor", "amount": 1, "description": "x" * 5000}
        assert problems(document(memo="x" * 5000, lines=[line]), memo=True) == []

    @pytest.mark.parametrize(
        ("changes", "place", "limit"),
        [
            ({"organization": "x" * 210, "bill_to": None}, "CustomerRef/FullName", 209),
            ({"organization": "x" * 42}, "BillAddress/Addr1", 41),
            ({"purchase_order_number": "x" * 26}, "PONumber", 25),
            ({"bill_to": {"address1": "x" * 42}}, "BillAddress/Addr2", 41),
            ({"bill_to": {"city": "x" * 32}}, "BillAddress/City", 31),
            ({"lines": [{"item": "Labor", "amount": 1, "class": "x" * 160}]}, "ClassRef/FullName", 159),
            ({"terms": "x" * 32}, "TermsRef/FullName", 31),
        ],
    )
    def test_names_and_numbers_are_never_cut(
        self, changes: dict[str, Any], place: str, limit: int, document: Callable[..., InvoiceDocument]
    ) -> None:
        [problem] = problems(document(**changes), terms=True)
        assert place in problem
        assert f"QuickBooks takes {limit}" in problem
