"""Webhooks as an administrator sets them up with commands."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from tests.herald.conftest import Hook, at_work

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from typer.testing import Result

    Run = Callable[..., Result]


@pytest.fixture
def hook() -> Iterator[Hook]:
    server = Hook()
    with at_work(server):
        yield server


def test_one_is_added_listed_tried_replayed_and_removed(qbferry: Run, hook: Hook) -> None:
    added = qbferry("webhook", "add", "billing", hook.url).stdout
    secret = added.partition("whsec_")[2].split()[0]
    assert len(secret) == 44
    assert secret not in qbferry("webhook", "list").stdout
    [one] = json.loads(qbferry("webhook", "list", "--json").stdout)
    assert (one["webhook"], one["url"], one["state"]) == ("billing", hook.url, "on")
    assert "HTTP 204" in qbferry("webhook", "test", "billing").stdout
    [(headers, body)] = hook.calls
    assert json.loads(body)["type"] == "webhook.test"
    assert headers["webhook-signature"].startswith("v1,")
    assert "goes on" in qbferry("webhook", "replay", "billing", "--since", "2026-10-31").stdout
    qbferry("webhook", "remove", "billing")
    assert "qbferry webhook add" in qbferry("webhook", "list").stdout


def test_what_does_not_fit_is_said(qbferry: Run, hook: Hook) -> None:
    qbferry("webhook", "add", "billing", hook.url)
    for words, said in (
        (("test", "other"), "there are: billing"),
        (("replay", "billing", "--after", "x"), "x is not the id of an event"),
        (("replay", "billing", "--all", "--after", "x"), "one of"),
        (("add", "b", "ftp://x"), "https://"),
    ):
        found = qbferry("webhook", *words, status=2 if "--all" in words else 1)
        assert said in " ".join((found.stdout + found.stderr).split()), words
    hook.status = 500
    assert "HTTP 500" in qbferry("webhook", "test", "billing", status=1).stderr
