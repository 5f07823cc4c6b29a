"""Which elements of a request a new plugin begins with: those that must be there, and the usual ones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from qbferry.model import Occasion
from qbferry.plugin.mirror import mirror
from qbferry.qbxml import check
from qbferry.qbxml.schema import Element
from qbferry.scaffold.words import field_name, plural
from qbferry.simulator.lists import ITEMS, REFERENCES

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from qbferry.qbxml.schema import Group

__all__ = ["MARKER", "Part", "kinds_of", "parts"]

MARKER = "ExternalGUID"

USUAL = frozenset(
    {
        *("CustomerRef", "VendorRef", "PayeeEntityRef", "EntityRef", "AccountRef", "ClassRef", "ItemRef"),
        *("PaymentMethodRef", "DepositToAccountRef", "ItemServiceRef", "BankAccountRef", "VehicleRef"),
        *("TransferFromAccountRef", "TransferToAccountRef"),
        *("TxnDate", "DueDate", "RefNumber", "CheckNumber", "PONumber", "Memo", "Desc", "Notes", "Duration"),
        *("Quantity", "Amount", "PaymentAmount", "BillableStatus", "TripStartDate", "TripEndDate"),
        *("Name", "IsActive", "CompanyName", "FirstName", "LastName", "Phone", "Email"),
    }
)
"""What records of most sources have."""

_NAMES = ("Customer", "Vendor", "Employee", "OtherName")
_TERMS = {"StandardTerms", "DateDrivenTerms"}
_MANY = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One element that a new plugin writes.

    Attributes:
        element: What qbXML says of it.
        field: Its name in the document.
        required: Whether a document must have it.
        many: Whether there may be several.
        lists: The lists its name must be in; empty for what is no reference.
        parts: What is written inside it; empty for a text or a reference.
    """

    element: Element
    field: str
    required: bool
    many: bool = False
    lists: tuple[str, ...] = ()
    parts: tuple[Part, ...] = ()

    @property
    def is_reference(self) -> bool:
        """Whether it names an entry of a list."""
        return self.element.name.endswith("Ref")


def parts(request: Element, subject: str) -> tuple[Part, ...]:
    """Choose the elements of a request, in its order; the marker is among them where there is room for it.

    Args:
        request: The element inside the request, such as ``SalesReceiptAdd``.
        subject: What it adds: ``SalesReceipt``.
    """
    return tuple(_chosen(request.children, subject, optional=False))


def kinds_of(tag: str, subject: str) -> tuple[str, ...]:
    """The lists a reference looks through that can be kept at hand; empty where that is not known."""
    anybody = tag == "EntityRef" and subject != "TimeTracking"  # time is of those who work (facts E)
    kinds = _NAMES if anybody else REFERENCES.get(tag, ((), ""))[0]
    if set(kinds) == set(ITEMS):
        kinds = ("Item",)
    elif set(kinds) == _TERMS:
        kinds = ("Terms",)
    return tuple(kinds) if all(_can_be_mirrored(kind) for kind in kinds) else ()


def _can_be_mirrored(kind: str) -> bool:
    return not check.check_request(*mirror(kind).query(Occasion()))


def _chosen(particles: Sequence[Element | Group], subject: str, *, optional: bool) -> Iterator[Part]:
    for particle in particles:
        if isinstance(particle, Element):
            yield from _part(particle, subject, required=particle.min > 0 and not optional)
        elif particle.kind == "sequence":
            yield from _chosen(particle.children, subject, optional=optional or not particle.min)
        elif particle.max is None:
            yield from (
                _lines(branch, subject)
                for branch in particle.children
                if isinstance(branch, Element) and branch.children and not _is_group(branch, subject)
            )
        elif particle.min:
            # Of a choice that must be made what needs the least, but not nothing.
            least = min(particle.children, key=lambda branch: _needed(branch) or _MANY)
            yield from _chosen([least], subject, optional=optional)
        else:
            usual = (branch for branch in particle.children if [*_chosen([branch], subject, optional=True)])
            if (first := next(usual, None)) is not None:
                yield from _chosen([first], subject, optional=True)


def _is_group(element: Element, subject: str) -> bool:
    """Tell whether it is an item group among lines; the lines of an item that is a group are none."""
    return "Group" in element.name.removeprefix(subject)


def _part(element: Element, subject: str, *, required: bool) -> Iterator[Part]:
    if element.name == MARKER:
        yield Part(element=element, field="marker", required=False)
    elif element.max is None and element.children:
        if required or ("Line" in element.name and not _is_group(element, subject)):
            yield _lines(element, subject, required=required)
    elif not (required or element.name in USUAL):
        return
    elif element.name.endswith("Ref"):
        yield Part(
            element=element,
            field=field_name(element.name, subject),
            required=required,
            lists=kinds_of(element.name, subject),
        )
    elif element.children:
        if inner := tuple(_chosen(element.children, subject, optional=False)):
            yield Part(element=element, field=field_name(element.name), required=required, parts=inner)
    else:
        yield Part(
            element=element,
            field=field_name(element.name),
            required=required or element.name == "TxnDate",  # what has a day at its source has it here
        )


def _lines(element: Element, subject: str, *, required: bool = False) -> Part:
    return Part(
        element=element,
        field=plural(field_name(element.name, subject)),
        required=required,
        many=True,
        parts=_names(element, subject)
        if element.name.endswith("Ref")
        else tuple(_chosen(element.children, subject, optional=False)),
    )


def _names(reference: Element, subject: str) -> tuple[Part, ...]:
    """What is written inside a reference of which there are several: the full name."""
    return tuple(
        Part(
            element=inner,
            field=field_name(reference.name, subject),
            required=True,
            lists=kinds_of(reference.name, subject),
        )
        for inner in reference.children
        if isinstance(inner, Element) and inner.name == "FullName"
    )


def _needed(particle: Element | Group) -> int:
    """How many texts it cannot be without, once it is there."""
    if isinstance(particle, Element) and (not particle.children or particle.name.endswith("Ref")):
        return 1
    if isinstance(particle, Element) or particle.kind == "sequence":
        return sum(_needed(each) for each in particle.children if each.min)
    return min(map(_needed, particle.children))
