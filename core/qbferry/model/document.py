"""What an entity's records are made of: the document from the source, the state its plugin keeps."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, ClassVar, Self

from pydantic import BaseModel, ConfigDict, Field

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date
    from decimal import Decimal

__all__ = ["Document", "NoState", "State", "Summary", "Unit"]


class Document(BaseModel):
    """Base of an entity's record shape: one JSON object, unknown fields refused.

    Attributes:
        id: The source's own identity of the record, unique within its entity and connector.
        batch: The batch it was processed in, if the source has batches.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = Field(min_length=1, max_length=100)
    batch: str | None = Field(default=None, max_length=100)


class State(BaseModel):
    """Base of what a plugin remembers of a record beyond its document; every field has a default.

    A state is never changed in place: ``record.state = record.state.replace(order_txn_id=...)``.

    Attributes:
        VERSION: Raised when the shape changes; ``upgrade`` then reads what is stored in an older one.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    VERSION: ClassVar[int] = 1

    @classmethod
    def upgrade(cls, old: Mapping[str, Any], version: int) -> Mapping[str, Any]:  # noqa: ARG003
        """Turn a stored state of an older version into the present shape.

        Args:
            old: What was stored, as JSON gives it.
            version: The ``VERSION`` of then.
        """
        return old

    def replace(self, **changes: Any) -> Self:
        """A state with other values, checked.

        Raises:
            pydantic.ValidationError: A value does not fit its field, or there is no such field.
        """
        return type(self).model_validate({**dict(self), **changes})


class NoState(State):
    """The state of an entity whose plugin remembers nothing."""


class Unit(StrEnum):
    """What an amount counts; only amounts of money are added up by currency."""

    MONEY = "money"
    HOURS = "hours"


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """What the core knows of any record: for lists, filters, totals.

    Attributes:
        party: Whom it is for: customer, vendor, employee.
        dated: The record's own date.
        amount: What it comes to, to the hundredth.
        currency: The ISO code, where the source names one; empty: the company file's own.
        unit: What the amount counts.
        number: The number a person at the source knows it by.
    """

    party: str = ""
    dated: date | None = None
    amount: Decimal | None = None
    currency: str = ""
    unit: Unit = Unit.MONEY
    number: str = ""
