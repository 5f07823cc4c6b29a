"""Import: a file is dropped, what would become of it is shown, and then it is taken in."""

from __future__ import annotations

import os
import re
import secrets
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from starlette.concurrency import run_in_threadpool
from starlette_admin import route

from qbferry.desk.people import Role
from qbferry.errors import InputError, QbferryError
from qbferry.intake import bring_in
from qbferry.web.view import View, connector_of, given, page, visitor
from qbferry.web.wording import _

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from qbferry.intake import ImportReport

__all__ = ["ImportView"]

KEPT = 24 * 3600
"""Seconds for which a file waits for its second step."""

_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")


class _How(NamedTuple):
    """How a file is taken in.

    Attributes:
        ready: Set those ready that were never transferred.
        separate: Records of ids that only other connectors have are others than those.
    """

    ready: bool
    separate: bool


class ImportView(View):
    """Records from a file."""

    path = "/import"

    @page("")
    def index(self, request: Request) -> Response:
        """Where a file is chosen or dropped."""
        return self.show(request, "import", chosen=request.query_params.get("entity", ""))

    @route("/file", methods=["POST"])
    async def look(self, request: Request) -> Response:
        """Keep the file that is the body, as it comes, and say what would become of it."""
        if not visitor(request).role.may(Role.OPERATOR):
            return await self._refused(request, 403, _("You may look only; importing takes an operator."))
        token = secrets.token_urlsafe(32)
        kept = _place(token)
        query = request.query_params
        name, entity = query.get("name", ""), query.get("entity", "")
        how = _How(ready=query.get("ready") == "yes", separate=query.get("separate") == "yes")
        with kept.open("wb") as stream:
            async for chunk in request.stream():
                await run_in_threadpool(stream.write, chunk)
        return await run_in_threadpool(self._work, request, token, entity, name, how, dry_run=True)

    @route("/take", methods=["POST"])
    async def take(self, request: Request) -> Response:
        """Take a file in that was looked at."""
        if not visitor(request).role.may(Role.OPERATOR):
            return await self._refused(request, 403, _("You may look only; importing takes an operator."))
        form = await request.form()
        token, entity, name = given(form, "token"), given(form, "entity"), given(form, "name")
        how = _How(ready=given(form, "ready") == "yes", separate=given(form, "separate") == "yes")
        if not _TOKEN.fullmatch(token) or not _place(token).exists():
            return await self._refused(request, 400, _("The file is not here any more; choose it again."))
        return await run_in_threadpool(self._work, request, token, entity, name, how, dry_run=False)

    def _work(
        self, request: Request, token: str, entity: str, name: str, how: _How, *, dry_run: bool
    ) -> Response:
        kept, connector = _place(token), connector_of(request)
        report: ImportReport | None = None
        problem = ""
        opener = self.office.opener(entity, connector, visitor(request).username)
        try:
            with kept.open("rb") as lines:
                report = bring_in(
                    self.office.database,
                    opener,
                    lines,
                    ready=how.ready,
                    anywhere=connector is None,
                    separate=how.separate,
                    dry_run=dry_run,
                )
            if not (report.created or report.changed or report.unchanged):
                raise InputError(_("There is no record in this file."))
        except QbferryError as error:
            problem = str(error)
        if problem or not dry_run:
            kept.unlink(missing_ok=True)
        return self.show(
            request,
            "imported",
            400 if problem else 200,
            report=report,
            problem=problem,
            dry_run=dry_run,
            token=token,
            entity=entity,
            kind=self.office.running.get(entity),
            file=name[:100],
            how=how,
        )

    async def _refused(self, request: Request, status: int, text: str) -> Response:
        return await run_in_threadpool(self.show, request, "error", status, message=text)


def _place(token: str) -> Path:
    """Where a file is kept between its two steps; old ones are swept away."""
    folder = Path(tempfile.gettempdir(), f"qbferry-imports-{os.getuid() if hasattr(os, 'getuid') else 0}")
    folder.mkdir(mode=0o700, exist_ok=True)
    oldest = time.time() - KEPT
    for file in folder.iterdir():
        try:
            if file.stat().st_mtime < oldest:
                file.unlink()
        except OSError:
            continue  # another process was quicker
    return folder / token
