"""A server that is killed at any moment while it takes records in: the same request again ends it."""

from __future__ import annotations

import time
from contextlib import closing
from datetime import timedelta
from itertools import count
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import httpx
import pytest

from qbferry import config
from qbferry.api import idempotency
from qbferry.app import build
from qbferry.desk import connectors, tokens
from qbferry.desk.tokens import Scope
from qbferry.proof.server import AFTER_COMMIT, BEFORE_COMMIT, BEFORE_REPLY, Server, Trap

from .conftest import PASSWORD, problem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    Make = Callable[..., dict[str, Any]]

LEASE = timedelta(seconds=1)
"""Instead of two minutes: for so long a dead server's requests are still its own."""


class Site:
    """Servers that die, one that does not, and a program."""

    def __init__(self, settings: config.Settings, token: str) -> None:
        self._settings = settings
        self._head = {"Authorization": f"Bearer {token}"}
        self._calm = Server(settings)
        self._servers = [self._calm]

    def close(self) -> None:
        for server in self._servers:
            server.kill()

    def dying(self, trap: Trap) -> Server:
        self._servers.append(Server(self._settings, trap))
        return self._servers[-1]

    def ask(self, method: str, path: str, server: Server | None = None, **more: Any) -> httpx.Response:
        url = f"http://{urlsplit((server or self._calm).url).netloc}/api/v1{path}"
        head = self._head | more.pop("headers", {})
        return httpx.request(method, url, headers=head, timeout=60, **more)

    def until_done(self, *request: Any, **more: Any) -> httpx.Response:
        """Send a request again and again, as a program does that is told to come back."""
        end = time.monotonic() + 60
        while (reply := self.ask(*request, **more)).status_code == 409 and time.monotonic() < end:
            assert int(reply.headers["retry-after"]) > 0
            problem(reply, 409, "in-progress")
            time.sleep(0.2)
        return reply


@pytest.fixture
def site(tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    monkeypatch.setattr(idempotency, "LEASE", LEASE)  # the processes are copies of this one
    file = tmp_path / "qbferry.toml"
    file.write_text(f'database_url = "{database_url}"\nplugins.enabled = ["invoices"]\n')
    settings = config.load(file)
    app = build(settings)
    with app.database.write() as tx:
        connectors.add(tx, "office", user="office", password=PASSWORD)
        _, token = tokens.add(tx, "erp", tuple(Scope))
    app.database.close()
    with closing(Site(settings, token)) as made:
        yield made


@pytest.mark.parametrize("moment", [BEFORE_COMMIT, AFTER_COMMIT, BEFORE_REPLY])
def test_the_same_request_again_ends_with_every_record_once(site: Site, invoice: Make, moment: str) -> None:
    died = 0
    for nth in count(1):
        ids = [f"{nth}-{number}" for number in range(3)]
        request: dict[str, Any] = {
            "json": [invoice(each) for each in ids],
            "headers": {"Idempotency-Key": f"key-{nth}"},
        }
        server = site.dying(Trap(moment, nth))
        try:
            first = site.ask("PUT", "/records/invoice?ready=true", server, **request)
        except httpx.TransportError:
            died += 1
        else:  # there is no such moment any more
            assert server.alive
            break
        told = site.until_done("PUT", "/records/invoice?ready=true", **request)
        assert told.status_code == 200, told.text
        assert (told.json()["created"], told.json()["ready"]) == (3, 3)
        assert told.content == site.ask("PUT", "/records/invoice?ready=true", **request).content
        found = site.ask("GET", "/records/invoice", params={"number": f"{nth}-"}).json()["records"]
        assert sorted(one["id"] for one in found) == ids
        for each in ids:
            whole = site.ask("GET", f"/records/invoice/{each}?include=history").json()
            assert [line["kind"] for line in whole["history"]] == ["Ready"]
    assert first.json()["created"] == 3
    assert died >= {BEFORE_COMMIT: 3, AFTER_COMMIT: 3, BEFORE_REPLY: 1}[moment]
