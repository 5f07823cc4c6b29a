"""The marker by which a request's object is recognized in QuickBooks."""

from __future__ import annotations

import uuid
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from qbferry.model import Owner

__all__ = ["marker"]


def marker(installation: str, connector: str, owner: Owner, key: str, transfer: int) -> str:
    """The ExternalGUID of a request, the same however often it is built.

    QuickBooks stores it unchanged and returns it, but neither filters by it nor keeps it unique (facts B4),
    so it serves to recognize, not to prevent.

    Args:
        installation: The installation's OwnerID.
        connector: The connector's FileID.
        owner: What the request belongs to.
        key: The request's key within its owner.
        transfer: How many transfers of the owner have ended before; a wanted duplicate gets its own marker.

    Returns:
        A GUID in braces, in capitals.
    """
    name = "/".join((connector, owner.root, owner.id, key, str(transfer)))
    return f"{{{uuid.uuid5(_namespace(installation), name)}}}".upper()


@lru_cache(maxsize=1)
def _namespace(installation: str) -> uuid.UUID:
    return uuid.UUID(installation)
