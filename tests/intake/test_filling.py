"""What the core knows of a record is its plugin's summary."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from qbferry import Document, Entity, Summary, Unit, hookimpl
from qbferry.errors import HookError
from qbferry.intake import make_row
from qbferry.plugin.manager import Plugins
from qbferry_invoices.plugin import Invoices

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from qbferry.model import RecordRow

TEXT = (
    '{"id": "A", "batch": "10", "organization": "Acme Corp", "invoice_date": "2026-10-31", "total": "1.00", '
    '"lines": [{"id": "1", "item": "Labor", "amount": "1.00"}]}'
)

FULL_WIDTH = "\uff21\uff23\uff2d\uff25  Corp"


class Summed(Invoices):
    """Invoices summed up as a test wants it."""

    summary: Callable[[Document], Any]

    @hookimpl
    def entities(self) -> Iterable[Entity]:
        [entity] = super().entities()
        return [replace(entity, summary=lambda document: self.summary(document))]


def row(summary: Callable[[Document], Any]) -> RecordRow:
    plugin = Summed(Invoices.Settings())
    plugin.summary = summary
    plugins = Plugins({"invoices": plugin})
    return make_row(plugins, plugins.entities["invoice"], 7, TEXT, source="api")


def test_a_row_has_what_its_document_and_its_summary_say() -> None:
    made = row(
        lambda _: Summary(
            party=FULL_WIDTH,
            dated=date(2026, 10, 31),
            amount=Decimal("-12.345"),
            currency="CAD",
            unit=Unit.HOURS,
            number="4711",
        )
    )
    assert (made.id, made.batch, made.connector_id, made.source) == ("A", "10", 7, "api")
    assert (made.party, made.party_folded) == (FULL_WIDTH, "acme corp")
    assert (made.dated, made.amount, made.currency) == (date(2026, 10, 31), -1235, "CAD")
    assert (made.unit, made.number) == ("hours", "4711")


def test_long_texts_are_cut_and_a_moment_becomes_its_date() -> None:
    long = "ß" * 300
    made = row(lambda _: Summary(party=long, number=long, currency=long, dated=datetime(2026, 1, 2, 3)))  # noqa: DTZ001
    lengths = [len(text) for text in (made.party, made.party_folded, made.number, made.currency)]
    assert lengths == [255, 255, 100, 10]
    assert made.dated == date(2026, 1, 2)


@pytest.mark.parametrize(
    "summary",
    [
        lambda _: None,
        lambda _: 1 / 0,
        lambda _: Summary(amount="much"),  # type: ignore[arg-type]
        lambda _: Summary(amount=Decimal("NaN")),
        lambda _: Summary(dated="2026-10-31"),  # type: ignore[arg-type]
        lambda _: Summary(party=None),  # type: ignore[arg-type]
    ],
)
def test_a_summary_that_is_none_is_its_plugins_fault_and_the_record_is_named(
    summary: Callable[[Document], Any],
) -> None:
    with pytest.raises(HookError, match=r"^Invoice A: .*plugin invoices .*Nothing was changed\.$"):
        row(summary)
