"""The page of one record: what it says, what became of it, and what a person can do about it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qbferry.desk import biography, doubt, readiness
from qbferry.desk.acts import ACTS, doing
from qbferry.desk.lookup import columns, view
from qbferry.desk.preview import Preview, preview
from qbferry.errors import InputError
from qbferry.intake import held_back, make_edit
from qbferry.qbxml.layout import lay_out
from qbferry.web.records import DONE, offers, summed_up
from qbferry.web.view import View, act, back, connector_of, given, page, tell, visitor
from qbferry.web.wording import _

if TYPE_CHECKING:
    from starlette.datastructures import FormData
    from starlette.requests import Request
    from starlette.responses import Response

    from qbferry.model import Edit

__all__ = ["RecordView"]


class RecordView(View):
    """One record of any kind."""

    path = ""

    @page("/records/{entity}/{id:path}")
    def index(self, request: Request) -> Response:
        """All there is to know of it."""
        entity, name = request.path_params["entity"], request.path_params["id"]
        with self.office.drawer(entity, connector_of(request)) as drawer:
            [row] = drawer.find([name])
            runs = drawer.waits_for is None
            exchanges = biography.attempts(drawer.shelf, row)
            looked = preview(drawer, row) if runs else Preview()
            fields, lines = _laid_out(row.document)
            return self.show(
                request,
                "record",
                kind=drawer.kind,
                row=row,
                waits_for=drawer.waits_for,
                seen=view(drawer.shelf, row),
                own=[
                    (column, column.value(row.document, row.state, row)) for column in columns(drawer.shelf)
                ],
                fields=fields,
                lines=lines,
                names=biography.named(drawer, row) if runs else [],
                exchanges=exchanges,
                preview=looked,
                qbxml=lay_out(looked.qbxml) if looked.qbxml else "",
                differences=biography.differences(drawer, row, exchanges) if runs else [],
                offers=offers(drawer, row) if runs else {},
                edits=[(edit, held_back(drawer, row, edit)) for edit in self._edits(entity)] if runs else [],
                questions=list(readiness.questions(drawer, [row])) if runs else [],
            )

    def _edits(self, entity: str) -> tuple[Edit, ...]:
        declared = self.office.plugins.entities.get(entity)
        return declared.edits if declared else ()

    def _edit(self, entity: str, name: str) -> Edit | None:
        return next((edit for edit in self._edits(entity) if edit.name == name), None)

    @act("/records/{entity}/{id:path}")
    def do(self, request: Request, form: FormData) -> Response:
        """Do something with it."""
        entity, name = request.path_params["entity"], request.path_params["id"]
        what = given(form, "what")
        with self.office.drawer(
            entity, connector_of(request), visitor(request).username, write=True
        ) as drawer:
            kind = drawer.kind.label
            if what in ("there", "not-there"):
                if what == "there":
                    doubt.there(
                        drawer,
                        name,
                        txn_id=given(form, "txn_id") or None,
                        number=given(form, "number") or None,
                    )
                else:
                    doubt.not_there(drawer, name)
                told, refused = (
                    _("%(record)s is decided; the next run goes on with it.", record=f"{kind} {name}"),
                    False,
                )
            elif (edit := self._edit(entity, what)) is not None:
                filled = {field: given(form, f"edit-{field}") for field in edit.fields}
                row = make_edit(drawer, name, edit, filled)
                told, refused = (
                    _(
                        "%(edit)s: done; %(record)s is %(status)s.",
                        edit=edit.label,
                        record=f"{kind} {name}",
                        status=row.transfer_status,
                    ),
                    False,
                )
            elif what in ACTS:
                do = doing(what, confirmed=given(form, "confirmed") == "yes")
                verdicts = list(do(drawer, drawer.find([name])))
                refused = any(not one.changed for one in verdicts)
                told = verdicts[0].reason or summed_up(drawer.kind.plural, _(DONE[what]), verdicts)
            else:
                raise InputError(_("Choose what is to be done."))
        tell(request, told, "warning" if refused else "success")
        return back(request, request.url.path + ("?" + request.url.query if request.url.query else ""))


def _laid_out(document: dict[str, Any]) -> tuple[dict[str, str], dict[str, list[dict[str, Any]]]]:
    """A document's plain fields, and its lists of lines, each line with the same keys."""
    fields: dict[str, str] = {}
    lines: dict[str, list[dict[str, Any]]] = {}
    for name, value in document.items():
        if isinstance(value, list) and value and all(isinstance(one, dict) for one in value):
            keys = dict.fromkeys(key for one in value for key in one)
            lines[name] = [{key: _plain(one.get(key)) for key in keys} for one in value]
        elif value not in (None, "", [], {}):
            fields[name] = _plain(value)
    return fields, lines


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict):
        return ", ".join(f"{key.replace('_', ' ')} {_plain(one)}" for key, one in value.items() if one)
    if isinstance(value, list):
        return ", ".join(map(_plain, value))
    return "" if value is None else str(value)
