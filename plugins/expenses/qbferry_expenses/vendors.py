"""The vendor a resource is in QuickBooks: bills cannot be an employee's (facts E)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from qbferry import Skip

if TYPE_CHECKING:
    from qbferry import Lists

__all__ = ["NAMESAKES", "Vendor", "created_name", "vendor"]

NAME_LENGTH = 41
"""What QuickBooks holds of a vendor's name (facts C)."""

NAMESAKES = ("Customer", "Employee", "OtherName")
"""The lists that share one space of names with vendors (facts E)."""


@dataclass(frozen=True, slots=True)
class Vendor:
    """A vendor.

    Attributes:
        name: Its name in QuickBooks.
        new: Whether it is not there yet and must be created first.
    """

    name: str
    new: bool = False


def vendor(resource: str, lists: Lists, *, create: bool) -> Vendor | Skip:
    """Find a resource's vendor: by link, by name in either order, by the name it was created with.

    Args:
        resource: ``Smith, Ann`` or ``Ann Smith``.
        lists: QuickBooks' lists. While the vendors are not known nothing is created, and QuickBooks judges.
        create: Whether one that is missing may be created.

    Returns:
        The vendor, or why there can be none.
    """
    if not lists.known("Vendor"):
        return Vendor(resource)
    wanted = created_name(resource)
    names = [resource, ", ".join(_last_and_first(resource)), written_out(resource), wanted]
    found = next((entry for name in names if (entry := lists.find("Vendor", name))), None)
    if found:
        return Vendor(found.full_name)
    if not create:
        return Skip(
            f'QuickBooks has no vendor named "{resource}". Create one there or link the resource to one, or '
            "set create_vendor = true in [plugins.expenses]."
        )
    if len(wanted) > NAME_LENGTH:
        return Skip(
            f'QuickBooks has no vendor named "{resource}", and "{wanted}" is too long for a new one: it '
            f"holds {NAME_LENGTH} characters. Create a vendor there and link the resource to it."
        )
    if taken := next((entry for kind in NAMESAKES if (entry := lists.find(kind, wanted))), None):
        return Skip(
            f'QuickBooks has no vendor named "{resource}", and "{taken.full_name}" is the name of another '
            "entry of its lists, so no vendor can be created under it. Rename that one, or create a vendor "
            f'for "{resource}" there.'
        )
    return Vendor(wanted, new=True)


def created_name(resource: str) -> str:
    """The name of a vendor made for a resource, ``v-Smith, Ann``: employees have the plain name already."""
    return "v-" + ", ".join(_last_and_first(resource))


def written_out(resource: str) -> str:
    """A resource's name as on a check: ``Ann Smith``."""
    return " ".join(reversed(_last_and_first(resource)))


def _last_and_first(resource: str) -> list[str]:
    """Take a name apart; one of a single word has no second part."""
    if "," in resource:
        last, _, first = resource.partition(",")
    else:
        first, _, last = resource.rpartition(" ")
    return [" ".join(part.split()) for part in (last, first) if part.strip()]
