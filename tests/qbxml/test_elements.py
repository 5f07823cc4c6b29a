from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markupsafe import Markup, escape

from qbferry.errors import RenderError
from qbferry.qbxml import elements
from qbferry.qbxml.characters import illegal_in_text
from qbferry.qbxml.elements import element_text, group_text, ref_text


class Color(StrEnum):
    RED = "R&D"


@given(st.text() | st.text(alphabet="a Z0~\x7f\"&'<>;#\t\r\n\x0b\x1c\x00é\xa0"))
@example("a<b")
@example(" ")
def test_a_text_is_escaped_left_out_when_blank_and_refused_when_xml_cannot_carry_it(text: str) -> None:
    if text.strip() and illegal_in_text(text):
        with pytest.raises(RenderError, match=r"^the text holds the character U\+"):
            element_text("A", text)
    else:
        assert element_text("A", text) == (f"<A>{escape(text)}</A>" if text.strip() else "")


@pytest.mark.parametrize("character", [chr(code) for code in range(0x20, 0x80)])
def test_a_character_is_escaped_wherever_it_stands(character: str) -> None:
    for text in (f"{character}ab", f"a{character}b", f"ab{character}"):
        assert element_text("A", text) == f"<A>{escape(text)}</A>"


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (None, ""),
        (True, "<A>true</A>"),
        (0, "<A>0</A>"),
        (date(2026, 10, 31), "<A>2026-10-31</A>"),
        (datetime(2026, 10, 31, 14, 5, tzinfo=UTC), "<A>2026-10-31</A>"),
        (Color.RED, "<A>R&amp;D</A>"),
        (Markup("a &amp; <b/>"), "<A>a &amp; <b/></A>"),
        (Markup(" "), ""),
    ],
)
def test_a_value_is_written_by_its_kind(value: Any, written: str) -> None:
    assert element_text("A", value) == written
    assert elements.element("A", value) == Markup(written)
    assert isinstance(elements.element("A", value), Markup)


@pytest.mark.parametrize("value", [Decimal("1.50"), 1.5, b"a", ["a"]])
def test_any_other_value_needs_a_filter(value: Any) -> None:
    with pytest.raises(RenderError, match="must go through a filter"):
        element_text("A", value)


def test_a_reference_and_a_group_are_left_out_when_nothing_is_in_them() -> None:
    assert ref_text("R", None) == ref_text("R", " ") == group_text("G", " \n ") == ""
    assert ref_text("R", "a & b") == "<R><FullName>a &amp; b</FullName></R>"
    assert group_text("G", "\n<a/>") == "<G>\n<a/></G>"
    assert elements.ref("R", "<") == Markup("<R><FullName>&lt;</FullName></R>")
    assert elements.group("G", lambda: Markup("<a/>")) == Markup("<G><a/></G>")
