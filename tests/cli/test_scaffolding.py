"""What ``qbferry plugin new`` writes reads well."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from .conftest import Run


@pytest.mark.parametrize(
    ("name", "request_", "said"),
    [
        ("estimates", "EstimateAdd", "An estimate stays `Not Transferred`"),
        ("bills", "BillAdd", "A bill stays `Not Transferred`"),
    ],
)
def test_its_pages_call_a_record_rightly(
    qbferry: Run, folder: Path, name: str, request_: str, said: str
) -> None:
    qbferry("plugin", "new", name, "--request", request_)
    assert said in (folder / name / "README.md").read_text(encoding="utf-8")
