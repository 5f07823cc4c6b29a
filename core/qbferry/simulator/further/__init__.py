"""Requests that are neither about one list nor about one kind of transactions, a module for each sort."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qbferry.simulator.further import extending, figures, merging, noting, ready, reports, windows

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from qbferry.simulator.books import Books
    from qbferry.simulator.selection import Response
    from qbferry.simulator.validate import Request

__all__ = ["ANSWERS"]

ANSWERS: Mapping[str, Callable[[Books, Request], Response]] = {
    **extending.ANSWERS,
    **figures.ANSWERS,
    **merging.ANSWERS,
    **noting.ANSWERS,
    **ready.ANSWERS,
    **reports.ANSWERS,
    **windows.ANSWERS,
}
"""Request -> what answers it, inside a write; it may raise RefusalError."""
