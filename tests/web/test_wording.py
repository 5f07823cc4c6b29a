"""All texts of the pages are in one catalogue, ready for gettext.

``QBFERRY_WRITE_CATALOGUE=1 pytest tests/web/test_wording.py`` brings it up to date.
"""

from __future__ import annotations

import ast
import io
import os
import re
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.pofile import read_po, write_po

from qbferry.web import wording

if TYPE_CHECKING:
    from collections.abc import Iterator

WEB = Path(str(files("qbferry.web")))
CATALOGUE = WEB / "locale" / "pages.pot"

TELLING = {"tell", "InputError", "NotFoundError", "LoginFailed"}
"""Whatever is given to these is read by a person."""

_CODE = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}|<!--.*?-->", re.DOTALL)
_TAGS = re.compile(r"<[^>]*>")
_SPOKEN = re.compile(r'\b(?:aria-label|placeholder|title|alt)="([^"]*)"')
NAMES = {"qbferry", "qbwc", "qbferry user add NAME", "qwc", "min", "UTC"}
"""What is the same in every language."""


def texts() -> Catalog:
    """What is marked in modules and templates."""
    found = Catalog(project="qbferry", charset="utf-8", fuzzy=False)
    found.header_comment = "# The texts of qbferry's web pages."
    ways = [(path, "python") for path in sorted(WEB.glob("*.py"))]
    ways += [(path, "jinja2.ext:babel_extract") for path in sorted(WEB.glob("templates/*.html"))]
    options = {"extensions": "jinja2.ext.i18n", "silent": "false", "trim_blocks": "true"}
    for path, method in ways:
        stream = io.BytesIO(path.read_bytes())
        for _line, message, _comments, _context in extract(
            method, stream, keywords={"_": None, "noted": None}, options=options
        ):
            found.add(message)
    return found


def spoken() -> Iterator[tuple[str, str]]:
    """Of every template what is shown or read out without being marked."""
    for path in sorted(WEB.glob("templates/*.html")):
        plain = _CODE.sub(" ", path.read_text(encoding="utf-8"))
        for text in [*_TAGS.sub("\n", plain).splitlines(), *_SPOKEN.findall(plain)]:
            if re.search(r"[A-Za-z]{2}", text) and text.strip().strip(" .,:;()/·") not in NAMES:
                yield path.name, text.strip()


def test_every_text_of_the_pages_is_in_the_catalogue() -> None:
    now = texts()
    if os.environ.get("QBFERRY_WRITE_CATALOGUE"):
        CATALOGUE.parent.mkdir(exist_ok=True)
        with CATALOGUE.open("wb") as stream:
            write_po(stream, now, no_location=True, sort_output=True, omit_header=True)
    with CATALOGUE.open("rb") as stream:
        kept = read_po(stream)
    assert {one.id for one in kept} == {one.id for one in now}, "see this module's first lines"
    assert len(now) > 250


def test_no_text_of_a_template_is_left_out() -> None:
    assert list(spoken()) == []


@pytest.mark.parametrize("path", sorted(WEB.glob("*.py")), ids=lambda path: path.stem)
def test_no_text_that_a_person_is_told_is_left_out(path: Path) -> None:
    plain = [
        f"{path.name}:{call.lineno}"
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Name)
        and call.func.id in TELLING
        and any(
            isinstance(part, ast.JoinedStr) or (isinstance(part, ast.Constant) and " " in str(part.value))
            for part in call.args[:2]
        )
    ]
    assert plain == []


def test_a_text_is_said_in_another_language_with_its_names(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wording, "gettext", {"%(name)s is paused.": "%(name)s ruht."}.__getitem__)
    assert wording._("%(name)s is paused.", name="office") == "office ruht."
