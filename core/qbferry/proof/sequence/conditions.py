"""What a trial happens under: settings of the server, and what no fact decides about QuickBooks."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["AXES", "Conditions"]

AXES: Mapping[str, tuple[Any, ...]] = {
    "per_message": (3, 25, 1),
    "on_error": ("continue", "stop"),
    "remembered_sets": (1, 8),
    "restored_memory": ("of the backup", "none"),
    "file_id": (True, False),
    "time_zone": ("UTC", "America/Los_Angeles", "Australia/Sydney"),
}
"""Condition -> its values.

``file_id``: whether the company file says whose it is (facts A6). ``remembered_sets`` and ``restored_memory``
are left open by facts B3. In one of the two far time zones it is summer, when QuickBooks' offsets are wrong
(facts B2).
"""

SIZES = [len(values) for values in AXES.values()]


@dataclass(frozen=True, slots=True)
class Conditions:
    """One choice of them; see ``AXES``."""

    per_message: int
    on_error: Literal["continue", "stop"]
    remembered_sets: int
    restored_memory: str
    file_id: bool
    time_zone: str

    @classmethod
    def of(cls, seed: int) -> Conditions:
        """Those of a seed: neighbouring seeds go through all of them."""
        chosen = {}
        for name, values in AXES.items():
            seed, place = divmod(seed, len(values))
            chosen[name] = values[place]
        return cls(**chosen)

    @classmethod
    def count(cls) -> int:
        """How many there are."""
        return prod(SIZES)

    @property
    def company(self) -> dict[str, Any]:
        """The company file's settings."""
        return {
            "remembered_sets": self.remembered_sets,
            "restored_memory": self.restored_memory,
            "time_zone": "" if self.time_zone == "UTC" else self.time_zone,
            "summer_offset": "wrong",
        }

    def __str__(self) -> str:
        return ", ".join(
            (
                f"{self.per_message} requests a message",
                f"on_error {self.on_error}",
                f"QuickBooks in {self.time_zone}",
                f"it remembers {self.remembered_sets} message sets, once restored: {self.restored_memory}",
                f"the company file {'says' if self.file_id else 'does not say'} whose it is",
            )
        )
