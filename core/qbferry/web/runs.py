"""Runs: who called, how long, how many, how it ended; one that goes on is shown as it goes."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

from starlette.concurrency import run_in_threadpool
from starlette.responses import StreamingResponse
from starlette_admin import route

from qbferry.desk import connectors, lookup
from qbferry.errors import NotFoundError
from qbferry.store.trail import Trail, Wanted
from qbferry.web.view import View, act, back, connector_of, page, tell
from qbferry.web.wording import _

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.datastructures import FormData
    from starlette.requests import Request
    from starlette.responses import Response

__all__ = ["RunsView"]

SIZE, LINES = 50, 200

PAUSE = 1.0
"""Seconds between two looks at a run that goes on."""

LOOKS = 15
"""After so many the browser asks again by itself, so that a server that is to end need not wait for it."""


class RunsView(View):
    """All runs, and each."""

    path = "/runs"

    @page("")
    def index(self, request: Request) -> Response:
        """The latest first."""
        with self.office.database.read() as tx:
            name = connector_of(request)
            row = tx.connectors.named(name) if tx.connectors.everyone() else None
            return self.show(request, "runs", runs=lookup.runs(tx, row.id if row else None, SIZE))

    @page("/{run:int}")
    def one(self, request: Request) -> Response:
        """A run, and what became of the records in it."""
        with self.office.database.read() as tx:
            run = self._run(request.path_params["run"])
            row = tx.connectors.named(run["connector"])
            lines = Trail(tx.connection, row.id).page(Wanted(run=run["run"]), size=LINES)
            return self.show(
                request,
                "run",
                run=run,
                lines=[lookup.line(line) for line in lines.rows],
                more=lines.after is not None,
                connector=row,
            )

    @act("/{run:int}")
    def end(self, request: Request, form: FormData) -> Response:  # noqa: ARG002
        """End it."""
        with self.office.database.write() as tx:
            name = connectors.end_run(tx, request.path_params["run"])
        tell(request, _("The run of %(name)s is ended; what QuickBooks still answers counts.", name=name))
        return back(request, request.url.path)

    @route("/{run:int}/events")
    async def events(self, request: Request) -> Response:
        """How far it is, until it has ended."""

        async def told() -> AsyncIterator[str]:
            for _look in range(LOOKS):
                try:
                    run = await run_in_threadpool(self._run, request.path_params["run"])
                except NotFoundError:
                    return
                yield f"data: {json.dumps(run)}\n\n"
                if run["ended_at"] or await request.is_disconnected():
                    return
                await asyncio.sleep(PAUSE)

        return StreamingResponse(told(), media_type="text/event-stream")

    def _run(self, run: int) -> dict[str, Any]:
        with self.office.database.read() as tx:
            return lookup.run(tx, run)
