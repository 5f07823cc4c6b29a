"""What all pages share: who may ask for them, how they are shown, and how mistakes are told."""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar, cast
from urllib.parse import urlencode

from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse
from starlette_admin import CustomView, route
from starlette_admin.flash import flash, get_flashed_messages

from qbferry.desk.people import Role
from qbferry.errors import InputError, NotFoundError, QbferryError
from qbferry.web.wording import _

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from starlette.datastructures import FormData
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.templating import Jinja2Templates

    from qbferry.desk.office import Office
    from qbferry.web.gate import Visitor

__all__ = ["View", "act", "back", "connector_of", "given", "page", "tell", "visitor"]

V = TypeVar("V", bound="View")
Look: TypeAlias = "Callable[[V, Request], Response]"
Act: TypeAlias = "Callable[[V, Request, FormData], Response]"

MANY_FIELDS = 2_000
"""Fields that a form may have: a page of records that are ticked."""


class View(CustomView):
    """Pages that belong together.

    Args:
        office: What they work with.
    """

    add_to_menu = False

    def __init__(self, office: Office) -> None:
        super().__init__()
        self.office = office

    def show(self, request: Request, name: str, status: int = 200, **context: Any) -> Response:
        """A page of a template.

        Args:
            request: Who asks, and for what.
            name: The template's, without its ending.
            status: Of HTTP.
            context: What the template needs besides what every page has.
        """
        return cast(
            "Response",
            self.frame.TemplateResponse(
                request=request,
                name=f"{name}.html",
                status_code=status,
                context=self.context(request) | context,
            ),
        )

    @property
    def frame(self) -> Jinja2Templates:
        """The templates, once the view is part of a site."""
        assert self.templates is not None  # noqa: S101 - add_view gives them
        return self.templates

    def context(self, request: Request) -> dict[str, Any]:
        """What every page has: who looks, where to go from here, and what there is to be told."""
        wanted = connector_of(request)
        with self.office.database.read() as tx:
            connectors = tx.connectors.everyone()
            kinds = self.office.kinds(tx)
            chosen = next((one for one in connectors if one.name == wanted), None) or next(
                (one for one in connectors if one.is_default), None
            )
            alerts = len(tx.alerts.standing(chosen.id)) if chosen else 0
        return {
            "visitor": visitor(request),
            "may_act": visitor(request).role.may(Role.OPERATOR),
            "may_set_up": visitor(request).role.may(Role.ADMINISTRATOR),
            "kinds": list(kinds.values()),
            "connectors": connectors,
            "connector": chosen,
            "alerts": alerts,
            "query": request.query_params,
            "path": request.scope["path"],
            "keep": f"?{urlencode({'connector': wanted})}" if wanted else "",
            "flashed": get_flashed_messages(request),
        }


def page(path: str, name: str | None = None) -> Callable[[Look[V]], Look[V]]:
    """Make a method a page that anybody who is logged in may look at; it runs in a thread.

    Args:
        path: Below the view's own.
        name: What starlette-admin finds it by, if it looks for it.
    """

    def make(look: Look[V]) -> Look[V]:
        def work(self: V, request: Request) -> Response:
            try:
                return look(self, request)
            except QbferryError as error:
                status = 404 if isinstance(error, NotFoundError) else 400
                return self.show(request, "error", status, message=str(error))

        @wraps(look)
        async def endpoint(self: V, request: Request) -> Response:
            return await run_in_threadpool(work, self, request)

        return cast("Look[V]", route(path, name=name or look.__qualname__)(endpoint))

    return make


def act(path: str, role: Role = Role.OPERATOR) -> Callable[[Act[V]], Look[V]]:
    """Make a method what a form is sent to; it runs in a thread, and is given the form.

    Args:
        path: Below the view's own.
        role: What a person must be for it.
    """

    def make(do: Act[V]) -> Look[V]:
        @wraps(do)
        async def endpoint(self: V, request: Request) -> Response:
            if not visitor(request).role.may(role):
                told = _(
                    "You are logged in as %(role)s; this takes an %(wanted)s.",
                    role=visitor(request).role,
                    wanted=role,
                )
                return await run_in_threadpool(self.show, request, "error", 403, message=told)
            form = await request.form(max_fields=MANY_FIELDS)

            def work() -> Response:
                try:
                    return do(self, request, form)
                except QbferryError as error:
                    if not isinstance(error, InputError):
                        return self.show(request, "error", 503, message=str(error))
                    tell(request, str(error), "error")
                    return back(request)

            return await run_in_threadpool(work)

        return cast("Look[V]", route(path, methods=["POST"], name=do.__qualname__)(endpoint))

    return make


def visitor(request: Request) -> Visitor:
    """Who asks."""
    return cast("Visitor", request.state.admin_user)


def connector_of(request: Request) -> str | None:
    """The name of the connector that is looked at; None: the default one."""
    return request.query_params.get("connector") or None


def tell(request: Request, text: str, category: str = "success") -> None:
    """Say something on the page that comes next; cut to what a cookie holds."""
    flash(request, text[:1500], category)


def back(request: Request, to: str | None = None) -> Response:
    """Lead to the page a form was on, or to another of ours."""
    return RedirectResponse(to or _referrer(request) or "/", 303)


def _referrer(request: Request) -> str | None:
    """The page a form was on, if it was one of ours."""
    origin = f"{request.url.scheme}://{request.url.netloc}/"
    text = request.headers.get("referer", "")
    return "/" + text.removeprefix(origin) if text.startswith(origin) else None


def given(form: Mapping[str, Any], name: str) -> str:
    """A field of a form, without blanks around it; empty when it has none."""
    value = form.get(name, "")
    return value.strip() if isinstance(value, str) else ""
