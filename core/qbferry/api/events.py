"""What happens, in one order: a page at a time, or as it comes (server-sent events)."""

# Annotations are looked at while a route is made, where names of its function are known.
import asyncio
import json
from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import APIRouter, Header, Query
from pydantic import BaseModel
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, Response, StreamingResponse

from qbferry.api.entrance import Entrance
from qbferry.api.problems import ProblemError, described
from qbferry.desk.events import events, place_of
from qbferry.desk.office import Office
from qbferry.desk.tokens import Scope
from qbferry.store.events import Place

__all__ = ["router"]

PAUSE = 1.0
"""Seconds between two looks for what is new."""

QUIET = 15.0
"""After so many without an event a comment goes out, so that nobody on the way takes the stream for dead."""

LONGEST = 600.0
"""Seconds after which a stream ends; its reader comes back by itself, and nothing is missed."""

STREAMS = 100
"""So many at once, in one process."""

PAGE = 100

EVENT_STREAM = "text/event-stream"


class Event(BaseModel):
    """Something that happened.

    Attributes:
        id: Its identity and its place.
        type: Whose it is, and what happened: ``record.sent``.
        timestamp: When it was booked, ISO 8601 in UTC.
        data: What there is to say.
    """

    id: str
    type: str
    timestamp: str
    data: dict[str, Any]


class EventPage(BaseModel):
    """Events in their order.

    Attributes:
        events: The next ones; none: nothing has happened since.
        next: What to give as ``after`` for those behind them.
        more: Whether there are more by now.
    """

    events: list[Event]
    next: str | None
    more: bool


def router(office: Office, entrance: Entrance) -> APIRouter:
    """The route.

    Args:
        office: What it works with.
        entrance: Who may use it.
    """
    routes = APIRouter(tags=["Events"], dependencies=[entrance.needs(Scope.EVENTS)])
    streams: set[object] = set()

    @routes.get(
        "/events",
        operation_id="list_events",
        summary="Hear what happened",
        description=(
            "The events behind one, in the order that is the same for all. With "
            "`Accept: text/event-stream` they come as they happen, and `Last-Event-ID` says behind which."
        ),
        response_model=EventPage,
        responses=described("not-found", "input", "too-many")
        | {200: {"content": {EVENT_STREAM: {"schema": {"type": "string"}}}}},
    )
    async def index(
        after: Annotated[
            str | None,
            Query(max_length=100, description="The last event's id; none: all that are kept."),
        ] = None,
        limit: Annotated[int, Query(ge=1, le=1000)] = PAGE,
        accept: Annotated[str, Header(include_in_schema=False)] = "",
        last_event_id: Annotated[str | None, Header(max_length=100)] = None,
    ) -> Response:
        if EVENT_STREAM not in accept:
            return JSONResponse(await run_in_threadpool(_page, office, after or last_event_id, limit))
        if len(streams) >= STREAMS:
            raise ProblemError("too-many", "So many programs listen already; ask for pages instead.")
        # Before the stream begins, so that what is no event is told as a problem.
        place = await run_in_threadpool(_place, office, last_event_id or after)
        told = StreamingResponse(_stream(office, place, streams), media_type=EVENT_STREAM)
        told.headers["Cache-Control"], told.headers["X-Accel-Buffering"] = "no-store", "no"
        return told

    return routes


def _place(office: Office, after: str | None) -> Place:
    with office.database.read() as tx:
        return place_of(tx, after)


def _read(office: Office, after: Place, limit: int) -> list[tuple[Place, dict[str, Any]]]:
    with office.database.read() as tx:
        return events(tx, after, limit)


def _page(office: Office, after: str | None, limit: int) -> dict[str, Any]:
    with office.database.read() as tx:
        found = events(tx, place_of(tx, after), limit + 1)
    page = [event for _, event in found[:limit]]
    return {"events": page, "next": page[-1]["id"] if page else after, "more": len(found) > limit}


async def _stream(office: Office, place: Place, streams: set[object]) -> AsyncIterator[str]:
    mine, clock = object(), asyncio.get_running_loop().time
    streams.add(mine)
    try:
        began = said = clock()
        yield f"retry: {int(PAUSE * 1000)}\n\n"
        while clock() - began < LONGEST:
            found = await run_in_threadpool(_read, office, place, PAGE)
            for _, event in found:
                text = json.dumps(event, separators=(",", ":"))
                yield f"id: {event['id']}\nevent: {event['type']}\ndata: {text}\n\n"
            if found:
                place, said = found[-1][0], clock()
            if clock() - said > QUIET:
                yield ": nothing yet\n\n"
                said = clock()
            if len(found) < PAGE:
                await asyncio.sleep(PAUSE)
    finally:
        streams.discard(mine)
