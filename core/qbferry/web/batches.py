"""Process invoices: batches, where each stands, and setting a whole one ready."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qbferry.desk import readiness
from qbferry.desk.paging import Pages
from qbferry.errors import InputError, NotFoundError
from qbferry.model import TransferStatus
from qbferry.store.batches import Batches
from qbferry.store.pages import Search
from qbferry.web.records import summed_up
from qbferry.web.view import View, act, back, connector_of, given, page, tell, visitor
from qbferry.web.wording import _

if TYPE_CHECKING:
    from starlette.datastructures import FormData
    from starlette.requests import Request
    from starlette.responses import Response

    from qbferry.desk.readiness import Verdict

__all__ = ["BatchesView"]

SIZE = 25


class BatchesView(View):
    """Batches of a kind of record; invoices at first."""

    path = "/batches"

    @page("")
    def index(self, request: Request) -> Response:
        """The latest batch first."""
        with self.office.shelf(self._entity(request), connector_of(request)) as shelf:
            batches = Batches(shelf.tx.connection, shelf.row.id, shelf.kind.name)
            found = batches.page(before=request.query_params.get("at") or None, size=SIZE + 1)
            return self.show(
                request,
                "batches",
                kind=shelf.kind,
                batches=found[:SIZE],
                after=found[SIZE - 1].name if len(found) > SIZE else None,
            )

    @act("")
    def do(self, request: Request, form: FormData) -> Response:
        """Mark the records of a batch as ready; those that QuickBooks has stay as they are."""
        batch, entity = given(form, "batch"), self._entity(request)
        if not batch:
            raise InputError(_("Choose a batch."))
        search = Search(statuses=(TransferStatus.NOT_TRANSFERRED,), batch=batch)
        opener = self.office.opener(entity, connector_of(request), visitor(request).username)
        pages = Pages(self.office.database, opener, search)
        verdicts: list[Verdict] = []
        for done in pages.act(readiness.set_ready):
            verdicts += done
        told = summed_up(pages.plural, _("set ready"), verdicts)
        tell(
            request,
            _("Batch %(batch)s. %(told)s", batch=batch, told=told),
            "warning" if any(one.refused for one in verdicts) else "success",
        )
        return back(request)

    def _entity(self, request: Request) -> str:
        """The kind whose batches are meant.

        Raises:
            NotFoundError: There is none at all.
        """
        named = request.query_params.get("entity")
        with self.office.database.read() as tx:
            kinds = self.office.kinds(tx)
        found = named or ("invoice" if "invoice" in kinds else next(iter(kinds), None))
        if found is None:
            raise NotFoundError(_("There is no kind of record yet; enable a plugin."))
        return found
