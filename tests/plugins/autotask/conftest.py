"""An Autotask with a small office in it, called over HTTP; and qbferry beside it."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import pytest

from qbferry.simulator.autotask import AutotaskServer, Office, Tenant, furnish
from qbferry_autotask.api import Api
from qbferry_autotask.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@pytest.fixture
def tenant() -> Tenant:
    return Tenant()


@pytest.fixture
def office(tenant: Tenant) -> Office:
    return furnish(tenant, datetime.now(UTC).date())


@pytest.fixture
def server(tenant: Tenant) -> Iterator[AutotaskServer]:
    with AutotaskServer(tenant) as server:
        yield server


@pytest.fixture
def table(server: AutotaskServer) -> Callable[..., dict[str, Any]]:
    """What stands in ``[plugins.autotask]``."""

    def make(**changes: Any) -> dict[str, Any]:
        return {
            "user": server.user,
            "secret": server.secret,
            "integration_code": server.code,
            "url": server.url,
        } | changes

    return make


@pytest.fixture
def pauses() -> list[float]:
    """The seconds for which the client has waited."""
    return []


@pytest.fixture
def calling(table: Callable[..., dict[str, Any]], pauses: list[float]) -> Iterator[Callable[..., Api]]:
    """Makes clients."""
    made: list[Api] = []

    def make(**changes: Any) -> Api:
        made.append(Api(Settings.model_validate(table(**changes)), sleep=pauses.append))
        return made[-1]

    yield make
    for api in made:
        api.close()


@pytest.fixture
def api(calling: Callable[..., Api]) -> Api:
    return calling()


@pytest.fixture
def today() -> date:
    return datetime.now(UTC).date()
