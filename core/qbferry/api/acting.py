"""What is done with records: with one of them, or with all that a search finds, a page in each call."""

# Annotations are looked at while a route is made, where names of its function are known.
import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Header, Query, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field, ValidationError, create_model
from starlette.responses import Response

from qbferry.api.bodies import media_type, received
from qbferry.api.entrance import Entrance, caller_of
from qbferry.api.idempotency import Key, once
from qbferry.api.inputs import WHERE, shaped
from qbferry.api.problems import ProblemError, described
from qbferry.api.records import agrees, one
from qbferry.api.shapes import Text, filters_of, pages_of, title
from qbferry.desk import browsing, doubt, readiness
from qbferry.desk.acts import ACTS, doing
from qbferry.desk.drawer import Drawer
from qbferry.desk.office import Office
from qbferry.desk.tokens import Scope
from qbferry.errors import InputError
from qbferry.intake import make_edit
from qbferry.model import Edit, Entity, RecordRow, TransferStatus
from qbferry.store.catalog import KnownKind

__all__ = ["definitions", "router"]

Match = Annotated[
    Text | None,
    Header(alias="If-Match", description="The ETag of the record as it was seen; otherwise nothing is done."),
]

MOST = 65_536
"""Bytes of what says what is to be done."""

JSON = "application/json"

ERRORS = ("malformed", "not-found", "late", "conflict", "in-progress", "too-large", "media-type", "key")

DOUBT = ("there", "not-there")
"""What a person says of a record in doubt."""


class Verdict(BaseModel):
    """What became of a record.

    Attributes:
        id: Its id.
        version: Goes up whenever it is written; in quotation marks ``If-Match`` takes it.
        transfer_status: Where it stands now.
        changed: Whether anything was done.
        refused: Whether what was asked for could not be done.
        reason: Why nothing was done; empty when something was.
    """

    id: str
    version: int
    transfer_status: TransferStatus
    changed: bool
    refused: bool
    reason: str


class VerdictPage(BaseModel):
    """What became of a page of records.

    Attributes:
        verdicts: Of each.
        next: The cursor of the next page; null: this was the last.
    """

    verdicts: list[Verdict]
    next: str | None


class Deed(BaseModel):
    """What is to be done.

    Attributes:
        act: Its name.
        confirmed: Records that were transferred are sent once more, though QuickBooks has them.
    """

    model_config = ConfigDict(extra="forbid")

    act: str
    confirmed: bool = False


class OneDeed(Deed):
    """What is to be done with one record.

    Attributes:
        txn_id: Of ``there``: its TxnID in QuickBooks, if known.
        number: Of ``there``: its number in QuickBooks, if known.
        fields: Of what its plugin offers: what is filled in.
    """

    txn_id: Annotated[str, Field(max_length=36)] | None = None
    number: Annotated[str, Field(max_length=21)] | None = None
    fields: dict[Text, Text] = {}


def router(office: Office, entrance: Entrance, kind: KnownKind, entity: Entity | None) -> APIRouter:
    """The routes to act upon one kind of records.

    Args:
        office: What they work with.
        entrance: Who may use them.
        kind: The kind.
        entity: The same as its plugin declares it; None: that does not run.
    """
    routes = APIRouter(tags=[kind.plural], dependencies=[entrance.needs(Scope.ACT)])
    edits = _edits(entity)
    single: Any = _of(OneDeed, kind, entity)
    many: Any = _of(Deed, kind, entity)
    asking: Any = pages_of(filters_of(kind), kind.name)
    waits = office.settings.server.body_seconds

    @routes.post(
        f"/records/{kind.name}",
        operation_id=f"act_{kind.name}",
        summary=f"Do something with {kind.plural.lower()}",
        description=(
            "With those that a search finds, as they arrived, a page in each call. What was done of a page "
            "stays."
        ),
        response_model=VerdictPage,
        responses=described(*ERRORS),
        openapi_extra=_body(many),
    )
    def act(
        request: Request,
        asked: Annotated[asking, Query()],
        deed: Annotated[many, Depends(_sent(many, waits))],
        key: Key = None,
    ) -> Response:
        caller = caller_of(request)
        parts = f"POST {kind.name} {asked.model_dump_json()}".encode(), deed.model_dump_json().encode()
        with once(office.database, caller, key, *parts) as errand:
            if errand.answer is None:
                wanted = _wanted(kind, asked)
                with office.shelf(kind.name, asked.connector) as shelf:
                    keys, after = browsing.keys(shelf, wanted)
                # Looked for before, so that runs wait for what is done with a page, and not for the search.
                with office.drawer(kind.name, asked.connector, caller.actor, write=True) as drawer:
                    told = _verdicts(drawer, browsing.still(drawer.shelf, wanted, keys), deed)
                    errand.keep(drawer.tx, json.dumps({"verdicts": told, "next": after}))
            return Response(errand.answer, media_type=JSON)

    @routes.post(
        f"/records/{kind.name}/{{id:path}}",
        operation_id=f"act_on_{kind.name}",
        summary=f"Do something with one {kind.label.lower()}",
        response_model=Verdict,
        responses=described(*ERRORS, "changed"),
        openapi_extra=_body(single),
    )
    def act_on(
        request: Request,
        id: str,  # noqa: A002 - the name of the parameter
        deed: Annotated[single, Depends(_sent(single, waits))],
        connector: Annotated[Text | None, Query()] = None,
        match: Match = None,
        key: Key = None,
    ) -> Response:
        caller = caller_of(request)
        address = f"POST {kind.name} {json.dumps([id, connector, match])}"
        with once(office.database, caller, key, address.encode(), deed.model_dump_json().encode()) as errand:
            if errand.answer is None:
                with office.drawer(kind.name, connector, caller.actor, write=True) as drawer:
                    row = one(drawer, id)
                    _agree(match, row)
                    errand.keep(drawer.tx, json.dumps(_act(drawer, row, deed, edits)))
            return Response(errand.answer, media_type=JSON)

    return routes


