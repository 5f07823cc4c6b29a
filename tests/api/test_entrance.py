"""Who gets in: tokens, their scopes, their end; and how refusals are told."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import httpx
import pytest
from sqlalchemy import update

from qbferry.desk import tokens
from qbferry.desk.tokens import Scope
from qbferry.store import tables

from .conftest import problem

if TYPE_CHECKING:
    from .conftest import Place


@pytest.mark.parametrize("token", ["", "qbf_wrong", "é"])
def test_nobody_gets_in_without_a_token_that_counts(place: Place, token: str) -> None:
    client = place.client(token="")
    if token:
        client.headers = httpx.Headers({b"Authorization": f"Bearer {token}".encode()})
    reply = client.get("/records/invoice")
    problem(reply, 401, "token")
    assert reply.headers["www-authenticate"] == "Bearer"


def test_a_token_does_what_its_scopes_allow(place: Place) -> None:
    client = place.client(Scope.READ, name="shop")
    assert client.get("/records/invoice").status_code == 200
    with place.app.database.write() as tx:
        tx.connection.execute(update(tables.token).values(scopes="records:other"))
    told = problem(client.get("/records/invoice"), 403, "scope")
    assert "shop lacks the scope records:read" in told["detail"]


def test_a_token_ends_when_it_expires_or_is_revoked(place: Place) -> None:
    client = place.client(Scope.READ)
    with place.app.database.write() as tx:
        _, short = tokens.add(tx, "short", [Scope.READ], days=1)
    other = place.client(token=short)
    assert client.get("/records/invoice").status_code == other.get("/records/invoice").status_code == 200
    with place.app.database.write() as tx:
        tokens.revoke(tx, "ERP")
        late = datetime.now(UTC) - timedelta(seconds=1)
        tx.connection.execute(update(tables.token).values(expires_at=late))
    problem(client.get("/records/invoice"), 401, "token")
    problem(other.get("/records/invoice"), 401, "token")


def test_only_the_hash_of_a_token_is_stored_and_when_it_was_seen(place: Place) -> None:
    with place.app.database.write() as tx:
        row, token = tokens.add(tx, "erp", [Scope.READ])
    assert token.startswith("qbf_")
    assert len(token) > 40
    place.client(token=token).get("/records/invoice")
    with place.app.database.read() as tx:
        stored = tx.connection.execute(tables.token.select()).mappings().one()
    assert token.encode() not in stored["hash"]
    assert token not in str(dict(stored))
    assert stored["seen_at"] is not None
    assert row.seen_at is None


def test_what_is_not_there_is_told_as_a_problem(erp: httpx.Client) -> None:
    problem(erp.get("/nothing"), 404, "not-found")
    problem(erp.get("/records/pear"), 404, "not-found")
    problem(erp.delete("/records/invoice"), 405, "method")
