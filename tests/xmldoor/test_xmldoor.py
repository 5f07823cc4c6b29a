from __future__ import annotations

import codecs
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from qbferry.xmldoor import XmlError, parse

if TYPE_CHECKING:
    from collections.abc import Callable

DOCTYPE = "has a DOCTYPE; document types and entity declarations are not accepted, leave it out"
ENCODINGS = ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be"]
BYTE_ENCODINGS = ["iso-8859-1", "iso-8859-15", "windows-1252"]


def refusal(data: bytes | str, charset: str = "") -> str:
    with pytest.raises(XmlError) as caught:
        parse(data, charset=charset)
    return str(caught.value)


def written(text: str, encoding: str) -> bytes:
    """A document in an encoding, with the declaration that belongs to it."""
    return f'<?xml version="1.0" encoding="{encoding.removesuffix("-sig")}"?>{text}'.encode(encoding)


@pytest.mark.parametrize("encoding", [*ENCODINGS, *BYTE_ENCODINGS])
def test_every_encoding_that_is_accepted_is_read(encoding: str) -> None:
    assert parse(written("<a>né</a>", encoding)).text == "né"


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_an_encoding_of_unicode_is_known_without_a_declaration(encoding: str) -> None:
    assert parse("<a>né</a>".encode(encoding)).text == "né"


@pytest.mark.parametrize("encoding", [*ENCODINGS, *BYTE_ENCODINGS])
@pytest.mark.parametrize(
    "doctype",
    [
        "<!DOCTYPE a>",
        '<!DOCTYPE a SYSTEM "file:///etc/passwd">',
        '<!DOCTYPE a [<!ATTLIST a b CDATA "x">]>',
        '<!-- -- --><!DOCTYPE a [<!ENTITY % e "x">]>',
        "<?pi <a> ?>\n<!DOCTYPE a []>",
        "\n\t<!----><!DOCTYPE\na>",
    ],
)
def test_a_document_type_is_refused_in_every_encoding(encoding: str, doctype: str) -> None:
    assert refusal(written(f"{doctype}<a/>", encoding)) == DOCTYPE
    if encoding in ENCODINGS:
        assert refusal(f"{doctype.strip()}<a/>".encode(encoding)) == DOCTYPE


def test_a_document_type_is_refused_in_a_text() -> None:
    assert refusal("<!DOCTYPE a><a/>") == DOCTYPE
    assert refusal("\ufeff<!DOCTYPE a><a/>") == DOCTYPE


@pytest.mark.parametrize("text", ["<!DOCTYPE a>", "<!ENTITY b 'c'>"])
def test_what_only_looks_like_a_document_type_is_text(text: str) -> None:
    assert parse(f"<a><![CDATA[{text}]]><!-- {text} --></a>").text == text
    assert parse(f"<!-- {text} --><?pi {text}?><a/>").tag == "a"


def test_a_subset_is_not_even_looked_at() -> None:
    assert refusal(b"<!DOCTYPE a [" + b"\xff" * 10) == DOCTYPE


@pytest.mark.parametrize(
    ("data", "charset", "text"),
    [
        ("<a>é</a>".encode("windows-1252"), "windows-1252", "é"),
        ("<a>é</a>".encode("iso-8859-1"), " ISO-8859-1 ", "é"),
        (b'<?xml version="1.0" encoding="utf-16"?><a>\xc3\xa9</a>', "utf-8", "é"),
        (b'<?xml version="1.0" encoding="windows-1252"?><a>\x80</a>', "", "€"),
        ("<a>é</a>".encode("utf-16"), "utf-8", "é"),
        (codecs.BOM_UTF8 + "<a>é</a>".encode(), "iso-8859-1", "é"),
    ],
)
def test_the_encoding_is_the_marks_then_the_headers_then_the_declarations(
    data: bytes, charset: str, text: str
) -> None:
    assert parse(data, charset=charset).text == text


@pytest.mark.parametrize("name", ["klingon", "utf-7", "punycode", "zlib", "rot13", "cp037", "utf-8\n<!--"])
def test_another_encoding_is_refused(name: str) -> None:
    assert refusal(b"<a/>", name).startswith('is in the encoding "')
    if name.isalnum():
        assert refusal(f'<?xml version="1.0" encoding="{name}"?><a/>'.encode()) == (
            f'is in the encoding "{name}", which is not read here; send it as UTF-8'
        )


