"""``qbferry receive`` and ``qbferry clear-external-number``, typed as a person types them."""

from __future__ import annotations

import json
import logging
import os
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from qbferry.cli import cli
from qbferry.simulator import Session

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from typer.testing import Result

    from .conftest import Office

    Make = Callable[..., dict[str, Any]]
    Run = Callable[..., Result]


@pytest.fixture
def qbferry(office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs a command on the office's database; the exit status must be as announced."""
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("QBFERRY_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("QBFERRY_DATABASE_URL", f"sqlite:///{tmp_path / 'qbferry.sqlite3'}")
    monkeypatch.setenv("QBFERRY_PLUGINS__ENABLED", '["purchase_orders"]')

    def run(*words: str, status: int = 0) -> Result:
        logger = logging.getLogger("qbferry")
        before = logger.handlers[:], logger.level, logger.propagate
        result = CliRunner().invoke(cli, list(words), catch_exceptions=False)
        # A command sends the log to the standard error of its time.
        logger.handlers[:], logger.level, logger.propagate = before
        assert result.exit_code == status, result.output
        return result

    return run


def receive(qbferry: Run, *words: str, line: str = "1", quantity: str = "1", status: int = 0) -> Result:
    return qbferry(
        "receive", "purchase_order", "PO-5", "--line", line, "--quantity", quantity, *words, status=status
    )


@pytest.fixture
def transferred(office: Office, order: Make) -> Office:
    office.bring(order(), ready=True)
    office.world.run()
    return office


def test_received_goods_set_the_order_pending_and_needing_resync(transferred: Office, qbferry: Run) -> None:
    first = json.loads(qbferry("list", "purchase_order", "--json").stdout)[0]
    assert (first["needs_resync"], first["first_transfer_date"]) == (False, first["transfer_date"])
    view = json.loads(receive(qbferry, "--json", quantity="0.5").stdout)
    assert (view["transfer_status"], view["needs_resync"]) == ("Pending", True)
    assert (
        receive(qbferry, quantity="1.5").stdout == "Purchase order PO-5: 1.5 received on line 1; Pending.\n"
    )
    transferred.world.run()
    [row] = json.loads(qbferry("list", "purchase_order", "--json").stdout)
    assert (row["transfer_status"], row["needs_resync"]) == ("Transferred", False)
    assert row["first_transfer_date"] == first["transfer_date"] <= row["transfer_date"]
    assert row["external_po_number"] == row["ref_number"] == first["ref_number"]
    [receipt] = transferred.receipts()
    assert receipt["ItemLineRet"][0]["Quantity"] == "2"


@pytest.mark.parametrize("quantity", ["0", "-1", "two", "NaN", "Infinity", "0.000001"])
def test_what_is_no_quantity_is_refused(transferred: Office, qbferry: Run, quantity: str) -> None:
    result = receive(qbferry, f"--quantity={quantity}", status=1)
    assert (
        f"error: {quantity} is not a quantity; give a number above 0 with at most five decimals"
        in result.stderr
    )


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ({"line": "9"}, "Purchase order PO-5 has no line 9; it has: 1."),
        ({"quantity": "3"}, "has 2 ordered and 0 received; 3 more are too many."),
    ],
    ids=["unknown line", "over-receipt"],
)
def test_a_mistake_has_its_sentence_and_changes_nothing(
    transferred: Office, qbferry: Run, words: dict[str, str], sentence: str
) -> None:
    assert sentence in receive(qbferry, **words, status=1).stderr
    assert transferred.record().transfer_status == "Transferred"


def test_goods_of_an_order_that_was_not_transferred_wait(office: Office, order: Make, qbferry: Run) -> None:
    office.bring(order())
    assert "PO-5 has not been transferred yet" in receive(qbferry, status=1).stderr


def test_nothing_is_received_on_a_canceled_order(transferred: Office, order: Make, qbferry: Run) -> None:
    transferred.bring(order(status="Canceled"))
    assert "PO-5 is canceled; nothing can be received" in receive(qbferry, status=1).stderr


def test_an_order_that_is_with_quickbooks_is_not_changed(
    transferred: Office, order: Make, line: Make, qbferry: Run
) -> None:
    transferred.bring(order(lines=[line(received="1")]))
    ticket, quickbooks = transferred.world.begin(), Session(transferred.world.company)
    while "newMessageSetID" not in (message := transferred.world.send(ticket)):
        transferred.world.receive(ticket, quickbooks.process(message))
    assert "PO-5 is with QuickBooks at this moment" in receive(qbferry, status=1).stderr


def test_unknown_orders_and_other_entities_are_named(transferred: Office, qbferry: Run) -> None:
    words = ("--line", "1", "--quantity", "1")
    missing = qbferry("receive", "purchase_order", "PO-99", *words, status=1)
    assert "There is no purchase order PO-99" in missing.stderr
    other = qbferry("receive", "invoice", "INV-1", *words, status=1)
    assert "Goods are received for a purchase_order, not for: invoice." in other.stderr


def test_a_cleared_number_lets_the_order_go_again(transferred: Office, qbferry: Run) -> None:
    number = transferred.state().external_po_number
    assert "clear-external-number" in qbferry("ready", "purchase_order", "PO-5", status=1).stderr
    qbferry("clear-external-number", "purchase_order", "PO-5")
    qbferry("ready", "purchase_order", "PO-5")
    transferred.world.run()
    assert len(transferred.orders()) == 2
    history = json.loads(qbferry("show", "purchase_order", "PO-5", "--json").stdout)["history"]
    assert [line["kind"] for line in history] == ["Sent", "Ready", "Cleared", "Sent", "Ready"]
    assert f"number {number}" in history[2]["reason"]
