"""Whether a credit memo may go: pure rules, each named as the README names it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from qbferry_credit_memos.document import CreditMemoDocument
    from qbferry_credit_memos.settings import Settings

__all__ = ["RULES"]

NUMBER_LENGTH = 11
"""What QuickBooks holds of a credit memo's number (facts C)."""


def not_voided(memo: CreditMemoDocument, _settings: Settings) -> str | None:
    """A voided credit memo stays at its source."""
    if memo.voided:
        return f"Credit memo {memo.id} is voided; voided credit memos are not transferred."
    return None


def gives_something(memo: CreditMemoDocument, _settings: Settings) -> str | None:
    """QuickBooks takes no credit memo below zero; that is an invoice there."""
    if memo.credited < 0:
        return (
            f"Credit memo {memo.id} comes to {memo.credited:.2f}: the customer would owe it. Amounts of a "
            "credit memo are what the customer gets, so give them without a minus, or send it as an invoice."
        )
    if not any(line.item or line.amount for line in memo.lines):
        return f"Credit memo {memo.id} has no line with an item or an amount, so there is nothing to credit."
    return None


def has_items(memo: CreditMemoDocument, settings: Settings) -> str | None:
    """QuickBooks books money by its item, so a line with money needs one."""
    for position, line in enumerate(memo.lines, 1):
        if line.amount and not line.item and not settings.default_item:
            return (
                f"Line {position} of credit memo {memo.id} has an amount but no item. Give it one at the "
                "source, or set default_item in [plugins.credit_memos]."
            )
    return None


def has_number(memo: CreditMemoDocument, settings: Settings) -> str | None:
    """Where the source numbers credit memos, each has a number that QuickBooks can hold."""
    if settings.number != "source":
        return None
    if not memo.number:
        return (
            f"Credit memo {memo.id} has no number of its own. Give it one at the source, or let QuickBooks "
            'number credit memos: number = "quickbooks" in [plugins.credit_memos].'
        )
    if len(memo.number) > NUMBER_LENGTH:
        return (
            f'The number "{memo.number}" of credit memo {memo.id} is too long: QuickBooks holds '
            f"{NUMBER_LENGTH} characters."
        )
    return None


RULES: Mapping[str, Callable[[CreditMemoDocument, Settings], str | None]] = {
    "Not voided": not_voided,
    "Something to credit": gives_something,
    "Items": has_items,
    "Number": has_number,
}
"""The README's name of each rule -> the rule."""
