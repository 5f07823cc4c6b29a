"""One qbXML request, and whose it is."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Owner", "OwnerKind", "Request"]


class OwnerKind(StrEnum):
    """What a request belongs to."""

    RECORD = "record"
    ENTRY = "entry"
    DOUBLE = "double"


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose request it is: its marker, its settling and its lines in the history go by this.

    Attributes:
        kind: A record, an entry of a QuickBooks list that is to be created, or a transaction that is there
            twice and is to be deleted.
        entity: The record's entity; of an entry its list (``Vendor``), of a double its kind (``Invoice``).
        pk: The record's key in the database; 0 for the others.
        id: The record's id; of an entry its full name, of a double its TxnID.
    """

    kind: OwnerKind
    entity: str
    pk: int
    id: str

    @property
    def root(self) -> str:
        """What its markers begin with; a record's is its entity's plain name."""
        return self.entity if self.kind is OwnerKind.RECORD else f"{self.kind}:{self.entity}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One qbXML request.

    Attributes:
        key: Its identity within its owner, the same every time: ``invoice``, ``entry:7``.
        name: The qbXML request without ``Rq``: ``InvoiceAdd``.
        fields: What its template is rendered with.
        label: What a person calls it when it fails: ``entry 7``. Empty for a record of one request.
        marker: The ExternalGUID that makes it recognizable in QuickBooks, ``{GUID}``; the framework sets it.
    """

    key: str
    name: str
    fields: Mapping[str, Any]
    label: str = ""
    marker: str = ""
