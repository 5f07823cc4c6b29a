"""One company file, and what happens in it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from qbferry.model.status import OnError

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["ANY_KIND", "Connector", "Event"]

ANY_KIND = "any"
"""The kind whose convention holds for all that have none of their own."""

WORD = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Connector:
    """One web connector, as hooks see it: one QuickBooks company file.

    Attributes:
        id: The database's own key.
        name: What people call it.
        on_error: ``stop``: after a refusal the later requests of the run stay Pending.
        qbxml_version: What is declared on its messages, such as ``13.0``.
        country: ``US``, ``CA``, ``UK`` or ``AU``, as its QuickBooks said; empty before the first run.
        features: QuickBooks' preferences as last read, such as ``IsUsingClassTracking``.
        conventions: Entity -> kind -> how names are made there, such as ``{role}~{billing_code}``.
        at: The moment of the call hooks are asked in. They go by it instead of reading the clock, so that the
            same record gives the same requests.
    """

    id: int
    name: str
    on_error: OnError = OnError.CONTINUE
    qbxml_version: str = "13.0"
    country: str = ""
    features: Mapping[str, str] = field(default_factory=dict)
    conventions: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    at: datetime = field(default_factory=lambda: datetime.now(UTC))

    @property
    def today(self) -> date:
        """The date of that moment where the server is: what a record without a date of its own is dated."""
        return self.at.astimezone().date()

    @property
    def tracks_classes(self) -> bool:
        """Whether its QuickBooks takes classes; believed until it has said otherwise."""
        return self.features.get("IsUsingClassTracking") != "false"

    def made_name(self, entity: str, kind: str | None, words: Mapping[str, str | None]) -> str | None:
        """A name as the convention of this company file makes it.

        Args:
            entity: Whose: ``invoice``.
            kind: What of it: ``labor``; None where nobody has said.
            words: What there is to make it of.

        Returns:
            The name; None where there is no convention, or a word of it is blank.
        """
        conventions = self.conventions.get(entity)
        if not conventions:
            return None
        pattern = conventions.get(kind or ANY_KIND) or conventions.get(ANY_KIND)
        if not pattern or not all(words.get(word) for word in WORD.findall(pattern)):
            return None
        return WORD.sub(lambda found: words[found[1]] or "", pattern)


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happened, for ``observe``: ``run.started``, ``record.transferred``, and so on."""

    name: str
    connector: str
    data: Mapping[str, Any] = field(default_factory=dict)
