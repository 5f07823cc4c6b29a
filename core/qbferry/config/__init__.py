"""The settings: what there is to set, and from where it is read."""

from qbferry.config.sections import (
    TEMPLATES,
    AlertPlaces,
    AlertSettings,
    ApiSettings,
    FolderSettings,
    KeepSettings,
    LogSettings,
    PluginSettings,
    ServerSettings,
    SourceSettings,
    TransferSettings,
    WebhookSettings,
    WebSettings,
)
from qbferry.config.settings import Settings, describe_faults, load

__all__ = [
    "TEMPLATES",
    "AlertPlaces",
    "AlertSettings",
    "ApiSettings",
    "FolderSettings",
    "KeepSettings",
    "LogSettings",
    "PluginSettings",
    "ServerSettings",
    "Settings",
    "SourceSettings",
    "TransferSettings",
    "WebSettings",
    "WebhookSettings",
    "describe_faults",
    "load",
]
