"""Setting connectors up."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from qbferry.desk import connectors
from qbferry.errors import ConfigError, InputError, NotFoundError
from qbferry.transfer.passwords import Passwords

if TYPE_CHECKING:
    from qbferry.testing.installation import Installation

GOOD = "long enough"


def test_a_connector_has_a_user_of_its_own_a_hashed_password_and_a_new_file_id(world: Installation) -> None:
    with world.database.write() as session:
        row = connectors.add(session, "branch", user=None, password=GOOD, every_minutes=30)
    assert row.user_name == "qbferry-branch"
    assert row.password_hash.startswith("$argon2")
    assert Passwords().verify(row.password_hash, GOOD)
    assert row.file_id[0] + row.file_id[-1] == "{}"
    assert not row.is_default  # the installation's first is


@pytest.mark.parametrize(
    ("name", "user", "password", "sentence"),
    [
        ("Main", None, GOOD, "There is a connector named main already"),
        ("b", "MAIN", GOOD, "The connector main has the user main already"),
        (" b", None, GOOD, 'The name of a connector " b" does not fit'),
        ("a/b", None, GOOD, "does not fit"),
        ("b.", None, GOOD, "does not fit"),
        ("", None, GOOD, "does not fit"),
        ("b" * 61, None, GOOD, "is longer than 60 characters"),
        ("b", "x" * 61, GOOD, 'The user name "xxx'),
        ("b", None, "short", "8 to 128 characters, on one line; this one has 5"),
        ("b", None, "x" * 129, "this one has 129"),
    ],
)
def test_what_does_not_fit_is_told(
    world: Installation, name: str, user: str | None, password: str, sentence: str
) -> None:
    with pytest.raises(InputError) as caught, world.database.write() as session:
        connectors.add(session, name, user=user, password=password)
    assert sentence in str(caught.value)


def test_a_password_made_up_is_strong_and_easily_copied() -> None:
    made = {connectors.make_password() for _ in range(50)}
    assert len(made) == 50
    assert all(len(one) == 24 and one.isalnum() for one in made)


def test_a_new_password_replaces_the_old_one(world: Installation) -> None:
    with world.database.write() as session:
        row = connectors.set_password(session, "main", "another one")
    assert Passwords().verify(row.password_hash, "another one")


def test_a_paused_connector_finds_nothing_to_do_until_it_is_resumed(world: Installation) -> None:
    for paused in (True, False):
        with world.database.write() as session:
            assert connectors.pause(session, "main", paused=paused).paused is paused


def test_the_place_of_the_company_file_can_be_forgotten(world: Installation) -> None:
    with world.database.write() as session:
        connectors.everyone(session)[0].company_file = r"C:\Old\Company.QBW"
        assert connectors.clear_location(session, "main").company_file is None


def test_a_qwc_file_needs_an_address_the_web_connector_accepts(world: Installation) -> None:
    with world.database.read() as session:
        text = connectors.qwc_file(session, "main", "https://books.example.com/ferry/")
        with pytest.raises(ConfigError, match="not https"):
            connectors.qwc_file(session, "main", "http://books.example.com")
        with pytest.raises(NotFoundError, match="no connector named other; there are: main"):
            connectors.qwc_file(session, "other", "https://books.example.com")
    assert "<AppURL>https://books.example.com/ferry/qbwc</AppURL>" in text
    assert "<AppSupport>https://books.example.com/ferry/support</AppSupport>" in text
    assert "<UserName>main</UserName>" in text
