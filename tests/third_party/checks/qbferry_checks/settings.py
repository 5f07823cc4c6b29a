"""``[plugins.checks]`` in ``qbferry.toml``."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

__all__ = ["Settings"]


class Settings(BaseModel):
    """How checks are written.

    Attributes:
        bank_account: The account of checks that name none.
        to_be_printed: Whether QuickBooks queues them for printing.
    """

    model_config = ConfigDict(extra="forbid")

    bank_account: str = "Checking"
    to_be_printed: bool = True
