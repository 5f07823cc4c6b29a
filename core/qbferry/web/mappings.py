"""Mappings: what names of the source are called in QuickBooks, and which company file a party belongs to."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from qbferry.desk import mapping, naming, routing
from qbferry.desk.mapping import Mapping
from qbferry.errors import InputError
from qbferry.web.view import View, act, back, connector_of, given, page, tell
from qbferry.web.wording import _

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
                routes=tx.routes.all(),
                parties=routing.KINDS,
                namings=[
                    (entity, naming.kinds(entity.naming), naming.shown(entity.naming.words))
                    for entity in self.office.plugins.entities.values()
                    if entity.naming
                ],
                conventions={(one.entity, one.kind): one.pattern for one in naming.conventions(tx, name)},
            )

    @act("")
    def do(self, request: Request, form: FormData) -> Response:
        """Map a name, or let it stand for itself again."""
        kind, name, entry = given(form, "list"), given(form, "name"), given(form, "entry")
        if " | " in entry:  # of a choice among several lists
            kind, _bar, entry = entry.partition(" | ")
        with self.office.database.write() as tx:
            if given(form, "what") == "forget":
                mapping.forget(tx, connector_of(request), kind, name)
                tell(request, _('The name "%(name)s" stands for itself again.', name=name))
            elif not entry:
                raise InputError(_('Choose what the name "%(name)s" is called in QuickBooks.', name=name))
            else:
                mapping.put(tx, connector_of(request), [Mapping(kind, name, entry)])
                told = _('"%(name)s" is %(entry)s in QuickBooks from now on.', name=name, entry=entry)
                tell(request, told)
        return back(request)

    @act("/naming")
    def convene(self, request: Request, form: FormData) -> Response:
        """Let names be made of words, or be those of the source again."""
        entity, kind, pattern = given(form, "entity"), given(form, "kind"), given(form, "convention")
        with self.office.database.write() as tx:
            if pattern:
                wanted = naming.Convention(entity, kind, pattern)
                kept = naming.put(tx, self.office.plugins.entities, connector_of(request), wanted)
                told = _("Names of %(kind)s are %(made)s from now on.", kind=kept.kind, made=kept.pattern)
            else:
                naming.forget(tx, connector_of(request), entity, kind)
                told = _("Names of %(kind)s are those of the source again.", kind=kind)
        tell(request, told)
        return back(request, f"/mappings?{request.url.query}#naming-{entity}")

    @act("/routes")
    def route(self, request: Request, form: FormData) -> Response:
        """Let a party belong to a connector, or to the default one again."""
        kind, name = given(form, "kind"), given(form, "name")
        if kind not in routing.KINDS:
            raise InputError(_("Choose organization or resource."))
        with self.office.database.write() as tx:
            if given(form, "what") == "unset":
                moved = routing.unset_route(tx, self.office.plugins, kind, name)
            else:
                moved = routing.set_route(tx, self.office.plugins, kind, name, given(form, "to"))
        tell(request, moved.done)
        if moved.left:
            tell(request, moved.left, "warning")
        return back(request, f"/mappings?{request.url.query}#routes")
