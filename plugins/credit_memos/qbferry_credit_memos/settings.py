"""What can be set in ``[plugins.credit_memos]``."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

__all__ = ["Settings"]


class Settings(BaseModel):
    """The plugin's settings.

    Attributes:
        number: ``source`` sends the source's number, ``quickbooks`` lets QuickBooks give one.
        default_item: The QuickBooks item of lines with an amount but no item.
        taxable_code: QuickBooks' sales tax code of taxable lines; None: the company file's own default.
        non_taxable_code: That of the others.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    number: Literal["source", "quickbooks"] = "quickbooks"
    default_item: str | None = Field(default=None, min_length=1)
    taxable_code: str | None = Field(default=None, min_length=1, max_length=3)
    non_taxable_code: str | None = Field(default=None, min_length=1, max_length=3)