def definitions(kind: KnownKind, entity: Entity | None) -> dict[str, Any]:
    """The shapes of what may be done with a kind of records, by their names."""
    one, many = (_of(base, kind, entity) for base in (OneDeed, Deed))
    return shaped(one.__name__, one) | shaped(many.__name__, many)


def _edits(entity: Entity | None) -> dict[str, Edit]:
    return {edit.name: edit for edit in entity.edits} if entity else {}


def _of(base: type[Deed], kind: KnownKind, entity: Entity | None) -> type[Deed]:
    """The shape of what may be done with a kind of records."""
    names = (*ACTS, *DOUBT, *_edits(entity)) if base is OneDeed else (*ACTS,)
    act: Any = (Literal[names], ...)
    return create_model(f"{title(kind.name)}{base.__name__}", __base__=base, act=act)


def _body(model: type[Deed]) -> dict[str, Any]:
    shape = {"schema": {"$ref": f"{WHERE}{model.__name__}"}}
    return {"requestBody": {"required": True, "content": {JSON: shape}}}


def _sent(model: type[Deed], waits: float) -> Callable[[Request], Awaitable[Deed]]:
    """What reads a body, once its sender was let in."""

    async def read(request: Request) -> Deed:
        media_type(request, (JSON,))
        async with received(request, MOST, waits) as body:
            try:
                return model.model_validate_json(body.stream.read())
            except ValidationError as error:
                faults = error.errors()
        if faults[0]["type"] == "json_invalid":
            raise ProblemError("malformed", "The body is no JSON.")
        raise RequestValidationError([fault | {"loc": ("body", *fault["loc"])} for fault in faults])

    return read


def _agree(match: str | None, row: RecordRow) -> None:
    if match is None or agrees(match, row):
        return
    raise ProblemError(
        "changed",
        f"{row.id} was written since it was seen: it is version {row.version} now. Nothing was done; look at "
        "it again.",
    )


def _act(drawer: Drawer, row: RecordRow, deed: OneDeed, edits: Mapping[str, Edit]) -> dict[str, Any]:
    fields = edits[deed.act].fields if deed.act in edits else {}
    if unknown := [name for name in deed.fields if name not in fields]:
        known = f"its fields: {', '.join(fields)}" if fields else "it has none"
        raise InputError(f"{deed.act} has no field {', '.join(unknown)}; {known}. Nothing was done.")
    if deed.act != "there" and (deed.txn_id or deed.number):
        raise InputError(f"{deed.act} takes no txn_id and no number; only there does. Nothing was done.")
    if deed.act in ACTS:
        return _verdicts(drawer, [row], deed)[0]
    match deed.act:
        case "there":
            doubt.there(drawer, row.id, txn_id=deed.txn_id or None, number=deed.number or None)
        case "not-there":
            doubt.not_there(drawer, row.id)
        case _:
            filled = {name: deed.fields.get(name, "") for name in fields}
            make_edit(drawer, row.id, edits[deed.act], filled)
    drawer.save()
    [row] = drawer.find([row.id])
    return _told(row, readiness.Verdict(id=row.id, status=row.transfer_status, changed=True))


def _wanted(kind: KnownKind, asked: Any) -> browsing.Asked:
    beside = {"connector", "size", "cursor"}
    given = {name: text for name, text in asked.given().items() if name not in beside}
    return browsing.asked(kind, given | {"sort": "arrival", "at": asked.cursor}, asked.size)


def _verdicts(drawer: Drawer, rows: list[RecordRow], deed: Deed) -> list[dict[str, Any]]:
    told = list(doing(deed.act, confirmed=deed.confirmed)(drawer, rows))
    drawer.save()
    return [_told(row, verdict) for row, verdict in zip(rows, told, strict=True)]


def _told(row: RecordRow, verdict: readiness.Verdict) -> dict[str, Any]:
    """What became of a record that was saved."""
    return Verdict(
        id=row.id,
        version=row.version,
        transfer_status=verdict.status,
        changed=verdict.changed,
        refused=verdict.refused,
        reason=verdict.reason,
    ).model_dump(mode="json")
