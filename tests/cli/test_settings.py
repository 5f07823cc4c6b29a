"""Where settings come from, what they are when nobody gives them, and what is said of those nobody reads."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from qbferry.config import load
from qbferry.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from typer.testing import Result

    Run = Callable[..., Result]


@pytest.mark.usefixtures("folder")
class TestThePublicAddress:
    def test_is_this_machine_at_the_port_that_is_served(self, monkeypatch: pytest.MonkeyPatch) -> None:
        assert load().public_url == "http://localhost:8080"
        monkeypatch.setenv("QBFERRY_SERVER__PORT", "9090")
        assert load().public_url == "http://localhost:9090"

    def test_may_end_in_a_slash(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("QBFERRY_PUBLIC_URL", "https://books.example.com/")
        assert load().public_url == "https://books.example.com"

    @pytest.mark.parametrize("ending", ["/qbwc", "/qbwc/"])
    def test_is_without_what_is_added_to_it(self, monkeypatch: pytest.MonkeyPatch, ending: str) -> None:
        monkeypatch.setenv("QBFERRY_PUBLIC_URL", "https://books.example.com" + ending)
        with pytest.raises(ConfigError, match=r"which is added to it; write https://books\.example\.com\.$"):
            load()


def test_the_qwc_file_names_the_port_that_is_served(qbferry: Run, folder: Path) -> None:
    (folder / "qbferry.toml").write_text("[server]\nport = 9090\n")
    qbferry("connector", "add", "office")
    assert (
        "<AppURL>http://localhost:9090/qbwc</AppURL>"
        in qbferry("connector", "qwc", "office", "-o", "-").stdout
    )


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("variable", "meant"),
    [
        ("QBFERRY_DATABSE_URL", "QBFERRY_DATABASE_URL"),
        ("QBFERRY_TRANFER__ON_ERROR", "QBFERRY_TRANSFER"),
        ("QBFERRY_TRANSFER_ON_ERROR", "QBFERRY_TRANSFER"),
        ("qbferry_confg", "QBFERRY_CONFIG"),
    ],
)
def test_a_misspelt_variable_is_not_passed_over(
    monkeypatch: pytest.MonkeyPatch, variable: str, meant: str
) -> None:
    monkeypatch.setenv(variable, "stop")
    with pytest.raises(ConfigError, match=f"variable {variable} is no setting; did you mean {meant}"):
        load()


@pytest.mark.usefixtures("folder")
def test_a_variable_that_is_like_none_gets_the_list(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QBFERRY_X", "1")
    with pytest.raises(ConfigError, match="there are: QBFERRY_ALERTS, QBFERRY_API, QBFERRY_DATABASE_URL, "):
        load()


@pytest.mark.usefixtures("folder")
def test_a_misspelt_part_of_a_variable_is_told_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QBFERRY_SERVER__PROT", "1")
    with pytest.raises(ConfigError, match=r"server\.prot"):
        load()
