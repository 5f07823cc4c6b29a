"""The Autotask plugin: what the framework calls. It owns no kind of record."""

from __future__ import annotations

import threading
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from qbferry import PluginError, Source, hookimpl
from qbferry_autotask import settings
from qbferry_autotask.settings import Part

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from qbferry import AnyRecord, Fetched, News
    from qbferry_autotask.api import Api

__all__ = ["Autotask"]

NAME = "autotask."

ENTITIES: Mapping[Part, str] = {
    Part.INVOICES: "invoice",
    Part.TIMESHEETS: "timesheet",
    Part.EXPENSE_REPORTS: "expense_report",
    Part.PURCHASE_ORDERS: "purchase_order",
}


class Autotask:
    """Reads records from Autotask, and tells it what became of them."""

    Settings = settings.Settings

    def __init__(self, values: settings.Settings) -> None:
        try:
            from qbferry_autotask import expenses, invoices, orders, timesheets
        except ModuleNotFoundError as error:
            raise PluginError(
                f"The plugin autotask needs {error.name}, which is not installed: "
                "pip install 'qbferry[autotask]'."
            ) from error
        self._settings = values
        self._readers: Mapping[Part, Callable[[Api, settings.Settings, str | None], Fetched]] = {
            Part.INVOICES: invoices.fetch,
            Part.TIMESHEETS: timesheets.fetch,
            Part.EXPENSE_REPORTS: expenses.fetch,
            Part.PURCHASE_ORDERS: orders.fetch,
        }
        self._lock = threading.Lock()
        self._made: Api | None = None

    @hookimpl
    def sources(self) -> Iterable[Source]:
        """Offer a source for each kind of record."""
        return [
            Source(
                name=f"{NAME}{part}",
                entity=ENTITIES[part],
                fetch=partial(self._fetch, part),
                every=timedelta(minutes=self._settings.every),
                ready=self._settings.ready,
            )
            for part in self._settings.read
        ]

    @hookimpl
    def update_source(self, record: AnyRecord, news: News) -> None:
        """Tell Autotask what became of a record that came from there."""
        from qbferry_autotask import writing

        if record.source.startswith(NAME):
            writing.tell(self._api(), self._settings, record, news)

    @hookimpl
    def shutdown(self) -> None:
        """Let go of the connections."""
        with self._lock:
            if self._made is not None:
                self._made.close()
                self._made = None

    def _fetch(self, part: Part, cursor: str | None) -> Fetched:
        return self._readers[part](self._api(), self._settings, cursor)

    def _api(self) -> Api:
        """Autotask, called from when it is first needed."""
        from qbferry_autotask.api import Api

        with self._lock:
            if self._made is None:
                self._made = Api(self._settings)
            return self._made
