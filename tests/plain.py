"""Invoices as they are: QuickBooks judges their names. For tests that are not about names."""

from __future__ import annotations

from qbferry.config import PluginSettings
from qbferry_invoices.settings import Settings

__all__ = ["INVOICES", "plain"]

INVOICES = Settings(check_names=False)


def plain(*enabled: str) -> PluginSettings:
    """Settings of these plugins, of the built-in ones where none is named."""
    return PluginSettings.model_validate({"enabled": enabled or None, "invoices": {"check_names": False}})
