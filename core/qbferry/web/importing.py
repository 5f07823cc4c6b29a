"""Import: a file is dropped, what would become of it is shown, and then it is taken in."""

from __future__ import annotations

import os
import re
import secrets
import tempfile
import time
from functools import partial
from pathlib import Path
from typing import IO, TYPE_CHECKING, NamedTuple, Self

from starlette.concurrency import run_in_threadpool
from starlette_admin import route

from qbferry.desk.people import Role
from qbferry.errors import InputError, QbferryError
from qbferry.intake import bring_in
from qbferry.intake.table import is_table, read_file, suggested
from qbferry.web.view import View, connector_of, given, page, visitor
from qbferry.web.wording import _

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request
    from starlette.responses import Response

    from qbferry.intake import ImportReport
    from qbferry.intake.reading import Reading
    from qbferry.model import Entity

__all__ = ["ImportView"]

KEPT = 24 * 3600
"""Seconds for which a file waits for its second step."""

_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")


class _How(NamedTuple):
    """How a file is taken in.

    Attributes:
        entity: The kind of its records.
        name: Its name where it is from; one of a table needs a map.
        columns: The map, in TOML.
        ready: Set those ready that were never transferred.
        separate: Records of ids that only other connectors have are others than those.
    """

    entity: str
    name: str
    columns: str = ""
    ready: bool = False
    separate: bool = False

    @classmethod
    def of(cls, given: Mapping[str, str]) -> Self:
        """As a form or an address says it."""
        return cls(
            given.get("entity", ""),
            given.get("name", "")[:100],
            given.get("map", ""),
            ready=given.get("ready") == "yes",
            separate=given.get("separate") == "yes",
        )


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
        with kept.open("wb") as stream:
            async for chunk in request.stream():
                await run_in_threadpool(stream.write, chunk)
        how = _How.of(request.query_params)
        return await run_in_threadpool(self._look, request, token, how)

    @route("/take", methods=["POST"])
    async def take(self, request: Request) -> Response:
        """Take a file in that was looked at, or look at it with another map."""
        if not visitor(request).role.may(Role.OPERATOR):
            return await self._refused(request, 403, _("You may look only; importing takes an operator."))
        form = await request.form()
        token, how = given(form, "token"), _How.of({name: given(form, name) for name in form})
        if not _TOKEN.fullmatch(token) or not _place(token).exists():
            return await self._refused(request, 400, _("The file is not here any more; choose it again."))
        again = given(form, "what") == "again"
        return await run_in_threadpool(self._work, request, token, how, dry_run=again)

    def _look(self, request: Request, token: str, how: _How) -> Response:
        """Say what would become of a file; of a table with the map that is most likely."""
        kind = self.office.plugins.entities.get(how.entity)
        if kind is not None and is_table(how.name) and not how.columns:
            try:
                with _place(token).open("rb") as stream:
                    how = how._replace(columns=suggested(kind, stream, how.name).text)
            except QbferryError as error:
                return self._shown(request, token, how, problem=str(error), dry_run=True)
        return self._work(request, token, how, dry_run=True)

    def _work(self, request: Request, token: str, how: _How, *, dry_run: bool) -> Response:
        connector = connector_of(request)
        report: ImportReport | None = None
        problem = ""
        opener = self.office.opener(how.entity, connector, visitor(request).username)
        try:
            with _place(token).open("rb") as stream:
                report = bring_in(
                    self.office.database,
                    opener,
                    partial(_begun, stream, how),
                    ready=how.ready,
                    anywhere=connector is None,
                    separate=how.separate,
                    dry_run=dry_run,
                )
            if not (report.created or report.changed or report.unchanged):
                raise InputError(_("There is no record in this file."))
        except QbferryError as error:
            problem = str(error)
        return self._shown(request, token, how, report, problem, dry_run=dry_run)

    def _shown(
        self,
        request: Request,
        token: str,
        how: _How,
        report: ImportReport | None = None,
        problem: str = "",
        *,
        dry_run: bool,
    ) -> Response:
        # Of a table another map may be tried.
        if (problem and not how.columns) or (not problem and not dry_run):
            _place(token).unlink(missing_ok=True)
        return self.show(
            request,
            "imported",
            400 if problem else 200,
            report=report,
            problem=problem,
            dry_run=dry_run,
            token=token,
            how=how,
            kind=self.office.running.get(how.entity),
        )

    async def _refused(self, request: Request, status: int, text: str) -> Response:
        return await run_in_threadpool(self.show, request, "error", status, message=text)


def _begun(stream: IO[bytes], how: _How, entity: Entity) -> Reading:
    """Begin to read a file."""
    return read_file(entity.document, stream, how.name, how.columns or None)


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
