"""Every error as problem details (RFC 9457), with what is wrong in the words that people are told."""

from __future__ import annotations

import logging
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, NamedTuple

from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse

from qbferry.errors import (
    DatabaseError,
    InFlightError,
    InputError,
    MisfitError,
    NotFoundError,
    QbferryError,
)
from qbferry.sentences import faults_of_all, place, shown

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fastapi import FastAPI
    from starlette.requests import Request

__all__ = ["MEDIA_TYPE", "Problem", "ProblemError", "described", "install"]

log = logging.getLogger("qbferry.api")

MEDIA_TYPE = "application/problem+json"

NAMESPACE = "urn:qbferry:problem:"


class Detail(BaseModel):
    """One of several things that are wrong.

    Attributes:
        detail: What is wrong, a sentence.
        line: The line of what was sent, from 1, where it is JSON Lines.
        pointer: The JSON Pointer of the value, as a fragment; of JSON Lines within its line.
        field: The same as people write it: ``lines[3].amount``.
        id: The id of the record that it is in.
        parameter: The parameter of the address or of the head.
    """

    detail: str
    line: int | None = None
    pointer: str | None = None
    field: str | None = None
    id: str | None = None
    parameter: str | None = None


class Problem(BaseModel):
    """What is wrong (RFC 9457).

    Attributes:
        type: What kind of problem it is, for programs.
        title: The same for people.
        status: The status of HTTP.
        detail: What is wrong here and what to do, a sentence.
        errors: Each single fault, where there may be several.
    """

    type: str = Field(pattern=f"^{NAMESPACE}")
    title: str
    status: int
    detail: str
    errors: list[Detail] = []


class _Sort(NamedTuple):
    status: int
    title: str


SORTS = {
    "malformed": _Sort(400, "The request cannot be read"),
    "token": _Sort(401, "No token that counts"),
    "scope": _Sort(403, "The token does not allow it"),
    "not-found": _Sort(404, "There is no such thing"),
    "method": _Sort(405, "That is not done here"),
    "late": _Sort(408, "The body did not come"),
    "conflict": _Sort(409, "It cannot be done now"),
    "in-progress": _Sort(409, "The same request is being worked on"),
    "changed": _Sort(412, "It was changed meanwhile"),
    "too-large": _Sort(413, "The body is too large"),
    "media-type": _Sort(415, "Bodies of this type are not taken"),
    "input": _Sort(422, "What was sent does not fit"),
    "key": _Sort(422, "The key is that of another request"),
    "rate": _Sort(429, "Too many requests"),
    "too-many": _Sort(429, "Too many at once"),
    "internal": _Sort(500, "A fault of the server"),
    "database": _Sort(503, "The database cannot do it now"),
}
"""The kinds of problem, by the end of their type."""

OF_STATUS = {400: "malformed", 404: "not-found", 405: "method"}


class ProblemError(Exception):
    """Ends a request with a problem.

    Attributes:
        sort: One of ``SORTS``.
        headers: What the answer says besides.
        errors: Single faults.
    """

    def __init__(
        self,
        sort: str,
        detail: str,
        headers: Mapping[str, str] | None = None,
        errors: list[dict[str, Any]] | None = None,
    ) -> None:
        super().__init__(detail)
        self.sort, self.headers, self.errors = sort, headers, errors


def described(*sorts: str) -> dict[int | str, dict[str, Any]]:
    """How an operation may end otherwise, for its description."""
    found: dict[int | str, dict[str, Any]] = {}
    for sort in sorts:
        status, title = SORTS[sort]
        if status in found:
            found[status]["description"] += f"; {title.lower()}"
            continue
        schema = {"$ref": "#/components/schemas/Problem"}
        found[status] = {"description": title, "content": {MEDIA_TYPE: {"schema": schema}}}
    return found


def install(app: FastAPI) -> None:
    """Let every error of an application be told as a problem."""
    app.add_exception_handler(ProblemError, _problem)
    app.add_exception_handler(QbferryError, _raised)
    app.add_exception_handler(RequestValidationError, _unfit)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(Exception, _bug)


def answer(
    sort: str,
    detail: str,
    errors: list[dict[str, Any]] | None = None,
    *,
    status: int | None = None,
    headers: Mapping[str, str] | None = None,
) -> JSONResponse:
    """A problem as a response."""
    usual, title = SORTS[sort]
    found: dict[str, Any] = {
        "type": NAMESPACE + sort,
        "title": title,
        "status": status or usual,
        "detail": detail,
    }
    if errors:
        found["errors"] = errors
    more = dict(headers or {})
    if sort == "token":
        more["WWW-Authenticate"] = "Bearer"
    if sort == "database":
        more.setdefault("Retry-After", "5")
    return JSONResponse(found, status or usual, more, media_type=MEDIA_TYPE)


def _problem(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, ProblemError)  # noqa: S101 - it is installed for those
    return answer(error.sort, str(error), error.errors, headers=error.headers)


def _raised(_: Request, error: Exception) -> JSONResponse:
    match error:
        case NotFoundError():
            return answer("not-found", error.sentence)
        case InFlightError():
            return answer("conflict", error.sentence)
        case InputError():
            return answer("input", error.sentence, [{"detail": one} for one in error.details])
        case MisfitError():
            return answer("conflict", str(error))
        case DatabaseError():
            log.error("A request could not be served: %s", error)  # the driver may name hosts and users
            return answer("database", "The database cannot do this now; nothing was changed. Try again.")
    log.error("A request ended with: %s", error)
    return answer("internal", str(error))


def _unfit(_: Request, error: Exception) -> JSONResponse:
    """What the framework found wrong with address, head or body, in our words."""
    assert isinstance(error, RequestValidationError)  # noqa: S101 - it is installed for those
    errors = []
    for loc, what, value in faults_of_all(error.errors()):
        room, *inner = loc or ("body",)
        if room == "body":
            where = place(tuple(inner))
            text = f"field {where}: {what}{shown(value)}" if where else f"the body: {what}"
            errors.append({"detail": text, "pointer": pointer(inner)})
        else:
            name = str(inner[0]) if inner else str(room)
            errors.append({"detail": f"parameter {name}: {what}{shown(value)}", "parameter": name})
    return answer("input", "What was sent does not fit; nothing was done.", errors)


def pointer(loc: tuple[str | int, ...] | list[str | int]) -> str:
    """A JSON Pointer as a fragment: ``#/lines/2/amount``."""
    parts = (str(part).replace("~", "~0").replace("/", "~1") for part in loc)
    return "#" + "".join(f"/{part}" for part in parts)


def _http(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)  # noqa: S101 - it is installed for those
    sort = OF_STATUS.get(error.status_code, "internal" if error.status_code >= 500 else "malformed")
    told = {
        404: "There is nothing at this address.",
        405: "This address does not take this method.",
        400: "The body cannot be read.",
    }.get(error.status_code, HTTPStatus(error.status_code).phrase + ".")
    return answer(sort, told, status=error.status_code, headers=error.headers)


def _bug(_: Request, error: Exception) -> JSONResponse:
    log.error("A request failed.", exc_info=error)
    return answer("internal", "The server failed at this; its log says why. It may be tried again.")
