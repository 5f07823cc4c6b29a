"""qbferry carries records into QuickBooks Desktop through the Web Connector, each exactly once.

This is the door for plugin authors: everything a plugin imports comes from here.
"""

from __future__ import annotations

from qbferry.errors import ConfigError, InputError, PluginError, QbferryError, RenderError
from qbferry.fields import Choice, Money, Quantity, Transmission
from qbferry.model import (
    Connector,
    Continue,
    Document,
    Entity,
    Event,
    ListEntry,
    Lists,
    Outcome,
    Poll,
    Record,
    Rejected,
    Request,
    Retry,
    Sent,
    Skip,
    TransferStatus,
)
from qbferry.plugin.commands import Desk, desk_of
from qbferry.plugin.markers import hookimpl
from qbferry.qbxml.response import Node, Response
from qbferry.qbxml.values import name as full_name
from qbferry.store.transferable import Base, Transferable
from qbferry.transfer.mirror import mirror

__all__ = [
    "Base",
    "Choice",
    "ConfigError",
    "Connector",
    "Continue",
    "Desk",
    "Document",
    "Entity",
    "Event",
    "InputError",
    "ListEntry",
    "Lists",
    "Money",
    "Node",
    "Outcome",
    "PluginError",
    "Poll",
    "QbferryError",
    "Quantity",
    "Record",
    "Rejected",
    "RenderError",
    "Request",
    "Response",
    "Retry",
    "Sent",
    "Skip",
    "TransferStatus",
    "Transferable",
    "Transmission",
    "desk_of",
    "full_name",
    "hookimpl",
    "mirror",
]
