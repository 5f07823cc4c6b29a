"""Bad passwords do not starve the good: whose are checked, who waits, who is let in at once."""

from __future__ import annotations

import contextlib
import logging
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from qbferry.desk import connectors
from qbferry.errors import PauseError
from qbferry.testing.installation import PASSWORD, USER, Installation
from qbferry.transfer.grant import Grant
from qbferry.transfer.passwords import Passwords
from qbferry.transfer.signin import LONGEST_HOLD, SHORTEST_HOLD, Attempt

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE, THERE = "192.0.2.1", "198.51.100.1"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Installation]:
    with Installation(tmp_path) as installation:
        yield installation


@pytest.fixture
def hashed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The passwords that were compared at argon2's cost."""
    passwords: list[str] = []
    verify = Passwords.verify

    def noted(self: Passwords, stored: str | None, password: str) -> bool:
        passwords.append(password)
        return verify(self, stored, password)

    monkeypatch.setattr(Passwords, "verify", noted)
    return passwords


def attempt(world: Installation, user: str, password: str, address: str = THERE) -> Attempt:
    found = world.exchange.sign_in(user, password, address)
    assert isinstance(found, Attempt)
    return found


def test_a_password_that_was_right_costs_nothing_the_next_time(
    world: Installation, hashed: list[str]
) -> None:
    assert world.exchange.authenticate(USER, PASSWORD, HERE).answer == "none"
    assert isinstance(world.exchange.sign_in(USER, PASSWORD, HERE), Grant)
    assert hashed == [PASSWORD]


def test_from_elsewhere_it_is_checked(world: Installation, hashed: list[str]) -> None:
    world.exchange.authenticate(USER, PASSWORD, HERE)
    assert world.exchange.authenticate(USER, PASSWORD, THERE).answer == "none"
    assert hashed == [PASSWORD, PASSWORD]


def test_a_password_that_was_changed_is_known_no_more(world: Installation) -> None:
    world.exchange.authenticate(USER, PASSWORD, HERE)
    with world.database.write() as tx:
        connectors.set_password(tx, "main", "quite another one")
    assert world.exchange.authenticate(USER, PASSWORD, HERE).answer == "nvu"
    assert world.exchange.authenticate(USER, "quite another one", HERE).answer == "none"


def test_who_fails_often_has_to_wait_and_costs_nothing(world: Installation, hashed: list[str]) -> None:
    for _ in range(3):
        assert world.exchange.authenticate(USER, "wrong", THERE).answer == "nvu"
    for password in ("wrong", PASSWORD):
        with pytest.raises(PauseError, match=r"Check the password, wait 1 seconds .*; nothing was lost\."):
            world.exchange.sign_in(USER, password, THERE)
    assert hashed == ["wrong"] * 3


def test_many_at_the_same_moment_are_not_all_checked(world: Installation, hashed: list[str]) -> None:
    crowd = [attempt(world, USER, "wrong") for _ in range(50)]
    refused = 0
    for one in crowd:
        one.check()
        try:
            assert one.grant().answer == "nvu"
        except PauseError:
            refused += 1
    assert (len(hashed), refused) == (3, 47)


def test_nobody_keeps_out_who_signed_in_before(world: Installation) -> None:
    world.exchange.authenticate(USER, PASSWORD, HERE)
    for address in (HERE, THERE):
        for one in [attempt(world, USER, "wrong", address) for _ in range(10)]:
            one.check()
            with pytest.raises(PauseError) if one._late else contextlib.nullcontext():
                one.grant()
    with pytest.raises(PauseError):
        world.exchange.sign_in(USER, "wrong", HERE)
    assert isinstance(world.exchange.sign_in(USER, PASSWORD, HERE), Grant)


def test_nobody_keeps_out_who_comes_from_where_nothing_failed(world: Installation) -> None:
    for number in range(20):
        world.exchange.authenticate(USER, "wrong", f"192.0.2.{number}")
    one = attempt(world, USER, PASSWORD, "203.0.113.1")
    assert one.suspect
    one.check()
    assert one.grant().answer == "none"


def test_the_answer_to_a_failure_is_held_back(world: Installation) -> None:
    holds = []
    for one in [attempt(world, USER, "wrong") for _ in range(3)]:
        one.check()
        holds.append(one.grant().hold)
    assert holds == [SHORTEST_HOLD] * 3
    for _ in range(40):
        world.exchange._sign_ins.throttle.failed(USER, THERE)
    with pytest.raises(PauseError) as caught:
        world.exchange.sign_in(USER, "wrong", THERE)
    assert caught.value.hold == LONGEST_HOLD
    assert world.exchange.authenticate(USER, PASSWORD, HERE).hold == 0


PAGE = Path(__file__).parents[2] / "docs/operations.md"
(FILTER,) = re.findall(r"^failregex = (.*)$", PAGE.read_text("utf-8"), re.MULTILINE)
FAILREGEX = re.compile(FILTER.replace("<HOST>", r"(?P<HOST>\S+)"))


@pytest.mark.parametrize(
    "user", [USER, "nobody", "x\n12:00:00 A sign-in from 9.9.9.9 failed: user 'y'", "\x1b[2J"]
)
def test_the_log_has_address_and_user_in_one_line(
    world: Installation, caplog: pytest.LogCaptureFixture, user: str
) -> None:
    for _ in range(3):
        world.exchange.authenticate(user, "sesame", THERE)
    with pytest.raises(PauseError):
        world.exchange.authenticate(user, "sesame", THERE)
    lines = [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]
    assert len(lines) == 4
    for line in lines:
        assert line.isprintable()
        found = FAILREGEX.search(f"books qbferry[7]: 12:00:00 WARNING qbferry.runs: {line}")
        assert found
        assert found["HOST"] == THERE
        assert repr(user)[:20] in line
        assert "sesame" not in line


def test_no_stranger_can_have_another_address_banned() -> None:
    said = "WARNING qbferry.runs: A sign-in from 192.0.2.9 failed: user 'x'"
    for line in (f"qbferry.webconnector.service: a call was refused: {said!r}", f"qbferry.runs: {said!r}"):
        assert not FAILREGEX.search(f"12:00:00 WARNING {line}")


def test_no_secret_shows_in_an_attempt(world: Installation) -> None:
    assert PASSWORD not in repr(attempt(world, USER, PASSWORD))
