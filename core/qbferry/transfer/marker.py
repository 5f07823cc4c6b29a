"""The marker by which a request's object is recognized in QuickBooks."""

from __future__ import annotations

import uuid
from functools import lru_cache
from hashlib import sha1
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from qbferry.model import Owner

__all__ = ["marker"]

_VARIANTS = {digit: "89AB"[int(digit, 16) % 4] for digit in "0123456789ABCDEF"}
"""The digit that says of which kind a GUID is, in place of each other."""


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
    # As uuid.uuid5 has it (RFC 9562, 5.5), which takes four times as long for what every request needs.
    digest = sha1(_namespace(installation) + name.encode(), usedforsecurity=False).hexdigest().upper()
    variant = _VARIANTS[digest[16]]
    return f"{{{digest[:8]}-{digest[8:12]}-5{digest[13:16]}-{variant}{digest[17:20]}-{digest[20:32]}}}"


@lru_cache(maxsize=1)
def _namespace(installation: str) -> bytes:
    return uuid.UUID(installation).bytes
