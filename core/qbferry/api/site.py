"""The API put together: the routes of every kind of record, and what stands before them."""

from __future__ import annotations

import asyncio
import importlib.metadata
from typing import TYPE_CHECKING, Any

from fastapi import FastAPI

from qbferry.api import acting, events, inputs, problems, putting, records
from qbferry.api.entrance import Entrance
from qbferry.api.limits import telling

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.types import ASGIApp

    from qbferry.desk.office import Office

__all__ = ["PATH", "api", "description"]

PATH = "/api/v1"

EVERYWHERE = problems.described("token", "scope", "input", "rate", "internal", "database")
"""How every operation may end."""


def api(office: Office) -> ASGIApp:
    """The API, as one ASGI application for ``PATH``.

    Args:
        office: What it works with.
    """
    app = FastAPI(
        title="qbferry",
        version=importlib.metadata.version("qbferry"),
        summary="Carries records into QuickBooks Desktop, each exactly once.",
        docs_url=None,  # they load scripts from elsewhere
        redoc_url=None,
        redirect_slashes=False,
        responses=EVERYWHERE,
    )
    problems.install(app)
    entrance = Entrance(office)
    app.include_router(events.router(office, entrance))
    with office.database.read() as tx:
        kinds = office.kinds(tx)
    shapes: dict[str, Any] = {}
    places = asyncio.Semaphore(putting.AT_ONCE)
    for kind in kinds.values():
        entity = office.plugins.entities.get(kind.name)
        app.include_router(records.router(office, entrance, kind, entity))
        app.include_router(putting.router(office, entrance, kind, places))
        app.include_router(acting.router(office, entrance, kind, entity))
        shapes |= inputs.definitions(kind, entity) | acting.definitions(kind, entity)
    app.openapi = lambda: description(app, shapes)  # type: ignore[method-assign]
    return telling(app)


def description(app: FastAPI, more: Mapping[str, Any]) -> dict[str, Any]:
    """The OpenAPI document, with more shapes.

    What the framework says of errors is not what is answered, and is left out.
    """
    if app.openapi_schema is None:
        schema = FastAPI.openapi(app)
        shapes = schema["components"]["schemas"]
        for name in ("HTTPValidationError", "ValidationError"):
            shapes.pop(name, None)
        told = problems.Problem.model_json_schema(ref_template="#/components/schemas/{model}")
        shapes |= told.pop("$defs") | {"Problem": told} | more
        for (
            name,
            shape,
        ) in shapes.items():  # generators name classes by titles, of which each must be one's own
            shape["title"] = name.replace(".", "")
        schema["servers"] = [{"url": PATH}]
    return app.openapi_schema or {}
