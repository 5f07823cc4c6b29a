"""What queries share: limits, iterators, counts, and the elements an application asked for (facts B5)."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from qbferry.simulator import status
from qbferry.simulator.amounts import moment
from qbferry.simulator.extensions import owned
from qbferry.simulator.status import OK, RefusalError, Status

if TYPE_CHECKING:
    from collections.abc import Sequence

    from qbferry.simulator.books import Books
    from qbferry.simulator.validate import Fields, Request

__all__ = [
    "Cursors",
    "Response",
    "chosen",
    "goes_on",
    "modified_between",
    "modified_bounds",
    "refs_named",
    "text_matches",
]

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Response:
    """What a request gives back.

    Attributes:
        status: Its status.
        content: The Ret elements: name and fields of each.
        attributes: ``retCount``, ``iteratorRemainingCount``, ``iteratorID``.
    """

    status: Status = OK
    content: Sequence[tuple[str, Fields]] = ()
    attributes: dict[str, str] = field(default_factory=dict)


class Cursors:
    """The open iterators of one QuickBooks session; they end with it."""

    def __init__(self) -> None:
        self._open: dict[str, tuple[str, list[str]]] = {}

    def page(self, request: Request, keys: list[str]) -> tuple[list[str], dict[str, str]]:
        """Cut the part of a query's result that this request gets.

        Args:
            request: The query.
            keys: Identities of all that match; looked at by a first request only.

        Returns:
            The identities for this answer, and the answer's iterator attributes.

        Raises:
            RefusalError: 3120 for an iterator that is not open, or a Continue with filters; 3150 without
            MaxReturned.
        """
        mode = request.attributes.get("iterator")
        limit = int(request.fields.get("MaxReturned", 0))
        if mode is None:
            return (keys[:limit] if limit else keys), {}
        identity = request.attributes.get("iteratorID", "")
        if mode == "Start":
            identity = f"{{{uuid.uuid4()}}}"
        elif self._open.get(identity, ("",))[0] != request.name or set(request.fields) - {
            *("MaxReturned", "IncludeRetElement", "IncludeLineItems", "IncludeLinkedTxns", "OwnerID")
        }:
            raise RefusalError(status.not_found(identity))
        else:
            _, keys = self._open.pop(identity)
        if mode == "Stop":
            return [], {"iteratorRemainingCount": "0", "iteratorID": identity}
        if not limit:
            raise RefusalError(status.missing_element("MaxReturned"))
        if rest := keys[limit:]:
            self._open[identity] = (request.name, rest)
        return keys[:limit], {"iteratorRemainingCount": str(len(rest)), "iteratorID": identity}


def goes_on(request: Request) -> bool:
    """Tell whether a query goes on with an iterator instead of asking anew."""
    return request.attributes.get("iterator") in {"Continue", "Stop"}


def chosen(request: Request, name: str, found: Sequence[Fields]) -> list[tuple[str, Fields]]:
    """Give the Ret elements with what IncludeRetElement names, or whole; wrong names are ignored.

    Of the fields that applications added, they hold those of the owners that OwnerID names.
    """
    wanted = set(request.fields.get("IncludeRetElement", ()))
    owners = {owner.lower() for owner in request.fields.get("OwnerID", ())}
    return [
        (name, {key: value for key, value in fields.items() if key in wanted} if wanted else fields)
        for fields in (owned(each, owners) for each in found)
    ]


def modified_bounds(company: Books, bounds: Fields) -> tuple[str, list[int]]:
    """The same as ``modified_between``, as a condition on the column ``modified``, so that an index helps."""
    first, last = bounds.get("FromModifiedDate"), bounds.get("ToModifiedDate")
    zone = company.zone if first or last else None
    return (
        (" AND modified >= ?" if first else "") + (" AND modified <= ?" if last else ""),
        [*([moment(first, zone)] if first else []), *([moment(last, zone, end=True)] if last else [])],
    )


def modified_between(company: Books, bounds: Fields, modified: int) -> bool:
    """Tell whether a time of change lies between FromModifiedDate and ToModifiedDate, both included.

    A time without offset is one of QuickBooks' computer.
    """
    first, last = bounds.get("FromModifiedDate"), bounds.get("ToModifiedDate")
    if not first and not last:
        return True
    zone = company.zone
    return not (first and modified < moment(first, zone)) and not (
        last and modified > moment(last, zone, end=True)
    )


def text_matches(fields: Fields, element: str, text: str) -> bool:
    """Apply ``NameFilter`` and ``NameRangeFilter``, or those of RefNumber, to a text; case does not count."""
    text = text.casefold()
    if match := fields.get(f"{element}Filter"):
        part = match[element].casefold()
        tests = {"StartsWith": text.startswith, "EndsWith": text.endswith, "Contains": text.__contains__}
        if not tests[match["MatchCriterion"]](part):
            return False
    span = fields.get(f"{element}RangeFilter", {})
    first, last = span.get(f"From{element}", "").casefold(), span.get(f"To{element}", "").casefold()
    return not (first and text < first) and not (last and text > last and not text.startswith(last))


def refs_named(choice: Fields, list_id: str | None, full_name: str | None) -> bool:
    """Apply an EntityFilter, AccountFilter or ClassFilter to what a reference holds."""
    if list_id is None or full_name is None:
        return not choice
    name = full_name.casefold()
    if "ListID" in choice:
        return list_id in choice["ListID"]
    if "FullName" in choice:
        return name in {wanted.casefold() for wanted in choice["FullName"]}
    if parent := choice.get("FullNameWithChildren"):
        return name == parent.casefold() or name.startswith(f"{parent.casefold()}:")
    return True
