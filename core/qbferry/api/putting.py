"""Records come in: many in one call, all of them or none."""

# Annotations are looked at while a route is made, where names of its function are known.
import asyncio
import codecs
import json
from collections.abc import Callable, Iterator
from itertools import count, zip_longest
from typing import IO, Annotated, Any, NamedTuple

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from qbferry.api.bodies import Body, media_type, received
from qbferry.api.entrance import Entrance, caller_of
from qbferry.api.idempotency import Key, once
from qbferry.api.inputs import reference
from qbferry.api.problems import ProblemError, described, pointer
from qbferry.api.shapes import Text
from qbferry.desk.office import Office
from qbferry.desk.tokens import Caller, Scope
from qbferry.errors import InputError, Spot
from qbferry.intake import ImportReport, JsonArray, JsonLines, bring_in
from qbferry.intake.array import LONGEST
from qbferry.intake.reading import Reading
from qbferry.sentences import place
from qbferry.store.catalog import KnownKind
from qbferry.store.transaction import Transaction

__all__ = ["router"]

AT_ONCE = 4
"""So many bodies are taken in at once by one process; the Web Connectors need it too."""

ARRAY = "application/json"
LINES = ("application/x-ndjson", "application/jsonl")

ORIGIN = "api"
"""Where records come from that were new."""


class Unready(BaseModel):
    """A record that could not be set ready.

    Attributes:
        id: Its id.
        reason: Why.
    """

    id: str
    reason: str


class Report(BaseModel):
    """What became of the records.

    Attributes:
        created: So many were new.
        changed: So many were there and are different now.
        unchanged: So many were there just so.
        ready: So many were set ready.
        not_ready: Which could not be set ready, and why.
        changed_since_transfer: Ids of those changed that QuickBooks has in their old state.
        pending_again: Ids of transferred ones whose change itself goes to QuickBooks.
        taken_out: Ids of ready ones whose change keeps them from going.
        elsewhere: The names of other connectors, with the ids of the records that were found there.
        connectors: The names of connectors, with how many of the records belong to each.
    """

    created: int
    changed: int
    unchanged: int
    ready: int
    not_ready: list[Unready]
    changed_since_transfer: list[str]
    pending_again: list[str]
    taken_out: list[str]
    elsewhere: dict[str, list[str]]
    connectors: dict[str, int]


class How(BaseModel):
    """How records are taken in."""

    model_config = ConfigDict(extra="forbid")

    ready: Annotated[bool, Field(description="Set those ready that were never transferred.")] = False
    dry_run: Annotated[bool, Field(description="Only say what would become of them.")] = False
    connector: Annotated[
        Text | None,
        Field(description="Its name; otherwise the one that has a record, or that its party belongs to."),
    ] = None
    separate: Annotated[
        bool, Field(description="With a connector: others than those of the same ids in other connectors.")
    ] = False


class _Form(NamedTuple):
    """How a body is written.

    Attributes:
        read: Reads it.
        where: Tells a spot in it.
        fits: Whether it may begin so.
        otherwise: What is said if not.
    """

    read: Callable[[IO[bytes]], Reading]
    where: Callable[[Spot], dict[str, Any]]
    fits: Callable[[bytes], bool]
    otherwise: str


_ARRAY = _Form(
    JsonArray,
    lambda spot: {"pointer": pointer((spot.number - 1, *spot.path))},
    lambda sign: sign == b"[",
    f"The body is no JSON array; send one, in brackets, or JSON Lines as {LINES[0]}.",
)
_LINES = _Form(
    lambda stream: JsonLines(_lines(stream)),
    lambda spot: {"line": spot.number, "pointer": pointer(spot.path)},
    lambda sign: sign != b"[",
    f"The body is a JSON array; send it as {ARRAY}.",
)
FORMS = {ARRAY: _ARRAY} | dict.fromkeys(LINES, _LINES)


