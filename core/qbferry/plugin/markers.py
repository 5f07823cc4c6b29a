"""The two markers, apart from the specs so that plugins can import them without the specs' types."""

from __future__ import annotations

import pluggy

__all__ = ["API_VERSION", "PROJECT", "hookimpl", "hookspec"]

PROJECT = "qbferry"

API_VERSION = "1.0"
"""The version of the contract with plugins: the hooks, and what ``qbferry`` exports.

The first number grows when something goes, the second when something is added. A plugin says the least it
needs, ``requires_api = "1"``. What will go warns for a minor release before (``warn_on_impl`` of its spec).
"""

hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)
