"""The pages put together: our own, in starlette-admin's frame of log-in, signed cookies and forms."""

from __future__ import annotations

import logging
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette_admin import BaseAdmin

from qbferry.web.batches import BatchesView
from qbferry.web.connectors import ConnectorsView
from qbferry.web.gate import Gate
from qbferry.web.guard import Guard
from qbferry.web.history import AlertsView, HistoryView
from qbferry.web.home import Home
from qbferry.web.importing import ImportView
from qbferry.web.mappings import MappingsView
from qbferry.web.plugins import PluginsView
from qbferry.web.record import RecordView
from qbferry.web.records import RecordsView
from qbferry.web.runs import RunsView
from qbferry.web.wording import _
from qbferry.web.words import FILTERS, with_query

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.types import ASGIApp

    from qbferry.desk.office import Office

__all__ = ["pages"]

# It warns of everybody who is not logged in yet.
logging.getLogger("starlette_admin").setLevel(logging.ERROR)

VIEWS = (
    BatchesView,
    RecordsView,
    RecordView,
    HistoryView,
    RunsView,
    AlertsView,
    ImportView,
    MappingsView,
    ConnectorsView,
    PluginsView,
)

NOTHING = HTTPException(404)


class _Site(BaseAdmin):
    """The frame.

    Args:
        office: What the pages work with.
    """

    def __init__(self, office: Office) -> None:
        with office.database.read() as tx:
            secret = tx.installations.secret()
        home = files("qbferry.web")
        self._home = Home(office)
        super().__init__(
            title="qbferry",
            base_url="/",
            route_name="pages",
            templates_dir=str(home / "templates"),
            static_dir=str(home / "static"),
            index_view=self._home,
            auth_provider=Gate(office.door),
            secret_key=secret,
            timezone_config=None,
        )
        environment = self.templates.env
        environment.filters.update(FILTERS)
        environment.globals.update(
            with_query=with_query, anybody=office.door.anybody, version=cache(lambda name: _stamp(home, name))
        )
        environment.trim_blocks = environment.lstrip_blocks = True
        for view in VIEWS:
            self.add_view(view(office))

    async def _render_error(self, request: Request, exc: Exception = NOTHING) -> Response:
        """What starlette-admin shows where there is no page."""
        status = exc.status_code if isinstance(exc, HTTPException) else 500
        message = _("There is no such page.") if status == 404 else _("This page does not do that.")
        return await run_in_threadpool(self._home.show, request, "error", status, message=message)


def pages(office: Office) -> ASGIApp:
    """All pages, as one ASGI application for the root of a server.

    Args:
        office: What they work with.
    """
    shell = Starlette()
    _Site(office).mount_to(shell)
    return Guard(shell)


def _stamp(home: object, name: str) -> str:
    """A few letters that change when a file does, so that browsers keep it until then."""
    import hashlib

    content = (home / "static" / name).read_bytes()  # type: ignore[operator]
    return hashlib.sha256(content).hexdigest()[:8]
