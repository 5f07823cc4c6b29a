"""The transfer history over all kinds of records, and the alerts that stand."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING

from qbferry.desk import alerts, lookup
from qbferry.desk.doubles import delete, found
from qbferry.desk.search import begin_of, day, end_of
from qbferry.errors import InputError
from qbferry.store.trail import Trail, Wanted
from qbferry.web.view import View, act, back, connector_of, given, page, tell, visitor
from qbferry.web.wording import _

if TYPE_CHECKING:
    from starlette.datastructures import FormData
    from starlette.requests import Request
    from starlette.responses import Response

__all__ = ["AlertsView", "HistoryView"]

SIZE = 50

RESULTS = {
    "transferred": ("Sent", "Found"),
    "people": ("Ready", "Not ready", "Cleared", "There", "Not there", "Changed"),
    "lost": ("Lost", "Deleted"),
}


class HistoryView(View):
    """What became of everything."""

    path = "/history"

    @page("")
    def index(self, request: Request) -> Response:
        """The latest first."""
        query, problem, at = request.query_params, "", None
        wanted = Wanted()
        with self.office.database.read() as tx:
            row = tx.connectors.named(connector_of(request))
            try:
                first, last = day(query.get("from") or None), day(query.get("to") or None)
                wanted = Wanted(
                    entity=query.get("entity", ""),
                    failed=query.get("result") == "failures",
                    kinds=RESULTS.get(query.get("result", ""), ()),
                    run=_whole(query.get("run", "")),
                    text=query.get("text", "").strip(),
                    first=begin_of(first).astimezone(UTC) if first else None,
                    last=end_of(last).astimezone(UTC) if last else None,
                )
                at = _whole(query.get("at", ""))
            except InputError as error:
                problem = str(error)
            lines = Trail(tx.connection, row.id).page(wanted, before=at, size=SIZE)
            return self.show(
                request,
                "history",
                lines=[lookup.line(line) for line in lines.rows],
                after=lines.after,
                searched=lines.searched,
                problem=problem,
            )


class AlertsView(View):
    """What a person must hear of."""

    path = "/alerts"

    @page("")
    def index(self, request: Request) -> Response:
        """Those that nobody has dismissed, and what QuickBooks has twice."""
        with self.office.database.read() as tx:
            name = connector_of(request)
            return self.show(request, "alerts", needs=alerts.standing(tx, name), doubles=found(tx, name))

    @act("")
    def do(self, request: Request, form: FormData) -> Response:
        """Take a person's word that it was seen to, or have a double deleted."""
        actor = visitor(request).username
        with self.office.database.write() as tx:
            if txn_id := given(form, "delete"):
                tell(request, delete(tx, connector_of(request), txn_id, actor))
            else:
                key = _whole(given(form, "dismiss"))
                if key is None:
                    raise InputError(_("Choose what is to be done."))
                alerts.dismiss(tx, key, actor)
                tell(request, _("The alert is dismissed."))
        return back(request)


def _whole(text: str) -> int | None:
    """A number that was typed; None: none was.

    Raises:
        InputError: It is none.
    """
    text = text.strip()
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 18):
        raise InputError(_("%(typed)s is no number.", typed=text[:30]))
    return int(text)
