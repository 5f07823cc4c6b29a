from __future__ import annotations

import pytest

from qbferry.qbxml.characters import illegal_in_text, illegal_in_xml, without_illegal


def carried(code: int) -> bool:
    """The production Char of XML 1.0."""
    return code in (0x9, 0xA, 0xD) or 0x20 <= code <= 0xD7FF or 0xE000 <= code <= 0xFFFD or code >= 0x10000


def test_every_character_is_judged_as_xml_does_alone_and_among_others() -> None:
    for code in (*range(0x10100), 0x10FFFF):
        named = None if carried(code) else f"U+{code:04X}"
        assert illegal_in_text(f"a{chr(code)}") == named
        assert illegal_in_xml(f"<a>{chr(code)}</a>") == named
        assert illegal_in_xml(f"<a>é{chr(code)}</a>") == named


def test_a_reference_is_judged_like_what_it_stands_for() -> None:
    for code in range(0x80):
        named = None if carried(code) else f"U+{code:04X}"
        for written in (f"&#{code};", f"&#00{code};", f"&#x{code:x};", f"&#X{code:X};", f"&#x00{code:X};"):
            assert illegal_in_xml(f"<a>{written}</a>") == named, written
    for code in (0xD800, 0xDABC, 0xDFFF, 0xFFFE, 0xFFFF):
        assert illegal_in_xml(f"&#x{code:x};") == illegal_in_xml(f"&#x{code:X};") == f"U+{code:04X}"


@pytest.mark.parametrize(
    ("xml", "named"),
    [
        ("\x01&#7;", "U+0001"),
        ("&#7;\x01", "U+0007"),
        ("é&#x1F;\ud800", "U+001F"),
        ("&#xd8zz; &# &#; &#x; &amp;#7;", None),
        ("", None),
    ],
)
def test_the_first_is_named(xml: str, named: str | None) -> None:
    assert illegal_in_xml(xml) == named


def test_what_cannot_be_carried_is_left_out() -> None:
    assert without_illegal("a\x07b&#7;c&#x1f;d\ufffee\tf&#9;g&#x41;") == "abcde\tf&#9;g&#x41;"
