"""``/metrics``: what Prometheus asks for. Only to who is on this machine, or has the token."""

from __future__ import annotations

import hmac
import ipaddress
import logging
import os
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse, Response

from qbferry.webconnector.meter import BOUNDS
from qbferry.webconnector.pages import SECURITY, not_allowed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from prometheus_client import Metric
    from starlette.types import Receive, Scope, Send

    from qbferry.webconnector.meter import Meter

__all__ = ["Metrics", "Reading"]

log = logging.getLogger("qbferry.server")

_FORWARDED = ("forwarded", "via", "x-forwarded-for", "x-real-ip")
"""Headers of a proxy, which passes the whole world on from this machine."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What something stands at.

    Attributes:
        name: As Prometheus calls it, without ``qbferry_``.
        help: What it is, and in which unit.
        labels: What its values are told apart by.
        values: The labels' values, and the value.
        counts: Whether it only ever grows while a process lives, and belongs to that.
    """

    name: str
    help: str
    labels: Sequence[str]
    values: Iterable[tuple[Sequence[str], float]]
    counts: bool = False


class Metrics:
    """The page, as an ASGI application.

    Args:
        meter: Of the calls.
        readings: What else is told; asked every time, in a thread.
        token: Who has it may ask from anywhere; empty: nobody.
    """

    def __init__(self, meter: Meter, readings: Callable[[], Iterable[Reading]], token: str) -> None:
        self._meter = meter
        self._readings = readings
        self._token = token.encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer GET and HEAD."""
        response: Response
        if scope["method"] not in {"GET", "HEAD"}:
            response = not_allowed(scope, "GET, HEAD")
        elif not self._allows(scope):
            response = PlainTextResponse(
                "The metrics are for this machine, and for who has the token server.metrics_token.\n",
                403,
                SECURITY,
            )
        else:
            response = await run_in_threadpool(self._page)
        await response(scope, receive, send)

    def _allows(self, scope: Scope) -> bool:
        headers = Headers(scope=scope)
        kind, _, given = headers.get("authorization", "").partition(" ")
        if self._token and kind.lower() == "bearer":
            return hmac.compare_digest(given.strip().encode(), self._token)
        client = scope.get("client")
        return client is not None and _is_here(client[0]) and not any(name in headers for name in _FORWARDED)

    def _page(self) -> Response:
        from prometheus_client import CollectorRegistry
        from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

        registry = CollectorRegistry()
        registry.register(self)
        try:
            text = generate_latest(registry)
        except Exception:
            log.exception("The metrics could not be read.")
            return PlainTextResponse("The server has trouble; its log says why.\n", 503, SECURITY)
        return Response(text, headers=SECURITY, media_type=CONTENT_TYPE_LATEST)

    def describe(self) -> list[Metric]:
        """Tell nothing beforehand."""
        return []

    def collect(self) -> Iterator[Metric]:
        """Give what is measured, in Prometheus' shapes."""
        from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily

        here = str(os.getpid())
        calls = CounterMetricFamily(
            "qbferry_calls", "Calls of the Web Connector.", labels=["process", "operation", "outcome"]
        )
        for labels, count in self._meter.calls():
            calls.add_metric([here, *labels], count)
        yield calls
        took = HistogramMetricFamily(
            "qbferry_call_seconds", "How long calls were worked upon.", labels=["process", "operation"]
        )
        for operation, counts, seconds in self._meter.durations():
            bounds = [*map(str, BOUNDS), "+Inf"]
            took.add_metric([here, operation], [*zip(bounds, accumulate(counts), strict=True)], seconds)
        yield took
        for reading in self._readings():
            family: Metric
            name, own = f"qbferry_{reading.name}", ["process"] if reading.counts else []
            shape = CounterMetricFamily if reading.counts else GaugeMetricFamily
            family = shape(name, reading.help, labels=[*own, *reading.labels])
            for labels_, value in reading.values:
                family.add_metric([*([here] if own else []), *labels_], value)
            yield family


def _is_here(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False
