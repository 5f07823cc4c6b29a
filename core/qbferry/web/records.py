"""The search page of a kind of record, and what is done from it to many records at once."""

from __future__ import annotations

import csv
import io
from collections import Counter
from typing import TYPE_CHECKING, Any

from starlette.responses import StreamingResponse

from qbferry.desk import browsing, readiness
from qbferry.desk.acts import ACTS, doing
from qbferry.desk.paging import Pages
from qbferry.desk.readiness import veto
from qbferry.errors import InputError
from qbferry.model import Column, Kind, TransferStatus
from qbferry.store.pages import Search
from qbferry.web.view import View, act, back, connector_of, given, page, tell, visitor
from qbferry.web.wording import _, noted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from starlette.datastructures import FormData
    from starlette.requests import Request
    from starlette.responses import Response

    from qbferry.desk.drawer import Drawer
    from qbferry.desk.readiness import Verdict
    from qbferry.model import RecordRow
    from qbferry.store.catalog import KnownKind

__all__ = ["COMMON", "DONE", "RecordsView", "summed_up"]

COMMON = (
    Column(name="number", label=noted("Number")),
    Column(name="party", label=noted("For")),
    Column(name="dated", label=noted("Date"), kind=Kind.DATE),
    Column(name="amount", label=noted("Amount"), kind=Kind.MONEY),
    Column(name="transfer_status", label=noted("QuickBooks Transfer Status")),
    Column(name="transfer_date", label=noted("QuickBooks Transfer Date"), kind=Kind.MOMENT),
    Column(name="ref_number", label=noted("Number in QuickBooks")),
    Column(name="batch", label=noted("Batch")),
    Column(name="needs_resync", label=noted("QuickBooks Needs Resync"), kind=Kind.FLAG),
    Column(name="paid_date", label=noted("Paid"), kind=Kind.DATE),
    Column(name="reason", label=noted("Why")),
)
"""What every entity can show; its own columns come behind them."""

USUAL = ("number", "party", "dated", "amount", "transfer_status", "transfer_date", "reason")

SORTS = {
    "number": "number",
    "party": "party",
    "dated": "date",
    "amount": "amount",
    "transfer_status": "status",
    "transfer_date": "transferred",
}
"""Column -> what sorts by it."""

DONE: Mapping[str, str] = {
    "ready": noted("set ready"),
    "not-ready": noted("set not ready"),
    "clear": noted("cleared"),
}
"""How what was done is told."""

MARK = "<!-- what is done -->"


