"""The kinds of transactions the simulator knows, a module each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qbferry.simulator.transactions.check import CHECK
from qbferry.simulator.transactions.invoice import INVOICE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from qbferry.simulator.transactions.kind import Kind

__all__ = ["KINDS"]

KINDS: Mapping[str, Kind] = {kind.name: kind for kind in (CHECK, INVOICE)}
