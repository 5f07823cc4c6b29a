"""Who may do what: a token in the head of every request, and the scopes it was given."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from qbferry.api.limits import Rates
from qbferry.api.problems import ProblemError
from qbferry.desk.tokens import Caller, Keys, Scope

if TYPE_CHECKING:
    from qbferry.desk.office import Office

__all__ = ["Entrance", "caller_of"]

BEARER = HTTPBearer(scheme_name="token", description="What `qbferry token add` has shown.", auto_error=False)


class Entrance:
    """Lets programs in.

    Args:
        office: Whose programs.
    """

    def __init__(self, office: Office) -> None:
        self._keys = Keys(office.database)
        self._rates = Rates(office.settings.api.requests_per_minute)

    def needs(self, scope: Scope) -> Any:
        """What a route depends on that a program needs a scope for."""

        def check(
            request: Request, shown: Annotated[HTTPAuthorizationCredentials | None, Depends(BEARER)]
        ) -> None:
            request.state.caller = caller = self._caller(shown)
            request.state.rate = rate = self._rates.take(caller.id)
            if rate is not None and rate.wait:
                raise ProblemError(
                    "rate",
                    f"The token {caller.name} may make {rate.most} requests a minute; come again in "
                    f"{rate.wait} seconds.",
                    {"Retry-After": str(rate.wait)},
                )
            require(caller, scope)

        return Depends(check)

    def _caller(self, shown: HTTPAuthorizationCredentials | None) -> Caller:
        if shown is None:
            raise ProblemError("token", "Send a token in the head: Authorization: Bearer qbf_…")
        caller = self._keys.who(shown.credentials)
        if caller is None:
            raise ProblemError(
                "token",
                "Nobody has this token; it has expired, was revoked, or never was. Make another: "
                "qbferry token add.",
            )
        return caller


def caller_of(request: Request) -> Caller:
    """Whose request it is, once it was let in."""
    caller: Caller = request.state.caller
    return caller


def require(caller: Caller, scope: Scope) -> None:
    """Make sure that a program may do something.

    Raises:
        ProblemError: It may not.
    """
    if scope not in caller.scopes:
        raise ProblemError("scope", f"The token {caller.name} lacks the scope {scope}, which this needs.")
