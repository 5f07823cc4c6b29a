"""``qbferry simulate``, as a person types it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
import typer
from typer.testing import CliRunner

from qbferry.errors import InputError
from qbferry.simulator.command import simulate

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from typer.testing import Result


@pytest.fixture
def command(server: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    monkeypatch.setenv("QBFERRY_SIMULATE_PASSWORD", "secret")
    app = typer.Typer()
    app.command()(simulate)

    def run(*arguments: str) -> Result:
        company = str(tmp_path / "a.qbsim")
        return CliRunner().invoke(
            app, ["--url", server.url, "--user", "acme", "--company", company, *arguments]
        )

    return run


def test_runs_that_end_normally_exit_with_zero(
    server: Any, command: Callable[..., Result], quickbooks: Any
) -> None:
    server.script["authenticate"] = [["ticket", ""], ["ticket", "none"]]
    server.script["sendRequestXML"] = [quickbooks.message(quickbooks.invoice())]
    result = command("--runs", "2")
    assert result.exit_code == 0
    assert "Run 1: 1 message sets in 6 calls. The run is finished: OK." in result.stdout
    assert "Run 2: 0 message sets in 4 calls. There was nothing to exchange." in result.stdout
    assert "holds: Invoice 1." in result.stdout
    assert server.calls[2][1] == {"strUserName": "acme", "strPassword": "secret"}


def test_json(server: Any, command: Callable[..., Result], quickbooks: Any) -> None:
    server.script["sendRequestXML"] = [quickbooks.message(quickbooks.invoice())]
    result = command("--json", "--no-keep-alive")
    report = json.loads(result.stdout)
    assert report["runs"][0]["outcome"] == "finished"
    assert report["runs"][0]["percents"] == [100]
    assert report["transactions"]["Invoice"] == 1


def test_a_wrong_password_is_said_in_a_sentence(server: Any, command: Callable[..., Result]) -> None:
    server.script["authenticate"] = [["", "nvu"]]
    result = command("--runs", "3")
    assert result.exit_code == 1
    assert result.stderr.strip().splitlines()[-1] == (
        "Run 1 failed. The server does not know this user name and password; check both."
    )
    assert server.operations.count("authenticate") == 1


def test_a_qwc_file_says_which_server_and_user(server: Any, tmp_path: Path) -> None:
    qwc = tmp_path / "acme.qwc"
    qwc.write_text(
        f"<QBWCXML><AppURL>{server.url}</AppURL><UserName>acme</UserName>"
        "<OwnerID>{1}</OwnerID><FileID>{2}</FileID></QBWCXML>",
        encoding="utf-8",
    )
    app = typer.Typer()
    app.command()(simulate)
    company = ["--password", "secret", "--company", str(tmp_path / "a.qbsim")]
    server.script["authenticate"] = [["ticket", "none"]]
    assert CliRunner().invoke(app, ["--qwc", str(qwc), *company]).exit_code == 0
    assert server.calls[2][1] == {"strUserName": "acme", "strPassword": "secret"}
    assert isinstance(CliRunner().invoke(app, company).exception, InputError)


def test_a_plan_of_faults_and_a_seed(server: Any, command: Callable[..., Result], tmp_path: Path) -> None:
    plan, seed = tmp_path / "plan.toml", tmp_path / "seed.toml"
    plan.write_text(
        '[[fault]]\nat = "open"\ndo = "hresult"\nhresult = "0x80040408"\ntimes = 0\n', encoding="utf-8"
    )
    seed.write_text('[settings]\nfile = "C:\\\\firm.qbw"\n', encoding="utf-8")
    result = command("--faults", str(plan), "--seed", str(seed))
    assert result.exit_code == 1
    assert "Could not start QuickBooks." in result.stderr


@pytest.mark.parametrize(
    "arguments",
    [("--url", "ftp://x"), ("--url", "http://host:notaport/"), ("--ca-file", "none.pem"), ("--seed", "none")],
)
def test_what_cannot_be_used_is_refused(command: Callable[..., Result], arguments: tuple[str, ...]) -> None:
    assert isinstance(command(*arguments).exception, InputError)