class RecordsView(View):
    """A page of records for each kind, whoever declared it."""

    path = ""

    @page("/records/{entity}")
    def index(self, request: Request) -> Response:
        """The search and what it finds."""
        with self.office.shelf(request.path_params["entity"], connector_of(request)) as shelf:
            asked, problem = browsing.Asked(search=Search()), ""
            try:
                asked = browsing.asked(shelf.kind, request.query_params)
            except InputError as error:
                problem = str(error)
            found = browsing.look(shelf, asked)
            offers = self._offers(shelf.kind, [row for row, _ in found.rows], connector_of(request))
            own = [column for column in shelf.kind.columns if column.name not in _names(COMMON)]
            return self.show(
                request,
                "records",
                400 if problem else 200,
                kind=shelf.kind,
                waits_for=shelf.waits_for,
                asked=asked,
                problem=problem,
                found=found,
                offers=offers,
                columns=self._columns(request, own),
                choosable=[*COMMON, *own],
                filterable=browsing.filterable(shelf.kind),
                sorts=SORTS,
                statuses=list(TransferStatus),
                sizes=browsing.SIZES,
            )

    @page("/export/{entity}.csv")
    def export(self, request: Request) -> Response:
        """All that the search finds, for a spreadsheet."""
        entity, connector = request.path_params["entity"], connector_of(request)
        with self.office.shelf(entity, connector) as shelf:
            asked = browsing.asked(shelf.kind, request.query_params)
            names = list(dict.fromkeys(["id", *_names(COMMON), *_names(shelf.kind.columns)]))

        def lines() -> Iterator[str]:
            yield "\ufeff" + _line(names)  # by which spreadsheets know UTF-8
            with self.office.shelf(entity, connector) as shelf:
                for row, seen in browsing.everything(shelf, asked.search):
                    shown = _shown(row, seen)
                    yield _line([shown.get(name) for name in names])

        disposition = {"Content-Disposition": f'attachment; filename="{entity}.csv"'}
        return StreamingResponse(lines(), media_type="text/csv; charset=utf-8", headers=disposition)

    @act("/records/{entity}")
    def do(self, request: Request, form: FormData) -> Response:
        """Do something with those that are ticked, or with all that the search finds."""
        what, ids = given(form, "what"), [str(name) for name in form.getlist("id")]
        if only := given(form, "only"):  # of a record's own menu
            what, _space, name = only.partition(" ")
            ids = [name]
        if what not in ACTS:
            raise InputError(_("Choose what is to be done."))
        everything = given(form, "everything") == "yes" and not only
        if not ids and not everything:
            raise InputError(_("Tick the records it is about first."))
        entity, connector = request.path_params["entity"], connector_of(request)
        with self.office.shelf(entity, connector) as shelf:
            search = browsing.asked(shelf.kind, request.query_params).search if everything else None
        confirmed = given(form, "confirmed") == "yes"
        if what == "ready" and not confirmed:
            again = self._again(entity, connector, ids, search)
            if again:
                return self.show(
                    request,
                    "confirm",
                    again=again,
                    what=what,
                    ids=ids,
                    everything=everything,
                    kind=shelf.kind,
                )
        if search is not None:
            return self._stream(request, shelf.kind, what, search, confirmed=confirmed)
        with self.office.drawer(entity, connector, visitor(request).username, write=True) as drawer:
            verdicts = list(doing(what, confirmed=confirmed)(drawer, drawer.find(ids)))
        told = summed_up(shelf.kind.plural, _(DONE[what]), verdicts)
        tell(request, told, "warning" if any(one.refused for one in verdicts) else "success")
        return back(request)

    # -- Many

    def _again(self, entity: str, connector: str | None, ids: list[str], search: Search | None) -> list[str]:
        """What must be confirmed before records go again, a sentence each; of many, how many they are."""
        if search is None:
            with self.office.drawer(entity, connector) as drawer:
                return list(readiness.questions(drawer, drawer.find(ids)))
        if search.statuses and TransferStatus.TRANSFERRED not in search.statuses:
            return []
        with self.office.shelf(entity, connector) as shelf:
            there = Search(**{**_fields(search), "statuses": (TransferStatus.TRANSFERRED,)})
            count = browsing.total(shelf, there)
        if count == 0:
            return []
        number = _("More than 10,000") if count is None else f"{count:,}"
        return [
            _(
                "%(number)s of these %(plural)s are in QuickBooks already. Setting them ready makes a "
                "duplicate of each there, unless it is deleted first.",
                number=number,
                plural=shelf.kind.plural.lower(),
            )
        ]

    def _stream(
        self, request: Request, kind: KnownKind, what: str, search: Search, *, confirmed: bool
    ) -> Response:
        """A page that is shown while it works, a step after each thousand."""
        done, do = _(DONE[what]), doing(what, confirmed=confirmed)
        opener = self.office.opener(kind.name, connector_of(request), visitor(request).username)
        pages = Pages(self.office.database, opener, search)
        context = self.context(request) | {"kind": kind, "done": done}
        whole = self.frame.get_template("doing.html").render(request=request, **context)
        head, _mark, tail = whole.partition(MARK)
        step = self.frame.get_template("step.html")

        def parts() -> Iterator[str]:
            yield head
            reasons: Counter[str] = Counter()
            seen = changed = 0
            try:
                for verdicts in pages.act(do):
                    seen += len(verdicts)
                    changed += sum(one.changed for one in verdicts)
                    reasons.update(_shape(one) for one in verdicts if not one.changed)
                    yield step.render(seen=seen, total=pages.total, done=done, plural=kind.plural)
            finally:
                yield step.render(
                    end=True,
                    seen=seen,
                    changed=changed,
                    reasons=reasons.most_common(50),
                    done=done,
                    plural=kind.plural,
                )
                yield tail

        return StreamingResponse(parts(), media_type="text/html; charset=utf-8")

    # -- One page

    def _offers(
        self, kind: KnownKind, rows: list[RecordRow], connector: str | None
    ) -> dict[int, dict[str, str]]:
        """Of each record what cannot be done with it, and why."""
        if kind.name not in self.office.plugins.entities:
            return {}
        with self.office.drawer(kind.name, connector) as drawer:
            return {row.pk: offers(drawer, row) for row in rows}

    def _columns(self, request: Request, own: list[Column]) -> list[Column]:
        known = {column.name: column for column in [*COMMON, *own]}
        wanted = [name for name in request.query_params.getlist("show") if name in known]
        return [known[name] for name in wanted or USUAL]


