"""Records of one kind: a list of them, and one with all there is to know of it."""

# Annotations are looked at while a route is made, where names of its function are known.
import hashlib
from dataclasses import asdict
from enum import StrEnum
from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Request
from fastapi.encoders import jsonable_encoder
from starlette.responses import JSONResponse, Response

from qbferry.api.entrance import Entrance, caller_of
from qbferry.api.problems import described
from qbferry.api.shapes import RecordPage, Text, filters_of, paging_of, record_of, seen
from qbferry.desk import biography, browsing, lookup
from qbferry.desk.drawer import Drawer
from qbferry.desk.office import Office
from qbferry.desk.preview import preview
from qbferry.desk.tokens import Scope
from qbferry.errors import NotFoundError
from qbferry.model import Entity, RecordRow
from qbferry.store.catalog import KnownKind

__all__ = ["agrees", "one", "router"]

Id = str

Had = Annotated[
    Text | None,
    Header(alias="If-None-Match", description="ETags of answers that are there; the same is not sent again."),
]

TAG = {"ETag": {"description": "Says what the answer holds.", "schema": {"type": "string"}}}


class Include(StrEnum):
    """What is told of a record beside itself."""

    HISTORY = "history"
    PREVIEW = "preview"
    REFERENCES = "references"


def router(office: Office, entrance: Entrance, kind: KnownKind, entity: Entity | None) -> APIRouter:
    """The routes to look at one kind of records.

    Args:
        office: What they work with.
        entrance: Who may use them.
        kind: The kind.
        entity: The same as its plugin declares it; None: that does not run.
    """
    routes = APIRouter(tags=[kind.plural], dependencies=[entrance.needs(Scope.READ)])
    asking = paging_of(filters_of(kind), kind.name)
    whole = record_of(kind, entity)

    @routes.get(
        f"/records/{kind.name}",
        operation_id=f"list_{kind.name}",
        summary=f"List {kind.plural.lower()}",
        response_model=RecordPage,
        responses=described("not-found"),
    )
    def index(asked: Annotated[asking, Query()]) -> Response:  # type: ignore[valid-type]
        return JSONResponse(_page(office, kind.name, asked))

    @routes.get(
        f"/records/{kind.name}/{{id:path}}",
        operation_id=f"get_{kind.name}",
        summary=f"Look at one {kind.label.lower()}",
        response_model=whole,
        responses=described("not-found")
        | {
            200: {"description": "The record", "headers": TAG},
            304: {"description": "The answer is the same as one that is there", "headers": TAG},
        },
    )
    def show(
        request: Request,
        id: Id,  # noqa: A002 - the name of the parameter
        connector: Annotated[Text | None, Query()] = None,
        include: Annotated[list[Include], Query()] = [],  # noqa: B006 - FastAPI copies it
        had: Had = None,
    ) -> Response:
        with office.drawer(kind.name, connector, caller_of(request).actor) as drawer:
            row = one(drawer, id)
            found = seen(drawer.shelf, row) | {"document": row.document} | _beside(drawer, row, include)
        answer = JSONResponse(jsonable_encoder(found))
        # What is beside the record, and what its plugin shows of it, is no part of its version.
        digest = hashlib.sha256(answer.body).hexdigest()[:16]
        tag = answer.headers["ETag"] = f'"{row.version}.{digest}"'
        if had is not None and (had.strip() == "*" or tag in _tags(had)):
            return Response(status_code=304, headers={"ETag": tag})
        return answer

    return routes


def one(drawer: Drawer, name: str) -> RecordRow:
    """A record by its id.

    Raises:
        NotFoundError: There is none.
    """
    if not name.isprintable():  # no record has such an id, and no database takes every character
        raise NotFoundError(f"There is no {drawer.kind.label.lower()} of this id.")
    [row] = drawer.find([name])
    return row


def agrees(match: str, row: RecordRow) -> bool:
    """Whether a record is still of a version that was seen.

    Args:
        match: ETags of its answers, whatever these had beside it, or versions in quotation marks.
        row: The record.
    """
    versions = (tag.strip('"').partition(".")[0] for tag in _tags(match, weak=False))
    return match.strip() == "*" or str(row.version) in versions


def _tags(text: str, *, weak: bool = True) -> list[str]:
    """The ETags in a head: those that somebody on the way made weak count only where nothing is written."""
    tags = [each.strip() for each in text.split(",")]
    return [tag.removeprefix("W/") for tag in tags] if weak else [tag for tag in tags if tag[:2] != "W/"]


def _page(office: Office, entity: str, asked: Any) -> dict[str, Any]:
    with office.shelf(entity, asked.connector) as shelf:
        beside = {"connector", "sort", "size", "cursor"}
        given = {name: text for name, text in asked.given().items() if name not in beside}
        wanted = browsing.asked(shelf.kind, given | {"sort": asked.sort, "at": asked.cursor}, asked.size)
        found = browsing.look(shelf, wanted)
        return jsonable_encoder(  # type: ignore[no-any-return]
            {
                "records": [seen(shelf, row) for row, _ in found.rows],
                "total": found.total,
                "next": found.after,
                "previous": found.before,
            }
        )


def _beside(drawer: Drawer, row: RecordRow, include: list[Include]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if Include.HISTORY in include:
        found["history"] = lookup.history(drawer.tx, drawer.row.id, entity=drawer.kind.name, pk=row.pk)
    if Include.PREVIEW in include:
        found["preview"] = asdict(preview(drawer, row))
    if Include.REFERENCES in include:
        found["references"] = [asdict(each) for each in biography.named(drawer, row)]
    return found
