"""Characters that XML 1.0 cannot carry, raw or as a reference."""

from __future__ import annotations

import re

__all__ = ["illegal_in_text", "illegal_in_xml", "without_illegal"]

_RAW = "[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]"
_DECIMAL = r"0*(?:[0-8]|1[124-9]|2[0-9]|3[01])"
_HEXADECIMAL = r"0*(?:[0-8bBcCeEfF]|1[0-9a-fA-F]|[dD][89a-fA-F][0-9a-fA-F]{2}|[fF]{3}[eEfF])"
_TEXT = re.compile(_RAW)
_REFERENCE = re.compile(f"&#(?:{_DECIMAL}|[xX]{_HEXADECIMAL});")
_XML = re.compile(f"{_RAW}|{_REFERENCE.pattern}")
_ASCII = bytes([*b"\t\n\r", *range(0x20, 0x80)])
"""The ASCII characters XML can carry: texts of nothing else are passed at a tenth of the cost."""


def illegal_in_text(text: str) -> str | None:
    """Name the first character of a plain text that XML cannot carry, as ``U+0007``; None if all are fine."""
    match = _TEXT.search(text)
    return None if match is None else f"U+{ord(match.group()):04X}"


def illegal_in_xml(xml: str) -> str | None:
    """Name the first such character of a piece of XML, written raw or as ``&#7;``; None when all are fine."""
    plain = xml.isascii() and not xml.encode().translate(None, _ASCII)
    if plain and "&#" not in xml:
        return None
    match = (_REFERENCE if plain else _XML).search(xml)
    if match is None:
        return None
    found = match.group()
    if len(found) == 1:
        return f"U+{ord(found):04X}"
    digits = found[2:-1]
    return f"U+{int(digits[1:], 16) if digits[0] in 'xX' else int(digits):04X}"


def without_illegal(xml: str) -> str:
    """Leave out what XML cannot carry."""
    return _XML.sub("", xml)
