from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from qbferry.testing import xsd

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture(scope="session", params=["13.0", "16.0"])
def validate_xsd(request: pytest.FixtureRequest) -> Callable[[str], list[str]]:
    """Judges a document by Intuit's schema; skips where the schemas are not at hand."""
    judge = xsd.validator(request.param)
    if judge is None:
        pytest.skip(f"set {xsd.FOLDER} to the folder with Intuit's schemas")
    return judge


@pytest.fixture
def sample() -> Callable[[str], str]:
    """Reads a real answer of QuickBooks, which lies beside the project and is not part of it."""

    def read(name: str) -> str:
        for parent in Path(__file__).parents:
            for folder in (parent / "reference", parent / "shared" / "reference"):
                path = folder / "samples" / name
                if path.is_file():
                    return path.read_text(encoding="utf-8")
        pytest.skip(f"the sample {name} is not at hand")

    return read
