"""What a plugin may declare as its sources, and the sentences that stop the start."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from qbferry import Fetched, PluginError, Source, hookimpl
from qbferry.plugin.manager import Plugins


def source(**changes: Any) -> Source:
    given: dict[str, Any] = {
        "name": "a",
        "entity": "invoice",
        "fetch": lambda _: Fetched(documents=[], cursor=""),
    }
    return Source(**(given | changes))


class Odd:
    def __init__(self, *found: Any) -> None:
        self._found = found

    @hookimpl
    def sources(self) -> Any:
        return [*self._found]


@pytest.mark.parametrize(
    ("found", "said"),
    [
        ([7], "7 is no Source"),
        ([source(name="")], "'' is no name of 1 to 50 characters"),
        ([source(name="a" * 51)], "is no name of 1 to 50"),
        ([source(every=timedelta())], "a is read every datetime.timedelta.0., which is no time"),
        ([source(fetch=None)], "a lacks an entity, or a function fetch"),
        ([source(), source()], "Two sources are called a; enable only one"),
    ],
)
def test_what_is_no_source_stops_the_start(found: list[Any], said: str) -> None:
    with pytest.raises(PluginError, match=said):
        Plugins({"odd": Odd(*found)})


def test_a_plugin_that_fails_to_say_its_sources_stops_the_start() -> None:
    class Failing:
        @hookimpl
        def sources(self) -> list[Source]:
            raise OSError("no file")

    with pytest.raises(PluginError, match="The plugin failing failed in sources: OSError: no file"):
        Plugins({"failing": Failing()})
