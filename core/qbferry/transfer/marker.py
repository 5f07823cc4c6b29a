"""The marker by which a request's object is recognized in QuickBooks."""

from __future__ import annotations

import uuid

__all__ = ["marker"]


def marker(installation: str, connector: str, entity: str, record_id: str, key: str, transfer: int) -> str:
    """The ExternalGUID of a request, the same however often it is built.

    QuickBooks stores it unchanged and returns it, but neither filters by it nor keeps it unique (facts B4),
    so it serves to recognize, not to prevent.

    Args:
        installation: The installation's OwnerID.
        connector: The connector's FileID.
        entity: The entity's name.
        record_id: The record's id in its source.
        key: The request's key within the record.
        transfer: How many transfers of the record have ended before; a wanted duplicate gets its own marker.

    Returns:
        A GUID in braces, in capitals.
    """
    name = "/".join((connector, entity, record_id, key, str(transfer)))
    return f"{{{uuid.uuid5(uuid.UUID(installation), name)}}}".upper()
