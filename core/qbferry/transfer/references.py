"""Resolving the names in a record: a link, an exact name, an entry to be made, or a sentence."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, TypeAlias

from qbferry.model import SHARED, Name, Names, TransferStatus, fold
from qbferry.qbxml.values import name as full_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from qbferry.model import ListEntry, Lists, NewEntry, Reference, Target

__all__ = ["Remembered", "Resolution", "Shape", "entry_key", "resolve", "shape_of", "wanted"]

Shape: TypeAlias = tuple[int, str, tuple[str, ...], tuple[str, ...], str | None]

Remembered: TypeAlias = "dict[Shape, tuple[Target, Name | None]]"
"""What was found for a shape, of this very target; None: nothing, and it need not be there."""

LEVELS = frozenset({"Account", "Class", "Customer", "Item"})
"""The lists whose entries lie one in another, ``Parent:Child``."""

LABELS = {
    "Customer": "a customer",
    "Vendor": "a vendor",
    "Employee": "an employee",
    "OtherName": "another name",
}


@dataclass(slots=True)
class Resolution:
    """What became of a record's references.

    Attributes:
        found: What each stands for, by where it stands. Those that are optional and not there are left out.
        problems: A sentence for each that stands for nothing.
        unresolved: Those references.
        missing: The entries that must be made first, by ``entry_key``.
        awaited: A sentence for each record that it refers to and that goes to QuickBooks first.
    """

    found: dict[str, Name] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    missing: dict[str, NewEntry] = field(default_factory=dict)
    unresolved: list[Reference] = field(default_factory=list)
    awaited: list[str] = field(default_factory=list)

    def names(self, references: Iterable[Reference]) -> Names:
        """What the references became; what could not resolve, as it was given."""
        given = {
            reference.at: Name(reference.name if reference.target.record else full_name(reference.name))
            for reference in references
            if not (reference.at in self.found or reference.target.optional)
        }
        return Names(given | self.found)


def entry_key(kind: str, name: str) -> str:
    """By what an entry that is to be made is known, however often it is needed."""
    return f"{kind}:{fold(name)}"


def resolve(
    references: Iterable[Reference],
    lists: Lists,
    refused: Mapping[str, str],
    remembered: Remembered | None = None,
) -> Resolution:
    """Find what the references of a record stand for.

    Args:
        references: The references.
        lists: QuickBooks' lists.
        refused: Why entries could not be made in this run, by ``entry_key``.
        remembered: What was found for other records, by the same lists; is added to.
    """
    resolution, remembered = Resolution(), {} if remembered is None else remembered
    for reference in references:
        shape = shape_of(reference)
        known = remembered.get(shape)
        if known is not None and known[0] is reference.target:
            if known[1] is not None:
                resolution.found[reference.at] = known[1]
            continue
        before = len(resolution.problems)
        _resolve(reference, lists, refused, resolution)
        name = resolution.found.get(reference.at)
        if len(resolution.problems) > before:
            resolution.unresolved.append(reference)
        elif not reference.target.record and (name is None or name.entry):
            remembered[shape] = reference.target, name
    return resolution


def shape_of(reference: Reference) -> Shape:
    """All that decides which entry a reference stands for, but where it stands."""
    new = reference.new
    return (
        id(reference.target),
        reference.name,
        tuple(reference.spellings),
        tuple(reference.uses),
        None if new is None else new.full_name,
    )


def _resolve(reference: Reference, lists: Lists, refused: Mapping[str, str], resolution: Resolution) -> None:
    target, wanted = reference.target, full_name(reference.name)
    if target.record:
        _look_up(reference, lists, resolution)
        return
    found = [*_entries(reference, lists)] or [*_below(reference, lists)]
    entry = min(found, key=lambda one: (not one.is_active, bool(target.unfit(one))), default=None)
    if entry is not None:
        if problem := _unfit(reference, entry):
            resolution.problems.append(problem)
        else:
            resolution.found[reference.at] = Name(
                entry.full_name, entry.list_id, linked=entry.linked, entry=entry
            )
    elif target.optional:
        return
    elif not all(map(lists.known, target.kinds)):
        resolution.found[reference.at] = Name(wanted)
    elif reference.new is None:
        resolution.problems.append(_unknown(reference, lists))
    else:
        _make(reference, reference.new, lists, refused, resolution)


def _look_up(reference: Reference, lists: Lists, resolution: Resolution) -> None:
    """Find another record."""
    target, identity = reference.target, reference.name.strip()
    peer = lists.peer(target.record, identity)
    named = f'the {target.label} "{identity}"{_where(reference)}'
    if peer is None:
        if not target.optional:
            resolution.problems.append(
                f'There is no {target.label} with the id "{identity}" here{_where(reference)}. '
                f"{target.remedy}"
            )
    elif peer.in_doubt:
        resolution.problems.append(f"Nobody can tell whether QuickBooks has {named}; say so there first.")
    elif peer.gone:
        resolution.problems.append(f"QuickBooks has {named} no more: it was voided or deleted there.")
    elif peer.txn_id:
        resolution.found[reference.at] = Name(peer.number or peer.id, txn_id=peer.txn_id)
    elif peer.status is TransferStatus.PENDING:
        resolution.awaited.append(f"It waits for {named}, which QuickBooks does not have yet.")
    elif peer.status is TransferStatus.FAILED:
        resolution.problems.append(
            f"QuickBooks does not have {named}, which failed for a reason of its own; mend that, and both go "
            "in the next run."
        )
    else:
        resolution.problems.append(f"QuickBooks does not have {named}; set that ready as well.")


def wanted(reference: Reference) -> Iterator[tuple[str, str]]:
    """The names that may stand for what a reference does, each with its list, the best first."""
    new = [reference.new.full_name] if reference.new else []
    used = [f"{reference.name} ({use})" for use in reference.uses]
    for kind in reference.target.kinds:
        for name in dict.fromkeys([*used, reference.name, *reference.spellings, *new]):
            yield kind, name


def _entries(reference: Reference, lists: Lists) -> Iterator[ListEntry]:
    """The entries that bear one of a reference's names, in the order of the lists."""
    for kind, name in wanted(reference):
        if entry := lists.find(kind, name):
            yield entry


