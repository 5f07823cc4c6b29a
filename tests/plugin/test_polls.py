"""Polls are checked when they are declared, when they ask and when they are answered, and named."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from qbferry import Occasion, Poll, hookimpl
from qbferry.errors import HookError
from qbferry.plugin.manager import Plugins
from qbferry.testing.probes import accepted

from .kinds import NORTH, VENDORS

DONE = accepted("VendorQuery")


async def later() -> None:
    """An answer that does not come now."""


def poll(**changes: Any) -> Poll:
    values: dict[str, Any] = {
        "name": "paid",
        "interval": timedelta(hours=1),
        "query": lambda _: ("InvoiceQuery", "<MaxReturned>1</MaxReturned>"),
        "handle": lambda response, records: None,
    }
    return Poll(**values | changes)


class Polling:
    """A policy that polls what it was given."""

    def __init__(self, answer: Any) -> None:
        self.answer = answer

    @hookimpl
    def polls(self) -> Any:
        return self.answer() if callable(self.answer) else self.answer


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ("Vendor", "answered 'Vendor', not a list of polls"),
        (["Vendor"], "answered a list with 'Vendor' in it, which is no Poll"),
        (7, "answered 7, not a list of polls"),
        (later, "is asynchronous, and hooks are not"),
        ([poll(name="")], "answered a poll whose name is ''"),
        ([poll(name="p" * 101)], "answered a poll whose name is 'ppp"),
        ([poll(name=None)], "answered a poll whose name is None"),
        ([poll(interval=60)], "a poll paid that lacks an interval, a query or what handles its answer"),
        ([poll(query="InvoiceQuery")], "a poll paid that lacks an interval"),
    ],
)
def test_what_is_no_poll_is_passed_over_and_named(
    answer: Any, said: str, caplog: pytest.LogCaptureFixture
) -> None:
    plugins = Plugins({"odd": Polling(answer), "good": Polling([VENDORS])})
    assert plugins.polls(NORTH, ()) == [] or plugins.polls(NORTH, ()) == [VENDORS]
    assert VENDORS in Plugins({"odd": Polling(answer), "good": Polling([VENDORS])}).polls(NORTH, ())
    assert "The plugin odd" in caplog.text
    assert said in caplog.text


def _raises(_: Any) -> Any:
    raise LookupError("no date")


@pytest.mark.parametrize(
    ("query", "said"),
    [
        (_raises, "LookupError: no date"),
        (lambda _: "InvoiceQuery", "asks 'InvoiceQuery', not a query's name and its qbXML"),
        (lambda _: ("InvoiceQuery", None), "asks ('InvoiceQuery', None), not a query's name"),
        (lambda _: ("CustmerQuery", ""), "CustmerQuery"),
        (lambda _: ("InvoiceQuery", "<Paid>yes</Paid>"), "Paid"),
        (lambda _: ("InvoiceAdd", "<InvoiceAdd/>"), "asks ('InvoiceAdd', '<InvoiceAdd/>')"),
        (lambda _: later(), "is asynchronous, and hooks are not"),
    ],
)
def test_a_poll_that_asks_amiss_is_passed_over_and_named(
    query: Any, said: str, caplog: pytest.LogCaptureFixture
) -> None:
    odd = poll(query=query)
    plugins = Plugins({"odd": Polling([odd])})
    plugins.polls(NORTH, ())
    assert plugins.ask(odd, Occasion(), NORTH) is None
    assert "The poll paid of the plugin odd is passed over: " in caplog.text
    assert said in caplog.text


@pytest.mark.parametrize(
    ("handle", "said"),
    [
        (lambda response, records: later(), "is asynchronous, and hooks are not"),
        (lambda response: None, "TypeError"),
    ],
)
def test_a_poll_that_cannot_handle_its_answer_fails_by_name(handle: Any, said: str) -> None:
    odd = poll(handle=handle)
    plugins = Plugins({"odd": Polling([odd])})
    plugins.polls(NORTH, ())
    records: Any = None
    with pytest.raises(HookError, match=r"^The plugin odd failed in the poll paid: .*") as caught:
        plugins.take(odd, DONE, records)
    assert said in str(caught.value)
