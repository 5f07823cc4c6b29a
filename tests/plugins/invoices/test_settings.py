"""The settings, and that the README tells of each."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

import qbferry_invoices
from qbferry_invoices.document import InvoiceDocument, InvoiceLine
from qbferry_invoices.settings import Settings

README = (Path(qbferry_invoices.__file__ or "").parents[1] / "README.md").read_text(encoding="utf-8")


def table(heading: str) -> set[str]:
    """The names in the first column of a README's table."""
    rows = README.partition(f"| {heading} |")[2].partition("\n\n")[0].splitlines()[2:]
    return {name for row in rows for name in re.findall(r"`(\w+)`", row.split("|")[1])}


@pytest.mark.parametrize(
    "given",
    [
        {"tax": "line"},
        {"number": "ours"},
        {"taxable_code": "Taxable"},
        {"tax_rate": 8},
        {"transmission": "fax"},
    ],
)
def test_what_does_not_fit_is_refused(given: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Settings.model_validate(given)


def test_the_readme_tells_of_every_setting() -> None:
    assert table("setting") == {*Settings.model_fields}


def test_the_readme_tells_what_becomes_of_every_field() -> None:
    assert table("field") == {*InvoiceDocument.model_fields}
    lines = {field.alias or name for name, field in InvoiceLine.model_fields.items()}
    assert table("field of a line") == lines
