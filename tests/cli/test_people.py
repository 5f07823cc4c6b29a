"""Who may log in to the pages, as an administrator says it with commands."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from typer.testing import Result

    Run = Callable[..., Result]


def people(qbferry: Run) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(qbferry("user", "list", "--json").stdout)
    return found


def test_the_first_is_an_administrator_and_those_after_it_look(qbferry: Run) -> None:
    assert "password: " in qbferry("user", "add", "Ann").stdout
    qbferry("user", "add", "Bob")
    qbferry("user", "add", "Cem", "--role", "operator")
    assert [(one["user"], one["role"]) for one in people(qbferry)] == [
        ("Ann", "administrator"),
        ("Bob", "viewer"),
        ("Cem", "operator"),
    ]
    assert all(name in qbferry("user", "list").stdout for name in ("Ann", "Bob", "Cem"))


def test_nobody_yet_is_said_with_what_to_do(qbferry: Run) -> None:
    qbferry("init")
    assert "qbferry user add NAME" in qbferry("user", "list").stdout


def test_a_given_password_is_not_shown(qbferry: Run) -> None:
    done = qbferry("user", "add", "Ann", "--password-stdin", stdin="correct horse battery\n")
    assert "correct horse" not in done.output


@pytest.mark.parametrize(
    ("words", "stdin", "sentence"),
    [
        (("add", "ANN"), "", "There is a user named Ann already"),
        (("add", " Bob"), "", "does not fit"),
        (("add", "Bob", "--password-stdin"), "short\n", "A password has"),
        (("password", "Nobody"), "", "There is no user named Nobody"),
        (("role", "Ann", "viewer"), "", "Ann is the last administrator"),
        (("remove", "Nobody"), "", "There is no user named Nobody"),
    ],
)
def test_what_does_not_fit_is_said_and_changes_nothing(
    qbferry: Run, words: tuple[str, ...], stdin: str, sentence: str
) -> None:
    qbferry("user", "add", "Ann")
    assert sentence in qbferry("user", *words, stdin=stdin, status=1).stderr
    assert [(one["user"], one["role"]) for one in people(qbferry)] == [("Ann", "administrator")]


def test_a_role_that_is_none_is_said_with_those_there_are(qbferry: Run) -> None:
    qbferry("user", "add", "Ann")
    told = qbferry("user", "role", "Ann", "boss", status=2).stderr
    assert "viewer" in told
    assert "operator" in told


def test_the_last_administrator_can_go_only_as_the_last_person(qbferry: Run) -> None:
    qbferry("user", "add", "Ann")
    qbferry("user", "add", "Bob")
    assert "last administrator" in qbferry("user", "remove", "Ann", status=1).stderr
    qbferry("user", "remove", "Bob")
    qbferry("user", "remove", "Ann")
    assert people(qbferry) == []


def test_roles_and_passwords_change(qbferry: Run) -> None:
    qbferry("user", "add", "Ann")
    qbferry("user", "add", "Bob")
    qbferry("user", "role", "bob", "Administrator")
    first = json.loads(qbferry("user", "password", "Bob", "--json").stdout)["password"]
    second = json.loads(qbferry("user", "password", "Bob", "--json").stdout)["password"]
    assert first != second
    assert [one["role"] for one in people(qbferry)] == ["administrator", "administrator"]
