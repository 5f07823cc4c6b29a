"""Tickets: what a run's calls carry, stored as a hash only."""

from __future__ import annotations

import hashlib
import secrets

__all__ = ["UNKNOWN", "digest", "new_ticket"]

UNKNOWN = "The ticket is not known here or has expired; start the update again in the Web Connector."


def new_ticket() -> tuple[str, bytes]:
    """A ticket nobody can guess, and the hash under which it is stored."""
    ticket = secrets.token_urlsafe(32)
    return ticket, digest(ticket)


def digest(ticket: str) -> bytes:
    """What is stored of a ticket. It has 256 random bits, so a plain hash keeps it."""
    return hashlib.sha256(ticket.encode("utf-8", "surrogatepass")).digest()