def offers(drawer: Drawer, row: RecordRow) -> dict[str, str]:
    """What cannot be done with a record, each with the sentence why."""
    found: dict[str, str] = {}
    name = f"{drawer.kind.label} {row.id}"
    if row.in_doubt:
        found["ready"] = found["not-ready"] = _(
            "Nobody can tell whether QuickBooks has %(name)s; decide first.", name=name
        )
    elif row.transfer_status is TransferStatus.PENDING or (
        row.transfer_status is TransferStatus.FAILED and row.queue_position is not None
    ):
        found["ready"] = _("%(name)s is ready already.", name=name)
    elif reason := veto(drawer, row):
        found["ready"] = reason
    if row.transfer_status not in readiness.WAITING and not row.in_doubt:
        found["not-ready"] = _("%(name)s is not ready already.", name=name)
    return found


def summed_up(plural: str, done: str, verdicts: list[Verdict]) -> str:
    """What became of records: how many changed, and why the others did not, grouped by reason."""
    changed = sum(one.changed for one in verdicts)
    reasons = Counter(_shape(one) for one in verdicts if not one.changed)
    told = [_("%(plural)s %(done)s: %(number)s.", plural=plural, done=done, number=changed)]
    told += [
        _("%(number)s not: %(reason)s", number=count, reason=reason)
        for reason, count in reasons.most_common(5)
    ]
    if len(reasons) > 5:
        told.append(_("And %(number)s other reasons.", number=len(reasons) - 5))
    return " ".join(told)


def _shape(verdict: Verdict) -> str:
    """A reason without the record's id, so that several that share it are told once."""
    return verdict.reason.replace(verdict.id, "…") if len(verdict.id) > 2 else verdict.reason


def _fields(search: Search) -> dict[str, Any]:
    return {name: getattr(search, name) for name in search.__dataclass_fields__}


def _names(columns: Iterable[Column]) -> list[str]:
    return [column.name for column in columns]


def _shown(row: RecordRow, seen: Mapping[str, Any]) -> dict[str, Any]:
    """The values of all columns."""
    return {
        **seen,
        "number": row.number,
        "party": row.party,
        "dated": row.dated,
        "amount": None if row.amount is None else f"{row.amount / 100:.2f}",
        "needs_resync": "yes" if row.needs_resync else "",
        "paid_date": row.paid_date,
        "reason": seen["reason"] or seen["not_ready_reason"],
    }


def _line(values: Iterable[Any]) -> str:
    """A line of CSV; what a spreadsheet would take for a formula is marked as text."""
    stream = io.StringIO()
    csv.writer(stream).writerow(_plain(value) for value in values)
    return stream.getvalue()


def _plain(value: Any) -> Any:
    if isinstance(value, str) and (value[:1] in ("=", "+", "@", "\t", "\r") or _minus(value)):
        return "'" + value
    return value


def _minus(value: Any) -> bool:
    """Whether it begins like a negative number and is none."""
    if not isinstance(value, str) or not value.startswith("-"):
        return False
    return not value[1:].replace(".", "", 1).isdigit()
