"""What commands of plugins can do, and that none takes the name of another."""

from __future__ import annotations

import json
from importlib.metadata import EntryPoint
from typing import TYPE_CHECKING, Any

import pytest
import typer  # noqa: TC002 - Typer reads the annotations

from qbferry import desk_of, hookimpl
from qbferry.plugin import discovery

if TYPE_CHECKING:
    from collections.abc import Callable

    from typer.testing import Result

    Run = Callable[..., Result]


class Closing:
    """``qbferry close-month``: reads, lists and acts as a person does."""

    @hookimpl
    def register_commands(self, cli: typer.Typer) -> None:
        @cli.command("close-month")
        def close_month(ctx: typer.Context, act: str = "ready") -> None:
            """Set all invoices of a month ready."""
            desk = desk_of(ctx)
            waiting = desk.records(
                "invoice", status="Not Transferred" if act == "ready" else "Pending", limit=10
            )
            done = desk.act("invoice", [one["id"] for one in waiting], act)  # type: ignore[arg-type]
            first = desk.record("invoice", "I-1")
            print(json.dumps({"done": done, "first": first["transfer_status"]}))


class Lister:
    @hookimpl
    def register_commands(self, cli: typer.Typer) -> None:
        @cli.command("list")
        def list_() -> None:
            """List something else."""


class Twin(Closing):
    """Has a command that another plugin has."""


INVOICE = {
    "id": "I-1",
    "organization": "Acme Corp",
    "invoice_date": "2026-10-31",
    "lines": [{"item": "Labor", "amount": "300.00"}],
}


@pytest.fixture
def plugged(qbferry: Run, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Run]:
    def plug(*plugins: type[Any]) -> Run:
        real = discovery.installed()
        own = {
            plugin.__name__.lower(): discovery.Installed(
                name=plugin.__name__.lower(),
                distribution="test",
                version="1",
                point=EntryPoint(
                    plugin.__name__.lower(), f"{__name__}:{plugin.__qualname__}", discovery.GROUP
                ),
            )
            for plugin in plugins
        }
        monkeypatch.setattr(discovery, "installed", lambda: real | own)
        load = discovery.load
        made = {plugin.__name__.lower(): plugin for plugin in plugins}
        monkeypatch.setattr(
            discovery,
            "load",
            lambda one, settings: made[one.name]() if one.name in made else load(one, settings),
        )
        monkeypatch.setenv("QBFERRY_PLUGINS__ENABLED", json.dumps(["invoices", *own]))
        return qbferry

    return plug


def test_a_command_reads_lists_and_acts(plugged: Callable[..., Run]) -> None:
    qbferry = plugged(Closing)
    qbferry("connector", "add", "office")
    qbferry("import", "invoice", "-", stdin=json.dumps(INVOICE))
    done = json.loads(qbferry("close-month").stdout)
    (one,) = done["done"]
    assert (one["id"], one["status"], one["changed"], one["reason"]) == ("I-1", "Pending", True, "")
    assert done["first"] == "Pending"
    assert json.loads(qbferry("close-month", "--act", "not ready").stdout)["first"] == "Not Transferred"


def test_a_command_of_the_name_of_a_built_in_one_stops_the_start(plugged: Callable[..., Run]) -> None:
    qbferry = plugged(Lister)
    qbferry("init")
    said = "The plugin lister adds a command list, which qbferry itself has already"
    assert said in qbferry("serve", "--port", "0", status=1).stderr
    assert said in qbferry("--help").stderr
    assert "Traceback" not in qbferry("list", "invoice").stderr, "what is there works as ever"


def test_two_plugins_cannot_have_one_command(plugged: Callable[..., Run]) -> None:
    qbferry = plugged(Closing, Twin)
    said = "The plugin twin adds a command close-month, which the plugin closing has already"
    other = "The plugin closing adds a command close-month, which the plugin twin has already"
    told = qbferry("close-month", status=1).stderr
    assert said in told or other in told
