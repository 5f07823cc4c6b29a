"""What can be set in ``[plugins.autotask]``."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator

from qbferry import ConfigError

__all__ = ["Approval", "Item", "Number", "Part", "Period", "Settings", "Weekday"]


class Part(StrEnum):
    """What is read."""

    INVOICES = "invoices"
    TIMESHEETS = "timesheets"
    EXPENSE_REPORTS = "expense_reports"
    PURCHASE_ORDERS = "purchase_orders"


class Number(StrEnum):
    """Who numbers invoices."""

    QUICKBOOKS = "quickbooks"
    AUTOTASK = "autotask"


class Item(StrEnum):
    """What of a billing item names the QuickBooks item."""

    BILLING_CODE = "billing_code"
    ITEM_NAME = "item_name"


class Approval(StrEnum):
    """What counts as the approval of time, which Autotask's API does not tell."""

    BILLING_APPROVAL = "billing_approval"
    POSTING = "posting"
    NOBODY = "nobody"


class Period(StrEnum):
    """How long a timesheet is."""

    WEEKLY = "weekly"
    BIWEEKLY = "biweekly"
    SEMIMONTHLY = "semimonthly"


class Weekday(StrEnum):
    """The day a week begins with."""

    MONDAY = "monday"
    TUESDAY = "tuesday"
    WEDNESDAY = "wednesday"
    THURSDAY = "thursday"
    FRIDAY = "friday"
    SATURDAY = "saturday"
    SUNDAY = "sunday"


class Settings(BaseModel):
    """The plugin's settings.

    Attributes:
        user: The user name of the API user.
        secret: Its password. Better in the environment, or in ``secret_file``.
        secret_file: A file with nothing but the password.
        integration_code: The API tracking identifier.
        read: What is read.
        every: Minutes after which it is read again.
        ready: Whether what comes in is set ready if it is eligible.
        since: Nothing older is read. Not given: two weeks before the first time.
        only_unsent: Whether invoices and expense reports are left out that Autotask says were sent already.
        number: Who numbers invoices; only QuickBooks' numbers are written back.
        item: What of a billing item names the QuickBooks item.
        approved_by: What counts as the approval of time.
        period: How long a timesheet is.
        week_starts: The day a week begins with.
        biweekly_from: The first day of any biweekly period.
        labels: Labels of Autotask's lists that were renamed or translated: the English one -> the tenant's.
        calls_share: The share of the calls an hour of all integrations above which nothing is read.
        url: Where the zone is asked for.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    user: str = ""
    secret: SecretStr = SecretStr("")
    secret_file: Path | None = None
    integration_code: SecretStr = SecretStr("")
    read: tuple[Part, ...] = tuple(Part)
    every: int = Field(default=15, ge=1, le=1440)
    ready: bool = False
    since: date | None = None
    only_unsent: bool = True
    number: Number = Number.QUICKBOOKS
    item: Item = Item.BILLING_CODE
    approved_by: Approval = Approval.BILLING_APPROVAL
    period: Period = Period.WEEKLY
    week_starts: Weekday = Weekday.SUNDAY
    biweekly_from: date = date(2026, 1, 4)
    labels: dict[str, str] = {}
    calls_share: float = Field(default=0.75, gt=0, le=1)
    url: str = Field(default="https://webservices.autotask.net/atservicesrest/", pattern=r"^https?://.+/$")

    @model_validator(mode="after")
    def _secret_is_in_one_place(self) -> Self:
        if self.secret_file is not None and self.secret.get_secret_value():
            raise ValueError("give secret or secret_file, not both")
        return self

    @property
    def password(self) -> str:
        """The password of the API user.

        Raises:
            ConfigError: There is none, or its file cannot be read.
        """
        found = self.secret.get_secret_value()
        if self.secret_file is not None:
            try:
                found = self.secret_file.read_text("utf-8").strip()
            except (OSError, UnicodeDecodeError) as error:
                raise ConfigError(
                    f"The file {self.secret_file} of plugins.autotask.secret_file cannot be read: {error}."
                ) from error
        lacking = [
            name
            for name, value in (
                ("user", self.user),
                ("secret", found),
                ("integration_code", self.integration_code.get_secret_value()),
            )
            if not value
        ]
        if lacking:
            raise ConfigError(
                f"The plugin autotask lacks {', '.join(lacking)}; set it in [plugins.autotask], or as "
                f"QBFERRY_PLUGINS__AUTOTASK__{lacking[0].upper()}."
            )
        return found
