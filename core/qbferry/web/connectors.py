"""Connectors: setting one up step by step, and whether it is well."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from starlette.responses import Response

from qbferry.desk import connectors
from qbferry.desk.connection import calls, connection
from qbferry.desk.people import Role
from qbferry.errors import InputError
from qbferry.web.view import View, act, back, given, page, tell
from qbferry.web.wording import _

if TYPE_CHECKING:
    from datetime import datetime

    from starlette.datastructures import FormData
    from starlette.requests import Request

    from qbferry.store.rows import ConnectorRow

__all__ = ["ConnectorsView"]

LONGEST_EVERY = 44_640
"""Minutes: 31 days."""


class ConnectorsView(View):
    """All connectors, and each."""

    path = ""

    @page("/connectors")
    def index(self, request: Request) -> Response:
        """All of them, with their health."""
        with self.office.database.read() as tx:
            rows = [(row, calls(row), _next(row)) for row in tx.connectors.everyone()]
            return self.show(request, "connectors", rows=rows)

    @page("/new-connector")
    def new(self, request: Request) -> Response:
        """The form for another one."""
        return self.show(request, "connector_new")

    @page("/connectors/{name}")
    def one(self, request: Request) -> Response:
        """The steps of its set-up, and what was seen of it last."""
        return self._one(request)

    @page("/connectors/{name}/file.qwc")
    def qwc(self, request: Request) -> Response:
        """The file that introduces it to the Web Connector."""
        name = request.path_params["name"]
        with self.office.database.read() as tx:
            text = connectors.qwc_file(tx, name, self.office.public_url)
        shown = name.encode("ascii", "replace").decode().replace("?", "_").replace('"', "_")
        headers = {"Content-Disposition": f'attachment; filename="{shown}.qwc"'}
        return Response(text, media_type="application/octet-stream", headers=headers)

    @act("/new-connector", Role.ADMINISTRATOR)
    def add(self, request: Request, form: FormData) -> Response:
        """Make another one; its password is shown once."""
        password = connectors.make_password()
        with self.office.database.write() as tx:
            row = connectors.add(
                tx,
                given(form, "name"),
                user=given(form, "user") or None,
                password=password,
                company_file=given(form, "company_file") or None,
                every_minutes=_minutes(given(form, "every")) or None,
            )
        return self._one(request, row.name, password=password)

    @act("/connectors/{name}", Role.ADMINISTRATOR)
    def do(self, request: Request, form: FormData) -> Response:
        """Change it, pause it, and what else there is."""
        name, what = request.path_params["name"], given(form, "what")
        if what == "password":
            password = connectors.make_password()
            with self.office.database.write() as tx:
                connectors.set_password(tx, name, password)
            return self._one(request, name, password=password)
        with self.office.database.write() as tx:
            match what:
                case "change":
                    row = connectors.change(
                        tx,
                        name,
                        new_name=given(form, "name") or None,
                        user=given(form, "user") or None,
                        every_minutes=_minutes(given(form, "every")),
                        quiet=given(form, "quiet"),
                    )
                    name = row.name
                    tell(request, _("%(name)s is changed.", name=name))
                case "pause" | "resume":
                    connectors.pause(tx, name, paused=what == "pause")
                    told = (
                        _("%(name)s is paused.", name=name)
                        if what == "pause"
                        else _("%(name)s works again.", name=name)
                    )
                    tell(request, told)
                case "clear-location":
                    connectors.clear_location(tx, name)
                    tell(request, _("The next run notes where the company file is."))
                case _:
                    raise InputError(_("Choose what is to be done."))
        return back(request, str(request.url_for("pages:ConnectorsView.one", name=name)))

    def _one(self, request: Request, name: str | None = None, *, password: str = "") -> Response:
        with self.office.database.read() as tx:
            row = tx.connectors.named(name or request.path_params["name"])
            runs = [run for run, _ in tx.runs.latest(row.id, 1)]
            return self.show(
                request,
                "connector",
                row=row,
                password=password,
                findings=list(connection(row, runs[0] if runs else None)),
                next_expected=_next(row),
                public_url=self.office.public_url,
                entities=list(self.office.running.values()),
            )


def _next(row: ConnectorRow) -> datetime | None:
    """When its Web Connector should call next; None: a person starts it, or it never called."""
    if row.last_seen_at is None or not row.every_minutes:
        return None
    return row.last_seen_at + timedelta(minutes=row.every_minutes)


def _minutes(text: str) -> int:
    if not text:
        return 0
    if not (text.isascii() and text.isdigit() and len(text) <= 5 and int(text) <= LONGEST_EVERY):
        raise InputError(
            _(
                "It runs every 0 to %(most)s minutes, as a whole number, not %(typed)s.",
                most=LONGEST_EVERY,
                typed=text[:20],
            )
        )
    return int(text)
