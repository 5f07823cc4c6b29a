"""Files that are no JSON Lines: what they are, and what to do about it."""

from __future__ import annotations

import json

__all__ = ["recognize"]

ROWS = "Give it a name that ends in .xlsx, or save its sheet as CSV in UTF-8; see --suggest-map."
BEGINNINGS = (
    (b"\x1f\x8b", "The file is compressed with gzip; unpack it first: gunzip FILE."),
    (b"BZh", "The file is compressed with bzip2; unpack it first: bunzip2 FILE."),
    (b"\xfd7zXZ\x00", "The file is compressed with xz; unpack it first: unxz FILE."),
    (b"\x28\xb5\x2f\xfd", "The file is compressed with Zstandard; unpack it first: unzstd FILE."),
    (b"PK\x03\x04", f"The file is an Excel workbook or another zip archive. {ROWS}"),
    (
        b"\xd0\xcf\x11\xe0",
        "The file is an old Excel workbook. Save it as .xlsx, and see --suggest-map.",
    ),
    (b"%PDF", "The file is a PDF; export the records as JSON instead."),
    (b"\xff\xfe", "The file is UTF-16; save it as UTF-8."),
    (b"\xfe\xff", "The file is UTF-16; save it as UTF-8."),
    (b"<", "The file is XML or HTML; export the records as JSON instead, one object a line."),
)
"""How the first line begins, and what is said then."""

ARRAY = "The file is one JSON array; write each record on a line of its own: jq -c '.[]' FILE > FILE.jsonl."
PRETTY = "The file is JSON over several lines; write each record on one line: jq -c . FILE > FILE.jsonl."
TABLE = "The file is a table such as CSV. Give it a name that ends in .csv, and a map: see --suggest-map."
SEPARATORS = (",", ";", "\t", "|")


def recognize(line: bytes) -> str | None:
    """Tell what a file is by its first line with anything on it; None: it may be JSON Lines."""
    start = line.removeprefix(b"\xef\xbb\xbf").lstrip()
    for beginning, sentence in BEGINNINGS:
        if start.startswith(beginning):
            return sentence
    text = start.decode("utf-8", "replace").rstrip()
    if text.startswith("["):
        return ARRAY
    if text.startswith("{"):
        return PRETTY if text == "{" or (text[-1] in ",{[" and not _is_json(text)) else None
    return TABLE if any(separator in text for separator in SEPARATORS) and not _is_json(text) else None


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    except RecursionError:
        pass
    return True
