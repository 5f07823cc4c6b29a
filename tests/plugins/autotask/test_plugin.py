"""The plugin comes with qbferry, runs only where it is named, and says what it lacks."""

from __future__ import annotations

import re
import sys
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from qbferry import PluginError
from qbferry.config import PluginSettings, load
from qbferry.errors import HookError
from qbferry.plugin.manager import assemble
from qbferry_autotask.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable

ENABLED = ["invoices", "timesheets", "expenses", "purchase_orders", "autotask"]


def enabled(**table: Any) -> PluginSettings:
    return PluginSettings.model_validate({"enabled": ENABLED, "autotask": table})


def test_it_runs_only_where_it_is_named() -> None:
    assert "autotask" not in assemble(PluginSettings()).names
    plugins = assemble(enabled())
    assert list(plugins.supply.declared) == [
        "autotask.invoices",
        "autotask.timesheets",
        "autotask.expense_reports",
        "autotask.purchase_orders",
    ]
    assert all(plugins.source_updaters(entity) == ("autotask",) for entity in plugins.entities)
    assert list(assemble(enabled(read=["invoices"])).supply.declared) == ["autotask.invoices"]


def test_without_credentials_a_source_says_what_to_set() -> None:
    with pytest.raises(HookError, match=r"^The plugin autotask lacks user, secret, integration_code; set it"):
        assemble(enabled()).supply.fetch("autotask.invoices", None)


def test_without_httpx_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.startswith(("httpx", "qbferry_autotask"))]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "httpx", None)
    with pytest.raises(PluginError, match=r"pip install 'qbferry\[autotask\]'"):
        assemble(enabled())


def test_credentials_may_come_from_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, table: Callable[..., dict[str, Any]]
) -> None:
    given = table()
    file = tmp_path / "qbferry.toml"
    file.write_text(f'[plugins.autotask]\nuser = "{given["user"]}"\n', "utf-8")
    monkeypatch.setenv("QBFERRY_PLUGINS__AUTOTASK__SECRET", given["secret"])
    monkeypatch.setenv("QBFERRY_PLUGINS__AUTOTASK__INTEGRATION_CODE", given["integration_code"])
    found = load(file).plugins.table("autotask")
    assert found == {name: given[name] for name in ("user", "secret", "integration_code")}


PAGE = Path(__file__).parents[3] / "docs/autotask.md"
README = Path(__file__).parents[3] / "plugins/autotask/README.md"


def test_the_settings_that_the_page_shows_are_taken() -> None:
    [shown] = re.findall(r"```toml\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    found = tomllib.loads(shown)["plugins"]
    assert sorted(found["enabled"]) == sorted(ENABLED)
    assert Settings.model_validate(found["autotask"]).since is not None


def test_the_readme_names_every_setting() -> None:
    rows = re.findall(r"^\| (`.+?) \|", README.read_text("utf-8"), re.MULTILINE)
    named = {name for row in rows for name in re.findall(r"`(\w+)`", row)}
    assert named == {*Settings.model_fields}
