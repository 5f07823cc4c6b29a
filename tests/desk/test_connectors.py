"""Setting connectors up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from qbferry.desk import connectors
from qbferry.errors import ConfigError, InputError, NotFoundError
from qbferry.transfer.passwords import Passwords

if TYPE_CHECKING:
    from collections.abc import Callable

    from qbferry.store.rows import ConnectorRow
    from qbferry.testing.installation import Installation

GOOD = "long enough"


@pytest.fixture
def begun(world: Installation, invoice: Callable[..., dict[str, Any]]) -> Callable[[], bool]:
    """A run that has begun; whether its ticket still counts."""
    world.put("invoice", invoice("A"))
    world.begin()

    def live() -> bool:
        with world.database.read() as tx:
            [(run, _)] = tx.runs.latest(1)
        return not run.voided

    return live


def test_a_connector_has_a_user_of_its_own_a_hashed_password_and_a_new_file_id(world: Installation) -> None:
    with world.database.write() as tx:
        row = connectors.add(tx, "branch", user=None, password=GOOD, every_minutes=30)
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
    with pytest.raises(InputError) as caught, world.database.write() as tx:
        connectors.add(tx, name, user=user, password=password)
    assert sentence in str(caught.value)


def test_a_password_made_up_is_strong_and_easily_copied() -> None:
    made = {connectors.make_password() for _ in range(50)}
    assert len(made) == 50
    assert all(len(one) == 24 and one.isalnum() for one in made)


def stored(world: Installation) -> ConnectorRow:
    with world.database.read() as tx:
        return tx.connectors.named("main")


def test_a_new_password_replaces_the_old_one_and_ends_what_began_with_it(
    world: Installation, begun: Callable[[], bool]
) -> None:
    with world.database.write() as tx:
        connectors.set_password(tx, "main", "another one")
    assert Passwords().verify(stored(world).password_hash, "another one")
    assert not begun()


def test_a_paused_connector_finds_nothing_to_do_until_it_is_resumed(
    world: Installation, begun: Callable[[], bool]
) -> None:
    with world.database.write() as tx:
        connectors.pause(tx, "main", paused=False)
    assert begun()
    for paused in (True, False):
        with world.database.write() as tx:
            connectors.pause(tx, "main", paused=paused)
        assert stored(world).paused is paused
        assert not begun()


def test_the_place_of_the_company_file_can_be_forgotten(world: Installation) -> None:
    with world.database.write() as tx:
        row = tx.connectors.named("main", lock=True)
        row.company_file = r"C:\Old\Company.QBW"
        tx.connectors.save(row)
    with world.database.write() as tx:
        connectors.clear_location(tx, "main")
    assert stored(world).company_file is None


def test_a_qwc_file_needs_an_address_the_web_connector_accepts(world: Installation) -> None:
    with world.database.read() as tx:
        text = connectors.qwc_file(tx, "main", "https://books.example.com/ferry/")
        with pytest.raises(ConfigError, match="not https"):
            connectors.qwc_file(tx, "main", "http://books.example.com")
        with pytest.raises(NotFoundError, match="no connector named other; there are: main"):
            connectors.qwc_file(tx, "other", "https://books.example.com")
    assert "<AppURL>https://books.example.com/ferry/qbwc</AppURL>" in text
    assert "<AppSupport>https://books.example.com/ferry/support</AppSupport>" in text
    assert "<UserName>main</UserName>" in text
