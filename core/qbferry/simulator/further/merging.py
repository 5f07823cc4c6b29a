"""ListMerge: two entries of a list become one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qbferry.simulator import status
from qbferry.simulator.selection import Response
from qbferry.simulator.status import RefusalError

if TYPE_CHECKING:
    from qbferry.simulator.books import Books
    from qbferry.simulator.records import Entry
    from qbferry.simulator.validate import Fields, Request

__all__ = ["ANSWERS"]


def _merge(company: Books, request: Request) -> Response:
    kind = request.fields["ListMergeType"]
    gone, kept = (_named(company, kind, request.fields[end]) for end in ("MergeFrom", "MergeTo"))
    if gone.list_id == kept.list_id:
        # assumption: facts B8 - what QuickBooks says to that was not seen.
        raise RefusalError(status.invalid_value("MergeTo", kept.list_id, "It is the same as MergeFrom."))
    company.move_entry(gone, kept)
    after = company.renew_entry(kept)
    return Response(
        content=[
            (
                "",
                {
                    "ListMergeType": kind,
                    "MergedFrom": {
                        "ListID": gone.list_id,
                        "TimeDeleted": company.stamp(company.second()),
                        "FullName": gone.full_name,
                    },
                    "MergedTo": {
                        "ListID": after.list_id,
                        "TimeCreated": company.stamp(after.created),
                        "TimeModified": company.stamp(after.modified),
                        "EditSequence": str(after.edit_sequence),
                        "FullName": after.full_name,
                    },
                },
            )
        ]
    )


def _named(company: Books, kind: str, end: Fields) -> Entry:
    entry = company.entry(end["ListID"])
    if entry is None or entry.kind != kind:
        raise RefusalError(status.not_found(end["ListID"]))
    if str(entry.edit_sequence) != end["EditSequence"]:
        raise RefusalError(status.stale(end["EditSequence"]))
    return entry


ANSWERS = {"ListMerge": _merge}
