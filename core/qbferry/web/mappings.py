"""Mappings: what names of the source are called in QuickBooks; those that stand for nothing come first."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from qbferry.desk import mapping
from qbferry.desk.mapping import Mapping
from qbferry.errors import InputError
from qbferry.web.view import View, act, back, connector_of, given, page, tell

if TYPE_CHECKING:
    from starlette.datastructures import FormData
    from starlette.requests import Request
    from starlette.responses import Response

__all__ = ["MappingsView"]

CHOICES = 2_000
"""Names of a list that a browser is given to choose from; of longer ones those that are like the name."""


class MappingsView(View):
    """The names of one connector."""

    path = "/mappings"

    @page("")
    def index(self, request: Request) -> Response:
        """What is missing, and what is mapped."""
        with self.office.database.read() as tx:
            name = connector_of(request)
            row = tx.connectors.named(name)
            missing = mapping.unresolved(
                tx, self.office.plugins, name, self.office.on_error, datetime.now(UTC)
            )
            kinds = tx.lists.kinds(row.id)
            choices = {kind: tx.lists.names(row.id, kind) for kind in kinds}
            return self.show(
                request,
                "mappings",
                missing=missing,
                mapped=mapping.mappings(tx, name),
                lists=kinds,
                choices={kind: names for kind, names in choices.items() if len(names) <= CHOICES},
            )

    @act("")
    def do(self, request: Request, form: FormData) -> Response:
        """Map a name, or let it stand for itself again."""
        kind, name, entry = given(form, "list"), given(form, "name"), given(form, "entry")
        if " | " in entry:  # of a choice among several lists
            kind, _, entry = entry.partition(" | ")
        with self.office.database.write() as tx:
            if given(form, "what") == "forget":
                mapping.forget(tx, connector_of(request), kind, name)
                tell(request, f'The name "{name}" stands for itself again.')
            elif not entry:
                raise InputError(f'Choose what the name "{name}" is called in QuickBooks.')
            else:
                mapping.put(tx, connector_of(request), [Mapping(kind, name, entry)])
                tell(request, f'"{name}" is {entry} in QuickBooks from now on.')
        return back(request)
