"""People come in by name and password, and their visits end."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from qbferry.desk import people
from qbferry.desk.people import IDLE, LONGEST_VISIT, NOTED, Door, Role
from qbferry.errors import InputError

if TYPE_CHECKING:
    from qbferry.testing.installation import Installation

PASSWORD = "correct horse battery"


class Clock(datetime):
    """A clock that tests move."""

    ahead = timedelta()

    @classmethod
    def now(cls, tz: object = None) -> datetime:  # type: ignore[override]
        return datetime.now(UTC) + cls.ahead


@pytest.fixture
def door(world: Installation, monkeypatch: pytest.MonkeyPatch) -> Door:
    with world.database.write() as tx:
        people.add(tx, "Ann", Role.ADMINISTRATOR, PASSWORD)
        people.add(tx, "Bob", Role.VIEWER, PASSWORD)
    monkeypatch.setattr(people, "datetime", Clock)
    monkeypatch.setattr(Clock, "ahead", timedelta())
    return Door(world.database)


def entered(door: Door, name: str = "Ann", address: str = "10.0.0.1") -> str:
    token = door.enter(name, PASSWORD, address)
    assert token is not None
    return token


def test_name_and_password_let_in_without_regard_to_case_of_the_name(door: Door) -> None:
    person = door.who(entered(door, "ANN"))
    assert person is not None
    assert (person.name, person.role) == ("Ann", "administrator")
    assert door.enter("Ann", PASSWORD.upper(), "10.0.0.1") is None
    assert door.enter("Nobody", PASSWORD, "10.0.0.1") is None


def test_only_the_hash_of_what_the_browser_keeps_is_stored(door: Door, world: Installation) -> None:
    token = entered(door)
    with world.database.read() as tx:
        assert tx.people.visit(token.encode()) is None
        stored = str(tx.connection.exec_driver_sql("SELECT token FROM visit").all())
    assert token not in stored


def test_who_fails_often_has_to_wait_and_others_elsewhere_have_not(door: Door) -> None:
    def guess() -> None:
        for _ in range(100):
            assert door.enter("Ann", "wrong password", "10.0.0.6") is None

    with pytest.raises(InputError, match="Too many log-ins failed; wait"):
        guess()
    assert door.enter("Ann", PASSWORD, "10.0.0.1") is not None


@pytest.mark.parametrize(("ahead", "over"), [(IDLE, True), (IDLE - NOTED, False), (LONGEST_VISIT, True)])
def test_a_visit_ends_by_itself(door: Door, ahead: timedelta, *, over: bool) -> None:
    token = entered(door)
    Clock.ahead = ahead + timedelta(seconds=2)
    assert (door.who(token) is None) is over


def test_a_visit_in_which_somebody_is_seen_lasts_until_its_longest(door: Door) -> None:
    token = entered(door)
    steps = LONGEST_VISIT // (IDLE / 2)
    for step in range(1, steps):
        Clock.ahead = step * IDLE / 2
        assert door.who(token) is not None
    Clock.ahead = LONGEST_VISIT + timedelta(seconds=2)
    assert door.who(token) is None


def test_looking_again_within_a_minute_writes_nothing(door: Door, world: Installation) -> None:
    token = entered(door)

    def seen() -> datetime | None:
        with world.database.read() as tx:
            row = tx.people.named("Ann")
            assert row is not None
            return row.seen_at

    first = seen()
    Clock.ahead = NOTED / 2
    door.who(token)
    assert seen() == first
    Clock.ahead = NOTED * 2
    door.who(token)
    assert seen() != first


@pytest.mark.parametrize("way", ["leave", "password", "remove"])
def test_visits_end_when_people_leave_change_their_password_or_go(
    door: Door, world: Installation, way: str
) -> None:
    token, others = entered(door, "Bob"), entered(door, "Ann")
    if way == "leave":
        door.leave(token)
    else:
        with world.database.write() as tx:
            if way == "password":
                people.set_password(tx, "Bob", PASSWORD + "!")
            else:
                people.remove(tx, "Bob")
    assert door.who(token) is None
    assert door.who(others) is not None


def test_a_role_counts_from_the_next_click_on(door: Door, world: Installation) -> None:
    token = entered(door, "Bob")
    with world.database.write() as tx:
        people.set_role(tx, "Bob", Role.OPERATOR)
    person = door.who(token)
    assert person is not None
    assert Role(person.role).may(Role.OPERATOR)
    assert not Role(person.role).may(Role.ADMINISTRATOR)
