"""docs/bridge.md: its program carries records and results between another system and QuickBooks."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from qbferry.desk.tokens import Scope

if TYPE_CHECKING:
    from .conftest import Place

PAGE = (Path(__file__).parents[2] / "docs/bridge.md").read_text("utf-8")


class Psa:
    """The other system: approved invoices, and what was written back."""

    def __init__(self) -> None:
        self.invoices: dict[str, dict[str, Any]] = {}
        self.told: list[tuple[str, dict[str, Any]]] = []
        self.dies = False
        self.client = httpx.Client(base_url="http://psa.example", transport=httpx.MockTransport(self._answer))

    def approve(self, name: str, **changes: Any) -> None:
        line = {"id": 1, "product": "Labor~Remote", "qty": "2.5", "amount": "300.00"}
        made = {"id": name, "company": "Acme Corp", "date": "2026-10-31", "total": "300.00", "lines": [line]}
        self.invoices[name] = made | changes

    def _answer(self, request: httpx.Request) -> httpx.Response:
        if request.method == "GET":
            return httpx.Response(200, json=[*self.invoices.values()])
        if self.dies:
            return httpx.Response(500)
        self.told.append((request.url.path.rpartition("/")[2], json.loads(request.content)))
        return httpx.Response(204)


def test_records_go_in_and_results_come_back_whatever_dies(place: Place, tmp_path: Path) -> None:
    [code] = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    program: dict[str, Any] = {}
    exec(code, program)
    psa, kept = Psa(), tmp_path / "kept"
    bridge = place.client(Scope.WRITE, Scope.EVENTS, name="bridge")
    psa.approve("7")
    psa.approve("8", date="the last of October")
    psa.approve("9", company="Nobody Inc")

    wrong = program["bring"](psa.client, bridge)
    assert wrong.keys() == {"psa-8"}
    assert "invoice_date" in wrong["psa-8"]
    assert program["bring"](psa.client, bridge) == wrong, "again, with nothing new"
    place.run()
    psa.dies = True
    with pytest.raises(httpx.HTTPStatusError):
        program["tell"](psa.client, bridge, kept)
    assert not kept.exists()
    psa.dies = False
    program["tell"](psa.client, bridge, kept)
    program["tell"](psa.client, bridge, kept)

    assert len(place.company.transactions("Invoice")) == 1
    assert len(psa.told) == 2, "each once"
    told = dict(psa.told)
    assert told["7"] == {"state": "in QuickBooks", "number": "1"}
    assert told["9"]["state"] == "refused"
    assert "Nobody Inc" in told["9"]["why"]