def router(office: Office, entrance: Entrance, kind: KnownKind, places: asyncio.Semaphore) -> APIRouter:
    """The route that takes records of one kind in.

    Args:
        office: What it works with.
        entrance: Who may use it.
        kind: The kind.
        places: Who has one may take records in.
    """
    routes = APIRouter(tags=[kind.plural], dependencies=[entrance.needs(Scope.WRITE)])
    settings = office.settings
    shape = reference(kind)
    array = {"schema": {"type": "array", "items": shape}}
    bodies = {ARRAY: array} | {each: {"schema": shape} for each in LINES}

    @routes.put(
        f"/records/{kind.name}",
        operation_id=f"put_{kind.name}",
        summary=f"Bring {kind.plural.lower()} in",
        description=(
            "Takes them in, or changes those that are there by their ids: all of them or none. JSON Lines "
            "have a record on each line."
        ),
        response_model=Report,
        responses=described(
            "malformed",
            "not-found",
            "late",
            "conflict",
            "in-progress",
            "too-large",
            "media-type",
            "input",
            "key",
        ),
        openapi_extra={"requestBody": {"required": True, "content": bodies}},
    )
    async def put(request: Request, how: Annotated[How, Query()], key: Key = None) -> Response:
        form = FORMS[media_type(request, FORMS)]
        caller, most = caller_of(request), settings.api.max_body_bytes
        waits = settings.server.body_seconds
        async with received(request, most, waits, setting="api.max_body_bytes") as body, places:
            told = await run_in_threadpool(_once, office, kind.name, caller, key, form, how, body)
        return Response(told, media_type="application/json")

    return routes


def _once(
    office: Office, entity: str, caller: Caller, key: str | None, form: _Form, how: How, body: Body
) -> str:
    _look(body.stream, form)
    if how.dry_run:  # it does nothing that could be done twice
        return json.dumps(_take(office, entity, caller, form, how, body).view())
    parts = f"PUT {entity} {how.model_dump_json()}".encode(), body.digest
    with once(office.database, caller, key, *parts) as errand:
        if errand.answer is None:
            keep = errand.keep
            _take(office, entity, caller, form, how, body, lambda tx, told: keep(tx, json.dumps(told.view())))
        assert errand.answer is not None  # noqa: S101 - it was kept
        return errand.answer


def _take(
    office: Office,
    entity: str,
    caller: Caller,
    form: _Form,
    how: How,
    body: Body,
    book: Callable[[Transaction, ImportReport], object] | None = None,
) -> ImportReport:
    try:
        return bring_in(
            office.database,
            office.opener(entity, how.connector, caller.actor),
            lambda _: form.read(body.stream),
            ready=how.ready,
            anywhere=how.connector is None,
            separate=how.separate,
            dry_run=how.dry_run,
            origin=ORIGIN,
            book=book,
        )
    except InputError as error:
        if not error.spots:
            raise
        told = zip_longest(error.details, error.spots)
        errors = [{"detail": text} | (_spot(form, spot) if spot else {}) for text, spot in told]
        raise ProblemError("input", f"{error.sentence.removesuffix(':')}.", errors=errors) from error


def _spot(form: _Form, spot: Spot) -> dict[str, Any]:
    found = form.where(spot) | {"field": place(spot.path) or None, "id": spot.id}
    return {name: value for name, value in found.items() if value is not None}


def _look(stream: IO[bytes], form: _Form) -> None:
    """Refuse at once what is written otherwise than it says."""
    sign = stream.read(3).removeprefix(codecs.BOM_UTF8)
    while not sign.strip() and (sign := stream.read(1)):
        pass
    stream.seek(0)
    if not form.fits(sign.strip()[:1]):
        raise ProblemError("malformed", form.otherwise)


def _lines(stream: IO[bytes]) -> Iterator[bytes]:
    """The lines, none of them longer than memory should bear."""
    for number in count(1):
        line = stream.readline(LONGEST + 1)
        if len(line) > LONGEST:
            raise InputError(f"Nothing was imported. Line {number} has more than {LONGEST:,} bytes.")
        if not line:
            return
        yield line
