"""Intuit's own schemas as a judge, where they are at hand; they come with the QuickBooks SDK."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from lxml import etree

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["FOLDER", "validator"]

FOLDER = "QBFERRY_QBXML_XSD"
"""The environment variable that names the folder with Intuit's schemas: ``130/qbxmlops130.xsd``, …"""


@cache
def validator(version: str) -> Callable[[str], list[str]] | None:
    """Give the judge of a qbXML version, such as ``13.0``; None where the schemas are not at hand.

    The judge takes a whole document, request or answer, and lists what is wrong with it.
    """
    folder = os.environ.get(FOLDER)
    number = version.replace(".", "")
    if not folder:
        return None
    path = Path(folder) / number / f"qbxmlops{number}.xsd"
    if not path.is_file():
        return None
    schema = etree.XMLSchema(etree.parse(path))

    def faults(document: str) -> list[str]:
        start = document.index("<QBXML")  # the declaration names an encoding that a text no longer has
        root = etree.fromstring(document[start:])
        return [] if schema.validate(root) else str(schema.error_log).splitlines()

    return faults
