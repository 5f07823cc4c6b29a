"""Several processes on one database: any of them answers any call, and people work beside them."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from qbferry.config import PluginSettings
from qbferry.errors import InFlightError
from qbferry.proof import scenario
from qbferry.proof.bench import Bench
from qbferry.proof.world import PASSWORD, USER, World, differences
from qbferry.simulator import WebConnector

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from qbferry.proof.databases import Databases

PLUGINS = PluginSettings(enabled=["invoices"])


@contextmanager
def new_world(tmp_path: Path, databases: Databases) -> Iterator[World]:
    world = World.create(tmp_path / "world", databases, 2, PLUGINS)
    yield world
    world.remove()


@contextmanager
def serving(world: World, workers: int) -> Iterator[str]:
    """``qbferry serve`` as a person starts it."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("QBFERRY_")} | {
        "QBFERRY_DATABASE_URL": world.url,
        "QBFERRY_PLUGINS__ENABLED": '["invoices"]',
        "QBFERRY_TRANSFER__REQUESTS_PER_MESSAGE": "2",
        "QBFERRY_TRANSFER__TAKEOVER_AFTER": "0",
    }
    words = [sys.executable, "-m", "qbferry", "serve", "--port", "0", "--workers", str(workers)]
    with subprocess.Popen(
        words, env=environment, cwd=world.folder, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        assert process.stdout
        url = process.stdout.readline().split()[2].rstrip(",")
        try:
            wait_for(url, process)
            yield url
        finally:
            process.terminate()


def wait_for(url: str, process: subprocess.Popen[str]) -> None:
    """Until one of its processes answers; on a busy machine that takes as long as it takes."""
    while True:
        try:
            with urllib.request.urlopen(url):
                return
        except (urllib.error.URLError, ConnectionError):
            assert process.poll() is None, "the server has ended"
            time.sleep(0.05)


def test_any_process_answers_any_call(tmp_path: Path, databases: Databases) -> None:
    wishes = [scenario.invoice(f"INV-{number}") for number in range(9)]
    with new_world(tmp_path, databases) as world:
        world.arrive(wishes)
        with serving(world, 3) as url, world.company() as company:
            report = WebConnector(url, USER, PASSWORD, company, keep_alive=False, noop_wait=0).run()
            assert report.outcome == "finished"
            with world.application() as application:
                assert differences(application, company, wishes) == []


def test_people_import_while_a_run_goes_on(tmp_path: Path, databases: Databases) -> None:
    wishes: list[Any] = [scenario.invoice(f"INV-{number}") for number in range(10)]
    faults: list[BaseException] = []
    with new_world(tmp_path, databases) as world, Bench(world) as bench:
        world.arrive(wishes)
        server = bench.serve()

        def work(who: int) -> None:
            for number in range(6):
                wish = scenario.invoice(f"MORE-{who}-{number}")
                try:
                    world.arrive([wish])
                    wishes.append(wish)
                    world.arrive(wishes[:3])  # as they were, in flight or not
                except InFlightError:
                    continue
                except Exception as error:  # noqa: BLE001 - whatever it is, it is the test's failure
                    faults.append(error)

        people = [threading.Thread(target=work, args=(who,)) for who in range(2)]
        for one in people:
            one.start()
        while any(one.is_alive() for one in people):
            bench.run(server)
        for one in people:
            one.join()
        assert not faults
        with world.application() as application, world.company() as company:
            bench.settle(application)
            assert len(wishes) == 22
            assert differences(application, company, wishes) == []
