"""Which programs may use the API, as an administrator says it with commands."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from qbferry.desk.tokens import Scope

if TYPE_CHECKING:
    from collections.abc import Callable

    from typer.testing import Result

    Run = Callable[..., Result]


def test_a_token_is_shown_once_with_what_it_may_do(qbferry: Run) -> None:
    shown = qbferry("token", "add", "erp", "--scope", "records:read", "--days", "30")
    assert "erp may use the API for records:read until " in shown.stdout
    assert "The token: qbf_" in shown.stdout
    assert "qbf_" not in qbferry("token", "list").stdout
    (found,) = json.loads(qbferry("token", "list", "--json").stdout)
    assert (found["name"], found["scopes"]) == ("erp", ["records:read"])
    assert found["expires_at"]
    assert found["seen_at"] is None


def test_a_program_gets_its_token_as_json(qbferry: Run) -> None:
    found = json.loads(qbferry("token", "add", "erp", "--scope", "records:read", "--json").stdout)
    assert found["token"].startswith("qbf_")
    assert found["expires_at"] is None


def test_a_revoked_token_is_gone_and_its_name_is_free(qbferry: Run) -> None:
    qbferry("token", "add", "erp", "--scope", "records:read")
    assert "erp may no longer use the API" in qbferry("token", "revoke", "ERP").stdout
    assert json.loads(qbferry("token", "list", "--json").stdout) == []
    qbferry("token", "add", "erp", "--scope", "records:read")


def test_no_token_yet_is_said_with_what_to_do(qbferry: Run) -> None:
    qbferry("init")
    assert "qbferry token add NAME" in qbferry("token", "list").stdout


def test_the_help_tells_every_scope(qbferry: Run) -> None:
    shown = qbferry("token", "add", "--help").stdout
    assert all(scope in shown for scope in Scope)


@pytest.mark.parametrize(
    ("words", "status", "sentence"),
    [
        (("add", "ERP", "--scope", "records:read"), 1, "There is a token named erp already"),
        (("add", " shop", "--scope", "records:read"), 1, "does not fit"),
        (("add", "shop", "--scope", "everything"), 2, "There is no scope everything"),
        (("revoke", "shop"), 1, "There is no token named shop"),
    ],
)
def test_what_does_not_fit_is_said_and_changes_nothing(
    qbferry: Run, words: tuple[str, ...], status: int, sentence: str
) -> None:
    qbferry("token", "add", "erp", "--scope", "records:read")
    assert sentence in " ".join(qbferry("token", *words, status=status).stderr.split())
    assert len(json.loads(qbferry("token", "list", "--json").stdout)) == 1