def _below(reference: Reference, lists: Lists) -> Iterator[ListEntry]:
    """The entry below one that a name is mapped to: the job of a customer who is called otherwise there."""
    parent, _, child = full_name(reference.name).rpartition(":")
    for kind in LEVELS.intersection(reference.target.kinds) if parent else ():
        above = lists.find(kind, parent)
        entry = lists.find(kind, f"{above.full_name}:{child}") if above and above.linked else None
        if entry:
            yield entry


def _make(
    reference: Reference, new: NewEntry, lists: Lists, refused: Mapping[str, str], resolution: Resolution
) -> None:
    """Have an entry made, unless QuickBooks could not hold it; first the one it lies in."""
    wanted = new.full_name
    above = new.parent and lists.find(new.kind, new.parent.full_name)
    while new.parent and not above:
        new = new.parent
        above = new.parent and lists.find(new.kind, new.parent.full_name)
    key = entry_key(new.kind, new.full_name)
    label = reference.target.label
    start = f'QuickBooks has no {label} named "{reference.name}"{_where(reference)}, and '
    if key in refused:
        problem = f'{start}"{new.full_name}" could not be made: {refused[key]}'
    elif ":" in wanted and new.kind not in LEVELS:
        problem = (
            f"{start}no {label} there can have a colon in its name, so it cannot be made. "
            f"{reference.target.remedy}"
        )
    elif new.kind == "Customer" and ":" in reference.name:
        problem = (
            f"{start}no customer is made of a name with a colon: it means a job there, and no name can hold "
            f"one. Correct the name at the source; a job is made of Customer~Job."
        )
    elif any(len(part) > new.longest for part in wanted.split(":")):
        problem = (
            f'{start}"{wanted}" is too long for a new one: it holds {new.longest} characters. '
            f"{reference.target.remedy}"
        )
    elif taken := _namesake(new.kind, new.full_name, lists):
        problem = (
            f'{start}"{taken.full_name}" is {LABELS[taken.kind]} there already, so no {label} can have that '
            f"name. {reference.target.remedy}"
        )
    elif lacking := (named := _named(new, lists)).problems:
        problem = f'{start}"{new.full_name}" cannot be made: {" ".join(lacking)}'
    else:
        fields: dict[str, Any] = {**new.fields, **named.found}
        if above:
            fields["parent"] = Name(above.full_name, above.list_id, linked=above.linked, entry=above)
        resolution.missing[key] = replace(new, fields=fields)
        resolution.found[reference.at] = Name(wanted)
        return
    resolution.problems.append(problem)


def _named(new: NewEntry, lists: Lists) -> Resolution:
    """What the names in the fields of an entry that is to be made stand for."""
    named = Resolution()
    for each in new.names:
        if each.at not in named.found:
            _resolve(each, lists, {}, named)
    return named


def _unknown(reference: Reference, lists: Lists) -> str:
    label = reference.target.label
    names = dict.fromkeys(map(full_name, (reference.name, *reference.spellings)))
    spelled = " or ".join(f'"{name}"' for name in names)
    start = f"QuickBooks has no {label} named {spelled}{_where(reference)}"
    name = full_name(reference.name)
    for kind in reference.target.kinds:
        if taken := _namesake(kind, name, lists) or _namesake(kind, name.partition(":")[0], lists):
            return (
                f'{start}: it has {LABELS[taken.kind]} named "{taken.full_name}", and no other entry can '
                "have that name. Rename that one in QuickBooks, or correct the name at the source."
            )
        if kind in LEVELS and (near := lists.ending(kind, name)):
            others = " or ".join(f'"{entry.full_name}"' for entry in near)
            return (
                f"{start}, but it has {others}. Use that name at the source, or map it: qbferry map set "
                f'{kind} "{reference.name}" "{near[0].full_name}".'
            )
        if kind == "Customer" and ":" in name:
            customer, _, job = name.rpartition(":")
            return (
                f'{start}: that is the job "{job}" of "{customer}", since a colon or ~ means a job there, '
                f"and no name can hold one. {reference.target.remedy}"
            )
    return f"{start}. {reference.target.remedy}"


def _namesake(kind: str, name: str, lists: Lists) -> ListEntry | None:
    """The entry of another list that keeps a name from being one of this list."""
    if kind not in SHARED:
        return None
    others = (lists.find(other, name) for other in sorted(SHARED - {kind}))
    return next((entry for entry in others if entry), None)


def _unfit(reference: Reference, entry: ListEntry) -> str | None:
    target = reference.target
    if not (entry.is_active or target.inactive):
        return (
            f'The {target.label} "{entry.full_name}"{_where(reference)} is inactive in QuickBooks. Make it '
            "active there; the record goes again in the next run."
        )
    if reason := target.unfit(entry):
        named = f'The {target.label} "{entry.full_name}"{_where(reference)}'
        return f"{named} is one which {reason}. {target.mend or target.remedy}"
    return None


def _where(reference: Reference) -> str:
    return f" ({reference.where})" if reference.where else ""
