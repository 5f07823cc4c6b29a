"""A source like a file that only grows: what is appended is new, and the cursor counts lines."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from qbferry import AnyRecord, Entity, Fetched, News, Source, Storage, hookimpl
from qbferry.config import PluginSettings
from qbferry.plugin import discovery
from qbferry.plugin.manager import Plugins
from qbferry.sources import Reader
from qbferry.testing.installation import Installation

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    Make = Callable[..., dict[str, Any]]

NAME = "paper.invoices"


class Paper:
    """A plugin with one source."""

    def __init__(self) -> None:
        self.lines: list[dict[str, Any]] = []
        self.asked: list[str | None] = []
        self.told: list[tuple[str, str]] = []
        self.part = 2
        self.ready = False
        self.before: Callable[[], object] = lambda: None

    @hookimpl
    def sources(self) -> list[Source]:
        every = timedelta(minutes=15)
        return [Source(name=NAME, entity="invoice", fetch=self.fetch, every=every, ready=self.ready)]

    def fetch(self, cursor: str | None) -> Fetched:
        self.asked.append(cursor)
        begin = int(cursor or 0)
        found = self.lines[begin : begin + self.part]
        self.before()
        end = begin + len(found)
        return Fetched(documents=found, cursor=str(end), more=end < len(self.lines))

    @hookimpl
    def update_source(self, entity: Entity, record: AnyRecord, news: News, storage: Storage) -> None:
        if record.source == NAME:
            self.told.append((record.id, str(news.kind)))


def running(*plugins: object) -> Plugins:
    """The invoices' plugin, and others beside it."""
    invoices = discovery.choose(PluginSettings(enabled=["invoices"]), discovery.installed())
    return Plugins(
        {"invoices": discovery.load(invoices[0], {"check_names": False})}
        | {type(plugin).__name__.lower(): plugin for plugin in plugins}
    )


@pytest.fixture
def paper(invoice: Make) -> Paper:
    """With three invoices on it."""
    paper = Paper()
    paper.lines = [invoice(name) for name in ("A", "B", "C")]
    return paper


@pytest.fixture
def world(tmp_path: Path, database_url: str, paper: Paper) -> Iterator[Installation]:
    with Installation(tmp_path, plugins=running(paper), url=database_url) as installation:
        yield installation


@pytest.fixture
def reader(world: Installation) -> Reader:
    return Reader(world.database, world.plugins, "continue")


def later(**time: float) -> datetime:
    return datetime.now(UTC) + timedelta(**time)
