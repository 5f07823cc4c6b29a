"""What is said to a Web Connector about its own version."""

from __future__ import annotations

import re

__all__ = ["verdict"]

# Decided here: 2.2.0.71 and the 2.3.0 line are seen in the field (facts A3), older ones are not.
_WARN_BELOW = (2, 2)
_REFUSE_BELOW = (2, 0)

_VERSION = re.compile(r"\s*([0-9]{1,6})(?:\.([0-9]{1,6}))?(?![0-9])")


def verdict(version: str) -> str:
    """Judge the version a Web Connector gives in ``clientVersion``.

    A text that is no version is let pass: a person could do nothing about it.

    Args:
        version: Such as ``2.3.0.215``.

    Returns:
        Empty to go on, ``W:`` and a warning the person may pass over, or ``E:`` and why the run ends. Nothing
        else: the Web Connector stops at any other syntax with QBWC1046 (facts A3).
    """
    found = _VERSION.match(version)
    if found is None:
        return ""
    major, minor = int(found[1]), int(found[2] or 0)
    if (major, minor) < _REFUSE_BELOW:
        return f"E:Web Connector {major}.{minor} is too old for qbferry; install the current one from Intuit."
    if (major, minor) < _WARN_BELOW:
        return f"W:Web Connector {major}.{minor} is old; install the current one from Intuit soon."
    return ""
