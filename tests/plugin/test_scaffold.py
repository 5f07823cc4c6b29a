"""A plugin can be begun for every request that adds something, and what it writes is right qbXML."""

from __future__ import annotations

import importlib
import json
import sys
from typing import TYPE_CHECKING, Any

import pytest

from qbferry.errors import InputError
from qbferry.qbxml import schema
from qbferry.qbxml.check import check_request
from qbferry.qbxml.render import Renderer
from qbferry.scaffold import Wanted, write
from qbferry.testing.xsd import validator

if TYPE_CHECKING:
    from pathlib import Path

WINDOWS = {"ListDisplayAdd", "TxnDisplayAdd"}
"""They open a window; nothing is added."""

ADDS = [name for name in schema.load().names if name.endswith("Add") and name not in WINDOWS]
MARKER = "{6A4B0C2E-1D3F-4A5B-8C6D-7E8F90A1B2C3}"


class Names:
    """Every name is in QuickBooks' lists."""

    def get(self, place: str) -> str:
        return f"at {place}"[:31]


def rendered(folder: Path, plugin: str, request: str) -> list[str]:
    """What the written plugin makes of each of its samples."""
    package = f"qbferry_{plugin}"
    modules: dict[str, Any] = {
        name: importlib.import_module(f"{package}.{name}") for name in ("document", "mapping", "settings")
    }
    document = getattr(modules["document"], modules["document"].__all__[0])
    texts = []
    for line in (folder / "records.jsonl").read_text("utf-8").splitlines():
        made = modules["mapping"].request(
            document.model_validate(json.loads(line)), modules["settings"].Settings(), Names()
        )
        templates = folder / package / "templates"
        texts.append(Renderer().render(plugin, templates, request, {**made.fields, "marker": MARKER}))
    return texts


@pytest.mark.parametrize("request_name", ADDS)
def test_what_it_writes_is_right(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request_name: str) -> None:
    plugin = f"new_{request_name.lower()}"[:40]
    files = write(Wanted(plugin=plugin, request=request_name), tmp_path)
    assert files
    monkeypatch.syspath_prepend(str(tmp_path / plugin))
    try:
        texts = rendered(tmp_path / plugin, plugin, request_name)
    finally:
        for module in [name for name in sys.modules if name.partition(".")[0] == f"qbferry_{plugin}"]:
            del sys.modules[module]
    assert len(texts) == 2
    for text in texts:
        assert check_request(request_name, text) == []
        if faults := validator("13.0"):
            document = (
                '<QBXML><QBXMLMsgsRq onError="stopOnError">'
                f"<{request_name}Rq>{text}</{request_name}Rq></QBXMLMsgsRq></QBXML>"
            )
            assert faults(document) == []


def test_of_a_choice_that_must_be_made_something_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(Wanted(plugin="counted", request="InventoryAdjustmentAdd"), tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path / "counted"))
    for text in rendered(tmp_path / "counted", "counted", "InventoryAdjustmentAdd"):
        assert "<QuantityAdjustment><NewQuantity>2</NewQuantity></QuantityAdjustment>" in text


@pytest.mark.parametrize("request_name", sorted(WINDOWS))
def test_a_window_is_no_beginning(tmp_path: Path, request_name: str) -> None:
    with pytest.raises(InputError, match="adds nothing"):
        write(Wanted(plugin="window", request=request_name), tmp_path)
