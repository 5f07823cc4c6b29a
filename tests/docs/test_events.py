"""The page about events: its check of a signature holds, and its table of types is true."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from tests.herald.conftest import Hook, alert, at_work

from qbferry.desk import webhooks
from qbferry.desk.drawer import Act
from qbferry.herald import Delivery
from qbferry.transfer.polled import LEARNT, NOTED

from .pages import ROOT

if TYPE_CHECKING:
    from pathlib import Path

PAGE = (ROOT / "docs" / "events.md").read_text("utf-8")


def test_the_check_of_a_signature_holds(database_url: str, tmp_path: Path) -> None:
    from qbferry.testing.installation import Installation

    [code] = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    names: dict[str, Any] = {}
    exec(code, names)
    hook = Hook()
    with at_work(hook), Installation(tmp_path, url=database_url) as world:
        with world.database.write() as tx:
            row = webhooks.add(tx, "billing", hook.url)
        alert(world)
        assert Delivery(world.database, 5).work() == 1
        [(headers, body)] = hook.calls
        assert names["is_genuine"](row.secret, headers, body)
        assert not names["is_genuine"](row.secret, headers, body + b" ")
        assert not names["is_genuine"](row.secret, headers | {"webhook-timestamp": "1"}, body)


@pytest.mark.parametrize(
    "kind",
    [
        *map(str, Act),
        *(kind.capitalize() for kind in sorted(LEARNT)),
        *(NOTED, "Sent", "Rejected", "Retry", "Skipped", "Lost", "Differs"),
    ],
)
def test_every_type_is_in_the_table(kind: str) -> None:
    assert f"`record.{kind.lower().replace(' ', '_')}`" in PAGE
