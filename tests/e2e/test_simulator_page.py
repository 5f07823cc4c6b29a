"""What docs/simulator.md shows of a test runs as it stands."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from qbferry.desk import connectors

from .conftest import PASSWORD, Served

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest

PAGE = (Path(__file__).parents[2] / "docs" / "simulator.md").read_text("utf-8")
SHOWN = PAGE.partition("## In a test")[2].partition("```python\n")[2].partition("```")[0]
SEED = PAGE.partition("## The seed")[2].partition("```toml\n")[2].partition("[[transactions.Invoice]]")[0]


def test_the_page_s_test_passes(
    served: Served,
    invoice: Callable[..., dict[str, Any]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("acme.toml").write_text(SEED, "utf-8")
    with served.app.database.write() as tx:
        connectors.add(tx, "acme", user="acme", password=PASSWORD)
    served.take_in("invoice", invoice(1, lines=[{"item": "Labor", "amount": "300.00"}]))
    exec(SHOWN, {"tmp_path": tmp_path, "url": served.url, "password": PASSWORD})
