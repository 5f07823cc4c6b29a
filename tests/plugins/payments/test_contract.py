"""The payments plugin holds the contract of all plugins."""

from __future__ import annotations

from typing import Any, ClassVar

from qbferry import Peer
from qbferry.model import TransferStatus
from qbferry.testing import EntityContract, FixedLists
from qbferry_payments.plugin import Payments

from .conftest import RECORD, SETTINGS

CREDIT: dict[str, Any] = {
    "id": "PAY-4",
    "organization": "Cedar Clinic",
    "payment_date": "2026-11-15",
    "amount": "5.00",
}


THERE = FixedLists(
    peers=[Peer(entity="invoice", id="INV-1", status=TransferStatus.TRANSFERRED, txn_id="42-1795731030")]
)


class TestPayments(EntityContract):
    plugin = Payments
    lists = THERE
    samples = (RECORD, CREDIT)


class TestPaymentsToAnAccount(EntityContract):
    plugin = Payments
    lists = THERE
    settings: ClassVar = {"deposit_to": "Checking", **SETTINGS}
    samples = (RECORD,)
