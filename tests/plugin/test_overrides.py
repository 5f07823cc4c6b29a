"""A team puts templates of its own in the place of a plugin's; what is not fit to be sent stops the start."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING

import pytest

from qbferry.config import PluginSettings
from qbferry.errors import ConfigError
from qbferry.model import Request
from qbferry.plugin.manager import Plugins, assemble

if TYPE_CHECKING:
    from pathlib import Path

SHIPPED = files("qbferry_qbxml.invoices").joinpath("InvoiceAdd.xml.j2").read_text(encoding="utf-8")
MEMO = '{{ el("Memo", memo | cut(4095)) }}'


def assembled(folder: Path, plugin: str = "invoices") -> Plugins:
    table = {"templates": str(folder), "memo": True} if plugin == "invoices" else {"templates": str(folder)}
    return assemble(PluginSettings.model_validate({"enabled": [plugin], plugin: table}))


def override(folder: Path, text: str, name: str = "InvoiceAdd") -> Path:
    (folder / f"{name}.xml.j2").write_text(text, encoding="utf-8")
    return folder


def test_what_a_team_writes_is_sent(tmp_path: Path) -> None:
    text = SHIPPED.replace(MEMO, '{{ el("Memo", "Thank you, " ~ customer) }}')
    plugins = assembled(override(tmp_path, text))
    entity = plugins.entities["invoice"]
    fields = {"customer": "Acme", "lines": (), "bill_to": None}
    blank = dict.fromkeys(
        ("date", "number", "purchase_order_number", "terms", "due_date", "memo", "printed", "emailed")
    )
    request = Request(name="InvoiceAdd", key="A", label="A", fields={**blank, **fields})
    assert "<Memo>Thank you, Acme</Memo>" in plugins.render_request(entity, request)


def test_every_shipped_template_is_fit_for_it(tmp_path: Path) -> None:
    for plugin in ("invoices", "timesheets", "expenses", "purchase_orders"):
        folder = tmp_path / plugin
        folder.mkdir()
        for file in files(f"qbferry_qbxml.{plugin}").iterdir():
            if file.name.endswith(".j2"):
                (folder / file.name).write_text(file.read_text(encoding="utf-8"), encoding="utf-8")
        assembled(folder, plugin)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            SHIPPED.replace(MEMO, MEMO.replace("Memo", "Remark")),
            "InvoiceAdd/Remark is no element QuickBooks knows",
        ),
        (SHIPPED.replace(MEMO, "") + MEMO, "Memo is no element QuickBooks knows there"),
        (SHIPPED.replace(MEMO, "").replace("<InvoiceAdd>", "<InvoiceAdd>" + MEMO), "In InvoiceAdd"),
        (SHIPPED.replace("{% endif %}", "", 1), "Line "),
        (SHIPPED.replace("</InvoiceAdd>", ""), "InvoiceAdd: it "),
        (SHIPPED.replace(MEMO, "{{ 1 / 0 }}"), "It fails: ZeroDivisionError"),
        (SHIPPED.replace("marker", "number"), "It leaves out marker, by which InvoiceAdd is found again"),
        (SHIPPED.replace("| cut(4095)", "| shorten"), "No filter named 'shorten'"),
    ],
)
def test_what_is_not_fit_to_be_sent_stops_the_start(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(ConfigError) as caught:
        assembled(override(tmp_path, text))
    assert str(caught.value).startswith(
        f"The template {tmp_path / 'InvoiceAdd.xml.j2'} is not fit to be sent: "
    )
    assert told in str(caught.value)


def test_a_file_in_no_templates_place_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="is in the place of no template of invoices; it has"):
        assembled(override(tmp_path, SHIPPED, "InvoiceAd"))


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"plugins\.invoices\.templates is .*nowhere, which is no folder"):
        assembled(tmp_path / "nowhere")


def test_the_setting_is_a_path() -> None:
    settings = PluginSettings.model_validate({"enabled": ["invoices"], "invoices": {"templates": 7}})
    with pytest.raises(ConfigError, match="must be the path of a folder"):
        assemble(settings)
