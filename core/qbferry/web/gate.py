"""The log-in: who has no visit sees no page but this one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool
from starlette_admin.auth import AdminUser, AuthProvider
from starlette_admin.exceptions import LoginFailed

from qbferry.desk.people import LONGEST_VISIT, Role
from qbferry.errors import InputError
from qbferry.web.wording import _

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from qbferry.desk.people import Door

__all__ = ["COOKIE", "Gate", "Visitor"]

COOKIE = "qbferry_visit"


@dataclass
class Visitor(AdminUser):
    """Who asks for a page.

    Attributes:
        username: The person's name, as the history takes it.
        role: What they may do.
    """

    role: Role = Role.VIEWER


class Gate(AuthProvider):
    """Lets people in by name and password, and knows them by a cookie.

    Args:
        door: Where their visits are kept.
    """

    def __init__(self, door: Door) -> None:
        super().__init__()
        self._door = door

    async def authenticate(self, request: Request) -> Visitor | None:
        """Who asks; None: nobody who may."""
        token = request.cookies.get(COOKIE)
        row = await run_in_threadpool(self._door.who, token) if token else None
        return None if row is None else Visitor(username=row.name, role=Role(row.role))

    async def login(
        self,
        username: str,
        password: str,
        remember_me: bool,  # noqa: ARG002 - starlette-admin's
        request: Request,
    ) -> Response | None:
        """Begin a visit; the response that leads on takes the cookie along.

        Raises:
            LoginFailed: Name or password are wrong, or too many were.
        """
        address = request.client.host if request.client else "unknown"
        try:
            token = await run_in_threadpool(self._door.enter, username.strip(), password, address)
        except InputError as error:
            raise LoginFailed(str(error)) from error
        if token is None:
            raise LoginFailed(_("The name or the password is wrong."))
        request.state.cookie = token
        return None

    async def logout(self, request: Request) -> Response | None:
        """End the visit."""
        if token := request.cookies.get(COOKIE):
            await run_in_threadpool(self._door.leave, token)
        request.state.cookie = ""
        return None


def set_cookie(token: str, *, secure: bool) -> str:
    """The header's value that lets a browser keep a token, or forget it when it is empty."""
    age = int(LONGEST_VISIT.total_seconds()) if token else 0
    return f"{COOKIE}={token}; Path=/; Max-Age={age}; HttpOnly; SameSite=Lax" + ("; Secure" if secure else "")
