"""What is set for a plugin is shown as a form, and changed in the settings file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from qbferry import config
from qbferry.desk import plugin_settings
from qbferry.desk.plugin_settings import Setting, Shape
from qbferry.errors import ConfigError, InputError, NotFoundError

if TYPE_CHECKING:
    from pathlib import Path

BEGINNING = """\
# What the office set.
public_url = "https://books.example.com"

[plugins.invoices]
tax = "line"  # asked for by the accountant
tax_item = "Sales Tax"
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    made = tmp_path / "qbferry.toml"
    made.write_text(BEGINNING, encoding="utf-8")
    return made


def look(file: Path, name: str = "invoices") -> plugin_settings.Sheet:
    return plugin_settings.sheet(file, config.PluginSettings(), name)


def setting(file: Path, key: str, name: str = "invoices") -> Setting:
    return next(one for one in look(file, name).settings if one.name == key)


def typed(file: Path, name: str = "invoices", **changes: str) -> dict[str, str]:
    """The form as it is shown, with some fields typed over."""
    return {one.name: one.value for one in look(file, name).settings} | changes


def change(file: Path, name: str = "invoices", **changes: str) -> None:
    plugin_settings.change(file, name, typed(file, name, **changes), look(file, name).stamp)


def test_each_setting_is_shown_with_what_it_does_and_what_holds(file: Path) -> None:
    tax, every = setting(file, "tax"), setting(file, "paid_every")

    assert (tax.shape, tax.value, tax.default, tax.given) == (Shape.CHOICE, "line", "quickbooks", True)
    assert tax.choices == ("quickbooks", "line")
    assert tax.about == "Whose sales tax it has."
    assert (every.shape, every.value, every.given) == (Shape.NUMBER, "60", False)
    assert setting(file, "terms").shape is Shape.FLAG


def test_a_change_leaves_comments_and_everything_else_as_they_were(file: Path) -> None:
    change(file, terms="true", tax_item="State Tax", paid_every="15")

    assert file.read_text(encoding="utf-8") == BEGINNING.replace('"Sales Tax"', '"State Tax"') + (
        "terms = true\npaid_every = 15\n"
    )
    assert config.load(file).plugins.table("invoices")["paid_every"] == 15


def test_what_is_emptied_has_its_default_again(file: Path) -> None:
    change(file, tax="quickbooks", tax_item="")

    assert "tax_item" not in file.read_text(encoding="utf-8")
    assert not setting(file, "tax_item").given


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"paid_every": "often"}, "paid_every must be a whole number"),
        ({"paid_every": "-1"}, "paid_every"),
        ({"tax_item": ""}, 'tax = "line" needs tax_item'),
        ({"tax": "mine"}, "tax"),
    ],
)
def test_what_does_not_fit_changes_nothing_and_is_told(
    file: Path, changes: dict[str, str], told: str
) -> None:
    with pytest.raises(InputError, match=f"Nothing was changed: .*{told}"):
        change(file, **changes)

    assert file.read_text(encoding="utf-8") == BEGINNING


def test_tables_and_rules_are_typed_as_in_the_file(file: Path) -> None:
    change(file, "timesheets", payroll_items='"Regular time" = "Hourly"\nOvertime = "Overtime 1.5"')
    change(file, "expenses", accounts='[{category = "Travel", billable = true, account = "Travel:Billable"}]')

    now = config.load(file).plugins
    assert now.table("timesheets")["payroll_items"] == {"Regular time": "Hourly", "Overtime": "Overtime 1.5"}
    assert now.table("expenses")["accounts"] == [
        {"category": "Travel", "billable": True, "account": "Travel:Billable"}
    ]
    assert (
        typed(file, "timesheets")["payroll_items"] == '"Regular time" = "Hourly"\nOvertime = "Overtime 1.5"'
    )
    change(file, "expenses")  # what is shown can be sent back as it is
    assert config.load(file).plugins == now


@pytest.mark.parametrize("typed_in", ['"Regular time" "Hourly"', "= 1"])
def test_a_table_that_cannot_be_read_is_told(file: Path, typed_in: str) -> None:
    with pytest.raises(InputError, match="payroll_items must be lines such as"):
        change(file, "timesheets", payroll_items=typed_in)


def test_what_the_environment_sets_stays_out_of_the_file(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QBFERRY_PLUGINS__INVOICES__MEMO", "true")

    assert setting(file, "memo").fixed
    assert setting(file, "memo").value == "true"
    assert not setting(file, "tax").fixed
    change(file, memo="false", terms="true")
    assert "memo" not in file.read_text(encoding="utf-8")


def test_two_people_do_not_overwrite_each_other(file: Path) -> None:
    seen = look(file).stamp
    change(file, terms="true")

    with pytest.raises(InputError, match="was changed meanwhile; look at it again"):
        plugin_settings.change(file, "invoices", typed(file), seen)


def test_a_plugin_is_taken_out_and_enabled_again(file: Path) -> None:
    plugin_settings.switch(file, "timesheets", on=False, stamp=look(file).stamp)

    assert config.load(file).plugins.enabled == ["expenses", "invoices", "purchase_orders"]
    sheet = look(file, "timesheets")
    assert not sheet.enabled
    assert sheet.runs
    assert sheet.stale
    plugin_settings.switch(file, "timesheets", on=True, stamp=sheet.stamp)
    assert "timesheets" in (config.load(file).plugins.enabled or [])


def test_a_plugin_is_not_enabled_with_settings_that_do_not_fit(file: Path) -> None:
    plugin_settings.switch(file, "invoices", on=False, stamp=look(file).stamp)
    file.write_text(file.read_text().replace('tax_item = "Sales Tax"\n', ""), encoding="utf-8")

    with pytest.raises(ConfigError, match="needs tax_item"):
        plugin_settings.switch(file, "invoices", on=True, stamp=look(file).stamp)


def test_the_environment_may_say_which_run(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QBFERRY_PLUGINS__ENABLED", '["invoices"]')

    with pytest.raises(InputError, match="QBFERRY_PLUGINS__ENABLED"):
        plugin_settings.switch(file, "timesheets", on=True, stamp=look(file).stamp)


def test_a_file_is_made_where_there_is_none(tmp_path: Path) -> None:
    file = tmp_path / "qbferry.toml"
    change(file, memo="true")

    assert config.load(file).plugins.table("invoices") == {"memo": True}


def test_what_is_not_installed_is_not_found(file: Path) -> None:
    with pytest.raises(NotFoundError, match="No plugin named invocies is installed"):
        look(file, "invocies")


def test_a_file_that_cannot_be_written_is_told_and_stays(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(InputError, match=r"cannot be written: No space left on device\. Let the user"):
        change(file, terms="true")
    assert file.read_text(encoding="utf-8") == BEGINNING
    assert list(file.parent.iterdir()) == [file]
