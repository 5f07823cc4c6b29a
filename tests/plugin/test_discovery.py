"""Finding plugins: what is installed, which of them run, and what is said when that cannot be."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import pytest

from qbferry import ConfigError, PluginError
from qbferry.config import PluginSettings, load
from qbferry.plugin import discovery
from qbferry.plugin.manager import assemble

if TYPE_CHECKING:
    from pathlib import Path

SIMPLE = """
from datetime import date
from pydantic import BaseModel
from qbferry import hookimpl

class Plugin:
    class Settings(BaseModel, extra="forbid"):
        until: date
        strict: bool = False

    def __init__(self, settings):
        self.settings = settings
"""


class Install(Protocol):
    """Puts a distribution with one plugin where Python finds it."""

    def __call__(self, name: str, source: str, *, target: str = "Plugin", distribution: str = "") -> None: ...


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    monkeypatch.syspath_prepend(tmp_path)

    def put(name: str, source: str, *, target: str = "Plugin", distribution: str = "") -> None:
        distribution = distribution or f"qbferry_test_{name}"
        module = f"{distribution}_module"
        (tmp_path / f"{module}.py").write_text(source, "utf-8")
        info = tmp_path / f"{distribution}-1.5.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(
            f"Metadata-Version: 2.1\nName: {distribution}\nVersion: 1.5\n", "utf-8"
        )
        value = f"{module}:{target}" if target else module
        points = f"[{discovery.GROUP}]\n{name} = {value}\n"
        (info / "entry_points.txt").write_text(points, "utf-8")

    return put


def settings(*enabled: str, **tables: Any) -> PluginSettings:
    return PluginSettings(enabled=list(enabled), **tables)


def fault(chosen: PluginSettings, kind: type[Exception]) -> str:
    with pytest.raises(kind) as caught:
        assemble(chosen)
    sentence = str(caught.value)
    assert "\n" not in sentence
    assert sentence.endswith(".")
    return sentence


def test_an_installed_plugin_is_listed_with_where_it_comes_from(install: Install) -> None:
    install("closing", SIMPLE)
    found = discovery.installed()["closing"]
    assert (found.distribution, found.version, found.built_in) == ("qbferry_test_closing", "1.5", False)


def test_installing_a_plugin_does_not_enable_it(install: Install) -> None:
    install("closing", SIMPLE)
    chosen = discovery.choose(PluginSettings(), discovery.installed())
    assert chosen
    assert all(plugin.built_in for plugin in chosen)


def test_an_enabled_plugin_gets_its_settings_typed(install: Install) -> None:
    install("closing", SIMPLE)
    plugin: Any = discovery.load(discovery.installed()["closing"], {"until": "2026-09-30"})
    assert (plugin.settings.until.year, plugin.settings.strict) == (2026, False)


def test_plugins_run_in_the_order_of_the_settings_and_once_each(install: Install) -> None:
    install("one", "class Plugin: ...")
    install("two", "class Plugin: ...")
    assert assemble(settings("two", "one", "two")).names == ("two", "one")


def test_a_module_may_be_a_plugin(install: Install) -> None:
    install("flat", "from qbferry import hookimpl\n@hookimpl\ndef polls(): return []", target="")
    assert assemble(settings("flat")).names == ("flat",)


def test_an_unknown_name_is_named_beside_those_that_exist(install: Install) -> None:
    install("closing", SIMPLE)
    sentence = fault(settings("closng"), ConfigError)
    assert sentence.startswith("No plugin named closng is installed; installed are: ")
    assert "closing" in sentence


def test_a_table_for_a_plugin_that_is_not_installed(install: Install) -> None:
    assert "No plugin named freze is installed" in fault(settings(freze={"until": "2026-01-01"}), ConfigError)


def test_a_plugin_that_raises_at_import(install: Install) -> None:
    install("broken", "import no_such_module_anywhere")
    assert fault(settings("broken"), PluginError) == (
        "The plugin broken of qbferry_test_broken 1.5 does not load: ModuleNotFoundError: No module named "
        "'no_such_module_anywhere'. Mend or uninstall it, or leave it out of [plugins] enabled."
    )


def test_an_entry_point_that_names_nothing(install: Install) -> None:
    install("empty", "")
    assert "does not load: AttributeError" in fault(settings("empty"), PluginError)


def test_a_plugin_that_raises_when_it_is_made(install: Install) -> None:
    install("broken", "class Plugin:\n    def __init__(self): raise OSError('no licence')")
    assert "does not load: OSError: no licence" in fault(settings("broken"), PluginError)


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ({}, "[plugins.closing] does not fit: until: is missing."),
        ({"until": "soon"}, "[plugins.closing] does not fit: until: "),
        (
            {"until": "2026-09-30", "strickt": True},
            "[plugins.closing] does not fit: strickt: is not known here",
        ),
    ],
)
def test_settings_that_do_not_fit(install: Install, table: dict[str, Any], said: str) -> None:
    install("closing", SIMPLE)
    assert said in fault(settings("closing", closing=table), ConfigError)


def test_a_table_for_a_plugin_without_settings(install: Install) -> None:
    install("plain", "class Plugin: ...")
    assert fault(settings("plain", plain={"until": 1}), ConfigError) == (
        "The plugin plain has no settings; remove [plugins.plain]."
    )


def test_a_table_that_is_none(install: Install) -> None:
    install("plain", "class Plugin: ...")
    assert "plugins.plain is not a table" in fault(settings("plain", plain=7), ConfigError)


def test_two_distributions_with_one_name(install: Install) -> None:
    install("twin", "class Plugin: ...", distribution="qbferry_test_left")
    install("twin", "class Plugin: ...", distribution="qbferry_test_right")
    sentence = fault(settings("twin"), PluginError)
    assert sentence.startswith("Two distributions offer a plugin named twin: ")
    assert "qbferry_test_left" in sentence
    assert "qbferry_test_right" in sentence


def test_a_misspelt_hook_of_an_installed_plugin(install: Install) -> None:
    install(
        "typo",
        "from qbferry import hookimpl\nclass Plugin:\n    @hookimpl\n    def chek_request(self, xml): ...",
    )
    assert "chek_request" in fault(settings("typo"), PluginError)


def test_the_settings_file_enables_plugins_and_the_environment_overrides_them(
    install: Install, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install("closing", SIMPLE)
    file = tmp_path / "qbferry.toml"
    file.write_text('[plugins]\nenabled = ["closing"]\n[plugins.closing]\nuntil = 2026-09-30\n', "utf-8")
    assert assemble(load(file).plugins).names == ("closing",)
    monkeypatch.setenv("QBFERRY_PLUGINS__ENABLED", "[]")
    assert load(file).plugins.enabled == []
