"""README's table of settings: every setting with its default, and no other."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pydantic import BaseModel

from qbferry.config import Settings

from .pages import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

IN_WORDS = {
    "alerts.smtp_password": "none",
    "alerts.webhook_secret": "none",
    "plugins.enabled": "the built-in ones",
    "public_url": "this machine",
    "server.metrics_token": "none",
    "web.host": "that of the server",
}

ROW = re.compile(r"^\| `(?P<name>[a-z_.]+)` \| (?P<default>[^|]+) \|", re.MULTILINE)


def defaults(settings: BaseModel, prefix: str = "") -> Iterator[tuple[str, str]]:
    """Every setting by its dotted name, with its default as the table writes it."""
    for name in type(settings).model_fields:
        value = getattr(settings, name)
        if isinstance(value, BaseModel):
            yield from defaults(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", IN_WORDS.get(prefix + name) or f"`{value}`"


def test_the_table_holds_every_setting_and_its_default() -> None:
    shown = ROW.findall((ROOT / "README.md").read_text("utf-8"))
    assert shown == list(defaults(Settings.model_construct()))
