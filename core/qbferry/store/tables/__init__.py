"""All tables of the core. No plugin needs one; columns may be added without a plugin's noticing.

``record`` is narrow, and its document and state lie beside it, so that a change of status rewrites no JSON.
"""

from __future__ import annotations

from qbferry.store.tables.base import UNHEARD, Key, metadata
from qbferry.store.tables.lists import inquiry, link, list_entry, poll, route, tie
from qbferry.store.tables.office import (
    alert,
    idempotency,
    installation,
    lease,
    person,
    refusal,
    source,
    token,
    visit,
    webhook,
)
from qbferry.store.tables.records import (
    FAILURES,
    counter,
    document,
    entity,
    history,
    outbox,
    record,
    record_value,
)
from qbferry.store.tables.runs import connector, connector_user, double, found, idle, message, run, survey

__all__ = [
    "FAILURES",
    "UNHEARD",
    "Key",
    "alert",
    "connector",
    "connector_user",
    "counter",
    "document",
    "double",
    "entity",
    "found",
    "history",
    "idempotency",
    "idle",
    "inquiry",
    "installation",
    "lease",
    "link",
    "list_entry",
    "message",
    "metadata",
    "outbox",
    "person",
    "poll",
    "record",
    "record_value",
    "refusal",
    "route",
    "run",
    "source",
    "survey",
    "tie",
    "token",
    "visit",
    "webhook",
]
