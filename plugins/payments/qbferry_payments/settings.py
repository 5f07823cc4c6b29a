"""What can be set in ``[plugins.payments]``."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field, field_validator

__all__ = ["Settings"]


class Settings(BaseModel):
    """The plugin's settings.

    Attributes:
        deposit_to: The QuickBooks account payments go to; None: Undeposited Funds, where QuickBooks lets
            them wait for their deposit.
        methods: The source's word for how it was paid -> QuickBooks' payment method; the case of the word
            does not matter.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    deposit_to: str | None = Field(default=None, min_length=1, max_length=159)
    methods: dict[str, str] = Field(default_factory=dict)

    @field_validator("methods")
    @classmethod
    def _folded(cls, methods: dict[str, str]) -> dict[str, str]:
        return {word.casefold(): method for word, method in methods.items()}
