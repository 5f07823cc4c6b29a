"""The public door is held against a snapshot, and its version against what plugins need.

A change here is a decision: a line in CHANGELOG.md, a version in ``plugin/markers.py``, and a new snapshot:
``QBFERRY_WRITE_DOOR=1 pytest tests/plugin/test_door.py``.
"""

from __future__ import annotations

import dataclasses
import inspect
import json
import os
import re
import warnings
from enum import Enum
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

import qbferry
import qbferry.testing
from qbferry import PluginError, hookimpl
from qbferry.plugin import hookspecs
from qbferry.plugin.manager import Plugins
from qbferry.plugin.registry import HOOKS

SNAPSHOT = Path(__file__).with_name("door.json")


def shown(found: Any) -> Any:
    """A name of the door: its fields, members, methods and signatures."""
    if isinstance(found, type) and issubclass(found, Enum):
        return {member.name: member.value for member in found}
    if not inspect.isclass(found):
        return (
            f"{found.__name__}{inspect.signature(found)}" if inspect.isroutine(found) else _plain(str(found))
        )
    fields: dict[str, str] = {}
    if dataclasses.is_dataclass(found):
        fields = {field.name: str(field.type) for field in dataclasses.fields(found)}
    elif issubclass(found, BaseModel):
        fields = {name: str(field.annotation) for name, field in found.model_fields.items()}
    own = {
        name: str(inspect.signature(member)) if inspect.isroutine(member) else "property"
        for name, member in inspect.getmembers_static(found)
        if not name.startswith("_")
        and name not in fields
        and (inspect.isfunction(member) or isinstance(member, property))
        and getattr(member, "__module__", "qbferry").startswith("qbferry")
    }
    return {"fields": fields, "has": own}


def _plain(text: str) -> str:
    """Without what is another in each process."""
    return re.sub(r" at 0x[0-9a-f]+", "", text)


def door() -> dict[str, Any]:
    found = {f"qbferry.{name}": shown(getattr(qbferry, name)) for name in qbferry.__all__}
    found |= {
        f"qbferry.testing.{name}": shown(getattr(qbferry.testing, name)) for name in qbferry.testing.__all__
    }
    found |= {f"hook {name}": str(inspect.signature(getattr(hookspecs, name))) for name in HOOKS}
    return json.loads(json.dumps(found))  # type: ignore[no-any-return]


def test_the_door_is_what_the_snapshot_says() -> None:
    now = door()
    if os.environ.get("QBFERRY_WRITE_DOOR"):
        SNAPSHOT.write_text(json.dumps(now, indent=1, sort_keys=True) + "\n", "utf-8")
    then = json.loads(SNAPSHOT.read_text("utf-8"))
    changed = sorted(name for name in now.keys() | then.keys() if now.get(name) != then.get(name))
    assert changed == [], f"What plugins see has changed: {changed}. See the top of {Path(__file__).name}."


def test_a_change_of_a_field_a_signature_or_a_name_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    before = door()
    monkeypatch.setattr(qbferry, "first_reason", lambda rules: None)
    monkeypatch.setattr(hookspecs, "observe", lambda event, more: None)
    after = door()
    assert {name for name in before if before[name] != after[name]} == {
        "qbferry.first_reason",
        "hook observe",
    }


class Plain:
    @hookimpl
    def check_request(self, xml: str) -> list[str]:
        return []


@pytest.mark.parametrize("wanted", [None, "1", "1.0"])
def test_a_plugin_that_needs_what_is_here_runs(wanted: str | None) -> None:
    plugin = type("Needy", (Plain,), {"requires_api": wanted} if wanted else {})
    assert Plugins({"needy": plugin()}).names == ("needy",)


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        ("2", r"The plugin needy needs version 2 of .* this one has 1\.0: install a newer qbferry"),
        ("1.7", "needs version 1.7 .* install a newer qbferry"),
        ("0", "needs version 0 .* install a newer release of the plugin"),
        ("new", "says requires_api = 'new'; it is a text such as \"1.0\""),
        (1, "says requires_api = 1; it is a text"),
    ],
)
def test_a_plugin_that_needs_another_version_stops_the_start(wanted: object, said: str) -> None:
    plugin = type("Needy", (Plain,), {"requires_api": wanted})
    with pytest.raises(PluginError, match=said):
        Plugins({"needy": plugin()})


def test_a_hook_that_will_go_warns_once_a_plugin(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a spec marks with warn_on_impl reaches the author, through all that stands between."""
    gone = DeprecationWarning("check_request goes with 2.0; use check_eligibility.")
    spec = hookspecs.check_request
    monkeypatch.setitem(spec.qbferry_spec, "warn_on_impl", gone)  # type: ignore[attr-defined]
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        Plugins({"one": Plain(), "two": Plain()})
    mine = [warning for warning in caught if "goes with 2.0" in str(warning.message)]
    assert len(mine) >= 2, "one for each plugin, and qbferry's own"
    assert all(issubclass(warning.category, DeprecationWarning) for warning in mine)
