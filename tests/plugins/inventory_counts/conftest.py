from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from qbferry.config import PluginSettings
from qbferry.plugin.manager import assemble
from qbferry.testing.installation import Installation

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

RECORD: dict[str, Any] = {
    "id": "IC-1",
    "batch": "2026-10",
    "count_date": "2024-10-31",
    "memo": "Month end",
    "lines": [
        {"product": "Switch 24p", "location": "Van", "quantity": "2"},
        {"product": "Switch 24p", "location": "Store", "quantity": "5"},
    ],
}
ACCOUNT = {"account": "Cost of Goods Sold", "income_account": "Product Sales"}
"""An account that the sample company has."""


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Callable[..., Installation]]:
    """Makes an installation with this plugin and some of its settings changed."""
    made: list[Installation] = []

    def open_one(**changes: Any) -> Installation:
        settings = PluginSettings.model_validate(
            {"enabled": ["inventory_counts"], "inventory_counts": {**ACCOUNT, **changes}}
        )
        made.append(Installation(tmp_path, plugins=assemble(settings)))
        return made[-1]

    yield open_one
    for one in made:
        one.close()