@pytest.mark.parametrize(
    "data",
    [b"\xff\xfe<\x00a", b"\x00\x00\xfe\xff\x00", b"<\x00\x00\x00a", b"<a>\xff</a>", b"<a>\x00</a>", "\ud800"],
)
def test_bytes_that_are_no_text_are_refused(data: bytes | str) -> None:
    assert refusal(data).startswith("is not well-formed XML: ")


@pytest.mark.parametrize(
    "data",
    ["", " ", "x", "<a>", "<a/><b/>", "<a b/>", "<a>&b;</a>", "<p:a/>", "<a p:b=''/>", "<a b='' b=''/>"],
)
def test_what_is_not_well_formed_is_refused(data: str) -> None:
    sentence = refusal(data)
    assert sentence.startswith("is not well-formed XML: ")
    assert not sentence.endswith(".")


def test_levels_are_bounded() -> None:
    assert parse("<a>" * 200 + "</a>" * 200).tag == "a"
    assert "Excessive depth" in refusal("<a>" * 300 + "</a>" * 300)


MANY = 100_000
OVER = [
    (lambda count: "<b/>" * count, "has more elements than any document of its kind and size"),
    (
        lambda count: "<b c='' d='' e='' />" * count,
        "has more attributes than any document of its kind and size",
    ),
    (
        lambda count: "<b " + " ".join(f"a{n}='>'" for n in range(count)) + "/>",
        "has more attributes than any document of its kind and size",
    ),
    (
        lambda count: "".join(
            f"<b xmlns:a{n % 99}='urn:u'/>" for n in range(count // 20 if count > 99 else count)
        ),
        "has more than 100 declarations of namespaces",
    ),
]


@pytest.mark.parametrize(("shape", "sentence"), OVER)
def test_elements_and_attributes_are_bounded(shape: Callable[[int], str], sentence: str) -> None:
    assert parse(f"<a>{shape(99)}</a>").tag == "a"
    assert refusal(f"<a>{shape(MANY)}</a>") == sentence


@pytest.mark.parametrize(
    "unit", ["= ", "a='b' ", '="" ', "xmlns:a='b' ", "&lt;a b='c'>", "> ", "<b c='' d=''>", "<b/>"]
)
def test_text_may_hold_anything_that_is_bounded_elsewhere(unit: str) -> None:
    many = unit * MANY
    if "<" not in unit:
        assert parse(f"<a>{many}</a>", most_elements=1).text
    assert parse(f"<a><![CDATA[{many}]]></a>", most_elements=1).text == many
    assert parse(f"<!-- {many} --><a><?pi {many}?>b<!-- {many} --></a>", most_elements=1).text == "b"


@pytest.mark.parametrize(
    "hidden", ["<!-- <![CDATA[ -->", "<?a <!-- ?>", "<![CDATA[ <!-- ]]>", "<b c='>' d='<!--'/>"]
)
def test_elements_do_not_hide(hidden: str) -> None:
    with pytest.raises(XmlError):
        parse(f"<a>{hidden}{'<b/>' * 50}</a>", most_elements=10)


class Told:
    """What a parser tells of a document."""

    doctypes = 0

    def start(self, *_: object) -> None: ...
    def end(self, *_: object) -> None: ...
    def data(self, *_: object) -> None: ...
    def comment(self, *_: object) -> None: ...
    def close(self) -> None: ...

    def doctype(self, *_: object) -> None:
        type(self).doctypes += 1


PIECES = st.sampled_from(
    """<!-- --> -- <?a <?xml_version='1.0'?> ?> <![CDATA[ ]]> <!DOCTYPE_a [ ] > <a/> <a_b=' '/> " <!doctype_a>
    <!_DOCTYPE_a> <!DOCTYPE\x01a> &#60;!DOCTYPE_a> \x00 \ufeff _""".replace("\n", " ")
    .replace("    ", "")
    .split(" ")
).map(lambda piece: piece.replace("_", " "))


@given(
    st.lists(PIECES, max_size=12).map("".join),
    st.sampled_from(ENCODINGS),
)
@settings(max_examples=500, deadline=None)
def test_no_document_type_comes_through(text: str, encoding: str) -> None:
    """Whatever the door lets in, the parser was told of no document type in it."""
    data = text.encode(encoding)
    try:
        root = parse(data)
    except XmlError:
        return
    assert root.getroottree().docinfo.internalDTD is None
    Told.doctypes = 0
    etree.fromstring(text.removeprefix("\ufeff").encode(), etree.XMLParser(target=Told(), encoding="utf-8"))
    assert Told.doctypes == 0
