from __future__ import annotations

import pytest

from qbferry.transfer.throttle import FORGOTTEN, FREE, LONGEST, MOST, SHARED, Throttle

STORED = "the stored hash"


class Clock:
    now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def throttle(clock: Clock) -> Throttle:
    return Throttle(clock)


def fail(throttle: Throttle, times: int, user: str = "u", address: str = "192.0.2.1") -> float:
    return [throttle.failed(user, address) for _ in range(times)][-1]


def test_people_mistype(throttle: Throttle) -> None:
    assert fail(throttle, FREE - 1) == 0
    assert throttle.wait("u", "192.0.2.1") == 0


def test_pauses_grow_up_to_the_longest(throttle: Throttle) -> None:
    fail(throttle, FREE - 1)
    assert [fail(throttle, 1) for _ in range(12)] == [1, 2, 4, 8, 16, 32, 64, 128, 256] + [LONGEST] * 3
    assert fail(throttle, 10_000) == LONGEST


def test_a_pause_ends(throttle: Throttle, clock: Clock) -> None:
    assert fail(throttle, FREE + 3) == 8
    clock.now += 7.5
    assert throttle.wait("u", "192.0.2.1") == 0.5
    clock.now += 0.5
    assert throttle.wait("u", "192.0.2.1") == 0
    assert fail(throttle, 1) == 16


def test_failures_are_forgotten(throttle: Throttle, clock: Clock) -> None:
    fail(throttle, FREE + 10)
    assert throttle.suspects("another", "192.0.2.1")
    clock.now += FORGOTTEN + 1
    assert not throttle.suspects("u", "192.0.2.1")
    assert fail(throttle, 1) == 0


def test_many_users_tried_from_one_address_are_one_attack(throttle: Throttle) -> None:
    for number in range(FREE * SHARED):
        throttle.failed(f"user {number}", "192.0.2.1")
    assert throttle.wait("another", "192.0.2.1") == 1
    assert throttle.wait("another", "192.0.2.2") == 0


def test_one_user_tried_from_many_addresses_is_one_attack(throttle: Throttle) -> None:
    for number in range(100):
        throttle.failed("u", f"192.0.2.{number}")
    assert throttle.wait("u", "192.0.2.7") == LONGEST
    assert throttle.wait("another", "192.0.2.7") == 0


def test_nobody_can_lock_a_user_out_from_where_nothing_failed(throttle: Throttle) -> None:
    for number in range(100):
        fail(throttle, 10, address=f"192.0.2.{number}")
    assert throttle.wait("u", "198.51.100.1") == 0
    assert throttle.suspects("u", "198.51.100.1")


def test_a_success_forgives_its_address(throttle: Throttle) -> None:
    fail(throttle, FREE + 1)
    throttle.succeeded("u", STORED, "right", "192.0.2.1")
    assert throttle.wait("u", "192.0.2.1") == 0
    assert throttle.wait("another", "192.0.2.1") == 0


def test_a_password_that_was_right_is_known_where_it_came_from(throttle: Throttle) -> None:
    throttle.succeeded("u", STORED, "right", "192.0.2.1")
    fail(throttle, 100)
    assert throttle.knows("u", STORED, "right", "192.0.2.1")
    assert not throttle.knows("u", STORED, "wrong", "192.0.2.1")
    assert not throttle.knows("u", STORED, "right", "192.0.2.2")
    assert not throttle.knows("another", STORED, "right", "192.0.2.1")
    assert not throttle.knows("u", "a newer hash", "right", "192.0.2.1")


def test_user_and_password_do_not_run_into_each_other(throttle: Throttle) -> None:
    throttle.succeeded("ab", STORED, "c", "")
    assert not throttle.knows("a", STORED, "bc", "")


def test_an_ipv6_network_is_one_address(throttle: Throttle) -> None:
    for number in range(FREE):
        throttle.failed("u", f"2001:db8:1:2::{number:x}")
    assert throttle.wait("u", "2001:db8:1:2:ffff::1") == 1
    assert throttle.wait("u", "2001:db8:1:3::1") == 0
    throttle.succeeded("u", STORED, "right", "::ffff:192.0.2.1")
    assert throttle.knows("u", STORED, "right", "192.0.2.1")


def test_what_is_remembered_is_bounded(throttle: Throttle) -> None:
    for number in range(MOST):
        throttle.failed(f"{number}", f"{number}")
        throttle.succeeded(f"{number}", STORED, "right", "192.0.2.1")
    throttle.succeeded("one more", STORED, "right", "192.0.2.1")
    assert not throttle.knows("0", STORED, "right", "192.0.2.1")
    assert throttle.knows("1", STORED, "right", "192.0.2.1")
    assert len(throttle._failures) <= MOST


@pytest.mark.parametrize("text", ["\ud800", "\x00", "é", ""])
def test_any_text_may_be_given(throttle: Throttle, text: str) -> None:
    throttle.succeeded(text, STORED, text, text)
    assert throttle.knows(text, STORED, text, text)
    assert throttle.failed(text, text) == 0
