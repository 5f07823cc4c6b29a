"""Reading the documentation: its pages, headings and code."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
PAGES = sorted(
    path
    for path in (*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "plugins").glob("*/README.md"))
    if path.is_file()
)

_FENCE = re.compile(
    r"(?P<unfit>^<!-- not run: [^\n]* -->\n)?^```(?P<language>\w*)[^\n]*\n(?P<code>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)
_LISTING = re.compile(r"^\*\*`(?P<path>[^`\n]+)`\*\*\n\n```\w*\n(?P<code>.*?)^```$", re.MULTILINE | re.DOTALL)
_SECTION = re.compile(r"^### (?P<title>[^\n]+)\n(?P<body>.*?)(?=^##|\Z)", re.MULTILINE | re.DOTALL)


def blocks(text: str, language: str) -> Iterator[str]:
    """The code blocks of one language, without those marked ``<!-- not run: why -->``."""
    for found in _FENCE.finditer(text):
        if found["language"] == language and not found["unfit"]:
            yield found["code"]


def listings(text: str) -> dict[str, str]:
    """The files a page shows: a path in bold, then the file."""
    return {found["path"]: found["code"] for found in _LISTING.finditer(text)}


def sections(text: str) -> dict[str, str]:
    """What stands under each heading of the third level."""
    return {found["title"]: found["body"] for found in _SECTION.finditer(text)}
