"""qbferry carries records into QuickBooks Desktop through the Web Connector, each exactly once.

This is the door for plugin authors: everything a plugin imports comes from here. A name is looked up where it
lives when it is first asked for, so that a command that needs none of them does not wait for all.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from qbferry.errors import ConfigError, InputError, PluginError, QbferryError, RenderError
    from qbferry.fields import BillableStatus, Choice, Money, PartId, Quantity, Transmission
    from qbferry.model import (
        Already,
        AnyRecord,
        Cleared,
        Column,
        Connector,
        Continue,
        Document,
        Edit,
        Entity,
        Event,
        Extension,
        Fetched,
        Gone,
        Ignore,
        Kind,
        ListEntry,
        Lists,
        More,
        Name,
        Names,
        Naming,
        NewEntry,
        News,
        NewsKind,
        NoState,
        Noted,
        Nothing,
        Occasion,
        OnError,
        Outcome,
        Peer,
        Poll,
        Record,
        Records,
        Reference,
        Rejected,
        Request,
        Result,
        Retry,
        SendAgain,
        Sent,
        Skip,
        Source,
        State,
        Summary,
        Target,
        TransferStatus,
        Unit,
        Withdraw,
        first_reason,
    )
    from qbferry.plugin.markers import API_VERSION, hookimpl
    from qbferry.plugin.mirror import mirror
    from qbferry.plugin.ports import Desk, Storage, desk_of
    from qbferry.qbxml.response import Node, Response
    from qbferry.qbxml.values import name as full_name
    from qbferry.texts import visible

__all__ = [
    "API_VERSION",
    "Already",
    "AnyRecord",
    "BillableStatus",
    "Choice",
    "Cleared",
    "Column",
    "ConfigError",
    "Connector",
    "Continue",
    "Desk",
    "Document",
    "Edit",
    "Entity",
    "Event",
    "Extension",
    "Fetched",
    "Gone",
    "Ignore",
    "InputError",
    "Kind",
    "ListEntry",
    "Lists",
    "Money",
    "More",
    "Name",
    "Names",
    "Naming",
    "NewEntry",
    "News",
    "NewsKind",
    "NoState",
    "Node",
    "Noted",
    "Nothing",
    "Occasion",
    "OnError",
    "Outcome",
    "PartId",
    "Peer",
    "PluginError",
    "Poll",
    "QbferryError",
    "Quantity",
    "Record",
    "Records",
    "Reference",
    "Rejected",
    "RenderError",
    "Request",
    "Response",
    "Result",
    "Retry",
    "SendAgain",
    "Sent",
    "Skip",
    "Source",
    "State",
    "Storage",
    "Summary",
    "Target",
    "TransferStatus",
    "Transmission",
    "Unit",
    "Withdraw",
    "desk_of",
    "first_reason",
    "full_name",
    "hookimpl",
    "mirror",
    "visible",
]

_ROOMS = {
    "API_VERSION": "plugin.markers",
    "BillableStatus": "fields",
    "Choice": "fields",
    "ConfigError": "errors",
    "Desk": "plugin.ports",
    "InputError": "errors",
    "Money": "fields",
    "Node": "qbxml.response",
    "PartId": "fields",
    "PluginError": "errors",
    "QbferryError": "errors",
    "Quantity": "fields",
    "RenderError": "errors",
    "Response": "qbxml.response",
    "Storage": "plugin.ports",
    "Transmission": "fields",
    "desk_of": "plugin.ports",
    "full_name": "qbxml.values:name",
    "hookimpl": "plugin.markers",
    "mirror": "plugin.mirror",
    "visible": "texts",
}
"""Where a name lives, and what it is called there if that differs; all others live in ``model``."""

if not TYPE_CHECKING:  # with it, a type checker would take any name for one of these

    def __getattr__(name: str) -> object:
        """Fetch a name of the door, once.

        Raises:
            AttributeError: It is none.
        """
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        room, _, there = _ROOMS.get(name, "model").partition(":")
        globals()[name] = found = getattr(import_module(f"{__name__}.{room}"), there or name)
        return found
