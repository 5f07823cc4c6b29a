"""The contract: the same record gives the same requests, whenever and wherever it is built."""

from __future__ import annotations

import inspect
import json
import os
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from time import perf_counter
from typing import ClassVar

import pytest

from qbferry.errors import ConfigError
from qbferry.model import LIST_POLL, ListEntry, Peer, Skip
from qbferry.plugin import discovery
from qbferry.testing.contract import Contract, require
from qbferry.testing.records import build
from qbferry.testing.watch import watched
from qbferry.transfer.references import resolve

__all__ = ["Steady"]

ELSEWHERE = """
import importlib, importlib.util, json, sys
given = json.loads(sys.stdin.read())
sys.path[:0] = given["path"]
try:
    module = importlib.import_module(given["module"])
except ImportError:
    spec = importlib.util.spec_from_file_location(given["module"], given["file"])
    module = importlib.util.module_from_spec(spec)
    sys.modules[given["module"]] = module
    spec.loader.exec_module(module)
found = module
for name in given["name"].split("."):
    found = getattr(found, name)
print(json.dumps(found().prints()))
"""
"""Builds the samples of a contract in a process of its own."""


class Looked:
    """Lists that know nothing and note which of them were asked."""

    def __init__(self) -> None:
        self.kinds: set[str] = set()

    def known(self, kind: str) -> bool:
        """Tell that the list was read."""
        self.kinds.add(kind)
        return True

    def find(self, kind: str, name: str) -> ListEntry | None:  # noqa: ARG002 - as in lists
        """Find nothing."""
        self.kinds.add(kind)
        return None

    def ending(self, kind: str, name: str) -> list[ListEntry]:  # noqa: ARG002 - as in lists
        """Find nothing."""
        self.kinds.add(kind)
        return []

    def numbered(self, entity: str, number: str) -> list[Peer]:  # noqa: ARG002 - as in lists
        """Find nothing."""
        return []

    def peer(self, entity: str, record_id: str) -> Peer | None:  # noqa: ARG002 - as in lists
        """Find nothing."""
        return None


class Steady(Contract):
    """Requests depend on the record, the settings, the lists and the connector, and on nothing else."""

    most_seconds: ClassVar[float] = 1.0

    def prints(self) -> dict[str, list[list[str]]]:
        """The keys and the qbXML of every sample, to compare with those of another process."""
        return {
            record.id: [
                [request.key, plugins.render_request(entity, request)]
                for request in self._built(plugins, entity, record)
            ]
            for plugins, entity, record in self._records()
        }

    def test_another_process_builds_the_same(self) -> None:
        """A server has several processes, and each draws another seed for hash(), sets and their order."""
        own = type(self)
        if "<locals>" in own.__qualname__ or own.__module__ == "__main__":
            pytest.skip(
                "a contract inside a function cannot be built elsewhere; put it at the top of a module"
            )
        given = {
            "module": own.__module__,
            "file": inspect.getfile(own),
            "name": own.__qualname__,
            "path": sys.path,
        }
        here = self.prints()
        for seed in ("1", "2"):
            done = subprocess.run(  # noqa: S603 - our own words
                [sys.executable, "-c", ELSEWHERE],
                input=json.dumps(given),
                env=os.environ | {"PYTHONHASHSEED": seed, "PYTHONUTF8": "1"},
                text=True,
                encoding="utf-8",
                capture_output=True,
                check=False,
            )
            require(done.returncode == 0, f"Another process cannot build it: {done.stderr[-1000:]}")
            there = json.loads(done.stdout.splitlines()[-1])
            for name, requests in here.items():
                other = there[name]
                require(
                    [key for key, _ in requests] == [key for key, _ in other],
                    f"The keys of {name} are others in another process: {other} instead of {requests}. A "
                    f"key is made of "
                    "what the source calls a part, never of hash(), id() or the order of a set.",
                )
                require(requests == other, f"The requests of {name} are others in another process: {other}")

    def test_building_reads_no_clock_and_reaches_for_nothing(self) -> None:
        """What is built by the clock, by chance or by the network is not the same the next time."""
        for plugins, entity, record in self._records():
            with watched() as found:
                plugins.check_eligibility(entity, record, self.connector)
                for request in self._built(plugins, entity, record):
                    plugins.render_request(entity, request)
            require(
                not found,
                f"Building {record.id} {'; '.join(found)}. Take connector.today and connector.at for the "
                f"time; what is "
                "outside is asked in a poll, and kept in the record's state or in the lists.",
            )

    def test_its_hooks_are_quick(self) -> None:
        """The Web Connector waits, and the other records with it."""
        for plugins, entity, record in self._records():
            began = perf_counter()
            plugins.check_eligibility(entity, record, self.connector)
            for request in self._built(plugins, entity, record):
                plugins.check_request(
                    entity, request, plugins.render_request(entity, request), self.connector
                )
            took = perf_counter() - began
            require(
                took < self.most_seconds,
                f"The hooks of {record.id} took {took:.1f} s, more than {self.most_seconds} s; do long "
                f"work in "
                "update_source or in a poll.",
            )

    def test_a_list_that_is_looked_at_is_read(self) -> None:
        """A list nobody polls is never known, and what is looked up in it never found."""
        for plugins, entity, record in self._records():
            polled = {
                poll.name.removeprefix(LIST_POLL) for poll in plugins.polls(self.connector, [entity.name])
            }
            declared = {kind for target in entity.targets for kind in target.lists}
            looked = Looked()
            references = plugins.references(entity, record, self.connector)
            names = resolve(references, self.lists, {}).names(references)
            built = plugins.build_requests(entity, record, self.connector, looked, names)
            missing = sorted(looked.kinds - polled - declared)
            require(
                not missing,
                f"build_requests looks at the list {', '.join(missing)}, which nobody reads: add "
                f"mirror(…) to polls, or "
                "declare a reference.",
            )
            require(
                isinstance(built, Skip) or bool([*built]),
                f"With lists that have nothing in them, {record.id} builds no request and says no word. "
                f"Answer a Skip "
                "with a sentence, never an empty list.",
            )

    def test_unknown_settings_are_refused(self) -> None:
        """A setting that is misspelt is one that silently does nothing."""
        try:
            discovery.load(self._installed(), {**self.settings, "no_such_setting": 1})
        except ConfigError:
            return
        raise AssertionError(
            'Its settings take what they do not know: model_config = ConfigDict(extra="forbid").'
        )

    def test_another_moment_gives_the_same_keys(self) -> None:
        """A key that has the date in it is another one tomorrow, and the record is there twice."""
        later = replace(self.connector, at=self.connector.at + timedelta(days=400))
        for plugins, entity, record in self._records():
            keys = [request.key for request in self._built(plugins, entity, record)]
            built = build(plugins, entity, record, later, self.lists)
            others = [] if isinstance(built, Skip) else [request.key for request in built]
            require(
                isinstance(built, Skip) or keys == others,
                f"On another day the keys of {record.id} are {others} instead of {keys}. A key is made "
                f"of what the "
                "source calls a part, never of the time.",
            )
