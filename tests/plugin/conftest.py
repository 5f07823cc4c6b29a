"""What the tests of the plugin room share."""

from __future__ import annotations

import pytest


class _Unread:
    """QuickBooks' lists before the first run: nothing can be said about a name."""

    def known(self, kind: str) -> bool:
        return False

    def find(self, kind: str, name: str) -> None:
        return None


@pytest.fixture
def lists() -> _Unread:
    return _Unread()
